#include "formats/numpy/archive.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "io/error_of.h"
#include "numpy/raw_array.h"

namespace weft {
namespace {

using numpy::Archive;
using numpy::Member;
using test::DictText;
using test::RawArray;

struct Content {
  std::string name;
  std::string bytes;
};

absl::StatusOr<Archive> Read(const std::vector<Content>& contents, const Limits& limits = {}) {
  std::vector<Member> members;
  for (const Content& content : contents) members.push_back({content.name, content.bytes.size()});
  const auto read_first = [&](size_t member, size_t size) -> absl::StatusOr<std::string> {
    return contents[member].bytes.substr(0, size);
  };
  return numpy::ReadArchive(members, read_first, "f.npz", limits);
}

const std::string kPair = RawArray(DictText("<f4", "(2,)"), "12345678");

TEST_CASE("npz: members are arrays by their names without .npy", "[numpy]") {
  const auto archive = Read({{"layers.0.weight.npy", kPair}, {"a/b.npy", kPair}, {"bare", kPair}});
  REQUIRE(archive.ok());
  REQUIRE(archive->arrays.size() == 3);
  CHECK(archive->arrays[0].name == "layers.0.weight");
  CHECK(archive->arrays[1].name == "a/b");
  CHECK(archive->arrays[1].member == 1);
  CHECK(archive->arrays[2].name == "bare");
  CHECK(archive->arrays[0].array.shape == Shape{2});
  CHECK(archive->warnings.empty());
  CHECK(numpy::MemberNameOf("layers.0.weight") == "layers.0.weight.npy");
  CHECK(numpy::MemberNameOf("x.npy") == "x.npy.npy");
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

TEST_CASE("npz: names are UTF-8, and their number is bounded", "[numpy]") {
  CHECK(ErrorNameOf(Read({{"\xFF.npy", kPair}})) == "BAD_NAME");
  Limits limits;
  limits.tensors = 1;
  CHECK(Read({{"a.npy", kPair}}, limits).ok());
  CHECK(ErrorNameOf(Read({{"a.npy", kPair}, {"b.npy", kPair}}, limits)) == "LIMIT_EXCEEDED");
}

}  // namespace
}  // namespace weft
