#include "numpy/raw_array.h"

namespace weft::test {

std::string RawArray(std::string_view text, std::string_view data, int major) {
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(major);
  bytes += '\0';
  size_t length = text.size();
  for (int i = 0; i < (major == 1 ? 2 : 4); ++i, length /= 256) {
    bytes += static_cast<char>(length % 256);
  }
  return bytes.append(text).append(data);
}

std::string DictText(std::string_view descr, std::string_view shape, std::string_view order) {
  std::string text = "{'descr': '";
  text.append(descr).append("', 'fortran_order': ").append(order);
  return text.append(", 'shape': ").append(shape).append(", }");
}

std::string PathOfArray(const std::string& name) {
  return std::string(WEFT_SOURCE_DIR) + "/tests/numpy/files/" + name;
}

}  // namespace weft::test
