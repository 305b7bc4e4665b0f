// The checksum of a range of bytes whose pieces come in any order.
#ifndef WEFT_FORMATS_ZIP_CRC_PIECES_H_
#define WEFT_FORMATS_ZIP_CRC_PIECES_H_

#include <cstdint>
#include <map>
#include <optional>

namespace weft::zip {

// Neighbours are joined as they come, so what is kept is one entry for each hole.
class CrcPieces {
 public:
  // A piece of `size_bytes` with checksum `crc`. False when it overlaps what came before.
  bool Add(uint64_t offset_bytes, uint64_t size_bytes, uint32_t crc);

  // The checksum of the bytes from 0 to `size_bytes`; nullopt when some have not come.
  std::optional<uint32_t> Of(uint64_t size_bytes) const;

 private:
  struct Piece {
    uint64_t end = 0;
    uint32_t crc = 0;
  };

  std::map<uint64_t, Piece> pieces_;  // by begin
};

}  // namespace weft::zip

#endif  // WEFT_FORMATS_ZIP_CRC_PIECES_H_
