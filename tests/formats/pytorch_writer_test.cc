// Files that are planned, and read again.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "formats/byte_reader.h"
#include "formats/pytorch/archive_plan.h"
#include "formats/pytorch/element_type.h"
#include "formats/pytorch/reader.h"
#include "formats/zip/member_stream.h"
#include "io/error_of.h"

namespace weft {
namespace {

using pytorch::ArchivePlan;

struct NewTensor {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
};

std::vector<OutputTensor> OutputOf(const std::vector<NewTensor>& tensors) {
  std::vector<OutputTensor> output;
  for (const NewTensor& tensor : tensors)
    output.push_back({tensor.name, tensor.dtype, &tensor.shape});
  return output;
}

// The file, written in pieces of random sizes in random order. `data` is by extent.
std::string Write(ArchivePlan& plan, const std::vector<std::string>& data, std::mt19937& random) {
  std::string bytes(plan.file_bytes(), '?');
  const auto put = [&](uint64_t offset, const std::string& piece) {
    REQUIRE(offset + piece.size() <= bytes.size());
    bytes.replace(offset, piece.size(), piece);
  };
  put(0, plan.Beginning());
  std::vector<Patch> pieces;
  for (size_t i = 0; i < data.size(); ++i) {
    for (uint64_t at = 0; at < data[i].size();) {
      const uint64_t size = std::min<uint64_t>(random() % 9 + 1, data[i].size() - at);
      pieces.push_back({plan.extents()[i].offset_bytes + at, data[i].substr(at, size)});
      at += size;
    }
  }
  std::shuffle(pieces.begin(), pieces.end(), random);
  for (const Patch& piece : pieces) {
    put(piece.offset_bytes, piece.bytes);
    REQUIRE(plan.NoteData(piece.offset_bytes, piece.bytes).ok());
  }
  const auto patches = plan.Finish();
  REQUIRE(patches.ok());
  for (const Patch& patch : *patches) put(patch.offset_bytes, patch.bytes);
  return bytes;
}

std::string RandomBytes(uint64_t size, std::mt19937& random) {
  std::string bytes(size, ' ');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

TEST_CASE("pytorch: what is written is read", "[formats]") {
  std::mt19937 random(3);
  std::vector<NewTensor> tensors;
  for (int i = 0; i < kDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    if (pytorch::ElementTypeOf(dtype) == nullptr || dtype == DType::kF4) continue;
    for (const Shape& shape : {Shape{}, Shape{0, 3}, Shape{5}, Shape{2, 3, 4}, Shape{70'000}}) {
      tensors.push_back({"t." + std::to_string(tensors.size()), dtype, shape});
    }
  }
  const std::map<std::string, std::string> metadata = {{"format", "pt"}, {"é", "\n"}};
  absl::StatusOr<ArchivePlan> plan = ArchivePlan::Make(OutputOf(tensors), {}, metadata);
  REQUIRE(plan.ok());
  std::vector<std::string> data;
  for (const OutputExtent& extent : plan->extents()) {
    CHECK(extent.offset_bytes % 64 == 0);
    data.push_back(RandomBytes(std::min<uint64_t>(extent.size_bytes, 1000), random));
    data.back().resize(extent.size_bytes, 'z');
  }
  const std::string bytes = Write(*plan, data, random);

  const TextReader reader(bytes, "f.pt");
  const auto contents = pytorch::Read(reader, {});
  INFO(contents.status().message());
  REQUIRE(contents.ok());
  CHECK(contents->metadata == metadata);
  CHECK(contents->values.empty());
  REQUIRE(contents->tensors.size() == tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    const pytorch::Tensor& tensor = contents->tensors[i];
    CHECK(tensor.name == tensors[i].name);
    CHECK(tensor.type->dtype == tensors[i].dtype);
    CHECK(tensor.shape == tensors[i].shape);
    const pytorch::Storage& storage = contents->storages[tensor.storage];
    CHECK(storage.offset_bytes == plan->extents()[i].offset_bytes);
    const zip::Member& member = contents->directory.members[storage.member];
    const auto content = zip::ReadMember(reader, member, zip::Checksum::kAlways, 1U << 20U);
    REQUIRE(content.ok());
    CHECK(*content == data[i]);
  }
}

TEST_CASE("pytorch: an alias shares the storage of its tensor", "[formats]") {
  const std::vector<NewTensor> tensors = {
      {"a", DType::kF32, {2}}, {"b", DType::kU8, {3}}, {"tied", DType::kF32, {2}}};
  auto plan = ArchivePlan::Make(OutputOf(tensors), {ArchivePlan::kOwn, ArchivePlan::kOwn, 0}, {});
  REQUIRE(plan.ok());
  CHECK(plan->extents()[2].offset_bytes == plan->extents()[0].offset_bytes);
  std::mt19937 random(4);
  const std::string bytes = Write(*plan, {"01234567", "abc"}, random);
  const auto contents = pytorch::Read(TextReader(bytes, "f.pt"), {});
  REQUIRE(contents.ok());
  CHECK(contents->storages.size() == 2);
  CHECK(contents->tensors[2].storage == contents->tensors[0].storage);
}

TEST_CASE("pytorch: pairs of F4 fill the last axis", "[formats]") {
  const auto make = [](DType dtype, const Shape& shape) {
    return ArchivePlan::Make({{"w", dtype, &shape}}, {}, {});
  };
  auto plan = make(DType::kF4, {3, 4});
  REQUIRE(plan.ok());
  CHECK(plan->extents()[0].size_bytes == 6);
  std::mt19937 random(5);
  const auto contents = pytorch::Read(TextReader(Write(*plan, {"6bytes"}, random), "f.pt"), {});
  REQUIRE(contents.ok());
  CHECK(contents->tensors.at(0).type->name == "float4_e2m1fn_x2");
  CHECK(contents->tensors[0].shape == Shape{3, 2});
  CHECK(ErrorNameOf(make(DType::kF4, {4, 3}).status()) == "UNSUPPORTED_FEATURE");
  CHECK(ErrorNameOf(make(DType::kF6E2M3, {4}).status()) == "UNSUPPORTED_FEATURE");
  CHECK(ErrorNameOf(make(DType::kF32, {int64_t{1} << 62U}).status()) == "OVERFLOW");
}

TEST_CASE("pytorch: a file without all of its data is not finished", "[formats]") {
  const Shape shape = {4};
  auto plan = ArchivePlan::Make({{"w", DType::kU8, &shape}}, {}, {});
  REQUIRE(plan.ok());
  const uint64_t offset = plan->extents()[0].offset_bytes;
  CHECK(plan->NoteData(offset, "ab").ok());
  CHECK(ErrorNameOf(plan->Finish()) == "INTERNAL");
  CHECK(ErrorNameOf(plan->NoteData(offset + 1, "b")) == "INTERNAL");
  CHECK(ErrorNameOf(plan->NoteData(offset + 3, "de")) == "INTERNAL");
  CHECK(ErrorNameOf(plan->NoteData(0, "a")) == "INTERNAL");
  CHECK(plan->NoteData(offset + 2, "cd").ok());
  CHECK(plan->Finish().ok());
}

TEST_CASE("pytorch: an empty dict is a file", "[formats]") {
  auto plan = ArchivePlan::Make({}, {}, {});
  REQUIRE(plan.ok());
  std::mt19937 random(6);
  const auto contents = pytorch::Read(TextReader(Write(*plan, {}, random), "f.pt"), {});
  REQUIRE(contents.ok());
  CHECK(contents->tensors.empty());
}

}  // namespace
}  // namespace weft
