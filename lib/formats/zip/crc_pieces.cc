#include "formats/zip/crc_pieces.h"

#include <iterator>

#include "formats/zip/crc32.h"

namespace weft::zip {

bool CrcPieces::Add(uint64_t offset_bytes, uint64_t size_bytes, uint32_t crc) {
  if (size_bytes == 0) return true;
  const uint64_t end = offset_bytes + size_bytes;
  auto next = pieces_.lower_bound(offset_bytes);
  if (next != pieces_.end() && next->first < end) return false;
  if (next != pieces_.begin()) {
    const auto before = std::prev(next);
    if (before->second.end > offset_bytes) return false;
    if (before->second.end == offset_bytes) {
      offset_bytes = before->first;
      crc = JoinCrc32(before->second.crc, crc, size_bytes);
      pieces_.erase(before);
    }
  }
  Piece piece = {end, crc};
  if (next != pieces_.end() && next->first == end) {
    piece = {next->second.end, JoinCrc32(crc, next->second.crc, next->second.end - end)};
    next = pieces_.erase(next);
  }
  pieces_.emplace_hint(next, offset_bytes, piece);
  return true;
}

std::optional<uint32_t> CrcPieces::Of(uint64_t size_bytes) const {
  if (size_bytes == 0) return 0;
  if (pieces_.size() != 1) return std::nullopt;
  const auto& [begin, piece] = *pieces_.begin();
  if (begin != 0 || piece.end != size_bytes) return std::nullopt;
  return piece.crc;
}

}  // namespace weft::zip
