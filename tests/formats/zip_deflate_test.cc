// Deflated members, in a build with zlib.
#include <catch2/catch.hpp>
#include <string>

#include "formats/byte_reader.h"
#include "formats/raw_zip.h"
#include "formats/zip/member_stream.h"
#include "formats/zip/zip_directory.h"
#include "io/error_of.h"

namespace weft {
namespace {

using test::Stored;
using test::ZipBytes;

std::string Number(uint64_t number, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>((number >> (8 * i)) & 0xFF);
  return out;
}

// Deflate's form for bytes that it does not compress: one last block.
std::string DeflatedAsIs(const std::string& content) {
  return "\1" + Number(content.size(), 2) + Number(~content.size(), 2) + content;
}

test::RawMember Deflated(const std::string& name, const std::string& content,
                         const std::string& stream) {
  test::RawMember member = Stored(name, content);
  member.stored = stream;
  for (test::RawFields* fields : {&member.header, &member.entry}) {
    fields->method = 8;
    fields->stored_bytes = stream.size();
  }
  return member;
}

absl::StatusOr<std::string> ReadFirst(const std::string& bytes, zip::Checksum checksum) {
  const TextReader reader(bytes, "f.zip");
  const auto directory = zip::ReadDirectory(reader, {});
  REQUIRE(directory.ok());
  return zip::ReadMember(reader, directory->members[0], checksum, 1U << 20U);
}

TEST_CASE("zip: deflated members are read block by block", "[formats]") {
  const std::string content(50'000, 'x');
  const std::string bytes = ZipBytes({Deflated("a", content, DeflatedAsIs(content))});
  CHECK(*ReadFirst(bytes, zip::Checksum::kAlways) == content);
  const TextReader reader(bytes, "f.zip");
  const auto directory = zip::ReadDirectory(reader, {});
  auto stream = zip::MemberStream::Open(reader, directory->members[0], zip::Checksum::kAlways);
  REQUIRE(stream.ok());
  std::string block(7, ' ');
  CHECK(stream->Read(7, block.data()).ok());
  CHECK(block == "xxxxxxx");
  CHECK(stream->left_bytes() == content.size() - 7);
  CHECK(
      ReadFirst(ZipBytes({Deflated("a", "", DeflatedAsIs(""))}), zip::Checksum::kAlways)->empty());
}

TEST_CASE("zip: a deflated stream is just as long as it is said to be", "[formats]") {
  const auto read = [](const std::string& content, const std::string& stream) {
    return ErrorNameOf(
        ReadFirst(ZipBytes({Deflated("a", content, stream)}), zip::Checksum::kUnlessZero));
  };
  CHECK(read("abc", DeflatedAsIs("abc")) == "OK");
  CHECK(read("abc", DeflatedAsIs("abcd")) == "SIZE_MISMATCH");
  CHECK(read("abc", DeflatedAsIs("ab")) == "SIZE_MISMATCH");
  CHECK(read("abc", DeflatedAsIs("abc") + "x") == "SIZE_MISMATCH");
  CHECK(read("abc", DeflatedAsIs("abc").substr(0, 6)) == "SIZE_MISMATCH");
  CHECK(read("abc", "\xFF\xFF\xFF") == "BAD_HEADER_SYNTAX");
  CHECK(read("", DeflatedAsIs("x")) == "SIZE_MISMATCH");
}

}  // namespace
}  // namespace weft
