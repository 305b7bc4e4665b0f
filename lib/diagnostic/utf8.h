// UTF-8, one character at a time.
#ifndef WEFT_DIAGNOSTIC_UTF8_H_
#define WEFT_DIAGNOSTIC_UTF8_H_

#include <cstddef>
#include <string_view>

namespace weft {

struct Utf8Character {
  char32_t code_point = 0;
  size_t bytes = 0;  // 1 to 4; 0 when the bytes are not valid UTF-8
};

// The character at the start of `text`, which is not empty. Overlong forms, surrogates and what
// lies beyond U+10FFFF are not valid.
Utf8Character FirstCharacter(std::string_view text);

bool IsUtf8(std::string_view text);

}  // namespace weft

#endif  // WEFT_DIAGNOSTIC_UTF8_H_
