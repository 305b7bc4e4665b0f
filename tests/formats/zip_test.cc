// Every rule of a zip that a file can break, and what a right one says.
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "formats/byte_reader.h"
#include "formats/raw_zip.h"
#include "formats/zip/crc32.h"
#include "formats/zip/crc_pieces.h"
#include "formats/zip/member_stream.h"
#include "formats/zip/zip_directory.h"
#include "formats/zip/zip_layout.h"
#include "io/error_of.h"

namespace weft {
namespace {

using test::RawZip;
using test::Stored;
using test::ZipBytes;

absl::StatusOr<zip::Directory> Open(std::string_view bytes,
                                    const zip::DirectoryLimits& limits = {}) {
  return zip::ReadDirectory(TextReader(bytes, "f.zip"), limits);
}

std::vector<test::RawMember> Two() { return {Stored("a/x", "abc"), Stored("a/y", "")}; }

// "a/x" and "a/y", after a change.
absl::StatusOr<zip::Directory> OpenTwo(const std::function<void(RawZip&)>& change) {
  return Open(ZipBytes(Two(), change));
}

std::string Number(uint64_t number, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>((number >> (8 * i)) & 0xFF);
  return out;
}

absl::StatusOr<std::string> ReadFirst(const std::string& bytes, zip::Checksum checksum,
                                      uint64_t max_bytes = 1U << 20U) {
  const TextReader reader(bytes, "f.zip");
  const auto directory = zip::ReadDirectory(reader, {});
  REQUIRE(directory.ok());
  return zip::ReadMember(reader, directory->members[0], checksum, max_bytes);
}

TEST_CASE("zip: a directory says where the content of members is", "[formats]") {
  const std::string bytes = ZipBytes(Two());
  const auto directory = Open(bytes);
  REQUIRE(directory.ok());
  REQUIRE(directory->members.size() == 2);
  const zip::Member& x = directory->members[0];
  CHECK(x.name == "a/x");
  CHECK(x.size_bytes == 3);
  CHECK(bytes.substr(x.offset_bytes, 3) == "abc");
  CHECK(x.crc == 0x352441C2);
  CHECK(zip::FindMember(*directory, "a/y") == &directory->members[1]);
  CHECK(zip::FindMember(*directory, "a/z") == nullptr);
  const auto empty = Open(ZipBytes({}));
  REQUIRE(empty.ok());
  CHECK(empty->members.empty());
}

TEST_CASE("zip: a comment, ZIP64 records and data descriptors are normal", "[formats]") {
  CHECK(OpenTwo([](RawZip& zip) { zip.end.comment = "made by hand"; }).ok());
  CHECK(OpenTwo([](RawZip& zip) { zip.end.has_zip64 = true; }).ok());
  // As torch writes: sizes are unknown when the header is written, and follow the content.
  CHECK(OpenTwo([](RawZip& zip) {
          for (test::RawMember& member : zip.members) {
            member.header.flags = member.entry.flags = 0x808;
            member.header.crc = member.header.stored_bytes = member.header.size_bytes = 0;
          }
        }).ok());
}

TEST_CASE("zip: sizes of 64 bits stand in an extra field", "[formats]") {
  const auto with_extra = [](const std::string& extra) {
    std::vector<test::RawMember> members = Two();
    members[0].entry.size_bytes = members[0].entry.stored_bytes = 0xFFFFFFFF;
    members[0].entry.extra = extra;
    return Open(ZipBytes(members));
  };
  const auto directory = with_extra(Number(1, 2) + Number(16, 2) + Number(3, 8) + Number(3, 8));
  REQUIRE(directory.ok());
  CHECK(directory->members[0].size_bytes == 3);
  CHECK(ErrorNameOf(with_extra("")) == "BAD_HEADER_SYNTAX");
  CHECK(ErrorNameOf(with_extra(Number(1, 2) + Number(8, 2) + Number(3, 8))) == "BAD_HEADER_SYNTAX");
  CHECK(ErrorNameOf(with_extra(Number(1, 2) + Number(99, 2) + Number(3, 8))) ==
        "BAD_HEADER_SYNTAX");
  const std::string field = Number(1, 2) + Number(16, 2) + Number(3, 8) + Number(3, 8);
  CHECK(ErrorNameOf(with_extra(field + field)) == "BAD_HEADER_SYNTAX");
}

TEST_CASE("zip: the end record ends with the file, and there is one", "[formats]") {
  const std::string bytes = ZipBytes(Two());
  CHECK(ErrorNameOf(Open("")) == "TRUNCATED");
  CHECK(ErrorNameOf(Open(bytes + "x")) == "TRUNCATED");
  CHECK(ErrorNameOf(Open(bytes.substr(0, bytes.size() - 1))) == "TRUNCATED");
  // An end record in the comment of another one.
  const std::string end = bytes.substr(bytes.size() - 22);
  CHECK(ErrorNameOf(OpenTwo([&](RawZip& zip) { zip.end.comment = end; })) == "BAD_HEADER_SYNTAX");
}

TEST_CASE("zip: the directory is where the end record says, and fills its place", "[formats]") {
  CHECK(ErrorNameOf(OpenTwo([](RawZip& zip) { zip.end.directory_offset_bytes += 1; })) ==
        "OFFSET_RANGE");
  CHECK(ErrorNameOf(OpenTwo([](RawZip& zip) { zip.end.directory_offset_bytes -= 1; })) ==
        "OFFSET_HOLE");
  CHECK(ErrorNameOf(OpenTwo([](RawZip& zip) { zip.before_end = "hidden"; })) == "OFFSET_HOLE");
  CHECK(ErrorNameOf(OpenTwo([](RawZip& zip) {
          zip.end.has_zip64 = true;
          zip.before_end = "hidden";
        })) == "OFFSET_HOLE");
  CHECK(ErrorNameOf(OpenTwo([](RawZip& zip) { zip.end.members = 1; })) == "BAD_HEADER_SYNTAX");
  CHECK(ErrorNameOf(OpenTwo([](RawZip& zip) { zip.end.members = 3; })) == "BAD_HEADER_SYNTAX");
  CHECK(ErrorNameOf(OpenTwo([](RawZip& zip) { zip.end.disk = 1; })) == "UNSUPPORTED_FEATURE");
  CHECK(ErrorNameOf(Open("zero" + ZipBytes(Two()))) == "OFFSET_HOLE");
}

TEST_CASE("zip: counts are limited before anything is allocated", "[formats]") {
  zip::DirectoryLimits limits;
  limits.members = 1;
  CHECK(ErrorNameOf(Open(ZipBytes(Two()), limits)) == "LIMIT_EXCEEDED");
  limits = {};
  limits.directory_bytes = 97;
  CHECK(ErrorNameOf(Open(ZipBytes(Two()), limits)) == "LIMIT_EXCEEDED");
  limits.directory_bytes = 98;
  CHECK(Open(ZipBytes(Two()), limits).ok());
  CHECK(ErrorNameOf(OpenTwo([](RawZip& zip) {
          zip.end.has_zip64 = true;
          zip.end.members = 1'000'000;
        })) == "BAD_HEADER_SYNTAX");
}

TEST_CASE("zip: header and directory agree", "[formats]") {
  const auto change_header = [](const std::function<void(test::RawFields&)>& change) {
    return ErrorNameOf(OpenTwo([&](RawZip& zip) { change(zip.members[0].header); }));
  };
  CHECK(change_header([](test::RawFields& f) { f.name = "a/z"; }) == "BAD_HEADER_SYNTAX");
  CHECK(change_header([](test::RawFields& f) { f.flags = 0x800; }) == "BAD_HEADER_SYNTAX");
  CHECK(change_header([](test::RawFields& f) { f.method = 8; }) == "BAD_HEADER_SYNTAX");
  CHECK(change_header([](test::RawFields& f) { f.crc = 1; }) == "SIZE_MISMATCH");
  CHECK(change_header([](test::RawFields& f) { f.size_bytes = 2; }) == "SIZE_MISMATCH");
  CHECK(change_header([](test::RawFields& f) { f.stored_bytes = 0; }) == "SIZE_MISMATCH");
}

TEST_CASE("zip: what a member cannot be is refused", "[formats]") {
  const auto change_both = [](const std::function<void(test::RawFields&)>& change) {
    return ErrorNameOf(OpenTwo([&](RawZip& zip) {
      change(zip.members[0].header);
      change(zip.members[0].entry);
    }));
  };
  for (const uint64_t flag : {0x1U, 0x20U, 0x40U, 0x2000U}) {
    CAPTURE(flag);
    CHECK(change_both([&](test::RawFields& f) { f.flags = flag; }) == "UNSUPPORTED_FEATURE");
  }
  CHECK(change_both([](test::RawFields& f) { f.method = 12; }) == "UNSUPPORTED_FEATURE");
  CHECK(change_both([](test::RawFields& f) { f.disk = 2; }) == "UNSUPPORTED_FEATURE");
  CHECK(change_both([](test::RawFields& f) { f.size_bytes = 4; }) == "SIZE_MISMATCH");
  // A deflated stream of three bytes that is said to hold a gigabyte.
  CHECK(change_both([](test::RawFields& f) {
          f.method = 8;
          f.size_bytes = 1U << 30U;
        }) == "SIZE_MISMATCH");
  CHECK(ErrorNameOf(OpenTwo([](RawZip& zip) { zip.members[0].entry.offset_bytes = 1; })) ==
        "BAD_HEADER_SYNTAX");
  CHECK(ErrorNameOf(OpenTwo([](RawZip& zip) { zip.members[0].entry.offset_bytes = 9999; })) ==
        "OFFSET_RANGE");
  CHECK(ErrorTextOf(OpenTwo([](RawZip& zip) {
          for (test::RawFields* f : {&zip.members[1].header, &zip.members[1].entry}) {
            f->size_bytes = f->stored_bytes = 1000;
          }
        })) ==
        "f.zip: member 'a/y': is said to have 1000 bytes from byte 69; the directory begins "
        "at byte 69");
}

TEST_CASE("zip: members that share bytes are refused", "[formats]") {
  // Both entries name the first header.
  CHECK(ErrorNameOf(Open(ZipBytes({Stored("a/x", "abc"), Stored("a/y", "abc")}, [](RawZip& zip) {
          zip.members[1].entry.offset_bytes = 0;
        }))) == "BAD_HEADER_SYNTAX");
  // A member whose content holds the header and content of the other one.
  const std::string inner = ZipBytes({Stored("a/y", "secret")});
  const std::string local = inner.substr(0, 39);
  std::vector<test::RawMember> members = {Stored("a/x", local), Stored("a/y", "secret")};
  CHECK(ErrorNameOf(Open(ZipBytes(members, [](RawZip& zip) {
          zip.members[1].entry.offset_bytes = 33;
        }))) == "OFFSET_OVERLAP");
}

TEST_CASE("zip: names are unique, also in other case", "[formats]") {
  CHECK(ErrorNameOf(Open(ZipBytes({Stored("a", "1"), Stored("a", "2")}))) == "DUPLICATE_NAME");
  const std::string cases = ZipBytes({Stored("a", "1"), Stored("A", "2")});
  CHECK(ErrorNameOf(Open(cases)) == "DUPLICATE_NAME");
  zip::DirectoryLimits limits;
  limits.ignore_case = false;
  CHECK(Open(cases, limits).ok());
}

TEST_CASE("zip: a name that leads out of a folder is refused", "[formats]") {
  for (const char* name : {"/etc/passwd", "../x", "a/../x", "a/..", "./x", "a//b", "a\\b", "C:x"}) {
    CAPTURE(name);
    CHECK(ErrorNameOf(Open(ZipBytes({Stored(name, "1")}))) == "UNSAFE_PATH");
  }
  CHECK(ErrorNameOf(Open(ZipBytes({Stored(std::string("a\0b", 3), "1")}))) == "UNSAFE_PATH");
  CHECK(ErrorNameOf(Open(ZipBytes({Stored("", "1")}))) == "BAD_NAME");
  CHECK(ErrorNameOf(Open(ZipBytes({Stored("\xFF", "1")}))) == "BAD_NAME");
  CHECK(Open(ZipBytes({Stored("a..b/...", "1"), Stored("folder/", "")})).ok());
  CHECK(ErrorNameOf(Open(ZipBytes({Stored("folder/", "1")}))) == "SIZE_MISMATCH");
}

TEST_CASE("zip: all that is wrong with members is reported at once", "[formats]") {
  const auto directory = OpenTwo([](RawZip& zip) {
    zip.members[0].entry.method = 99;
    zip.members[1].entry.flags = 1;
  });
  CHECK(DiagnosticsOf(directory.status()).size() == 2);
}

TEST_CASE("zip: the checksum of a member is compared when it is read", "[formats]") {
  const auto with_crc = [](uint64_t crc) {
    return ZipBytes({Stored("a", "abc")}, [&](RawZip& zip) {
      zip.members[0].header.crc = zip.members[0].entry.crc = crc;
    });
  };
  CHECK(*ReadFirst(ZipBytes({Stored("a", "abc")}), zip::Checksum::kAlways) == "abc");
  CHECK(ErrorTextOf(ReadFirst(with_crc(1), zip::Checksum::kUnlessZero)) ==
        "f.zip: member 'a': the checksum of its content is 352441C2; expected 00000001");
  CHECK(ReadFirst(with_crc(0), zip::Checksum::kUnlessZero).ok());
  CHECK(ErrorNameOf(ReadFirst(with_crc(0), zip::Checksum::kAlways)) == "WRONG_CHECKSUM");
  CHECK(ErrorNameOf(ReadFirst(ZipBytes({Stored("a", "abc")}), zip::Checksum::kAlways, 2)) ==
        "LIMIT_EXCEEDED");
}

TEST_CASE("zip: checksums of parts join to that of the whole", "[formats]") {
  // The check value that the definition of this checksum is published with.
  CHECK(zip::Crc32(0, "123456789") == 0xCBF43926);
  CHECK(zip::Crc32(0, "") == 0);
  std::mt19937 random(1);
  for (int trial = 0; trial < 200; ++trial) {
    std::string text(random() % 300, ' ');
    for (char& c : text) c = static_cast<char>(random());
    const size_t cut = random() % (text.size() + 1);
    const uint32_t whole = zip::Crc32(0, text);
    const uint32_t first = zip::Crc32(0, text.substr(0, cut));
    CHECK(zip::Crc32(first, text.substr(cut)) == whole);
    CHECK(zip::JoinCrc32(first, zip::Crc32(0, text.substr(cut)), text.size() - cut) == whole);
  }
}

TEST_CASE("zip: pieces give their checksum in whatever order they come", "[formats]") {
  std::mt19937 random(2);
  for (int trial = 0; trial < 100; ++trial) {
    std::string text(random() % 200 + 1, ' ');
    for (char& c : text) c = static_cast<char>(random());
    std::vector<std::pair<size_t, size_t>> ranges;
    for (size_t at = 0; at < text.size();) {
      const size_t size = std::min<size_t>(random() % 20, text.size() - at);
      ranges.emplace_back(at, size);
      at += size;
    }
    std::shuffle(ranges.begin(), ranges.end(), random);
    zip::CrcPieces pieces;
    for (size_t i = 0; i < ranges.size(); ++i) {
      if (ranges[i].second > 0) CHECK_FALSE(pieces.Of(text.size()));
      const std::string piece = text.substr(ranges[i].first, ranges[i].second);
      CHECK(pieces.Add(ranges[i].first, piece.size(), zip::Crc32(0, piece)));
    }
    CHECK(pieces.Of(text.size()) == zip::Crc32(0, text));
    CHECK_FALSE(pieces.Of(text.size() + 1));
    CHECK_FALSE(pieces.Add(text.size() - 1, 1, 0));
  }
}

TEST_CASE("zip: a planned zip reads as it was planned", "[formats]") {
  zip::Layout layout;
  const std::vector<std::pair<std::string, std::string>> members = {
      {"a/one", "first"}, {"a/empty", ""}, {"a/two", std::string(200, 'z')}};
  std::string bytes;
  for (size_t i = 0; i < members.size(); ++i) {
    const uint64_t offset = layout.Add(members[i].first, members[i].second.size(), 64);
    CHECK(offset % 64 == 0);
    layout.SetCrc(i, zip::Crc32(0, members[i].second));
    bytes += layout.Header(i);
    CHECK(bytes.size() == offset);
    bytes += members[i].second;
  }
  CHECK(bytes.size() == layout.end_offset_bytes());
  bytes += layout.End();
  CHECK(bytes.size() == layout.file_bytes());
  const TextReader reader(bytes, "f.zip");
  const auto directory = zip::ReadDirectory(reader, {});
  REQUIRE(directory.ok());
  for (size_t i = 0; i < members.size(); ++i) {
    CHECK(directory->members[i].name == members[i].first);
    CHECK(*zip::ReadMember(reader, directory->members[i], zip::Checksum::kAlways, 1000) ==
          members[i].second);
  }
}

TEST_CASE("zip: a planned zip of more than 4 GiB uses fields of 64 bits", "[formats]") {
  constexpr uint64_t kLarge = uint64_t{5} << 30U;
  zip::Layout layout;
  layout.Add("a/large", kLarge, 64);
  layout.Add("a/behind", 3, 64);
  // All but the content that nobody reads.
  class Sparse final : public ByteReader {
   public:
    explicit Sparse(const zip::Layout& layout) : layout_(layout) {}
    uint64_t size_bytes() const override { return layout_.file_bytes(); }
    const std::string& where() const override { return where_; }
    absl::Status ReadAt(uint64_t offset, uint64_t size, char* out) const override {
      const std::pair<uint64_t, std::string> parts[] = {
          {0, layout_.Header(0)},
          {layout_.header_offset_bytes(1), layout_.Header(1)},
          {layout_.end_offset_bytes(), layout_.End()}};
      for (uint64_t i = 0; i < size; ++i) {
        out[i] = '.';
        for (const auto& [begin, text] : parts) {
          if (offset + i >= begin && offset + i - begin < text.size()) {
            out[i] = text[offset + i - begin];
          }
        }
      }
      return absl::OkStatus();
    }

   private:
    const zip::Layout& layout_;
    std::string where_ = "f.zip";
  };
  const auto directory = zip::ReadDirectory(Sparse(layout), {});
  REQUIRE(directory.ok());
  CHECK(directory->members[0].size_bytes == kLarge);
  CHECK(directory->members[1].offset_bytes == layout.offset_bytes(1));
  CHECK(directory->members[1].offset_bytes > kLarge);
}

}  // namespace
}  // namespace weft
