// Files that MindSpore wrote, read and written back.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "formats/byte_reader.h"
#include "formats/mindspore/layout.h"
#include "formats/mindspore/reader.h"
#include "formats/mindspore/trailer.h"
#include "formats/zip/crc32.h"
#include "io/error_of.h"
#include "io/input_file.h"
#include "mindspore/raw_checkpoint.h"

namespace weft {
namespace {

using mindspore::Contents;

// The file that a layout of the same tensors makes, in the order they were read in.
std::string Rewrite(const ByteReader& reader, const Contents& contents,
                    const mindspore::LayoutOptions& options) {
  std::vector<OutputTensor> tensors;
  for (const mindspore::Parameter& parameter : contents.parameters) {
    tensors.push_back({parameter.name, parameter.dtype, &parameter.shape});
  }
  const auto layout = mindspore::LayOut(tensors, contents.texts, options);
  REQUIRE(layout.ok());
  std::string bytes(layout->size_bytes, '.');
  for (const mindspore::Head& head : layout->heads) {
    bytes.replace(head.offset_bytes, head.bytes.size(), head.bytes);
  }
  const test::Loaded loaded = test::LoadAll(reader, contents);
  for (size_t i = 0; i < tensors.size(); ++i) {
    const std::string& data = loaded.tensors.at(contents.parameters[i].name).data;
    size_t at = 0;
    for (const FileRange& piece : layout->pieces[i]) {
      bytes.replace(piece.offset_bytes, piece.size_bytes, data, at, piece.size_bytes);
      at += piece.size_bytes;
    }
    REQUIRE(at == data.size());
  }
  return bytes;
}

// The check sum at the end of a file, which is that of all before, comes in.
void CheckCrc(const Contents& contents, const std::string& bytes) {
  const std::string_view body =
      std::string_view(bytes).substr(0, bytes.size() - mindspore::kTrailerBytes);
  CHECK(contents.crc == zip::Crc32(0, body));
}

void CheckFile(const std::string& name, const mindspore::LayoutOptions& options,
               bool has_crc = false) {
  const std::string path = test::PathOfFile(name + ".ckpt");
  const auto file = std::make_shared<const InputFile>(*InputFile::Open(path));
  const FileReader reader(file);
  const auto contents = mindspore::Read(reader, {});
  REQUIRE(contents.ok());
  const test::Loaded loaded = test::LoadAll(reader, *contents);
  const test::Loaded expected = test::ReadListing(name);
  CHECK(expected.tensors.size() >= 2);
  test::CheckSame(loaded.tensors, expected.tensors);
  CHECK(loaded.texts == expected.texts);
  CHECK(contents->crc.has_value() == has_crc);
  std::string bytes = test::ReadFile(path);
  if (has_crc) {
    CheckCrc(*contents, bytes);
    bytes.resize(bytes.size() - mindspore::kTrailerBytes);
  }
  CHECK((Rewrite(reader, *contents, options) == bytes));
}

TEST_CASE("mindspore: every type, scalars and texts are read and written as MindSpore does",
          "[mindspore]") {
  CheckFile("every_type", {});
}

TEST_CASE("mindspore: a check sum is read, and what is before it written as MindSpore does",
          "[mindspore]") {
  CheckFile("crc", {}, true);
}

TEST_CASE("mindspore: tensors in pieces are read and written as MindSpore does", "[mindspore]") {
  mindspore::LayoutOptions options;
  options.piece_bytes = 1024;
  CheckFile("pieces", options);
}

TEST_CASE("mindspore: tensors in pieces of whole rows are read", "[mindspore]") {
  const auto file =
      std::make_shared<const InputFile>(*InputFile::Open(test::PathOfFile("rows.ckpt")));
  const FileReader reader(file);
  const auto contents = mindspore::Read(reader, {});
  REQUIRE(contents.ok());
  test::CheckSame(test::LoadAll(reader, *contents).tensors, test::ReadListing("rows").tensors);
}

TEST_CASE("mindspore: a check sum of more than 32 bits is refused", "[mindspore]") {
  std::string bytes = test::ReadFile(test::PathOfFile("crc.ckpt"));
  bytes[bytes.size() - 5] = '\x01';
  CHECK(ErrorNameOf(test::ReadBytes(bytes)) == "BAD_HEADER_SYNTAX");
}

// `checkpoint` holds what `expected`, a safetensors file, does.
void CheckGolden(const std::filesystem::path& checkpoint, const std::filesystem::path& expected) {
  CAPTURE(checkpoint);
  const auto file = std::make_shared<const InputFile>(*InputFile::Open(checkpoint.string()));
  const FileReader reader(file);
  const auto contents = mindspore::Read(reader, {});
  REQUIRE(contents.ok());
  const test::Loaded loaded = test::LoadAll(reader, *contents);
  test::CheckSame(loaded.tensors, test::ReadSafetensors(expected.string()));
  if (contents->crc) CheckCrc(*contents, test::ReadFile(checkpoint.string()));
}

// The checkpoints of a folder of golden conversions that stand beside their tensors.
size_t CheckGoldenFolder(const std::filesystem::path& folder) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".ckpt") continue;
    const std::string name = entry.path().filename().string();
    const std::string stem = name.substr(0, name.size() - 5);
    const auto expected = entry.path().parent_path() / (stem == "expected" ? "expected.safetensors"
                                                        : stem == "sliced_numpy_path"
                                                            ? "sliced.expected.safetensors"
                                                            : stem + ".expected.safetensors");
    CheckGolden(entry.path(), expected);
    ++count;
  }
  return count;
}

TEST_CASE("mindspore: golden checkpoints hold what their safetensors files do", "[mindspore]") {
  CheckFile("every_type", {});
  const char* golden = std::getenv("WEFT_GOLDEN");
  if (golden == nullptr) return;
  CHECK(CheckGoldenFolder(std::filesystem::path(golden) / "seeds/mindspore") == 4);
  CHECK(CheckGoldenFolder(std::filesystem::path(golden) / "mindformers") >= 40);
}

}  // namespace
}  // namespace weft
