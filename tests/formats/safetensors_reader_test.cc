// What the format allows.
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "formats/raw_safetensors.h"
#include "formats/safetensors/reader.h"
#include "io/error_of.h"
#include "io/scratch_directory.h"
#include "weft/checkpoint.h"

namespace weft {
namespace {

std::vector<std::string> NamesOf(const Checkpoint& checkpoint) {
  std::vector<std::string> names;
  for (const TensorInfo& tensor : checkpoint.catalog()->tensors) names.push_back(tensor.name);
  return names;
}

TEST_CASE("safetensors: name, dtype, shape and place of every tensor", "[formats]") {
  const ScratchDirectory scratch;
  const std::string header =
      R"({"__metadata__":{"format":"pt","note":"a\nb"},)"
      R"("layers.10.w":{"dtype":"BF16","shape":[1,2],"data_offsets":[6,10]},)"
      R"("layers.9.w":{"dtype":"F32","shape":[],"data_offsets":[2,6]},)"
      R"("flags":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}})";
  const std::string path =
      scratch.Write("m.safetensors", RawSafetensors(header, "\x01\x02WXYZabcd"));
  const auto checkpoint = Checkpoint::Open(path);
  REQUIRE(checkpoint.ok());
  const Catalog& catalog = *checkpoint->catalog();
  CHECK(catalog.format == "safetensors");
  REQUIRE(catalog.files.size() == 1);
  CHECK(catalog.files[0].path == path);
  CHECK(catalog.files[0].name == "m.safetensors");
  CHECK(catalog.files[0].size_bytes == 8 + header.size() + 10);
  CHECK(catalog.metadata == std::map<std::string, std::string>{{"format", "pt"}, {"note", "a\nb"}});
  CHECK(NamesOf(*checkpoint) == std::vector<std::string>{"flags", "layers.9.w", "layers.10.w"});
  const TensorInfo& scalar = catalog.tensors[1];
  CHECK(scalar.dtype == DType::kF32);
  CHECK(scalar.shape.empty());
  CHECK(scalar.size_bytes == 4);
  CHECK(scalar.offset_bytes == 8 + header.size() + 2);
  CHECK(catalog.tensors[2].dtype == DType::kBF16);
  CHECK(catalog.tensors[2].shape == Shape{1, 2});
  CHECK(checkpoint->directory() == scratch.path());
  CHECK_FALSE(checkpoint->is_directory());
  CHECK(checkpoint->warnings().empty());

  std::string data(4, '.');
  REQUIRE(checkpoint->ReadAt(0, scalar.offset_bytes, 4, data.data()).ok());
  CHECK(data == "WXYZ");
  CHECK(checkpoint->CheckUnchanged().ok());
  CHECK(ErrorNameOf(checkpoint->ReadAt(1, 0, 4, data.data())) == "BAD_ARGUMENT");
}

TEST_CASE("safetensors: all dtypes, those smaller than a byte too", "[formats]") {
  const ScratchDirectory scratch;
  std::string header = "{";
  size_t end = 0;
  for (int i = 0; i < kDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    const size_t begin = end;
    end += static_cast<size_t>(BitsOf(dtype));  // eight elements
    if (i > 0) header += ',';
    header += "\"t" + std::to_string(i) + R"(":{"dtype":")" + std::string(NameOf(dtype)) +
              R"(","shape":[8],"data_offsets":[)" + std::to_string(begin) + ',' +
              std::to_string(end) + "]}";
  }
  const auto checkpoint =
      Checkpoint::Open(scratch.Write("m", RawSafetensors(header + "}", std::string(end, 'x'))));
  REQUIRE(checkpoint.ok());
  for (int i = 0; i < kDTypeCount; ++i) {
    const TensorInfo& tensor = checkpoint->catalog()->tensors[static_cast<size_t>(i)];
    CHECK(tensor.dtype == static_cast<DType>(i));
    CHECK(tensor.size_bytes == static_cast<uint64_t>(BitsOf(tensor.dtype)));
  }
}

TEST_CASE("safetensors: no tensors, and tensors without elements", "[formats]") {
  const ScratchDirectory scratch;
  const auto none = Checkpoint::Open(scratch.Write("none", RawSafetensors("{}", "")));
  REQUIRE(none.ok());
  CHECK(none->catalog()->tensors.empty());

  const auto empty = Checkpoint::Open(scratch.Write(
      "empty", RawSafetensors(R"({"a":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]},)"
                              R"("b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                              R"("c":{"dtype":"F4","shape":[0],"data_offsets":[2,2]}})",
                              "xy")));
  REQUIRE(empty.ok());
  CHECK(empty->catalog()->tensors[0].size_bytes == 0);
  CHECK(empty->catalog()->tensors[2].size_bytes == 0);
}

TEST_CASE("safetensors: white space around the header is accepted, in front with a warning",
          "[formats]") {
  const ScratchDirectory scratch;
  const auto behind = Checkpoint::Open(scratch.Write("behind", RawSafetensors("{} \n\t\r ", "")));
  REQUIRE(behind.ok());
  CHECK(behind->warnings().empty());
  const auto before =
      Checkpoint::Open(scratch.Write("before", RawSafetensors(std::string(100, ' ') + "{}", "")));
  REQUIRE(before.ok());
  CHECK(before->warnings() ==
        std::vector<std::string>{"before: white space stands before the header's brace"});
}

TEST_CASE("safetensors: metadata that is null is absent", "[formats]") {
  const ScratchDirectory scratch;
  const auto checkpoint =
      Checkpoint::Open(scratch.Write("m", RawSafetensors(R"({"__metadata__":null})", "")));
  REQUIRE(checkpoint.ok());
  CHECK(checkpoint->catalog()->metadata.empty());
}

TEST_CASE("safetensors: names may be empty, hold a NUL and any character", "[formats]") {
  const ScratchDirectory scratch;
  const auto checkpoint =
      Checkpoint::Open(scratch.Write("m", FileWith({"", "a\\u0000b", "重み", "\\ud83d\\ude42"})));
  REQUIRE(checkpoint.ok());
  CHECK(NamesOf(*checkpoint) == std::vector<std::string>{"", std::string("a\0b", 3), "重み", "🙂"});
}

TEST_CASE("safetensors: a huge file opens by its header alone", "[formats]") {
  const ScratchDirectory scratch;
  constexpr uint64_t kBytes = uint64_t{5} << 30;
  const std::string path = scratch.Write(
      "m.safetensors",
      RawSafetensors(R"({"a":{"dtype":"F32","shape":[1342177280],"data_offsets":[0,5368709120]}})",
                     ""));
  std::filesystem::resize_file(path, std::filesystem::file_size(path) + kBytes);
  const auto checkpoint = Checkpoint::Open(path);
  REQUIRE(checkpoint.ok());
  const TensorInfo& tensor = checkpoint->catalog()->tensors[0];
  CHECK(tensor.size_bytes == kBytes);
  std::string last(1, 'x');
  REQUIRE(checkpoint->ReadAt(0, tensor.offset_bytes + kBytes - 1, 1, last.data()).ok());
  CHECK(last[0] == '\0');
}

TEST_CASE("safetensors: recognised by the first bytes", "[formats]") {
  using safetensors::Recognises;
  CHECK(Recognises(RawSafetensors("{}", "")));
  CHECK(Recognises(RawSafetensors(std::string(60, ' ') + "{}", "").substr(0, 64)));
  CHECK(Recognises(LittleEndian(~uint64_t{0}) + "{"));
  CHECK_FALSE(Recognises(""));
  CHECK_FALSE(Recognises(LittleEndian(2)));
  CHECK_FALSE(Recognises(LittleEndian(2) + "[]"));
  CHECK_FALSE(Recognises("[      [{\"a\": 1}]"));
  CHECK_FALSE(Recognises("{\n  \"ab\": {}}"));
  CHECK_FALSE(Recognises("PK\x03\x04\x14\x00\x08\x08\x00"));
}

}  // namespace
}  // namespace weft
