// Deflated members, in a build without zlib.
#include <catch2/catch.hpp>
#include <string>

#include "formats/byte_reader.h"
#include "formats/raw_zip.h"
#include "formats/zip/member_stream.h"
#include "formats/zip/zip_directory.h"
#include "io/error_of.h"

namespace weft {
namespace {

TEST_CASE("zip: a build without zlib says what it cannot read", "[formats]") {
  test::RawMember member = test::Stored("a", "abc");
  member.header.method = member.entry.method = 8;
  const std::string bytes = test::ZipBytes({member});
  const TextReader reader(bytes, "f.zip");
  const auto directory = zip::ReadDirectory(reader, {});
  REQUIRE(directory.ok());
  CHECK(ErrorTextOf(zip::ReadMember(reader, directory->members[0], zip::Checksum::kAlways, 100)) ==
        "f.zip: member 'a': is deflated, and this build has no zlib");
}

}  // namespace
}  // namespace weft
