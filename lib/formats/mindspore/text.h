// Texts as MindSpore writes them: NumPy's, four bytes a character, little-endian.
#ifndef WEFT_FORMATS_MINDSPORE_TEXT_H_
#define WEFT_FORMATS_MINDSPORE_TEXT_H_

#include <optional>
#include <string>
#include <string_view>

namespace weft::mindspore {

// UTF-8 of `content`; nullopt when it is no text. As in NumPy, NULs at the end are padding.
std::optional<std::string> Utf8Of(std::string_view content);

// The other way; `text` is valid UTF-8. An empty text has one NUL: MindSpore cannot read none.
std::string Utf32Of(std::string_view text);

}  // namespace weft::mindspore

#endif  // WEFT_FORMATS_MINDSPORE_TEXT_H_
