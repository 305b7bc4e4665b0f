// Rules by layouts: each cell of the written side is one box for each pair of members.
#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "plan/layout_geometry.h"
#include "plan/rule_run.h"
#include "plan/size_solver.h"
#include "tensor/shape.h"

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
    WEFT_RETURN_IF_ERROR(CheckFillers());
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
    if (!CheckedElementsOf(*shape).has_value()) {
      return WithPlace(
          run_, "",
          ErrorStatus(ErrorCode::kOverflow, "",
                      absl::StrFormat("a tensor of layout \"%s\" would have shape %s, "
                                      "and more elements than 64 bits count",
                                      Escaped(written.layout->text()), TextOf(*shape))));
    }
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
      entry.shape = *shape;
      WEFT_RETURN_IF_ERROR(Fill(tensor, pairs, indices, &entry));
      WEFT_ASSIGN_OR_RETURN(const uint32_t first,
                            AddNamed(run_, tensor, indices, std::move(entry), outputs));
      written_.back().entries.push_back(first);
    } while (NextIndices(sizes, indices));
    return absl::OkStatus();
  }

  // The elements of one member of the written list.
  absl::Status Fill(uint32_t tensor, const std::vector<CellPair>& pairs,
                    const std::vector<uint64_t>& indices, Entry* entry) {
    const CheckedTensor& written = run_.view.written()[tensor];
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
        if (source.dtype != first->dtype) return DtypesDiffer(tensor, indices, *first, source);
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
    WEFT_RETURN_IF_ERROR(AddFillers(written, entry->dtype, &boxes));
    if (composed) Coalesce(boxes);
    entry->view = View::OfBoxes(std::move(boxes));
    return absl::OkStatus();
  }

  uint64_t ElementsOfFiller(const LayoutCell& filler) const {
    uint64_t elements = 1;
    for (const int atom : filler.atoms) {
      elements *= static_cast<uint64_t>(solver_.sizes()[Index(atom)]);
    }
    return elements;
  }

  // The elements of the written side that no source has.
  absl::Status AddFillers(const CheckedTensor& written, DType dtype, std::vector<Box>* boxes) {
    for (const LayoutCell& filler : written.fillers) {
      if (ElementsOfFiller(filler) == 0) continue;
      absl::StatusOr<uint32_t> constant =
          run_.parts.ConstantSource(dtype, filler.filler->empty() ? "0" : *filler.filler);
      if (!constant.ok()) return WithPlace(run_, "", constant.status());
      const PlacedCell placed = PlaceCell(*written.layout, filler, solver_.sizes());
      Box& box = boxes->emplace_back();
      box.source = *constant;
      box.target_offset = placed.offset;
      for (size_t a = 0; a < filler.atoms.size(); ++a) {
        const auto size = static_cast<uint64_t>(solver_.sizes()[Index(filler.atoms[a])]);
        box.factors.push_back({size, 0, placed.strides[a]});
      }
      Normalize(box);
      if (filler.filler->empty()) {
        run_.one_way_reason = "the rule makes up elements (\"~:\")";
      }
    }
    return absl::OkStatus();
  }

  // The elements of the read side that no target has must be what the layout says.
  absl::Status CheckFillers() {
    const std::vector<CheckedTensor>& read = run_.view.read();
    for (size_t t = 0; t < read.size(); ++t) {
      for (const LayoutCell& filler : read[t].fillers) {
        if (ElementsOfFiller(filler) == 0) continue;
        if (filler.filler->empty()) {
          run_.one_way_reason = "the rule leaves out elements (\"~:\")";
          continue;
        }
        for (const uint32_t entry : run_.read[t].entries) {
          WEFT_RETURN_IF_ERROR(CheckFiller(*read[t].layout, filler, run_.entries[entry]));
        }
      }
    }
    return absl::OkStatus();
  }

  absl::Status CheckFiller(const Layout& layout, const LayoutCell& filler, const Entry& entry) {
    absl::StatusOr<uint32_t> constant = run_.parts.ConstantSource(entry.dtype, *filler.filler);
    if (!constant.ok()) return WithPlace(run_, entry.name, constant.status());
    const PlacedCell placed = PlaceCell(layout, filler, solver_.sizes());
    const uint64_t elements = ElementsOfFiller(filler);
    Box step;
    step.source_offset = placed.offset;
    uint64_t stride = 1;
    for (size_t a = filler.atoms.size(); a-- > 0;) {
      const auto size = static_cast<uint64_t>(solver_.sizes()[Index(filler.atoms[a])]);
      step.factors.push_back({size, placed.strides[a], stride});
      stride *= size;
    }
    Normalize(step);
    std::vector<Box> found;
    Compose(step, entry.view, &found);
    Box expected;
    expected.source = *constant;
    expected.factors = {{elements, 0, 1}};
    Normalize(expected);
    run_.parts.AddCheck(run_.where,
                        absl::StrFormat("the padding of tensor '%s', \"%s\", must be %s",
                                        Escaped(entry.name), layout.text(), *filler.filler),
                        entry.dtype, elements, View::OfBoxes(std::move(found)),
                        View::OfBoxes({expected}));
    return absl::OkStatus();
  }

  absl::Status DtypesDiffer(uint32_t tensor, const std::vector<uint64_t>& indices, const Entry& a,
                            const Entry& b) {
    WEFT_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                          NamesOfWritten(run_, tensor, indices));
    return ErrorStatus(ErrorCode::kDtypesDiffer, run_.where,
                       absl::StrFormat("tensor '%s' would mix dtypes: '%s' is %s, '%s' is %s",
                                       names.empty() ? "" : Escaped(names.front()), Escaped(a.name),
                                       NameOf(a.dtype), Escaped(b.name), NameOf(b.dtype)));
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
    RuleRun back{view, run_.matcher, run_.rule,  run_.group,  outputs,    std::move(written_),
                 {},   run_.params,  run_.parts, run_.limits, run_.where, ""};
    SizeSolver way_back(back);
    const absl::Status solved = way_back.Solve();
    if (solved.ok() || RecordUnknown(solved, way_back.sizes())) return;
    run_.one_way_reason = "on the way back, " + DiagnosticsOf(solved).front().what;
  }

  // Records the sizes that the way back cannot tell. False when that does not help.
  bool RecordUnknown(const absl::Status& error, const AtomSizes& sizes) {
    if (DiagnosticsOf(error).front().code != ErrorCode::kSizeUnknown && !IsUnknownParam(error)) {
      return false;
    }
    const internal::CheckedRule& rule = run_.view.rule();
    for (int atom = 0; atom < rule.atoms.size(); ++atom) {
      if (sizes[Index(atom)] != AtomTable::kUnknown) continue;
      const std::string axis = rule.id + "." + rule.atoms.name(atom);
      if (!run_.params.RecordSize(axis, solver_.sizes()[Index(atom)])) return false;
    }
    return true;
  }

  RuleRun& run_;
  SizeSolver solver_;
  std::vector<TensorList> written_;  // by written tensor
};

}  // namespace

absl::StatusOr<std::vector<Entry>> RunLayouts(RuleRun& run) { return LayoutRun(run).Run(); }

}  // namespace weft
