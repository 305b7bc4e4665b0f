#include "formats/piece_reader.h"

#include <algorithm>
#include <utility>

#include "diagnostic/status.h"

namespace weft {

PieceReader::PieceReader(std::vector<Piece> pieces, std::string where)
    : pieces_(std::move(pieces)), where_(std::move(where)) {
  uint64_t end = 0;
  ends_.reserve(pieces_.size());
  for (const Piece& piece : pieces_) {
    end += piece.range.size_bytes;
    ends_.push_back(end);
  }
}

absl::Status PieceReader::ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const {
  auto piece = static_cast<size_t>(std::upper_bound(ends_.begin(), ends_.end(), offset_bytes) -
                                   ends_.begin());
  for (; size_bytes > 0; ++piece) {
    const FileRange& range = pieces_[piece].range;
    const uint64_t begin = ends_[piece] - range.size_bytes;
    const uint64_t count = std::min(size_bytes, ends_[piece] - offset_bytes);
    WEFT_RETURN_IF_ERROR(
        pieces_[piece].reader->ReadAt(range.offset_bytes + (offset_bytes - begin), count, out));
    offset_bytes += count;
    size_bytes -= count;
    out += count;
  }
  return absl::OkStatus();
}

}  // namespace weft
