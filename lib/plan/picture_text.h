// Texts of a picture: measured and cut by letters, in UTF-8.
#ifndef WEFT_PLAN_PICTURE_TEXT_H_
#define WEFT_PLAN_PICTURE_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft {

std::string SizeText(uint64_t bytes);                          // "512 B", "1.4 GiB"
std::string CountText(uint64_t count, std::string_view what);  // "1 tensor", "41 tensors"

size_t LettersIn(std::string_view text);

// At most `most` letters: the middle of a longer text is left out.
std::string Shortened(std::string_view text, size_t most);

// Lines of at most `most_letters`, broken at blanks where there are any; of more than `most_lines`
// the last ends in "…".
std::vector<std::string> Wrapped(std::string_view text, size_t most_letters, size_t most_lines);

// Text for the content of an element. Names may be any bytes; what no XML may hold becomes U+FFFD.
std::string Xml(std::string_view text);

}  // namespace weft

#endif  // WEFT_PLAN_PICTURE_TEXT_H_
