// Zips of which some members get other content.
#include <catch2/catch.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "files/decoded_text.h"
#include "formats/raw_pickle.h"
#include "formats/raw_zip.h"
#include "formats/zip/crc32.h"
#include "formats/zip/rewrite.h"
#include "io/error_of.h"

namespace weft {
namespace {

using test::Bytes;
using test::RawMember;
using test::RawZip;
using test::Stored;
using test::ZipBytes;

// By number of the member.
using Contents = std::map<uint32_t, std::string>;

absl::StatusOr<std::string> Rewritten(const std::string& bytes, const Contents& contents) {
  const auto reader = std::make_shared<const DecodedText>(bytes, "a.zip");
  const absl::StatusOr<zip::Directory> directory = zip::ReadDirectory(*reader, {});
  INFO(directory.status());
  REQUIRE(directory.ok());
  std::map<uint32_t, uint64_t> sizes;
  std::map<uint32_t, uint32_t> crcs;
  for (const auto& [member, content] : contents) {
    sizes[member] = content.size();
    crcs[member] = zip::Crc32(0, content);
  }
  const absl::StatusOr<zip::Rewrite> rewrite = zip::Rewrite::Make(reader, *directory, sizes);
  if (!rewrite.ok()) return rewrite.status();
  std::string out(rewrite->file_bytes(), '?');
  for (const KeptRange& kept : rewrite->kept()) {
    REQUIRE(
        kept.reader->ReadAt(kept.range.offset_bytes, kept.range.size_bytes, &out[kept.offset_bytes])
            .ok());
  }
  for (const auto& [member, content] : contents) {
    out.replace(rewrite->offset_bytes(member), content.size(), content);
  }
  for (const Patch& patch : rewrite->Finish(crcs)) {
    out.replace(patch.offset_bytes, patch.bytes.size(), patch.bytes);
  }
  return out;
}

std::string MustRewrite(const std::string& bytes, const Contents& contents) {
  absl::StatusOr<std::string> out = Rewritten(bytes, contents);
  INFO(out.status());
  REQUIRE(out.ok());
  return *std::move(out);
}

// As torch writes: sizes and checksum behind the content, in 32 or 64 bits.
RawMember Described(const std::string& name, const std::string& content, int size_bytes) {
  RawMember member = Stored(name, content);
  const uint64_t crc = member.entry.crc;
  member.header.flags = member.entry.flags = 8;
  member.header.crc = member.header.stored_bytes = member.header.size_bytes = 0;
  member.stored += "PK\7\10" + Bytes(crc, 4) + Bytes(content.size(), size_bytes) +
                   Bytes(content.size(), size_bytes);
  return member;
}

// Filled up so that the content begins at a multiple of 64, where the header begins at `offset`.
RawMember Aligned(const std::string& name, const std::string& content, uint64_t offset) {
  RawMember member = Stored(name, content);
  const uint64_t missing = (64 - (offset + 30 + name.size() + 4) % 64) % 64;
  member.header.extra = "FB" + Bytes(missing, 2) + std::string(missing, 'Z');
  return member;
}

void WithZip64(RawZip& zip) { zip.end.has_zip64 = true; }

TEST_CASE("zip: what no member changes stays byte for byte", "[zip]") {
  const std::string bytes = ZipBytes(
      {Stored("t/a", "aaaa"), Described("t/b", "bb", 4), Stored("t/c", "")}, [](RawZip& zip) {
        zip.end.has_zip64 = true;
        zip.end.comment = "a comment";
      });
  CHECK(MustRewrite(bytes, {}) == bytes);
  CHECK(MustRewrite(bytes, {{0, "aaaa"}, {1, "bb"}}) == bytes);
}

TEST_CASE("zip: another content of the same size changes it and its checksums", "[zip]") {
  const auto zip = [](const std::string& b) {
    return ZipBytes({Stored("t/a", "aaaa"), Stored("t/b", b), Stored("t/c", "cc")});
  };
  CHECK(MustRewrite(zip("first"), {{1, "other"}}) == zip("other"));
}

TEST_CASE("zip: what follows a member of another size moves", "[zip]") {
  for (const bool has_zip64 : {false, true}) {
    const auto zip = [&](const std::string& a, const std::string& b) {
      return ZipBytes(
          {Stored("t/a", a), Stored("t/b", b), Stored("t/c", "cc")},
          has_zip64 ? WithZip64 : [](RawZip&) {});
    };
    CHECK(MustRewrite(zip("aaaa", "bb"), {{0, "a"}}) == zip("a", "bb"));
    CHECK(MustRewrite(zip("aaaa", "bb"), {{1, std::string(300, 'b')}}) ==
          zip("aaaa", std::string(300, 'b')));
    CHECK(MustRewrite(zip("aaaa", "bb"), {{0, ""}, {1, "b"}}) == zip("", "b"));
  }
}

TEST_CASE("zip: a descriptor behind the content is written anew, in its own width", "[zip]") {
  for (const int size_bytes : {4, 8}) {
    const auto zip = [&](const std::string& b) {
      return ZipBytes({Stored("t/a", "a"), Described("t/b", b, size_bytes), Stored("t/c", "cc")});
    };
    CHECK(MustRewrite(zip("bbbbbb"), {{1, "bbb"}}) == zip("bbb"));
    CHECK(MustRewrite(zip("bbbbbb"), {{1, "cccccc"}}) == zip("cccccc"));
  }
}

TEST_CASE("zip: members that were aligned are aligned again", "[zip]") {
  const auto zip = [](const std::string& a) {
    std::vector<RawMember> members = {Aligned("t/a", a, 0)};
    const uint64_t second = 64 + a.size();
    members.push_back(Aligned("t/b", "bbbb", second));
    return ZipBytes(members);
  };
  CHECK(MustRewrite(zip(std::string(200, 'a')), {{0, "aaa"}}) == zip("aaa"));
}

TEST_CASE("zip: sizes and offsets in ZIP64 fields are changed there", "[zip]") {
  const auto zip = [](const std::string& a, uint64_t offset) {
    RawMember first = Stored("t/a", a);
    first.entry.size_bytes = 0xFFFFFFFF;
    first.entry.extra = Bytes(1, 2) + Bytes(8, 2) + Bytes(a.size(), 8);
    RawMember second = Stored("t/b", "b");
    second.entry.extra = Bytes(1, 2) + Bytes(8, 2) + Bytes(offset, 8);
    return ZipBytes({first, second},
                    [](RawZip& raw) { raw.members[1].entry.offset_bytes = 0xFFFFFFFF; });
  };
  CHECK(MustRewrite(zip("aaaa", 37), {{0, "aa"}}) == zip("aa", 35));
}

TEST_CASE("zip: a member that should have a descriptor and has none is refused", "[zip]") {
  RawMember member = Described("t/a", "aaaa", 4);
  member.stored = "aaaa";
  const std::string bytes = ZipBytes({member, Stored("t/b", "b")});
  CHECK(ErrorNameOf(Rewritten(bytes, {{0, "bbbb"}})) == "UNSUPPORTED_FEATURE");
  CHECK(MustRewrite(bytes, {{1, "c"}}).size() == bytes.size());
}

TEST_CASE("zip: sizes for which the records have no room are refused", "[zip]") {
  const std::string bytes = ZipBytes({Stored("t/a", "aaaa"), Stored("t/b", "b")});
  const auto reader = std::make_shared<const DecodedText>(bytes, "a.zip");
  const absl::StatusOr<zip::Directory> directory = zip::ReadDirectory(*reader, {});
  REQUIRE(directory.ok());
  CHECK(ErrorNameOf(zip::Rewrite::Make(reader, *directory, {{0, uint64_t{1} << 32U}})) ==
        "UNSUPPORTED_FEATURE");
}

}  // namespace
}  // namespace weft
