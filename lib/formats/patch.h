// Bytes at a place of a file.
#ifndef WEFT_FORMATS_PATCH_H_
#define WEFT_FORMATS_PATCH_H_

#include <cstdint>
#include <string>

namespace weft {

struct Patch {
  uint64_t offset_bytes = 0;
  std::string bytes;
};

}  // namespace weft

#endif  // WEFT_FORMATS_PATCH_H_
