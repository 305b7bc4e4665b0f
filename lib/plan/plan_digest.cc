#include "plan/plan_digest.h"

#include <string_view>

// The hash as inline functions: no library to link.
#define XXH_INLINE_ALL  // NOLINT(readability-identifier-naming): xxHash asks for this name
#include <xxhash.h>

namespace weft {
namespace {

// Hashes a string in blocks, so that a plan of any size takes the same memory.
class Hasher {
 public:
  Hasher() { XXH3_128bits_reset(&state_); }

  void Add(uint64_t number) {
    for (int i = 0; i < 8; ++i) buffer_ += static_cast<char>(number >> (8 * i));
    if (buffer_.size() >= kBlockBytes) Flush();
  }

  void Add(std::string_view text) {
    Add(text.size());
    buffer_ += text;
  }

  void Add(const std::vector<Box>& boxes) {
    Add(boxes.size());
    for (const Box& box : boxes) {
      Add(box.source);
      Add(box.source_offset);
      Add(box.target_offset);
      Add(box.factors.size());
      for (const Factor& factor : box.factors) {
        Add(factor.count);
        Add(factor.source_stride);
        Add(factor.target_stride);
      }
    }
  }

  std::string Digits() {
    Flush();
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(&state_));
    std::string digits;
    for (const unsigned char byte : canonical.digest) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      digits += kDigits[byte >> 4];
      digits += kDigits[byte & 15];
    }
    return digits;
  }

 private:
  static constexpr size_t kBlockBytes = 4096;

  void Flush() {
    XXH3_128bits_update(&state_, buffer_.data(), buffer_.size());
    buffer_.clear();
  }

  XXH3_state_t state_;
  std::string buffer_;
};

}  // namespace

std::string PlanDigest(const Plan& plan) {
  Hasher hasher;
  hasher.Add(plan.tensors.size());
  for (const PlannedTensor& tensor : plan.tensors) {
    hasher.Add(tensor.name);
    hasher.Add(NameOf(tensor.dtype));
    hasher.Add(NameOf(tensor.source_dtype));
    hasher.Add(tensor.shape.size());
    for (const int64_t size : tensor.shape) hasher.Add(static_cast<uint64_t>(size));
    hasher.Add(tensor.boxes);
  }
  hasher.Add(plan.constants.size());
  for (const Constant& constant : plan.constants) {
    hasher.Add(NameOf(constant.dtype));
    hasher.Add(constant.bytes);
  }
  hasher.Add(plan.checks.size());
  for (const Check& check : plan.checks) {
    hasher.Add(check.found);
    hasher.Add(check.expected);
  }
  return hasher.Digits();
}

}  // namespace weft
