// Rules by layouts: each cell of the written side is one box for each pair of members.
#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "plan/layout_geometry.h"
#include "plan/rule_run.h"
#include "plan/size_solver.h"

namespace weft {
namespace {

using internal::CheckedTensor;
using internal::ListVariable;

size_t Index(int number) { return static_cast<size_t>(number); }

// A cell of the read side and its partner on the written side, with sizes in.
struct CellPair {
  uint32_t read_tensor = 0;
  PlacedCell read;
  PlacedCell written;
  const LayoutCell* read_cell = nullptr;
  const LayoutCell* written_cell = nullptr;
};

// The stride of an atom in a placed cell; 0 where the cell does not have it.
uint64_t StrideOf(const LayoutCell& cell, const PlacedCell& placed, int atom) {
  const auto found = std::find(cell.atoms.begin(), cell.atoms.end(), atom);
  return found == cell.atoms.end()
             ? 0
             : placed.strides[static_cast<size_t>(found - cell.atoms.begin())];
}

class LayoutRun {
 public:
  explicit LayoutRun(RuleRun& run) : run_(run), solver_(run) {}

  absl::StatusOr<std::vector<Entry>> Run() {
    WEFT_RETURN_IF_ERROR(solver_.Solve());
    std::vector<Entry> outputs;
    for (uint32_t t = 0; t < run_.view.written().size(); ++t) {
      WEFT_RETURN_IF_ERROR(WriteTensor(t, &outputs));
    }
    CheckWayBack(outputs);
    return outputs;
  }

 private:
  // The pairs of one written tensor.
  std::vector<CellPair> PairCells(const CheckedTensor& written) const {
    std::vector<CellPair> pairs;
    pairs.reserve(written.cells.size());
    for (const LayoutCell& cell : written.cells) {
      CellPair pair;
      pair.written_cell = &cell;
      pair.written = PlaceCell(*written.layout, cell, solver_.sizes());
      const std::vector<CheckedTensor>& read = run_.view.read();
      for (uint32_t t = 0; t < read.size(); ++t) {
        for (const LayoutCell& other : read[t].cells) {
          if (other.label != cell.label) continue;
          pair.read_tensor = t;
          pair.read_cell = &other;
          pair.read = PlaceCell(*read[t].layout, other, solver_.sizes());
        }
      }
      pairs.push_back(std::move(pair));
    }
    return pairs;
  }

  absl::Status WriteTensor(uint32_t tensor, std::vector<Entry>* outputs) {
    const CheckedTensor& written = run_.view.written()[tensor];
    absl::StatusOr<Shape> shape = ShapeOf(*written.layout, solver_.sizes(), solver_.rest());
    if (!shape.ok()) return WithPlace(run_, "", shape.status());
    const std::vector<CellPair> pairs = PairCells(written);
    std::vector<uint64_t> sizes;
    sizes.reserve(written.lists.size());
    for (const ListVariable& list : written.lists) {
      sizes.push_back(static_cast<uint64_t>(solver_.sizes()[Index(list.atom)]));
    }
    WEFT_RETURN_IF_ERROR(CheckListLength(run_, sizes));
    written_.push_back({sizes, {}});
    if (std::find(sizes.begin(), sizes.end(), uint64_t{0}) != sizes.end()) return absl::OkStatus();
    std::vector<uint64_t> indices(sizes.size(), 0);
    do {
      Entry entry;
      WEFT_ASSIGN_OR_RETURN(entry.name, NameOfWritten(run_, tensor, indices));
      entry.shape = *shape;
      WEFT_RETURN_IF_ERROR(Fill(written, pairs, indices, &entry));
      written_.back().entries.push_back(static_cast<uint32_t>(outputs->size()));
      outputs->push_back(std::move(entry));
    } while (NextIndices(sizes, indices));
    return absl::OkStatus();
  }

  absl::Status Fill(const CheckedTensor& written, const std::vector<CellPair>& pairs,
                    const std::vector<uint64_t>& indices, Entry* entry) {
    const Entry* first = nullptr;
    bool composed = false;
    std::vector<Box> boxes;
    for (const CellPair& pair : pairs) {
      const TensorList& list = run_.read[pair.read_tensor];
      Box step;
      step.source_offset = pair.read.offset;
      step.target_offset = pair.written.offset;
      for (size_t i = 0; i < written.lists.size(); ++i) {
        step.source_offset +=
            indices[i] * StrideOf(*pair.read_cell, pair.read, written.lists[i].atom);
      }
      bool empty = false;
      for (size_t a = 0; a < pair.read_cell->atoms.size(); ++a) {
        const int atom = pair.read_cell->atoms[a];
        const auto is_this = [atom](const ListVariable& l) { return l.atom == atom; };
        if (std::any_of(written.lists.begin(), written.lists.end(), is_this)) continue;
        const auto size = static_cast<uint64_t>(solver_.sizes()[Index(atom)]);
        empty = empty || size == 0;
        if (size == 1) continue;
        step.factors.push_back(
            {size, pair.read.strides[a], StrideOf(*pair.written_cell, pair.written, atom)});
      }
      const std::vector<ListVariable>& lists = run_.view.read()[pair.read_tensor].lists;
      const uint64_t target_offset = step.target_offset;
      std::vector<uint64_t> member(list.sizes.size(), 0);
      size_t position = 0;
      do {
        const Entry& source = run_.entries[list.entries[position++]];
        if (first == nullptr) first = &source;
        if (source.dtype != first->dtype) return DtypesDiffer(*entry, *first, source);
        if (empty) continue;
        step.target_offset = target_offset;
        for (size_t i = 0; i < lists.size(); ++i) {
          step.target_offset +=
              member[i] * StrideOf(*pair.written_cell, pair.written, lists[i].atom);
        }
        composed = composed || !source.view.is_identity();
        Compose(step, source.view, &boxes);
      } while (NextIndices(list.sizes, member));
    }
    entry->dtype = first->dtype;
    if (composed) Coalesce(boxes);
    entry->view = View::OfBoxes(std::move(boxes));
    return absl::OkStatus();
  }

  absl::Status DtypesDiffer(const Entry& target, const Entry& a, const Entry& b) const {
    return ErrorStatus(ErrorCode::kDtypesDiffer, run_.where,
                       absl::StrFormat("tensor '%s' would mix dtypes: '%s' is %s, '%s' is %s",
                                       Escaped(target.name), Escaped(a.name), NameOf(a.dtype),
                                       Escaped(b.name), NameOf(b.dtype)));
  }

  // The way back has only what was written to tell the sizes from.
  void CheckWayBack(const std::vector<Entry>& outputs) {
    const internal::CheckedRule& rule = run_.view.rule();
    if (rule.direction != RuleDirection::kBoth) return;
    for (const TensorList& list : written_) {
      if (!list.entries.empty()) continue;
      run_.one_way_reason = "an axis of size 0 becomes a list of no tensors";
      return;
    }
    const RuleView view(rule, run_.view.turned() ? Direction::kForward : Direction::kReverse);
    RuleRun back{view,        run_.matcher, run_.rule,  run_.group, outputs, std::move(written_),
                 run_.params, run_.limits,  run_.where, ""};
    const absl::Status solved = SizeSolver(back).Solve();
    if (solved.ok()) return;
    run_.one_way_reason = "on the way back, " + DiagnosticsOf(solved).front().what;
  }

  RuleRun& run_;
  SizeSolver solver_;
  std::vector<TensorList> written_;  // by written tensor
};

}  // namespace

absl::StatusOr<std::vector<Entry>> RunLayouts(RuleRun& run) { return LayoutRun(run).Run(); }

}  // namespace weft
