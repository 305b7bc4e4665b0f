#include "execute/cast.h"

#include <algorithm>
#include <cstdint>

#include "execute/cast_row.h"
#include "execute/copy.h"

namespace weft::execute {
namespace {

// So many elements are gathered, cast and scattered at a time, where either side is strided.
constexpr uint64_t kTileElements = 1024;
constexpr uint64_t kTileSide = 32;
constexpr uint64_t kWidestElementBytes = 8;
// A shorter row is not worth a call.
constexpr uint64_t kShortRow = 16;

// What is known of a pair of dtypes.
struct Pair {
  CastRow row = nullptr;
  uint64_t from_bytes = 0;
  uint64_t to_bytes = 0;
};

// A part of two loops, the inner one being the last.
struct Tile {
  Loop outer;
  Loop inner;
  uint64_t elements() const { return outer.count * inner.count; }
};

// At most kTileElements elements.
void CastTile(const Pair& pair, const Tile& tile, const char* source, char* target) {
  alignas(64) char gathered[kTileElements * kWidestElementBytes];
  alignas(64) char cast[kTileElements * kWidestElementBytes];
  const Loop gather[] = {
      {tile.outer.count, tile.outer.source_stride, tile.inner.count * pair.from_bytes},
      {tile.inner.count, tile.inner.source_stride, pair.from_bytes}};
  const Loop scatter[] = {
      {tile.outer.count, tile.inner.count * pair.to_bytes, tile.outer.target_stride},
      {tile.inner.count, pair.to_bytes, tile.inner.target_stride}};
  CopyUnits(pair.from_bytes, gather, 2, source, gathered);
  pair.row(gathered, cast, tile.elements());
  CopyUnits(pair.to_bytes, scatter, 2, cast, target);
}

// Two loops, in tiles: long in the inner loop, unless the outer one has the shorter steps in the
// source.
void CastPlane(const Pair& pair, const Loop& outer, const Loop& inner, const char* source,
               char* target) {
  const bool swapped = outer.source_stride < inner.source_stride;
  const uint64_t columns = std::min(inner.count, swapped ? kTileSide : kTileElements);
  const uint64_t rows = kTileElements / columns;
  Tile tile = {outer, inner};
  for (uint64_t i = 0; i < outer.count; i += rows) {
    tile.outer.count = std::min(outer.count - i, rows);
    for (uint64_t j = 0; j < inner.count; j += columns) {
      tile.inner.count = std::min(inner.count - j, columns);
      CastTile(pair, tile, source + i * outer.source_stride + j * inner.source_stride,
               target + i * outer.target_stride + j * inner.target_stride);
    }
  }
}

void CastBox(const Pair& pair, const Loop* loops, size_t count, const char* source, char* target) {
  if (count == 0) return pair.row(source, target, 1);
  Loops rest(loops, loops + count);
  const Loop inner = rest.back();
  rest.pop_back();
  const bool is_row =
      inner.source_stride == pair.from_bytes && inner.target_stride == pair.to_bytes;
  if (is_row && (rest.empty() || inner.count >= kShortRow)) {
    ForEachStep(rest.data(), rest.size(), [&](uint64_t from, uint64_t to) {
      pair.row(source + from, target + to, inner.count);
    });
    return;
  }
  // As the outer loop, that with the shortest steps in the source; if there is none, one that goes
  // on where the inner one ends.
  Loop outer = {1, inner.count * inner.source_stride, inner.count * inner.target_stride};
  const auto outer_at = std::min_element(
      rest.begin(), rest.end(),
      [](const Loop& a, const Loop& b) { return a.source_stride < b.source_stride; });
  if (outer_at != rest.end()) {
    outer = *outer_at;
    rest.erase(outer_at);
  }
  ForEachStep(rest.data(), rest.size(), [&](uint64_t from, uint64_t to) {
    CastPlane(pair, outer, inner, source + from, target + to);
  });
}

template <DType kFrom, DType kTo>
void Cast(const Loop* loops, size_t count, const char* source, char* target) {
  const Pair pair = {CastRowHere<kFrom, kTo>(), sizeof(typename FloatElement<kFrom>::Bits),
                     sizeof(typename FloatElement<kTo>::Bits)};
  CastBox(pair, loops, count, source, target);
}

template <DType kFrom, DType kTo>
constexpr Kernel KernelOf() {
  if constexpr (kFrom == kTo) {
    return nullptr;
  } else {
    return Cast<kFrom, kTo>;
  }
}

template <DType kFrom>
Kernel CastFrom(DType to) {
  switch (to) {
    case DType::kF64:
      return KernelOf<kFrom, DType::kF64>();
    case DType::kF32:
      return KernelOf<kFrom, DType::kF32>();
    case DType::kF16:
      return KernelOf<kFrom, DType::kF16>();
    case DType::kBF16:
      return KernelOf<kFrom, DType::kBF16>();
    case DType::kF8E4M3:
      return KernelOf<kFrom, DType::kF8E4M3>();
    case DType::kF8E5M2:
      return KernelOf<kFrom, DType::kF8E5M2>();
    case DType::kF8E4M3Fnuz:
      return KernelOf<kFrom, DType::kF8E4M3Fnuz>();
    case DType::kF8E5M2Fnuz:
      return KernelOf<kFrom, DType::kF8E5M2Fnuz>();
    case DType::kF8E8M0:
      return KernelOf<kFrom, DType::kF8E8M0>();
    default:
      return nullptr;
  }
}

}  // namespace

Kernel CastKernel(DType from, DType to) {
  switch (from) {
    case DType::kF64:
      return CastFrom<DType::kF64>(to);
    case DType::kF32:
      return CastFrom<DType::kF32>(to);
    case DType::kF16:
      return CastFrom<DType::kF16>(to);
    case DType::kBF16:
      return CastFrom<DType::kBF16>(to);
    case DType::kF8E4M3:
      return CastFrom<DType::kF8E4M3>(to);
    case DType::kF8E5M2:
      return CastFrom<DType::kF8E5M2>(to);
    case DType::kF8E4M3Fnuz:
      return CastFrom<DType::kF8E4M3Fnuz>(to);
    case DType::kF8E5M2Fnuz:
      return CastFrom<DType::kF8E5M2Fnuz>(to);
    case DType::kF8E8M0:
      return CastFrom<DType::kF8E8M0>(to);
    default:
      return nullptr;
  }
}

}  // namespace weft::execute
