// Stretches of files, one behind the other, read as one.
//
// A parameter of a MindSpore file is stored in pieces between which other bytes stand; the
// partitions of a tensor of DeepSpeed's ZeRO are in the files of the ranks.
#ifndef WEFT_FORMATS_PIECE_READER_H_
#define WEFT_FORMATS_PIECE_READER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "formats/byte_reader.h"
#include "formats/file_range.h"

namespace weft {

class PieceReader final : public ByteReader {
 public:
  struct Piece {
    std::shared_ptr<const ByteReader> reader;
    FileRange range;  // lies in `reader`
  };

  // `where` is for messages, escaped. The sizes of the pieces add up to less than 2^64.
  PieceReader(std::vector<Piece> pieces, std::string where);

  uint64_t size_bytes() const override { return ends_.empty() ? 0 : ends_.back(); }
  const std::string& where() const override { return where_; }
  absl::Status ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const override;

 private:
  std::vector<Piece> pieces_;
  std::vector<uint64_t> ends_;  // of each piece, in what is read
  std::string where_;
};

}  // namespace weft

#endif  // WEFT_FORMATS_PIECE_READER_H_
