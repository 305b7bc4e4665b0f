#include <catch2/catch.hpp>
#include <sstream>
#include <string>

#include "diagnostic/status.h"
#include "json/json.h"

namespace weft::json {
namespace {

// Writes events as one line of text, each with its offset.
class Transcript final : public Handler {
 public:
  absl::Status Null(size_t offset) override { return Add("null", offset); }
  absl::Status Bool(bool value, size_t offset) override {
    return Add(value ? "true" : "false", offset);
  }
  absl::Status Integer(int64_t value, size_t offset) override {
    return Add("i" + std::to_string(value), offset);
  }
  absl::Status Unsigned(uint64_t value, size_t offset) override {
    return Add("u" + std::to_string(value), offset);
  }
  absl::Status Number(double, std::string_view text, size_t offset) override {
    return Add("n" + std::string(text), offset);
  }
  absl::Status String(std::string&& value, size_t offset) override {
    return Add("'" + value + "'", offset);
  }
  absl::Status StartObject(size_t offset) override { return Add("{", offset); }
  absl::Status Key(std::string&& key, size_t offset) override { return Add(key + "=", offset); }
  absl::Status EndObject() override {
    out_ << "} ";
    return absl::OkStatus();
  }
  absl::Status StartArray(size_t offset) override { return Add("[", offset); }
  absl::Status EndArray() override {
    out_ << "] ";
    return absl::OkStatus();
  }

  std::string text() const { return out_.str(); }

 private:
  absl::Status Add(const std::string& event, size_t offset) {
    out_ << event << '@' << offset << ' ';
    return absl::OkStatus();
  }

  std::ostringstream out_;
};

std::string EventsOf(std::string_view text, const Options& options = {}) {
  Transcript transcript;
  const absl::Status status = Parse(text, options, transcript);
  if (!status.ok()) return std::string(status.message());
  return transcript.text();
}

// The only diagnostic of a text that is refused.
Diagnostic ErrorOf(std::string_view text, Options options = {}) {
  options.file_name = "f.json";
  Transcript transcript;
  const std::vector<Diagnostic> all = DiagnosticsOf(Parse(text, options, transcript));
  REQUIRE(all.size() == 1);
  return all[0];
}

TEST_CASE("json: events know where each value stood", "[json]") {
  CHECK(EventsOf("{}") == "{@0 } ");
  CHECK(EventsOf(" [ 1 ,-2, 3.5e1 ] ") == "[@1 u1@3 i-2@6 n3.5e1@10 ] ");
  CHECK(EventsOf(R"({"a" : {"b":[true ,null],"c":"x\"y"} , "d":false})") ==
        "{@0 a=@1 {@7 b=@8 [@12 true@13 null@19 ] c=@25 'x\"y'@29 } d=@39 false@43 } ");
  CHECK(EventsOf("12") == "u12@0 ");
  CHECK(EventsOf("\n\t\"\"\r") == "''@2 ");
}

TEST_CASE("json: integers beyond 64 bits are numbers", "[json]") {
  CHECK(EventsOf("[18446744073709551615,18446744073709551616,-9223372036854775808,"
                 "-9223372036854775809]") ==
        "[@0 u18446744073709551615@1 n18446744073709551616@22 i-9223372036854775808@43 "
        "n-9223372036854775809@64 ] ");
  CHECK(EventsOf("[-0]") == "[@0 i0@1 ] ");
}

TEST_CASE("json: what strict JSON does not allow is refused with its position", "[json]") {
  struct Case {
    std::string text;
    std::string where;
  };
  const std::vector<Case> cases = {
      {"", "f.json:1:1"},
      {"  ", "f.json:1:3"},
      {"{\n  \"a\": }", "f.json:2:8"},
      {"[1,]", "f.json:1:4"},
      {"{\"a\":1,}", "f.json:1:8"},
      {"[1] [2]", "f.json:1:5"},
      {"[1]x", "f.json:1:4"},
      {std::string("[1]\0", 4), "f.json:1:4"},
      {std::string("[1]\0[2]", 7), "f.json:1:4"},
      {std::string("[\0]", 3), "f.json:1:2"},
      {"\xEF\xBB\xBF[]", "f.json:1:1"},
      {"[1] // end", "f.json:1:5"},
      {"[\"\xFF\"]", "f.json:1:3"},
      {"[\"a\nb\"]", "f.json:1:4"},
      {"[NaN]", "f.json:1:2"},
      {"[01]", "f.json:1:3"},
      {"[1e999]", "f.json:1:6"},
      {"[\"\\ud800\"]", "f.json:1:9"},
      {"'a'", "f.json:1:1"},
      {"[", "f.json:1:2"},
      {"[\"abc", "f.json:1:6"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const Diagnostic error = ErrorOf(c.text);
    CHECK(error.code == ErrorCode::kJsonSyntax);
    CHECK(error.where == c.where);
    CHECK(error.what.find("JSON syntax error") == 0);
  }
}

TEST_CASE("json: messages name the reason in few words", "[json]") {
  CHECK(
      ErrorOf("{\"a\" 1}").what ==
      "JSON syntax error while parsing object separator: unexpected number literal; expected ':'");
  CHECK(ErrorOf("{\"a").what ==
        "JSON syntax error while parsing object key: invalid string: missing closing quote; "
        "expected string literal");
  CHECK(ErrorOf("[1e999]").what == "JSON syntax error: a number beyond the range of double");
  CHECK(ErrorOf("[\"" + std::string(100'000, 'x')).what.size() < 200);
}

TEST_CASE("json: repeated keys are found after unescaping, in their own object", "[json]") {
  const Diagnostic error = ErrorOf("{\"w\": 1,\n \"\\u0077\": 2}");
  CHECK(error.code == ErrorCode::kJsonSyntax);
  CHECK(error.where == "f.json:2:2");
  CHECK(error.what == "the key 'w' stands twice in one object");

  CHECK(EventsOf(R"({"a":{"a":[{"a":1},{"a":2}]},"b":{"a":3}})").back() == ' ');

  Options options;
  options.duplicate_code = ErrorCode::kDuplicateName;
  CHECK(ErrorOf(R"([{"x":1,"x":1}])", options).code == ErrorCode::kDuplicateName);
  options.check_duplicates = false;
  CHECK(EventsOf(R"({"x":1,"x":1})", options) == "{@0 x=@1 u1@5 x=@7 u1@11 } ");
}

TEST_CASE("json: depth is bounded", "[json]") {
  const std::string deep = std::string(64, '[') + std::string(64, ']');
  CHECK(EventsOf(deep).back() == ' ');
  const Diagnostic error = ErrorOf("[" + deep + "]");
  CHECK(error.code == ErrorCode::kLimitExceeded);
  CHECK(error.where == "f.json:1:65");
  CHECK(ErrorOf(std::string(1'000'000, '[')).code == ErrorCode::kLimitExceeded);

  Options options;
  options.max_depth = 1;
  CHECK(EventsOf("[1]", options) == "[@0 u1@1 ] ");
  CHECK(ErrorOf("{\"a\":{}}", options).code == ErrorCode::kLimitExceeded);
}

TEST_CASE("json: words that Python writes for numbers are null when allowed", "[json]") {
  Options options;
  options.allow_nan = true;
  CHECK(EventsOf(R"([NaN, Infinity,-Infinity , "NaN", "\"NaN", 0, {"Infinity":NaN}])", options) ==
        "[@0 null@1 null@6 null@15 'NaN'@27 '\"NaN'@34 u0@43 {@46 Infinity=@47 null@58 } ] ");
  for (const char* text : {"[1NaN]", "[NaNNaN]", "[-NaN]", "[NaN1]", "[Infinity.0]", "[nan]"}) {
    CAPTURE(text);
    CHECK(ErrorOf(text, options).code == ErrorCode::kJsonSyntax);
  }
  CHECK(ErrorOf("[\"NaN", options).code == ErrorCode::kJsonSyntax);
  CHECK(ErrorOf("[\"NaN\\", options).code == ErrorCode::kJsonSyntax);
}

TEST_CASE("json: an error of the handler ends the parse and is returned", "[json]") {
  class OnlyStrings final : public Handler {
   public:
    int strings = 0;
    absl::Status Null(size_t) override { return Refuse(); }
    absl::Status Bool(bool, size_t) override { return Refuse(); }
    absl::Status Integer(int64_t, size_t) override { return Refuse(); }
    absl::Status Unsigned(uint64_t, size_t) override { return Refuse(); }
    absl::Status Number(double, std::string_view, size_t) override { return Refuse(); }
    absl::Status String(std::string&&, size_t) override {
      ++strings;
      return absl::OkStatus();
    }
    absl::Status StartObject(size_t) override { return Refuse(); }
    absl::Status Key(std::string&&, size_t) override { return Refuse(); }
    absl::Status EndObject() override { return Refuse(); }
    absl::Status StartArray(size_t) override { return absl::OkStatus(); }
    absl::Status EndArray() override { return absl::OkStatus(); }

   private:
    static absl::Status Refuse() { return absl::NotFoundError("only strings"); }
  };
  for (const char* value : {"null", "true", "-1", "1", "1.5", "{}"}) {
    CAPTURE(value);
    OnlyStrings handler;
    const std::string text = std::string("[\"a\",") + value + ",\"b\"]";
    CHECK(Parse(text, {}, handler) == absl::NotFoundError("only strings"));
    CHECK(handler.strings == 1);
  }
}

TEST_CASE("json: no text crashes, whatever is cut or changed", "[json]") {
  const std::string control = R"({"a":[1,-2.5e3,"x\u00e9\n",true,null,NaN],"b":{"c":{}}})";
  for (const bool allow_nan : {false, true}) {
    Options options;
    options.allow_nan = allow_nan;
    size_t accepted = 0;
    for (size_t i = 0; i < control.size(); ++i) {
      Transcript cut;
      CHECK_FALSE(Parse(control.substr(0, i), options, cut).ok());
      for (int byte = 0; byte < 256; ++byte) {
        std::string changed = control;
        changed[i] = static_cast<char>(byte);
        Transcript transcript;
        if (Parse(changed, options, transcript).ok()) ++accepted;
      }
    }
    CHECK((accepted > 0) == allow_nan);
  }
}

TEST_CASE("json: positions are counted in bytes from one", "[json]") {
  const std::string text =
      "ab\nc\xC3\xA9"
      "d\n";
  CHECK(PositionOf(text, 0).column == 1);
  CHECK(PositionOf(text, 2).line == 1);
  CHECK(PositionOf(text, 2).column == 3);
  CHECK(PositionOf(text, 3).line == 2);
  CHECK(PositionOf(text, 3).column == 1);
  CHECK(PositionOf(text, 6).column == 4);
  CHECK(PositionOf(text, 100).line == 3);
}

}  // namespace
}  // namespace weft::json
