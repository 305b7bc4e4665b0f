// A file cut or changed at every byte: an error or a right read.
#include <catch2/catch.hpp>
#include <string>

#include "files/byte_changes.h"
#include "formats/mindspore/reader.h"
#include "io/error_of.h"
#include "mindspore/raw_checkpoint.h"

namespace weft {
namespace {

std::string Control() {
  return test::RawEntry("a.w", {2, 3}, "Float16", "0123") +
         test::RawEntry("a.w", {2, 3}, "Float16", "456789ab") +
         test::RawEntry("s", {}, "Int64", "12345678") +
         test::RawEntry("t", {0}, "str", std::string("x\0\0\0", 4)) +
         test::RawEntry("e", {0, 2}, "Bool", "") + "crc_num" + std::string(6, '\0') + "abcd";
}

// Every piece lies in the file, and the pieces of a parameter are what its shape needs.
void CheckRead(const std::string& bytes, const mindspore::Contents& contents) {
  for (const mindspore::Parameter& parameter : contents.parameters) {
    uint64_t size = 0;
    for (const FileRange& piece : parameter.pieces) {
      REQUIRE(piece.end_bytes() <= bytes.size());
      size += piece.size_bytes;
    }
    REQUIRE(size ==
            ElementsOf(parameter.shape) * static_cast<uint64_t>(BitsOf(parameter.dtype)) / 8);
  }
}

TEST_CASE("mindspore: a file cut between parameters reads to there, elsewhere it is refused",
          "[mindspore]") {
  const std::string control = Control();
  REQUIRE(test::ReadBytes(control).ok());
  int accepted = 0;
  for (size_t size = 0; size < control.size(); ++size) {
    CAPTURE(size);
    const std::string cut = control.substr(0, size);
    const auto contents = test::ReadBytes(cut);
    if (!contents.ok()) {
      REQUIRE(contents.status().code() == absl::StatusCode::kDataLoss);
      continue;
    }
    ++accepted;
    CheckRead(cut, *contents);
    CHECK_FALSE(contents->crc.has_value());
  }
  CHECK(accepted == 4);  // after a.w, s, t and e; after the first piece of a.w, a size is wrong
}

TEST_CASE("mindspore: a file changed at any byte is refused or read right", "[mindspore]") {
  const std::string control = Control();
  int refused = 0;
  int accepted = 0;
  for (size_t i = 0; i < control.size(); ++i) {
    for (const char change : test::ByteChangesOf(control[i])) {
      std::string bytes = control;
      bytes[i] = change;
      CAPTURE(i, static_cast<int>(change));
      const auto contents = test::ReadBytes(bytes);
      if (!contents.ok()) {
        ++refused;
        REQUIRE(contents.status().code() != absl::StatusCode::kInternal);
        continue;
      }
      ++accepted;
      CheckRead(bytes, *contents);
    }
  }
  CHECK(refused > 500);
  CHECK(accepted > 100);  // names, texts and data may say anything
}

}  // namespace
}  // namespace weft
