#include "weft/digest.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "io/error_of.h"

#define XXH_INLINE_ALL  // NOLINT(readability-identifier-naming): xxHash asks for this name
#include <xxhash.h>

namespace weft {
namespace {

// A tensor whose bytes are `data`, which lives on.
LoadedTensor Tensor(std::string name, DType dtype, Shape shape, const std::string& data) {
  LoadedTensor tensor;
  tensor.name = std::move(name);
  tensor.dtype = dtype;
  tensor.shape = std::move(shape);
  tensor.data = data.data();
  tensor.size_bytes = data.size();
  return tensor;
}

std::string CanonicalHash(const std::string& text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  std::string bytes;
  for (const XXH64_hash_t half : {hash.high64, hash.low64}) {
    for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(half >> shift);
  }
  return bytes;
}

std::string Hexadecimal(const std::string& bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += "0123456789abcdef"[byte / 16];
    text += "0123456789abcdef"[byte % 16];
  }
  return text;
}

TEST_CASE("digest: is the hash of the string that the header describes", "[execute]") {
  // The hash of nothing, as the authors of XXH3 publish it.
  REQUIRE(Hexadecimal(CanonicalHash("")) == "99aa06d3014798d86001c324468d497f");

  const std::string first = "abcdef";
  const std::string second(1000, 'x');
  const std::string nothing;
  const std::vector<LoadedTensor> tensors = {
      Tensor("layer.10", DType::kBF16, {500}, second),
      Tensor("layer.2", DType::kU8, {2, 3}, first),
      Tensor("e", DType::kF32, {0}, nothing),
  };
  std::string text = "weft digest 1\n";
  text += std::string("\3\0\0\0\0\0\0\0", 8);
  text += std::string("\1\0\0\0\0\0\0\0", 8) + "e" + '\x11';  // F32 is the enumerator 17
  text += std::string("\1\0\0\0\0\0\0\0", 8) + std::string("\0\0\0\0\0\0\0\0", 8);
  text += CanonicalHash("");
  text += std::string("\7\0\0\0\0\0\0\0", 8) + "layer.2" + '\4';
  text += std::string("\2\0\0\0\0\0\0\0", 8);
  text += std::string("\2\0\0\0\0\0\0\0", 8) + std::string("\3\0\0\0\0\0\0\0", 8);
  text += CanonicalHash(first);
  text += std::string("\x8\0\0\0\0\0\0\0", 8) + "layer.10" + '\xe';
  text += std::string("\1\0\0\0\0\0\0\0", 8) + std::string("\xf4\1\0\0\0\0\0\0", 8);
  text += CanonicalHash(second);
  for (const int threads : {0, 1, 2, 7}) {
    const auto digest = Digest(tensors, threads);
    REQUIRE(digest.ok());
    CHECK(*digest == Hexadecimal(CanonicalHash(text)));
  }
}

TEST_CASE("digest: neither order nor place of the tensors matter", "[execute]") {
  const std::string a = "aaaa";
  const std::string b = "bbbb";
  const std::string padded = "-" + a;
  const LoadedTensor x = Tensor("x", DType::kU8, {4}, a);
  const LoadedTensor y = Tensor("y", DType::kU8, {4}, b);
  LoadedTensor unaligned = x;
  unaligned.data = padded.data() + 1;
  unaligned.borrowed = true;
  CHECK(*Digest({x, y}) == *Digest({y, x}));
  CHECK(*Digest({x, y}) == *Digest({unaligned, y}));
}

TEST_CASE("digest: every part of the content counts", "[execute]") {
  const std::string data = "abcd";
  const std::string other = "abce";
  const LoadedTensor tensor = Tensor("t", DType::kU8, {4}, data);
  std::vector<std::string> digests = {
      *Digest({}),
      *Digest({tensor}),
      *Digest({Tensor("u", DType::kU8, {4}, data)}),
      *Digest({Tensor("t", DType::kI8, {4}, data)}),
      *Digest({Tensor("t", DType::kU8, {2, 2}, data)}),
      *Digest({Tensor("t", DType::kU8, {4, 1}, data)}),
      *Digest({Tensor("t", DType::kU8, {4}, other)}),
      *Digest({tensor, Tensor("u", DType::kU8, {4}, data)}),
  };
  std::sort(digests.begin(), digests.end());
  CHECK(std::adjacent_find(digests.begin(), digests.end()) == digests.end());
}

TEST_CASE("digest: a number of threads that cannot be is refused", "[execute]") {
  CHECK(ErrorNameOf(Digest({}, -1)) == "BAD_ARGUMENT");
  CHECK(ErrorNameOf(Digest({}, 5000)) == "BAD_ARGUMENT");
}

}  // namespace
}  // namespace weft
