#include "formats/numpy/archive.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "formats/byte_reader.h"
#include "formats/numpy/layout.h"
#include "formats/zip/crc32.h"
#include "formats/zip/member_stream.h"
#include "formats/zip/zip_layout.h"
#include "io/error_of.h"
#include "io/input_file.h"
#include "io/scratch_directory.h"
#include "numpy/raw_array.h"
#include "weft/checkpoint.h"

namespace weft {
namespace {

using numpy::Archive;
using test::DictText;
using test::RawArray;

struct Content {
  std::string name;
  std::string bytes;
};

// The zip file with these members, stored.
std::string Zipped(const std::vector<Content>& contents) {
  zip::Layout layout;
  for (const Content& content : contents) layout.Add(content.name, content.bytes.size(), 1);
  std::string file(layout.file_bytes(), '.');
  for (size_t i = 0; i < contents.size(); ++i) {
    layout.SetCrc(i, zip::Crc32(0, contents[i].bytes));
    const std::string header = layout.Header(i);
    file.replace(layout.header_offset_bytes(i), header.size(), header);
    file.replace(layout.offset_bytes(i), contents[i].bytes.size(), contents[i].bytes);
  }
  return file.replace(layout.end_offset_bytes(), std::string::npos, layout.End());
}

absl::StatusOr<Archive> Read(const std::vector<Content>& contents, const Limits& limits = {}) {
  const std::string file = Zipped(contents);
  return numpy::ReadArchive(TextReader(file, "f.npz"), limits);
}

const std::string kPair = RawArray(DictText("<f4", "(2,)"), "12345678");

TEST_CASE("npz: what is no array may come first, and in a folder", "[numpy]") {
  const ScratchDirectory scratch;
  const std::string path =
      scratch.Write("f.npz", Zipped({{"notes/readme.txt", "x"}, {"w.npy", kPair}}));
  const auto checkpoint = Checkpoint::Open(path);
  INFO(checkpoint.status());
  REQUIRE(checkpoint.ok());
  CHECK(checkpoint->catalog()->format == "npz");
  CHECK(checkpoint->catalog()->tensors.size() == 1);
  CHECK(checkpoint->warnings().size() == 1);
  // With a pickle in it, it is PyTorch's, whatever its name and its first member.
  for (const char* name : {"f.npz", "f.pt"}) {
    for (const bool array_first : {false, true}) {
      std::vector<Content> members = {{"a/data.pkl", "x"}, {"a/extra/mean.npy", kPair}};
      if (array_first) std::swap(members[0], members[1]);
      const std::string pickled = scratch.Write(name, Zipped(members));
      CHECK(ErrorTextOf(Checkpoint::Open(pickled)).find("every PyTorch file") != std::string::npos);
    }
  }
}

TEST_CASE("npz: a name that leads out of the archive is told as a name", "[numpy]") {
  const auto archive = Read({{"../x.npy", kPair}});
  REQUIRE(ErrorNameOf(archive) == "UNSAFE_PATH");
  CHECK(DiagnosticsOf(archive.status())[0].hint.find("save the file anew") != std::string::npos);
  const Shape pair = {2};
  const auto layout = numpy::LayOutArchive({{"../x", DType::kF32, &pair}});
  REQUIRE(ErrorNameOf(layout) == "UNSAFE_PATH");
  CHECK(DiagnosticsOf(layout.status())[0].hint.find("rename it in the mapping") !=
        std::string::npos);
}

TEST_CASE("npz: members are arrays by their names without .npy", "[numpy]") {
  const auto archive = Read({{"layers.0.weight.npy", kPair}, {"a/b.npy", kPair}, {"bare", kPair}});
  REQUIRE(archive.ok());
  REQUIRE(archive->arrays.size() == 3);
  CHECK(archive->arrays[0].name == "layers.0.weight");
  CHECK(archive->arrays[1].name == "a/b");
  CHECK(archive->arrays[1].member.name == "a/b.npy");
  CHECK(archive->arrays[2].name == "bare");
  CHECK(archive->arrays[0].array.shape == Shape{2});
  CHECK(archive->warnings.empty());
}

TEST_CASE("npz: a header longer than the first read is read whole", "[numpy]") {
  const std::string text = DictText("<f4", "(2,)");
  const std::string padded = text + std::string(3000, ' ');
  const auto archive = Read({{"w.npy", RawArray(padded, "12345678", 2)}});
  REQUIRE(archive.ok());
  CHECK(archive->arrays[0].array.header_bytes == padded.size() + 12);
}

TEST_CASE("npz: what is no array is left out with a warning", "[numpy]") {
  const auto archive = Read({{"readme.txt", "hello"}, {"a/", ""}, {"w.npy", kPair}});
  REQUIRE(archive.ok());
  CHECK(archive->arrays.size() == 1);
  CHECK(archive->warnings ==
        std::vector<std::string>{"f.npz: member 'readme.txt' is no array, and is left out"});
}

TEST_CASE("npz: a member named .npy that is no array is refused", "[numpy]") {
  CHECK(ErrorNameOf(Read({{"w.npy", "hello, world and more"}})) == "UNKNOWN_FORMAT");
  CHECK(ErrorNameOf(Read({{"w.npy", ""}})) == "TRUNCATED");
  CHECK(ErrorTextOf(Read({{"w.npy", kPair.substr(0, kPair.size() - 1)}})) ==
        "f.npz: member 'w.npy': shape [2] of F32 needs 8 bytes; 7 follow the header");
  CHECK(ErrorNameOf(Read({{"w.npy", kPair.substr(0, 30)}})) == "TRUNCATED");
}

TEST_CASE("npz: bytes behind an array are worth a warning", "[numpy]") {
  const auto archive = Read({{"w.npy", kPair + "x"}});
  REQUIRE(archive.ok());
  CHECK(archive->warnings ==
        std::vector<std::string>{"f.npz: member 'w.npy': 1 bytes follow the data of the array"});
}

TEST_CASE("npz: two members of one name are refused, and all errors are reported", "[numpy]") {
  const auto archive = Read({{"w.npy", kPair}, {"w", kPair}, {"x.npy", "hello"}});
  const std::vector<Diagnostic> errors = DiagnosticsOf(archive.status());
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].code == ErrorCode::kDuplicateName);
  CHECK(errors[1].code == ErrorCode::kUnknownFormat);
}

TEST_CASE("npz: names may differ in case only, and their number is bounded", "[numpy]") {
  CHECK(Read({{"a.npy", kPair}, {"A.npy", kPair}}).ok());
  Limits limits;
  limits.tensors = 1;
  CHECK(Read({{"a.npy", kPair}}, limits).ok());
  CHECK(ErrorNameOf(Read({{"a.npy", kPair}, {"b.npy", kPair}}, limits)) == "LIMIT_EXCEEDED");
}

std::string DataOf(const ByteReader& reader, const numpy::MemberArray& array) {
  const std::string content =
      *zip::ReadMember(reader, array.member, zip::Checksum::kAlways, 1 << 20);
  return content.substr(array.array.header_bytes);
}

TEST_CASE("npz: archives that NumPy wrote are read, stored and deflated", "[numpy]") {
  for (const std::string name : {"stored.npz", "deflated.npz"}) {
    CAPTURE(name);
    const auto file = std::make_shared<const InputFile>(*InputFile::Open(test::PathOfArray(name)));
    const FileReader reader(file);
    const auto archive = numpy::ReadArchive(reader, {});
    REQUIRE(archive.ok());
    REQUIRE(archive->arrays.size() == 2);
    CHECK(archive->arrays[0].name == "layers.0.weight");
    CHECK(archive->arrays[0].array.shape == Shape{2, 300});
    CHECK(archive->arrays[0].array.is_fortran_order);
    CHECK(archive->arrays[1].name == "flags");
    CHECK(archive->arrays[1].array.dtype == DType::kBool);
    CHECK(DataOf(reader, archive->arrays[1]) == std::string("\0\0\0\1\1\1", 6));
    const bool is_stored = archive->arrays[0].member.method == zip::Method::kStored;
    CHECK(is_stored == (name == "stored.npz"));
    if (!is_stored) continue;
    const FileRange range = archive->arrays[1].data();
    std::string data(range.size_bytes, '.');
    REQUIRE(reader.ReadAt(range.offset_bytes, range.size_bytes, data.data()).ok());
    CHECK(data == DataOf(reader, archive->arrays[1]));
  }
}

TEST_CASE("npz: what is laid out reads back, with aligned data", "[numpy]") {
  const Shape matrix = {2, 3};
  const Shape scalar;
  const Shape empty = {0, 4};
  const std::vector<OutputTensor> tensors = {{"layers.0.weight", DType::kBF16, &matrix},
                                             {"a/b", DType::kF64, &scalar},
                                             {"none", DType::kI8, &empty}};
  auto layout = numpy::LayOutArchive(tensors);
  REQUIRE(layout.ok());
  std::string file(layout->zip.file_bytes(), '.');
  for (size_t i = 0; i < tensors.size(); ++i) {
    CHECK(layout->data[i].offset_bytes % 64 == 0);
    const std::string data(layout->data[i].size_bytes, static_cast<char>('a' + i));
    const std::string content = layout->headers[i] + data;
    layout->zip.SetCrc(i, zip::Crc32(0, content));
    file.replace(layout->zip.offset_bytes(i), content.size(), content);
    const std::string header = layout->zip.Header(i);
    file.replace(layout->zip.header_offset_bytes(i), header.size(), header);
  }
  file.replace(layout->zip.end_offset_bytes(), std::string::npos, layout->zip.End());
  const TextReader reader(file, "f.npz");
  const auto archive = numpy::ReadArchive(reader, {});
  REQUIRE(archive.ok());
  REQUIRE(archive->arrays.size() == 3);
  for (size_t i = 0; i < tensors.size(); ++i) {
    CHECK(archive->arrays[i].name == tensors[i].name);
    CHECK(archive->arrays[i].array.dtype == tensors[i].dtype);
    CHECK(archive->arrays[i].array.shape == *tensors[i].shape);
    CHECK(archive->arrays[i].data() == layout->data[i]);
  }
  CHECK(DataOf(reader, archive->arrays[1]) == "bbbbbbbb");
}

TEST_CASE("npz: names and dtypes that cannot be written are refused", "[numpy]") {
  const Shape scalar;
  const auto error_of = [&](std::string_view name, DType dtype) {
    return ErrorNameOf(numpy::LayOutArchive({{name, dtype, &scalar}}));
  };
  CHECK(error_of("../up", DType::kU8) == "UNSAFE_PATH");
  CHECK(error_of("/root", DType::kU8) != "OK");
  CHECK(error_of("\xFF", DType::kU8) == "BAD_NAME");
  CHECK(error_of(std::string(65'532, 'x'), DType::kU8) == "BAD_NAME");
  CHECK(error_of(std::string(65'531, 'x'), DType::kU8) == "OK");
  CHECK(error_of("w", DType::kF8E8M0) == "UNSUPPORTED_FEATURE");
  CHECK(ErrorNameOf(numpy::LayOutArchive(
            {{"w", DType::kU8, &scalar}, {"w", DType::kU8, &scalar}})) == "DUPLICATE_NAME");
}

TEST_CASE("npz: all names that cannot be written are told", "[numpy]") {
  const Shape scalar;
  std::vector<std::string> told;
  for (const Diagnostic& error : DiagnosticsOf(numpy::LayOutArchive({{"../up", DType::kU8, &scalar},
                                                                     {"fine", DType::kU8, &scalar},
                                                                     {"a//b", DType::kU8, &scalar}})
                                                   .status())) {
    told.push_back(error.where);
  }
  CHECK(told == std::vector<std::string>{"tensor '../up'", "tensor 'a//b'"});
}

TEST_CASE("npz: a tensor that NumPy would not give back is refused", "[numpy]") {
  const Shape scalar;
  const auto errors_of = [&](const std::vector<std::string>& names) {
    std::vector<OutputTensor> tensors;
    for (const std::string& name : names) tensors.push_back({name, DType::kU8, &scalar});
    std::vector<std::string> told;
    for (const Diagnostic& error : DiagnosticsOf(numpy::LayOutArchive(tensors).status())) {
      told.push_back(std::string(NameOf(error.code)) + " " + error.where);
    }
    return told;
  };
  // numpy.load(…)["a.npy"] is the member of that name, which is the array a.
  CHECK(errors_of({"a.npy", "b", "a"}) ==
        std::vector<std::string>{"DUPLICATE_NAME tensor 'a.npy'"});
  CHECK(errors_of({"a", "a.npy", "a.npy.npy"}).size() == 2);
  CHECK(errors_of({"a.npy", "b.npy.npy", "a.np", "A"}).empty());
  CHECK(numpy::LayOutDirectory({{"a", DType::kU8, &scalar}, {"a.npy", DType::kU8, &scalar}}).ok());
}

TEST_CASE("npy directory: a file for each tensor", "[numpy]") {
  const Shape matrix = {2, 3};
  const auto files = numpy::LayOutDirectory({{"a/b", DType::kF32, &matrix}});
  REQUIRE(files.ok());
  REQUIRE(files->size() == 1);
  CHECK((*files)[0].path == "a/b.npy");
  CHECK((*files)[0].header == *numpy::HeaderText(DType::kF32, matrix, ""));
  CHECK((*files)[0].data_bytes == 24);
  CHECK(ErrorNameOf(numpy::LayOutDirectory({{"", DType::kF32, &matrix}})) == "BAD_NAME");
}

}  // namespace
}  // namespace weft
