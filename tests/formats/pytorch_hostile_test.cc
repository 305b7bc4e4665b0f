// PyTorch files changed and cut at every byte: an error or a right read, and never a crash.
#include <array>
#include <catch2/catch.hpp>
#include <string>

#include "formats/byte_reader.h"
#include "formats/pytorch/reader.h"
#include "formats/raw_pickle.h"
#include "io/error_of.h"

namespace weft {
namespace {

using test::PickledDict;
using test::PickledTensor;

// The byte as zero, as 0xFF, and with each one of its bits turned.
std::array<char, 10> ChangesOf(char byte) {
  std::array<char, 10> changes = {'\0', '\xFF'};
  for (size_t bit = 0; bit < 8; ++bit) {
    changes[2 + bit] = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << bit));
  }
  return changes;
}

// Every element of every tensor lies in the file.
void CheckRight(const pytorch::Contents& contents, uint64_t file_bytes) {
  for (const pytorch::Tensor& tensor : contents.tensors) {
    REQUIRE(tensor.storage < contents.storages.size());
    const pytorch::Storage& storage = contents.storages[tensor.storage];
    if (!storage.is_deflated) {
      REQUIRE(storage.offset_bytes <= file_bytes);
      REQUIRE(storage.size_bytes <= file_bytes - storage.offset_bytes);
    }
    if (ElementsOf(tensor.shape) == 0) continue;
    uint64_t last = tensor.offset_elements;
    for (size_t axis = 0; axis < tensor.shape.size(); ++axis) {
      last += static_cast<uint64_t>(tensor.shape[axis] - 1) *
              static_cast<uint64_t>(tensor.strides[axis]);
    }
    REQUIRE(last < storage.size_bytes / tensor.type->size_bytes);
  }
}

struct Counts {
  int refused = 0;
  int accepted = 0;
};

Counts ChangeEveryByte(const std::string& control) {
  Counts counts;
  for (size_t i = 0; i < control.size(); ++i) {
    for (const char change : ChangesOf(control[i])) {
      std::string bytes = control;
      bytes[i] = change;
      const auto contents = pytorch::Read(TextReader(bytes, "f.pt"), {});
      if (contents.ok()) {
        ++counts.accepted;
        CheckRight(*contents, bytes.size());
      } else {
        ++counts.refused;
        REQUIRE(contents.status().code() != absl::StatusCode::kInternal);
      }
    }
  }
  return counts;
}

void CutEverywhere(const std::string& control) {
  REQUIRE(pytorch::Read(TextReader(control, "f.pt"), {}).ok());
  for (size_t size = 0; size < control.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(
        pytorch::Read(TextReader(std::string_view(control).substr(0, size), "f.pt"), {}).ok());
  }
}

std::string Object() {
  return PickledDict({{"a", PickledTensor("0", 4, 1, {3}, {1})},
                      {"b", test::PickledList({"K\1", PickledTensor("0", 4, 0, {2, 2}, {1, 2})})}});
}

std::string Zip() { return test::TorchZip(test::Pickle(Object()), {{"0", "0123456789abcdef"}}); }

std::string Legacy() {
  // The sixth field of a reference, which is None.
  std::string object = Object();
  for (size_t at = 0; (at = object.find("tQ", at)) != std::string::npos; at += 3) {
    object.insert(at, "N");
  }
  return test::TorchLegacy(object, {{"0", 4, "0123456789abcdef"}});
}

TEST_CASE("hostile: a PyTorch zip cut at any byte is refused", "[formats]") {
  CutEverywhere(Zip());
}

TEST_CASE("hostile: a legacy PyTorch file cut at any byte is refused", "[formats]") {
  CutEverywhere(Legacy());
}

TEST_CASE("hostile: a PyTorch zip changed at any byte is refused or read right", "[formats]") {
  const Counts counts = ChangeEveryByte(Zip());
  // Dates, attributes and versions of members, and the data of tensors, may say anything.
  CHECK(counts.refused > 4 * counts.accepted);
  CHECK(counts.accepted > 160);
}

TEST_CASE("hostile: a legacy PyTorch file changed at any byte is refused or read right",
          "[formats]") {
  const Counts counts = ChangeEveryByte(Legacy());
  CHECK(counts.refused > 3 * counts.accepted);
  CHECK(counts.accepted > 160);
}

}  // namespace
}  // namespace weft
