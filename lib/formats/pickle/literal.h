// Text and numbers as protocols 0 to 2 spell them.
#ifndef WEFT_FORMATS_PICKLE_LITERAL_H_
#define WEFT_FORMATS_PICKLE_LITERAL_H_

#include <optional>
#include <string>
#include <string_view>

namespace weft::pickle {

// A line of UNICODE: Latin-1 with \uXXXX and \UXXXXXXXX. As UTF-8; nullopt for half an escape and
// for what is no character.
std::optional<std::string> DecodeUnicodeLine(std::string_view line);

// A line of STRING: bytes in quotes with Python's escapes. nullopt when it is not.
std::optional<std::string> DecodeQuotedLine(std::string_view line);

// Decimal digits of a number in two's complement, least significant byte first.
std::string DecimalOf(std::string_view bytes);

// Whether the text is an integer in decimal digits, perhaps with a minus.
bool IsDecimal(std::string_view text);

}  // namespace weft::pickle

#endif  // WEFT_FORMATS_PICKLE_LITERAL_H_
