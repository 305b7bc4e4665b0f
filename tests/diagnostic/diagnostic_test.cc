#include "weft/diagnostic.h"

#include <catch2/catch.hpp>
#include <string>

#include "absl/strings/cord.h"
#include "diagnostic/status.h"

namespace weft {
namespace {

TEST_CASE("diagnostic: text in one line", "[diagnostic]") {
  CHECK(TextOf({ErrorCode::kBadShape, "a.safetensors", "rank is 3", "use 2"}) ==
        "a.safetensors: rank is 3");
  CHECK(TextOf({ErrorCode::kBadShape, "", "rank is 3", ""}) == "rank is 3");
}

TEST_CASE("diagnostic: a status gives back every diagnostic", "[diagnostic]") {
  const std::vector<Diagnostic> diagnostics = {
      {ErrorCode::kTwoRulesOneTarget, "m.json:1:2", "two rules", "remove one"},
      {ErrorCode::kInternal, std::string("nul \0 inside", 12), std::string(100'000, 'x'),
       "report it"},
      {ErrorCode::kUnknownFormat, "", "", "\xFF"},
  };
  const absl::Status status = StatusOf(diagnostics);
  CHECK(std::string(status.message()) == "m.json:1:2: two rules");

  const std::vector<Diagnostic> read = DiagnosticsOf(status);
  REQUIRE(read.size() == diagnostics.size());
  for (size_t i = 0; i < read.size(); ++i) {
    CHECK(read[i].code == diagnostics[i].code);
    CHECK(read[i].where == diagnostics[i].where);
    CHECK(read[i].what == diagnostics[i].what);
    CHECK(read[i].hint == diagnostics[i].hint);
  }
}

TEST_CASE("diagnostic: what comes without a hint gets that of its code", "[diagnostic]") {
  const absl::Status status = StatusOf(
      {{ErrorCode::kSameFile, "a", "b", "rename it"}, {ErrorCode::kSameFile, "a", "b", ""}});
  const std::vector<Diagnostic> read = DiagnosticsOf(status);
  REQUIRE(read.size() == 2);
  CHECK(read[0].hint == "rename it");
  CHECK(read[1].hint == HintOf(ErrorCode::kSameFile));
}

TEST_CASE("diagnostic: the class of the first error decides the code of the status",
          "[diagnostic]") {
  CHECK(ErrorStatus(ErrorCode::kTruncated, "", "").code() == absl::StatusCode::kDataLoss);
  CHECK(ErrorStatus(ErrorCode::kBadParam, "", "").code() == absl::StatusCode::kInvalidArgument);
  CHECK(ErrorStatus(ErrorCode::kCannotRead, "", "").code() == absl::StatusCode::kUnavailable);
  CHECK(ErrorStatus(ErrorCode::kLimitExceeded, "", "").code() ==
        absl::StatusCode::kResourceExhausted);
  CHECK(ErrorStatus(ErrorCode::kCancelled, "", "").code() == absl::StatusCode::kCancelled);
  CHECK(ErrorStatus(ErrorCode::kInternal, "", "").code() == absl::StatusCode::kInternal);
  CHECK(StatusOf({}).ok());
  CHECK(DiagnosticsOf(absl::OkStatus()).empty());
}

TEST_CASE("diagnostic: a status that weft did not make is an internal error", "[diagnostic]") {
  const std::vector<Diagnostic> read = DiagnosticsOf(absl::NotFoundError("no such thing"));
  REQUIRE(read.size() == 1);
  CHECK(read[0].code == ErrorCode::kInternal);
  CHECK(read[0].what == "no such thing");
}

TEST_CASE("diagnostic: a payload cut or changed at any byte does no harm", "[diagnostic]") {
  const absl::Status whole = ErrorStatus(ErrorCode::kBadDtype, "where", "what", "hint");
  std::string url;
  std::string payload;
  whole.ForEachPayload([&](auto name, const absl::Cord& value) {
    url = std::string(name);
    payload = std::string(value);
  });
  REQUIRE_FALSE(payload.empty());
  for (size_t i = 0; i < payload.size(); ++i) {
    std::string longer = payload;
    longer[i] = '\xFF';
    for (const std::string& bytes : {payload.substr(0, i), longer}) {
      absl::Status status = absl::DataLossError("text");
      status.SetPayload(url, absl::Cord(bytes));
      CHECK(DiagnosticsOf(status).size() == 1);
    }
  }
}

TEST_CASE("diagnostics: the first hundred are kept and the rest is counted", "[diagnostic]") {
  Diagnostics diagnostics;
  CHECK(diagnostics.ok());
  CHECK(diagnostics.ToStatus().ok());
  for (int i = 0; i < 103; ++i) diagnostics.Add(ErrorCode::kBadShape, "", std::to_string(i));
  CHECK_FALSE(diagnostics.ok());
  CHECK(diagnostics.count() == 103);
  const std::vector<Diagnostic> read = DiagnosticsOf(diagnostics.ToStatus());
  REQUIRE(read.size() == Diagnostics::kMost + 1);
  CHECK(read[99].what == "99");
  CHECK(read[100].what == "3 more errors are not shown");
}

TEST_CASE("diagnostics: the diagnostics of a status are added one by one", "[diagnostic]") {
  Diagnostics diagnostics;
  diagnostics.Add(absl::OkStatus());
  CHECK(diagnostics.ok());
  diagnostics.Add(
      StatusOf({{ErrorCode::kBadShape, "a", "b", "c"}, {ErrorCode::kBadDtype, "d", "e", "f"}}));
  CHECK(diagnostics.count() == 2);
  CHECK(DiagnosticsOf(diagnostics.ToStatus())[1].code == ErrorCode::kBadDtype);
}

absl::StatusOr<int> Half(int number) {
  if (number % 2 != 0) return ErrorStatus(ErrorCode::kBadArgument, "Half", "odd");
  return number / 2;
}

absl::StatusOr<int> Quarter(int number) {
  WEFT_ASSIGN_OR_RETURN(const int half, Half(number));
  WEFT_RETURN_IF_ERROR(Half(half).status());
  return half / 2;
}

TEST_CASE("status macros: pass values on and return errors", "[diagnostic]") {
  CHECK(*Quarter(12) == 3);
  CHECK(std::string(Quarter(3).status().message()) == "Half: odd");
  CHECK(std::string(Quarter(6).status().message()) == "Half: odd");
}

}  // namespace
}  // namespace weft
