// What damage does to one byte.
#ifndef WEFT_TESTS_FILES_BYTE_CHANGES_H_
#define WEFT_TESTS_FILES_BYTE_CHANGES_H_

#include <array>
#include <cstddef>

namespace weft::test {

// The byte as zero, as 0xFF, and with each one of its bits turned.
inline std::array<char, 10> ByteChangesOf(char byte) {
  std::array<char, 10> changes = {'\0', '\xFF'};
  for (size_t bit = 0; bit < 8; ++bit) {
    changes[2 + bit] = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << bit));
  }
  return changes;
}

}  // namespace weft::test

#endif  // WEFT_TESTS_FILES_BYTE_CHANGES_H_
