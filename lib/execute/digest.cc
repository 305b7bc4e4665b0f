#include "weft/digest.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <numeric>

#include "diagnostic/status.h"
#include "execute/resources.h"
#include "execute/threads.h"

// The hash as inline functions: no library to link.
#define XXH_INLINE_ALL  // NOLINT(readability-identifier-naming): xxHash asks for this name
#include <xxhash.h>

namespace weft {
namespace {

constexpr std::string_view kTitle = "weft digest 1\n";

using Hash = std::array<unsigned char, 16>;

Hash HashOf(const char* data, uint64_t size_bytes) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(data, size_bytes));
  Hash hash;
  std::copy(std::begin(canonical.digest), std::end(canonical.digest), hash.begin());
  return hash;
}

std::vector<Hash> HashAll(const std::vector<LoadedTensor>& tensors, int threads) {
  std::vector<Hash> hashes(tensors.size());
  std::atomic<size_t> next{0};
  execute::OnThreads(threads, [&](int) {
    for (size_t i = next++; i < tensors.size(); i = next++) {
      hashes[i] = HashOf(tensors[i].data, tensors[i].size_bytes);
    }
  });
  return hashes;
}

void AppendNumber(uint64_t number, std::string& text) {
  for (int i = 0; i < 8; ++i) text += static_cast<char>(number >> (8 * i));
}

}  // namespace

absl::StatusOr<std::string> Digest(const std::vector<LoadedTensor>& tensors, int threads) {
  WEFT_ASSIGN_OR_RETURN(const int wanted, execute::ThreadsOf(threads));
  const auto useful = static_cast<int>(
      std::min<size_t>(static_cast<size_t>(wanted), std::max<size_t>(tensors.size(), 1)));
  const std::vector<Hash> hashes = HashAll(tensors, useful);
  std::vector<size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return NaturalLess(tensors[a].name, tensors[b].name); });

  std::string text(kTitle);
  AppendNumber(tensors.size(), text);
  for (const size_t i : order) {
    const LoadedTensor& tensor = tensors[i];
    AppendNumber(tensor.name.size(), text);
    text += tensor.name;
    text += static_cast<char>(tensor.dtype);
    AppendNumber(tensor.shape.size(), text);
    for (const int64_t size : tensor.shape) AppendNumber(static_cast<uint64_t>(size), text);
    text.append(hashes[i].begin(), hashes[i].end());
  }
  std::string digest;
  for (const unsigned char byte : HashOf(text.data(), text.size())) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    digest += kDigits[byte >> 4];
    digest += kDigits[byte & 15];
  }
  return digest;
}

}  // namespace weft
