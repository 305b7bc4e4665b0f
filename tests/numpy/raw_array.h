// Array files byte by byte, right and wrong ones.
#ifndef WEFT_TESTS_NUMPY_RAW_ARRAY_H_
#define WEFT_TESTS_NUMPY_RAW_ARRAY_H_

#include <string>
#include <string_view>

namespace weft::test {

// Magic, version, the length of the text, the text; nothing is checked.
std::string RawArray(std::string_view text, std::string_view data, int major = 1);

// The text of a header, as NumPy orders and spaces it, without padding.
std::string DictText(std::string_view descr, std::string_view shape,
                     std::string_view order = "False");

std::string PathOfArray(const std::string& name);

}  // namespace weft::test

#endif  // WEFT_TESTS_NUMPY_RAW_ARRAY_H_
