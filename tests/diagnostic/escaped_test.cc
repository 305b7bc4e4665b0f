#include <catch2/catch.hpp>
#include <string>

#include "diagnostic/utf8.h"
#include "weft/diagnostic.h"

namespace weft {
namespace {

TEST_CASE("escaped: plain text stays as it is", "[diagnostic]") {
  CHECK(Escaped("").empty());
  CHECK(Escaped("model.layers.0.weight") == "model.layers.0.weight");
  CHECK(Escaped("größe_重み_🙂") == "größe_重み_🙂");
}

TEST_CASE("escaped: what could fake a message is shown", "[diagnostic]") {
  CHECK(Escaped("a\nb\tc\rd") == "a\\nb\\tc\\rd");
  CHECK(Escaped("\x1B[2J\x7F") == "\\x1B[2J\\x7F");
  CHECK(Escaped(std::string_view("\0", 1)) == "\\x00");
  CHECK(Escaped("'\"\\") == "\\'\\\"\\\\");
  CHECK(Escaped("\xC2\x9B") == "\\u{9B}");        // C1 control character CSI
  CHECK(Escaped("\xE2\x80\xAE") == "\\u{202E}");  // right-to-left override
  CHECK(Escaped("\xE2\x81\xA6\xE2\x81\xA9") == "\\u{2066}\\u{2069}");
  CHECK(Escaped("\xE2\x80\xA8") == "\\u{2028}");  // line separator
  CHECK(Escaped("a\xFFz\xC3") == "a\\xFFz\\xC3");
  CHECK(Escaped("\xC0\xAF") == "\\xC0\\xAF");           // overlong slash
  CHECK(Escaped("\xED\xA0\x80") == "\\xED\\xA0\\x80");  // half of a surrogate pair
}

TEST_CASE("escaped: long text is cut between characters", "[diagnostic]") {
  const std::string whole(256, 'x');
  CHECK(Escaped(whole) == whole);
  CHECK(Escaped(whole + "x") == whole + "…");
  CHECK(Escaped(std::string(255, 'x') + "é") == std::string(255, 'x') + "…");
  CHECK(Escaped(std::string(1'000'000, '\n')).size() == 256 + 3);
}

TEST_CASE("utf-8: the first character of a text", "[diagnostic]") {
  CHECK(FirstCharacter("a").code_point == U'a');
  CHECK(FirstCharacter("é!").code_point == U'é');
  CHECK(FirstCharacter("é!").bytes == 2);
  CHECK(FirstCharacter("重").bytes == 3);
  CHECK(FirstCharacter("🙂").code_point == U'🙂');
  CHECK(FirstCharacter("\xF4\x90\x80\x80").bytes == 0);  // beyond U+10FFFF
  CHECK(FirstCharacter("\xF0\x9F\x99").bytes == 0);
  CHECK(IsUtf8(""));
  CHECK(IsUtf8("aé重🙂"));
  CHECK_FALSE(IsUtf8("a\x80"));
}

}  // namespace
}  // namespace weft
