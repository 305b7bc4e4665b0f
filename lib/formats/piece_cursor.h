// Tensors that lie one behind the other, whatever the pieces in which their bytes are stored.
#ifndef WEFT_FORMATS_PIECE_CURSOR_H_
#define WEFT_FORMATS_PIECE_CURSOR_H_

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace weft {

// Bytes somewhere in the files of a checkpoint: of file `file`, as catalogs count them.
struct Stretch {
  uint32_t file = 0;
  uint64_t offset_bytes = 0;
  uint64_t size_bytes = 0;
};

class PieceCursor {
 public:
  explicit PieceCursor(std::vector<Stretch> pieces) : pieces_(std::move(pieces)) {
    for (const Stretch& piece : pieces_) left_bytes_ += piece.size_bytes;
  }

  uint64_t left_bytes() const { return left_bytes_; }

  // Appends the next bytes to `taken`; there are as many.
  void Take(uint64_t size_bytes, std::vector<Stretch>& taken) {
    left_bytes_ -= size_bytes;
    while (size_bytes > 0) {
      Stretch& piece = pieces_[next_];
      const uint64_t now = std::min(size_bytes, piece.size_bytes);
      if (now > 0) taken.push_back({piece.file, piece.offset_bytes, now});
      piece.offset_bytes += now;
      piece.size_bytes -= now;
      size_bytes -= now;
      if (piece.size_bytes == 0) ++next_;
    }
  }

  void Skip(uint64_t size_bytes) {
    std::vector<Stretch> skipped;
    Take(size_bytes, skipped);
  }

 private:
  std::vector<Stretch> pieces_;  // what is left of each
  size_t next_ = 0;
  uint64_t left_bytes_ = 0;
};

}  // namespace weft

#endif  // WEFT_FORMATS_PIECE_CURSOR_H_
