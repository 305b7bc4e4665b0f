#include "formats/copy_range.h"

#include <algorithm>
#include <string>

#include "diagnostic/status.h"

namespace weft {

absl::Status CopyRange(const ByteReader& reader, FileRange range, const OutputFile& file,
                       uint64_t offset_bytes) {
  constexpr uint64_t kMostBytes = uint64_t{1} << 20;
  std::string block(std::min(range.size_bytes, kMostBytes), '\0');
  for (uint64_t done = 0; done < range.size_bytes; done += block.size()) {
    block.resize(std::min(range.size_bytes - done, kMostBytes));
    WEFT_RETURN_IF_ERROR(reader.ReadAt(range.offset_bytes + done, block.size(), block.data()));
    WEFT_RETURN_IF_ERROR(file.WriteAt(offset_bytes + done, block));
  }
  return absl::OkStatus();
}

}  // namespace weft
