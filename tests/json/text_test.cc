#include <catch2/catch.hpp>
#include <limits>
#include <string>

#include "json/json.h"

namespace weft::json {
namespace {

TEST_CASE("json text: compact, and reads as the same tree", "[json]") {
  const std::string text =
      R"({"z":[1,-2,0.1,1e+300,true,false,null,"a\"\\\n\t\u0001é"],"a":{},"b":[]})";
  CHECK(TextOf(*ParseTree(text, {})) == text);
}

TEST_CASE("json text: a number that JSON cannot write is null", "[json]") {
  Value value;
  value.kind = Kind::kNumber;
  value.number = std::numeric_limits<double>::infinity();
  CHECK(TextOf(value) == "null");
}

TEST_CASE("json text: quoting keeps every character and replaces bytes that are not UTF-8",
          "[json]") {
  CHECK(Quoted("") == "\"\"");
  CHECK(Quoted("a/b é 🙂") == "\"a/b é 🙂\"");
  CHECK(Quoted("a\xFF\xC3") == "\"a\xEF\xBF\xBD\xEF\xBF\xBD\"");
  std::string all;
  for (int c = 0; c < 128; ++c) all += static_cast<char>(c);
  CHECK(ParseTree(Quoted(all), {})->string == all);
}

}  // namespace
}  // namespace weft::json
