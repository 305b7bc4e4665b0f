// Values of a pickle as text.
#ifndef WEFT_FORMATS_PYTORCH_VALUE_TEXT_H_
#define WEFT_FORMATS_PYTORCH_VALUE_TEXT_H_

#include <optional>
#include <string>

#include "formats/pickle/tree.h"

namespace weft::pytorch {

// None, a number, a text or bytes.
bool IsScalar(pickle::Kind kind);

// As Python prints a scalar; a str is itself.
std::string ScalarText(const pickle::Tree& tree, pickle::Ref ref);

// "[1, 2]", "('a', 0.5)": scalars in a tuple, list or set, beginning with `open`. Cut at about
// 1,000 bytes. nullopt when something else is among them.
std::optional<std::string> SequenceText(const pickle::Tree& tree, pickle::Ref ref);

// What a key of a dict adds to the names below it; nullopt for a key that is no scalar.
std::optional<std::string> KeyText(const pickle::Tree& tree, pickle::Ref ref);

}  // namespace weft::pytorch

#endif  // WEFT_FORMATS_PYTORCH_VALUE_TEXT_H_
