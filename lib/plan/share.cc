#include "plan/share.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "plan/view.h"
#include "tensor/shape.h"

namespace weft {
namespace {

// floor(rank · size / world_size), without leaving 64 bits: both numbers of ranks are small.
int64_t BorderOf(uint64_t rank, int64_t size, uint64_t world_size) {
  const auto units = static_cast<uint64_t>(size);
  return static_cast<int64_t>(rank * (units / world_size) +
                              rank * (units % world_size) / world_size);
}

// A cell of the part, and its place in the tensor.
class CellShare {
 public:
  CellShare(const LayoutCell& cell, const PlacedCell& whole, const PlacedCell& part)
      : cell_(cell), whole_(whole), part_(part) {}

  // Appends the box that takes `counts[i]` steps along atom i, from `begins[i]` on.
  void AddKept(const std::vector<int64_t>& begins, const std::vector<int64_t>& counts,
               Share* share) const {
    Box& box = share->kept.emplace_back();
    box.source_offset = whole_.offset;
    box.target_offset = part_.offset;
    for (size_t i = 0; i < cell_.atoms.size(); ++i) {
      box.source_offset += static_cast<uint64_t>(begins[i]) * whole_.strides[i];
      box.factors.push_back(
          {static_cast<uint64_t>(counts[i]), whole_.strides[i], part_.strides[i]});
    }
    Normalize(box);
  }

  // Appends the box of the steps along atom `axis` from `counts[axis]` to the end.
  void AddFilled(size_t axis, const std::vector<int64_t>& counts, int64_t end, Share* share) const {
    Box& box = share->filled.emplace_back();
    box.target_offset = part_.offset + static_cast<uint64_t>(counts[axis]) * part_.strides[axis];
    for (size_t i = 0; i < cell_.atoms.size(); ++i) {
      const int64_t count = i == axis ? end - counts[axis] : counts[i];
      box.factors.push_back({static_cast<uint64_t>(count), 0, part_.strides[i]});
    }
    Normalize(box);
  }

 private:
  const LayoutCell& cell_;
  const PlacedCell& whole_;
  const PlacedCell& part_;
};

bool HasZero(const std::vector<int64_t>& counts) {
  return std::find(counts.begin(), counts.end(), 0) != counts.end();
}

}  // namespace

// A query head u belongs to the key-value head ⌊u/g⌋, g = h/kv. A rank r of N that has the query
// heads ⌊rh/N⌋ ≤ u < ⌊(r+1)h/N⌋ needs of these
//   ⌊u/g⌋ ≥ ⌊⌊rh/N⌋/g⌋ = ⌊r·kv/N⌋   and   ⌊u/g⌋ ≤ u/g < (r+1)·kv/N ≤ ⌈(r+1)·kv/N⌉,
// which is its shared share, whatever h, kv and N are.
Units UnitsOf(int64_t size, bool shared, const Shard& shard) {
  Units units;
  units.begin = BorderOf(shard.rank, size, shard.world_size);
  units.end = BorderOf(shard.rank + 1, size, shard.world_size);
  if (!shared) return units;
  const uint64_t rest =
      (shard.rank + 1) * (static_cast<uint64_t>(size) % shard.world_size) % shard.world_size;
  if (rest > 0) ++units.end;
  return units;
}

// A share is ⌈(r+1)n/N⌉ − ⌊rn/N⌋ where units are shared. With m = n mod N > 0 that is ⌊n/N⌋ + 1,
// and one more for each rank within which m·x/N passes a whole number: for none, or for some and
// not for others. None is passed within a rank exactly where N is a multiple of m.
bool AreEven(int64_t size, bool shared, uint64_t world_size) {
  const uint64_t rest = static_cast<uint64_t>(size) % world_size;
  return rest == 0 || (shared && world_size % rest == 0);
}

absl::StatusOr<Share> ShareOf(const Layout& layout, const std::vector<LayoutCell>& cells,
                              const AtomSizes& sizes, const Shape& rest,
                              const std::vector<CutAxis>& cuts) {
  AtomSizes part_sizes = sizes;
  for (const CutAxis& cut : cuts) {
    part_sizes[static_cast<size_t>(cut.atom)] = cut.units.size();
  }
  Share share;
  WEFT_ASSIGN_OR_RETURN(share.shape, ShapeOf(layout, part_sizes, rest));
  if (!CheckedElementsOf(share.shape).has_value()) {
    return ErrorStatus(ErrorCode::kOverflow, "",
                       absl::StrFormat("a part of layout \"%s\" would have more elements than 64 "
                                       "bits count",
                                       Escaped(layout.text())));
  }
  for (const LayoutCell& cell : cells) {
    const PlacedCell whole = PlaceCell(layout, cell, sizes);
    const PlacedCell part = PlaceCell(layout, cell, part_sizes);
    const CellShare cell_share(cell, whole, part);
    std::vector<int64_t> begins(cell.atoms.size(), 0);
    std::vector<int64_t> counts(cell.atoms.size());
    size_t cut_at = cell.atoms.size();
    for (size_t i = 0; i < cell.atoms.size(); ++i) {
      const auto atom = static_cast<size_t>(cell.atoms[i]);
      counts[i] = part_sizes[atom];
      for (const CutAxis& cut : cuts) {
        if (cut.atom != cell.atoms[i]) continue;
        cut_at = i;
        begins[i] = std::min(cut.units.begin, sizes[atom]);
        counts[i] = std::min(cut.units.end, sizes[atom]) - begins[i];
      }
    }
    if (!HasZero(counts)) cell_share.AddKept(begins, counts, &share);
    if (cut_at == cell.atoms.size()) continue;
    const int64_t end = part_sizes[static_cast<size_t>(cell.atoms[cut_at])];
    const int64_t kept = counts[cut_at];
    counts[cut_at] = 1;  // only the other axes decide whether there is anything to fill
    if (kept == end || HasZero(counts)) continue;
    counts[cut_at] = kept;
    cell_share.AddFilled(cut_at, counts, end, &share);
  }
  return share;
}

}  // namespace weft
