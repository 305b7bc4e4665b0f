// The bytes of the files that are written.
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "formats/raw_safetensors.h"
#include "formats/writer.h"
#include "io/error_of.h"
#include "io/scratch_directory.h"
#include "weft/checkpoint.h"

namespace weft {
namespace {

struct Tensor {
  std::string name;
  DType dtype;
  Shape shape;
  std::string data;
};

using Metadata = std::map<std::string, std::string>;

std::vector<OutputTensor> OutputsOf(const std::vector<Tensor>& tensors) {
  std::vector<OutputTensor> outputs;
  outputs.reserve(tensors.size());
  for (const Tensor& tensor : tensors)
    outputs.push_back({tensor.name, tensor.dtype, &tensor.shape});
  return outputs;
}

// Writes all of it, last tensor first and each in two pieces.
absl::Status Write(const std::string& destination, const std::vector<Tensor>& tensors,
                   const Metadata& metadata = {}, const WriterOptions& options = {}) {
  auto writer = NewWriter(destination, {}, options);
  if (!writer.ok()) return writer.status();
  const auto extents = (*writer)->Begin(OutputsOf(tensors), metadata);
  if (!extents.ok()) return extents.status();
  for (size_t i = tensors.size(); i-- > 0;) {
    const std::string& data = tensors[i].data;
    const OutputExtent& extent = (*extents)[i];
    if (extent.size_bytes != data.size()) return absl::InternalError("wrong extent");
    const size_t half = data.size() / 2;
    for (const auto& [begin, size] :
         {std::pair(half, data.size() - half), std::pair(size_t{0}, half)}) {
      const absl::Status status =
          (*writer)->WriteAt(extent.file, extent.offset_bytes + begin, data.data() + begin, size);
      if (!status.ok()) return status;
    }
  }
  return (*writer)->Finish();
}

TEST_CASE("safetensors writer: the bytes of a file", "[formats]") {
  const ScratchDirectory scratch;
  const std::vector<Tensor> tensors = {
      {"l.10", DType::kU8, {3}, "xyz"},      {"l.9", DType::kU8, {1}, "w"},
      {"big", DType::kI64, {1}, "12345678"}, {"half", DType::kF16, {1, 2}, "abcd"},
      {"scalar", DType::kF32, {}, "SCAL"},   {"packed", DType::kF4, {2}, "p"},
      {"none", DType::kF32, {0, 7}, ""},     {"q\"\n", DType::kF6E2M3, {4}, "666"},
  };
  REQUIRE(Write(scratch.PathOf("out.safetensors"), tensors, {{"b", "2"}, {"a", "é\\"}}).ok());
  std::string header = R"({"__metadata__":{"a":"é\\","b":"2"},)"
                       R"("big":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},)"
                       R"("none":{"dtype":"F32","shape":[0,7],"data_offsets":[8,8]},)"
                       R"("scalar":{"dtype":"F32","shape":[],"data_offsets":[8,12]},)"
                       R"("half":{"dtype":"F16","shape":[1,2],"data_offsets":[12,16]},)"
                       R"("l.9":{"dtype":"U8","shape":[1],"data_offsets":[16,17]},)"
                       R"("l.10":{"dtype":"U8","shape":[3],"data_offsets":[17,20]},)"
                       R"("q\"\n":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[20,23]},)"
                       R"("packed":{"dtype":"F4","shape":[2],"data_offsets":[23,24]}})";
  header.append((8 - header.size() % 8) % 8, ' ');
  CHECK(scratch.Read("out.safetensors") == RawSafetensors(header, "12345678SCALabcdwxyz666p"));
  CHECK(scratch.Names() == std::vector<std::string>{"out.safetensors"});
}

TEST_CASE("safetensors writer: the data begins where most bytes can share their blocks",
          "[formats]") {
  const ScratchDirectory scratch;
  const Shape two = {2};
  const Shape three = {3};
  const auto offsets_of = [&](std::optional<uint64_t> first, std::optional<uint64_t> second) {
    WriterOptions options;
    options.overwrite = true;
    auto writer = NewWriter(scratch.PathOf("out.safetensors"), {}, options);
    REQUIRE(writer.ok());
    const auto extents =
        (*writer)->Begin({{"a", DType::kI64, &two, first}, {"b", DType::kI64, &three, second}}, {});
    INFO(extents.status());
    REQUIRE(extents.ok());
    REQUIRE((*writer)->Finish().ok());
    const auto checkpoint = Checkpoint::Open(scratch.PathOf("out.safetensors"));
    INFO(checkpoint.status());
    REQUIRE(checkpoint.ok());
    CHECK(checkpoint->catalog()->tensors[0].offset_bytes == (*extents)[0].offset_bytes);
    return std::pair((*extents)[0].offset_bytes, (*extents)[1].offset_bytes);
  };
  const auto [packed_a, packed_b] = offsets_of(std::nullopt, std::nullopt);
  CHECK(packed_a < 200);
  CHECK(packed_b == packed_a + 16);
  CHECK(offsets_of(4096 * 7 + 1000, std::nullopt).first == 1000);
  CHECK(offsets_of(std::nullopt, 4096 * 7 + 1000).second == 1000);
  // "b" has more bytes.
  CHECK(offsets_of(4096 * 7 + 1000, 4096 * 9 + 2000).second == 2000);
  // The place that is just before the header's end comes again a block later.
  CHECK(offsets_of(packed_a - 8, std::nullopt).first == packed_a - 8 + 4096);
  CHECK(offsets_of(packed_a, std::nullopt).first == packed_a);
  // The header ends at a multiple of 8.
  CHECK(offsets_of(4096 * 7 + 1001, std::nullopt).first == packed_a);
}

TEST_CASE("safetensors writer: without metadata and without tensors", "[formats]") {
  const ScratchDirectory scratch;
  REQUIRE(Write(scratch.PathOf("out.safetensors"), {}).ok());
  CHECK(scratch.Read("out.safetensors") == RawSafetensors("{}      ", ""));
  REQUIRE(Write(scratch.PathOf("dir"), {}).ok());
  CHECK(scratch.Read("dir/model.safetensors") == RawSafetensors("{}      ", ""));
}

TEST_CASE("safetensors writer: the order in which tensors are given does not matter", "[formats]") {
  const ScratchDirectory scratch;
  std::vector<Tensor> tensors;
  tensors.reserve(30);
  for (int i = 0; i < 30; ++i) {
    tensors.push_back({"t." + std::to_string(i),
                       i % 2 == 0 ? DType::kU8 : DType::kI16,
                       {1},
                       i % 2 == 0 ? "x" : "yy"});
  }
  REQUIRE(Write(scratch.PathOf("a.safetensors"), tensors).ok());
  REQUIRE(Write(scratch.PathOf("b.safetensors"), {tensors.rbegin(), tensors.rend()}).ok());
  CHECK(scratch.Read("a.safetensors") == scratch.Read("b.safetensors"));
}

TEST_CASE("safetensors writer: what was written reads as it was meant", "[formats]") {
  const ScratchDirectory scratch;
  std::vector<Tensor> tensors;
  tensors.reserve(kDTypeCount);
  for (int i = 0; i < kDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    tensors.push_back(
        {"t." + std::to_string(i),
         dtype,
         {4, 2},
         std::string(static_cast<size_t>(BitsOf(dtype)), static_cast<char>('a' + i))});
  }
  REQUIRE(Write(scratch.PathOf("out.safetensors"), tensors, {{"k", "v"}}).ok());
  const auto checkpoint = Checkpoint::Open(scratch.PathOf("out.safetensors"));
  REQUIRE(checkpoint.ok());
  CHECK(checkpoint->catalog()->metadata == Metadata{{"k", "v"}});
  REQUIRE(checkpoint->catalog()->tensors.size() == tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    const TensorInfo& tensor = checkpoint->catalog()->tensors[i];
    CHECK(tensor.name == tensors[i].name);
    CHECK(tensor.dtype == tensors[i].dtype);
    CHECK(tensor.shape == tensors[i].shape);
    std::string data(tensor.size_bytes, '.');
    REQUIRE(checkpoint->ReadAt(0, tensor.offset_bytes, data.size(), data.data()).ok());
    CHECK(data == tensors[i].data);
  }
}

TEST_CASE("safetensors writer: every tensor starts at a multiple of its element", "[formats]") {
  const ScratchDirectory scratch;
  const std::vector<Tensor> tensors = {{"a", DType::kU8, {3}, "abc"},
                                       {"b", DType::kF64, {1}, "12345678"},
                                       {"c", DType::kF32, {1}, "1234"},
                                       {"d", DType::kBF16, {3}, "123456"}};
  REQUIRE(Write(scratch.PathOf("out.safetensors"), tensors).ok());
  const auto checkpoint = Checkpoint::Open(scratch.PathOf("out.safetensors"));
  REQUIRE(checkpoint.ok());
  for (const TensorInfo& tensor : checkpoint->catalog()->tensors) {
    CHECK(tensor.offset_bytes % (static_cast<uint64_t>(BitsOf(tensor.dtype)) / 8) == 0);
  }
}

TEST_CASE("safetensors writer: a directory of one shard has no index", "[formats]") {
  const ScratchDirectory scratch;
  REQUIRE(Write(scratch.PathOf("out"), {{"a", DType::kU8, {2}, "ab"}}).ok());
  CHECK(scratch.Names() == std::vector<std::string>{"out"});
  CHECK(scratch.Names("out") == std::vector<std::string>{"model.safetensors"});
}

TEST_CASE("safetensors writer: shards are filled in natural order of names", "[formats]") {
  const ScratchDirectory scratch;
  WriterOptions options;
  options.max_shard_bytes = 4;
  const std::vector<Tensor> tensors = {{"t.10", DType::kU8, {1}, "j"},
                                       {"t.2", DType::kU8, {2}, "cc"},
                                       {"t.1", DType::kU8, {2}, "bb"},
                                       {"t.3", DType::kU8, {9}, "ddddddddd"},
                                       {"t.4", DType::kU8, {0}, ""}};
  REQUIRE(Write(scratch.PathOf("out"), tensors, {{"format", "pt"}}, options).ok());
  CHECK(scratch.Names("out") == std::vector<std::string>{"model-00001-of-00003.safetensors",
                                                         "model-00002-of-00003.safetensors",
                                                         "model-00003-of-00003.safetensors",
                                                         "model.safetensors.index.json"});
  CHECK(scratch.Read("out/model.safetensors.index.json") == R"({
  "metadata": {
    "total_size": 14
  },
  "weight_map": {
    "t.1": "model-00001-of-00003.safetensors",
    "t.10": "model-00003-of-00003.safetensors",
    "t.2": "model-00001-of-00003.safetensors",
    "t.3": "model-00002-of-00003.safetensors",
    "t.4": "model-00003-of-00003.safetensors"
  }
}
)");
  const auto checkpoint = Checkpoint::Open(scratch.PathOf("out"));
  REQUIRE(checkpoint.ok());
  CHECK(checkpoint->catalog()->tensors.size() == 5);
  CHECK(checkpoint->catalog()->metadata == Metadata{{"format", "pt"}});
  CHECK(checkpoint->warnings().empty());
}

TEST_CASE("safetensors writer: names that the format cannot hold are refused, all of them",
          "[formats]") {
  const ScratchDirectory scratch;
  const absl::Status status = Write(scratch.PathOf("out"), {{"__metadata__", DType::kU8, {1}, "x"},
                                                            {"a\xFF", DType::kU8, {1}, "x"},
                                                            {"ok", DType::kU8, {1}, "x"}});
  const std::vector<Diagnostic> errors = DiagnosticsOf(status);
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].code == ErrorCode::kBadName);
  CHECK(errors[0].where == "tensor '__metadata__'");
  CHECK(errors[1].code == ErrorCode::kBadName);
  CHECK(errors[1].where == "tensor 'a\\xFF'");
  CHECK(scratch.Names().empty());
}

TEST_CASE("safetensors writer: tensors that the format cannot hold are refused", "[formats]") {
  const ScratchDirectory scratch;
  const std::string out = scratch.PathOf("out");
  CHECK(ErrorNameOf(Write(out, {{"a", DType::kF4, {3}, ""}})) == "NOT_BYTE_ALIGNED");
  CHECK(ErrorNameOf(Write(out, {{"a", DType::kU8, {int64_t{1} << 62}, ""}})) == "OVERFLOW");
  const Shape huge = {int64_t{1} << 59};
  std::vector<Tensor> many(20, {"a", DType::kU8, huge, ""});
  for (size_t i = 0; i < many.size(); ++i) many[i].name += std::to_string(i);
  CHECK(ErrorNameOf(Write(out, many)) == "OVERFLOW");
  CHECK(ErrorNameOf(Write(out, {{"a", DType::kU8, {1}, "x"}, {"a", DType::kU8, {1}, "x"}})) ==
        "DUPLICATE_NAME");
  CHECK(ErrorNameOf(Write(out, {}, {{"k", "\xFF"}})) == "BAD_METADATA");
  CHECK(scratch.Names().empty());
}

TEST_CASE(
    "safetensors writer: a header beyond the format's limit is refused before anything is "
    "written",
    "[formats]") {
  const ScratchDirectory scratch;
  Metadata large;
  large["k"].resize(100'000'000, 'x');
  CHECK(ErrorNameOf(Write(scratch.PathOf("out.safetensors"), {}, large)) == "LIMIT_EXCEEDED");
  CHECK(scratch.Names().empty());
}

TEST_CASE("safetensors writer: space that is not there is known at the start", "[formats]") {
  const ScratchDirectory scratch;
  const Shape huge = {int64_t{1} << 59};
  auto writer = NewWriter(scratch.PathOf("out"), {}, {});
  REQUIRE(writer.ok());
  CHECK(ErrorNameOf((*writer)->Begin({{"a", DType::kU8, &huge}}, {})) == "CANNOT_WRITE");
  writer->reset();
  CHECK(scratch.Names().empty());
}

}  // namespace
}  // namespace weft
