// A file that is only in memory.
#ifndef WEFT_TESTS_FUZZ_MEMORY_FILE_H_
#define WEFT_TESTS_FUZZ_MEMORY_FILE_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "formats/byte_reader.h"
#include "formats/format.h"

namespace weft {

// `bytes` outlive it.
inline OpenFile MemoryFile(std::string path, std::string_view bytes) {
  auto reader = std::make_shared<const TextReader>(bytes, path);
  return {std::move(path), nullptr, std::move(reader)};
}

}  // namespace weft

#endif  // WEFT_TESTS_FUZZ_MEMORY_FILE_H_
