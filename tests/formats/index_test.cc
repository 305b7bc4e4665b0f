#include "formats/index.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "formats/raw_safetensors.h"
#include "io/error_of.h"

namespace weft {
namespace {

std::string ErrorOfIndex(std::string_view text, const Limits& limits = {}) {
  return ErrorNameOf(ParseIndex(text, "i.json", limits));
}

TEST_CASE("index: tensors and their files, whatever total_size says", "[formats]") {
  const auto index =
      ParseIndex(IndexWith({{"x", "m-10"}, {"y", "m-9"}, {"z", "m-10"}}), "i.json", {});
  REQUIRE(index.ok());
  CHECK(index->files == std::vector<std::string>{"m-9", "m-10"});
  REQUIRE(index->tensors.size() == 3);
  CHECK(index->tensors[0].tensor == "x");
  CHECK(index->tensors[0].file == 1);
  CHECK(index->tensors[1].file == 0);
  CHECK(index->tensors[2].file == 1);
}

TEST_CASE("index: a weight map is required, not empty, and maps to strings", "[formats]") {
  CHECK(ErrorOfIndex("{}") == "UNKNOWN_FORMAT");
  CHECK(ErrorOfIndex("[]") == "UNKNOWN_FORMAT");
  CHECK(ErrorOfIndex(R"({"metadata":{"weight_map":{"a":"b"}}})") == "UNKNOWN_FORMAT");
  CHECK(ErrorOfIndex(R"({"weight_map":{}})") == "BAD_METADATA");
  CHECK(ErrorOfIndex(R"({"weight_map":[]})") == "BAD_METADATA");
  CHECK(ErrorOfIndex(R"({"weight_map":{"a":1}})") == "BAD_METADATA");
  CHECK(ErrorOfIndex(R"({"weight_map":{"a":null}})") == "BAD_METADATA");
}

TEST_CASE("index: what is not the weight map is not looked into", "[formats]") {
  const auto index = ParseIndex(
      R"({"a":[{"weight_map":{"x":1}},[2]],"weight_map":{"t":"m","weight_map":"n"},"b":{"c":null}})",
      "i.json", {});
  REQUIRE(index.ok());
  CHECK(index->files == std::vector<std::string>{"m", "n"});
  REQUIRE(index->tensors.size() == 2);
  CHECK(index->tensors[1].tensor == "weight_map");
}

TEST_CASE("index: each value that is no file name is told", "[formats]") {
  const auto index =
      ParseIndex("{\"weight_map\":{\"a\":{\"b\":\"m\",\"c\":[{}]},\n\"d\":\"m\",\n\"e\":[\"m\"]}}",
                 "i.json", {});
  const std::vector<Diagnostic> errors = DiagnosticsOf(index.status());
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].where == "i.json:1:20");
  CHECK(errors[0].what == "the file of tensor 'a' is an object; expected a string");
  CHECK(errors[1].where == "i.json:3:5");
  CHECK(errors[1].what == "the file of tensor 'e' is an array; expected a string");
}

TEST_CASE("index: one name twice is refused", "[formats]") {
  CHECK(ErrorOfIndex(R"({"weight_map":{"a":"m","\u0061":"m"}})") == "DUPLICATE_NAME");
  CHECK(ErrorOfIndex(R"({"weight_map":{"a":"m"},"weight_map":{"a":"m"}})") == "DUPLICATE_NAME");
}

TEST_CASE("index: file names that leave the directory are refused, all of them", "[formats]") {
  for (const char* name : {"", ".", "..", "../m", "/etc/passwd", "a/b", "a\\\\b", "C:m",
                           "https://host/m", "a\\u0000"}) {
    CAPTURE(name);
    CHECK(ErrorOfIndex(IndexWith({{"t", name}})) == "UNSAFE_PATH");
  }
  const auto index = ParseIndex("{\"weight_map\":\n{\"a\":\"../x\",\n\"b\":\"/y\"}}", "i.json", {});
  const std::vector<Diagnostic> errors = DiagnosticsOf(index.status());
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].where == "i.json:2:6");
  CHECK(errors[0].what == "the file name '../x' leads out of the directory of the index");
  CHECK(errors[1].where == "i.json:3:5");
}

TEST_CASE("index: what is no JSON is refused with its position", "[formats]") {
  const auto index = ParseIndex("{\"weight_map\":\n{oops", "i.json", {});
  CHECK(ErrorNameOf(index) == "BAD_HEADER_SYNTAX");
  CHECK(ErrorTextOf(index).find("i.json:2:2: ") == 0);
}

TEST_CASE("index: numbers of files and tensors are limited", "[formats]") {
  Limits limits;
  limits.shards = 1;
  limits.tensors = 2;
  CHECK(ErrorOfIndex(IndexWith({{"a", "m"}, {"b", "m"}}), limits) == "OK");
  CHECK(ErrorOfIndex(IndexWith({{"a", "m"}, {"b", "n"}}), limits) == "LIMIT_EXCEEDED");
  CHECK(ErrorOfIndex(IndexWith({{"a", "m"}, {"b", "m"}, {"c", "m"}}), limits) == "LIMIT_EXCEEDED");
}

TEST_CASE("index: JSON objects are told from other text by the first bytes", "[formats]") {
  CHECK(MayBeJsonObject("{"));
  CHECK(MayBeJsonObject(" \r\n\t{"));
  CHECK_FALSE(MayBeJsonObject(""));
  CHECK_FALSE(MayBeJsonObject("  "));
  CHECK_FALSE(MayBeJsonObject("[{}]"));
}

}  // namespace
}  // namespace weft
