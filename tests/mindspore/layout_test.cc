// What is written beyond the files that MindSpore made: refusals, sizes beyond 4 GiB.
#include "formats/mindspore/layout.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "formats/byte_reader.h"
#include "formats/mindspore/reader.h"
#include "io/error_of.h"
#include "io/input_file.h"
#include "io/scratch_directory.h"

namespace weft {
namespace {

using mindspore::LayOut;
using Texts = std::map<std::string, std::string>;

const Shape kScalar;
const Shape kPair = {2};

TEST_CASE("mindspore: what load_checkpoint does not read is not written", "[mindspore]") {
  for (const DType dtype : {DType::kF8E4M3, DType::kF8E5M2, DType::kC64, DType::kF4, DType::kF8E8M0,
                            DType::kF6E2M3, DType::kF8E4M3Fnuz}) {
    CHECK(ErrorNameOf(LayOut({{"w", dtype, &kPair}}, {})) == "UNSUPPORTED_FEATURE");
  }
  const Shape none = {0};
  CHECK(ErrorTextOf(LayOut({{"w", DType::kF32, &none}}, {})) ==
        "tensor 'w': has shape [0], which MindSpore takes for a scalar");
}

TEST_CASE("mindspore: names that cannot be written are refused", "[mindspore]") {
  CHECK(ErrorNameOf(LayOut({{"\xFF", DType::kF32, &kPair}}, {})) == "BAD_NAME");
  CHECK(ErrorNameOf(LayOut({{"w", DType::kF32, &kPair}, {"w", DType::kI8, &kPair}}, {})) ==
        "DUPLICATE_NAME");
  CHECK(ErrorNameOf(LayOut({{"w", DType::kF32, &kPair}}, {{"w", "text"}})) == "DUPLICATE_NAME");
  CHECK(ErrorNameOf(LayOut({}, {{"t", "\xFF"}})) == "BAD_METADATA");
}

TEST_CASE("mindspore: sizes beyond the format are refused", "[mindspore]") {
  const Shape huge = {int64_t{1} << 59, 2};
  CHECK(ErrorNameOf(LayOut({{"w", DType::kF64, &huge}}, {})) == "OVERFLOW");
}

TEST_CASE("mindspore: Int4 is I8 with a note, there and back", "[mindspore]") {
  const Texts note = {{"w", "Int4"}};
  const auto layout = LayOut({{"w", DType::kI8, &kPair}}, note);
  REQUIRE(layout.ok());
  REQUIRE(layout->heads.size() == 1);
  CHECK(layout->heads[0].bytes.find("Int4") != std::string::npos);
  CHECK(layout->size_bytes == layout->heads[0].bytes.size() + 2);
  // Where no tensor has its name, it is a text; under a tensor of another type it is no note.
  CHECK(LayOut({}, note)->heads.size() == 1);
  CHECK(ErrorNameOf(LayOut({{"w", DType::kU8, &kPair}}, note)) == "DUPLICATE_NAME");
}

TEST_CASE("mindspore: a tensor without elements keeps its name and shape", "[mindspore]") {
  const Shape empty = {0, 3};
  const auto layout = LayOut({{"a", DType::kF32, &empty}, {"b", DType::kI8, &kScalar}}, {});
  REQUIRE(layout.ok());
  CHECK(layout->pieces[0].empty());
  REQUIRE(layout->heads.size() == 1);
  const std::string bytes = layout->heads[0].bytes + "x";
  const auto contents = mindspore::Read(TextReader(bytes, "f.ckpt"), {});
  REQUIRE(contents.ok());
  REQUIRE(contents->parameters.size() == 2);
  CHECK(contents->parameters[0].shape == empty);
}

// Writes the heads alone: the data are holes that take no room on the disk.
std::string WriteSparse(const ScratchDirectory& scratch, const mindspore::Layout& layout) {
  std::string path = scratch.Write("f.ckpt", "");
  std::filesystem::resize_file(path, layout.size_bytes);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  for (const mindspore::Head& head : layout.heads) {
    file.seekp(static_cast<std::streamoff>(head.offset_bytes));
    file.write(head.bytes.data(), static_cast<std::streamsize>(head.bytes.size()));
  }
  return path;
}

TEST_CASE("mindspore: 5 GiB in one piece, or in pieces of 512 MiB", "[mindspore]") {
  const Shape large = {5, int64_t{1} << 28};  // of F32
  for (const uint64_t piece_bytes : {uint64_t{512} << 20, uint64_t{1} << 40}) {
    mindspore::LayoutOptions options;
    options.piece_bytes = piece_bytes;
    const auto layout =
        LayOut({{"large", DType::kF32, &large}, {"last", DType::kI8, &kPair}}, {}, options);
    REQUIRE(layout.ok());
    const ScratchDirectory scratch;
    const auto file =
        std::make_shared<const InputFile>(*InputFile::Open(WriteSparse(scratch, *layout)));
    const auto contents = mindspore::Read(FileReader(file), {});
    REQUIRE(contents.ok());
    REQUIRE(contents->parameters.size() == 2);
    CHECK(contents->parameters[0].shape == large);
    CHECK(contents->parameters[0].pieces == layout->pieces[0]);
    CHECK(contents->parameters[0].pieces.size() == (piece_bytes < (uint64_t{1} << 40) ? 10 : 1));
    CHECK(contents->parameters[1].pieces[0].offset_bytes > uint64_t{5} << 30);
    CHECK(contents->parameters[1].pieces == layout->pieces[1]);
  }
}

}  // namespace
}  // namespace weft
