#include "execute/cast_block.h"

#include <algorithm>

#include "diagnostic/status.h"
#include "execute/cast.h"
#include "execute/loops.h"
#include "execute/range.h"
#include "execute/residue.h"
#include "plan/box_range.h"

namespace weft::execute {
namespace {

constexpr uint64_t kWidestElementBytes = 8;

uint64_t BytesOf(DType dtype) { return static_cast<uint64_t>(BitsOf(dtype)) / 8; }

// `count` elements, one behind another.
void Cast(DType from, DType to, uint64_t count, const char* source, char* target) {
  const Loop loop = {count, BytesOf(from), BytesOf(to)};
  CastKernel(from, to)(&loop, 1, source, target);
}

}  // namespace

CastBlock::CastBlock()
    : source_(kBlockElements * kWidestElementBytes),
      cast_(kBlockElements * kWidestElementBytes),
      back_(kBlockElements * kWidestElementBytes),
      residues_(kBlockElements),
      widths_(kBlockElements),
      is_cast_(kBlockElements) {}

absl::Status CastBlock::Read(const CastTensor& cast, const TensorInfo& source, uint64_t begin,
                             uint64_t count, Channel& channel) {
  const uint64_t bytes = BytesOf(source.dtype);
  WEFT_RETURN_IF_ERROR(channel.Read(source.file, source.offset_bytes + begin * bytes, count * bytes,
                                    source_.data()));
  Cast(source.dtype, cast.dtype, count, source_.data(), cast_.data());
  Cast(cast.dtype, source.dtype, count, cast_.data(), back_.data());
  MeasureResidues(source.dtype, source_.data(), back_.data(), count, residues_.data(),
                  widths_.data());
  Mark(cast, source, begin, count);
  return absl::OkStatus();
}

void CastBlock::Mark(const CastTensor& cast, const TensorInfo& source, uint64_t begin,
                     uint64_t count) {
  const bool all = cast.elements == ElementsOf(source.shape);
  std::fill_n(is_cast_.begin(), count, static_cast<char>(all));
  if (all) return;
  for (const Box& box : BoxesOfRange(cast.positions, begin, count)) {
    Loops loops;
    for (const Factor& factor : box.factors)
      loops.push_back({factor.count, 0, factor.target_stride});
    ForEachStep(loops.data(), loops.size(),
                [&](uint64_t /*from*/, uint64_t to) { is_cast_[box.target_offset + to] = 1; });
  }
}

}  // namespace weft::execute
