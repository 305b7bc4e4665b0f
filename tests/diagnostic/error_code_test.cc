#include "weft/error_code.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

namespace weft {
namespace {

// The entries of docs/errors.md in their order, as "NAME (exit code N)".
std::vector<std::string> DocumentedCodes() {
  std::ifstream file(WEFT_SOURCE_DIR "/docs/errors.md");
  std::vector<std::string> entries;
  std::string heading;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("### ", 0) == 0) heading = line.substr(4);
    if (line.rfind("Exit code ", 0) == 0) {
      entries.push_back(heading + " (exit code " + line.substr(10, line.find('.') - 10) + ")");
    }
  }
  return entries;
}

TEST_CASE("error codes: docs/errors.md has one entry for each, in order", "[diagnostic]") {
  std::vector<std::string> expected;
  for (int i = 0; i < kErrorCodeCount; ++i) {
    const auto code = static_cast<ErrorCode>(i);
    std::ostringstream entry;
    entry << NameOf(code) << " (exit code " << static_cast<int>(ClassOf(code)) << ")";
    expected.push_back(entry.str());
  }
  CHECK(DocumentedCodes() == expected);
}

TEST_CASE("error codes: names are upper case and unique", "[diagnostic]") {
  CHECK(NameOf(ErrorCode::kIncompleteList) == "INCOMPLETE_LIST");
  CHECK(NameOf(ErrorCode::kUnknownFormat) == "UNKNOWN_FORMAT");
  CHECK(NameOf(ErrorCode::kInternal) == "INTERNAL");
  std::set<std::string> names;
  for (int i = 0; i < kErrorCodeCount; ++i) {
    const std::string name(NameOf(static_cast<ErrorCode>(i)));
    CHECK(name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == std::string::npos);
    names.insert(name);
  }
  CHECK(names.size() == static_cast<size_t>(kErrorCodeCount));
}

TEST_CASE("error codes: each says what to do", "[diagnostic]") {
  CHECK(HintOf(ErrorCode::kSameFile) == "choose another destination");
  for (int i = 0; i < kErrorCodeCount; ++i) {
    const auto code = static_cast<ErrorCode>(i);
    const std::string_view hint = HintOf(code);
    INFO(NameOf(code) << ": " << hint);
    REQUIRE(hint.size() > 10);
    CHECK(hint.find('\n') == std::string_view::npos);
    CHECK(hint.back() != '.');
  }
}

TEST_CASE("error codes: classes are exit codes", "[diagnostic]") {
  CHECK(ClassOf(ErrorCode::kOffsetHole) == ErrorClass::kInput);
  CHECK(ClassOf(ErrorCode::kIncompleteList) == ErrorClass::kInput);
  CHECK(ClassOf(ErrorCode::kJsonSyntax) == ErrorClass::kUsage);
  CHECK(ClassOf(ErrorCode::kSameFile) == ErrorClass::kUsage);
  CHECK(ClassOf(ErrorCode::kCannotRead) == ErrorClass::kIo);
  CHECK(ClassOf(ErrorCode::kLimitExceeded) == ErrorClass::kLimit);
  CHECK(ClassOf(ErrorCode::kCancelled) == ErrorClass::kCancelled);
  CHECK(ClassOf(ErrorCode::kInternal) == ErrorClass::kInternal);
}

}  // namespace
}  // namespace weft
