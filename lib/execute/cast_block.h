// A stretch of a source tensor, with what its casts cut off.
#ifndef WEFT_EXECUTE_CAST_BLOCK_H_
#define WEFT_EXECUTE_CAST_BLOCK_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "execute/channel.h"
#include "weft/complement.h"

namespace weft::execute {

// So many elements are looked at at once, whatever the options: sums of blocks are part of what is
// written.
inline constexpr uint64_t kBlockElements = 1 << 14;

// Belongs to one thread.
class CastBlock {
 public:
  CastBlock();

  // Reads elements `begin` … `begin + count − 1` of the source of `cast`. Errors: those of the
  // channel.
  absl::Status Read(const CastTensor& cast, const TensorInfo& source, uint64_t begin,
                    uint64_t count, Channel& channel);

  // By element of the block.
  const char* source() const { return source_.data(); }
  int64_t residue(uint64_t i) const { return residues_[i]; }
  int width(uint64_t i) const { return widths_[i]; }  // as in MeasureResidues
  bool is_cast(uint64_t i) const { return is_cast_[i] != 0; }

 private:
  void Mark(const CastTensor& cast, const TensorInfo& source, uint64_t begin, uint64_t count);

  std::vector<char> source_;
  std::vector<char> cast_;
  std::vector<char> back_;
  std::vector<int64_t> residues_;
  std::vector<uint8_t> widths_;
  std::vector<char> is_cast_;
};

// The number of blocks of a tensor.
inline uint64_t BlocksOf(uint64_t elements) {
  return (elements + kBlockElements - 1) / kBlockElements;
}

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_CAST_BLOCK_H_
