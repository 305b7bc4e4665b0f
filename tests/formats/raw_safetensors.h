// Safetensors files byte by byte, right and wrong ones.
#ifndef WEFT_TESTS_FORMATS_RAW_SAFETENSORS_H_
#define WEFT_TESTS_FORMATS_RAW_SAFETENSORS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft {

// Eight bytes, little-endian.
std::string LittleEndian(uint64_t number);

// The length of the header, the header, the data; nothing is checked.
std::string RawSafetensors(std::string_view header, std::string_view data);

// A valid file with one U8 tensor for each name, whose data is `content`.
std::string FileWith(const std::vector<std::string>& names, std::string_view content = "x");

// A valid index, {"weight_map": {name: file, …}}.
std::string IndexWith(const std::vector<std::pair<std::string, std::string>>& weight_map);

}  // namespace weft

#endif  // WEFT_TESTS_FORMATS_RAW_SAFETENSORS_H_
