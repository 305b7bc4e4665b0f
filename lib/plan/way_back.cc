#include "plan/way_back.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "plan/expectation.h"
#include "plan/mapping_run.h"
#include "plan/view.h"
#include "tensor/element.h"
#include "tensor/shape.h"

namespace weft {
namespace {

using internal::MappingDocument;

// Losses that are told one by one.
constexpr size_t kLossesShown = 10;

// Boxes of one tensor, to be read by steps that each take a part of it.
class BoxesOf {
 public:
  explicit BoxesOf(const std::vector<Box>& boxes) : boxes_(boxes) {
    if (boxes.size() < 2) return;
    reach_.reserve(boxes.size());
    uint64_t reach = 0;
    for (const Box& box : boxes) {
      reach = std::max(reach, LastTarget(box));
      reach_.push_back(reach);
    }
  }

  // The boxes that can hold elements [first, last]: a run of the list, which is in order of
  // target_offset.
  std::pair<size_t, size_t> Range(uint64_t first, uint64_t last) const {
    if (boxes_.size() < 2) return {0, boxes_.size()};
    const auto begin = std::lower_bound(reach_.begin(), reach_.end(), first);
    const auto end = std::upper_bound(
        boxes_.begin(), boxes_.end(), last,
        [](uint64_t offset, const Box& box) { return offset < box.target_offset; });
    const auto from = static_cast<size_t>(begin - reach_.begin());
    return {from, std::max(from, static_cast<size_t>(end - boxes_.begin()))};
  }

  const std::vector<Box>& boxes() const { return boxes_; }

 private:
  static uint64_t LastTarget(const Box& box) {
    uint64_t last = box.target_offset;
    for (const Factor& factor : box.factors) last += (factor.count - 1) * factor.target_stride;
    return last;
  }

  const std::vector<Box>& boxes_;
  std::vector<uint64_t> reach_;  // the last element that a box up to this one writes
};

uint64_t LastSource(const Box& box) {
  uint64_t last = box.source_offset;
  for (const Factor& factor : box.factors) last += (factor.count - 1) * factor.source_stride;
  return last;
}

bool SameBox(const Box& a, const Box& b) {
  return a.source == b.source && a.source_offset == b.source_offset &&
         a.target_offset == b.target_offset && a.factors == b.factors;
}

// Element k of the target is element k of the source, for all elements of the box.
bool IsInPlace(const Box& box) {
  return box.source_offset == box.target_offset &&
         std::all_of(box.factors.begin(), box.factors.end(),
                     [](const Factor& f) { return f.source_stride == f.target_stride; });
}

// The two plans seen as one: from the sources of the first to the tensors of the second.
class Composition {
 public:
  Composition(const Plan& plan, const WayBack& back) : plan_(plan), back_(back) {
    made_.reserve(plan.tensors.size());
    for (const PlannedTensor& tensor : plan.tensors) made_.emplace_back(tensor.boxes);
  }

  std::vector<Loss> Losses() {
    const std::vector<TensorInfo>& sources = plan_.catalog->tensors;
    absl::flat_hash_map<std::string_view, uint32_t> numbers;
    numbers.reserve(sources.size());
    for (uint32_t i = 0; i < sources.size(); ++i) numbers.emplace(sources[i].name, i);
    std::vector<bool> returned(sources.size());
    for (const PlannedTensor& tensor : back_.tensors) {
      const auto found = numbers.find(tensor.name);
      if (found == numbers.end()) {
        losses_.push_back({OriginOf(tensor),
                           absl::StrFormat("the way back makes tensor '%s', which the source does "
                                           "not have",
                                           Escaped(tensor.name))});
        continue;
      }
      returned[found->second] = true;
      Compare(found->second, tensor);
    }
    for (uint32_t i = 0; i < sources.size(); ++i) {
      if (returned[i]) continue;
      losses_.push_back(
          {i, absl::StrFormat("tensor '%s' does not come back", Escaped(sources[i].name))});
    }
    for (const Check& check : back_.checks) CheckHolds(check);
    return std::move(losses_);
  }

 private:
  // Numbers of the constants of the plan, and behind them those of the way back.
  bool IsConstant(uint32_t source) const { return source >= plan_.catalog->tensors.size(); }

  const std::string& ConstantText(uint32_t source) const {
    const size_t number = source - plan_.catalog->tensors.size();
    return number < plan_.constants.size() ? plan_.constants[number].text
                                           : back_.constants[number - plan_.constants.size()].text;
  }

  // `step` reads the plan's tensors; appends where its elements come from in the end.
  void Compose(const Box& step, std::vector<Box>* boxes) const {
    if (step.source >= made_.size()) {  // a constant of the way back
      boxes->push_back(step);
      boxes->back().source = static_cast<uint32_t>(
          step.source - made_.size() + plan_.catalog->tensors.size() + plan_.constants.size());
      return;
    }
    const BoxesOf& made = made_[step.source];
    const auto [begin, end] = made.Range(step.source_offset, LastSource(step));
    for (size_t i = begin; i < end; ++i) ComposeBox(step, made.boxes()[i], boxes);
  }

  std::vector<Box> Composed(const std::vector<Box>& steps) const {
    std::vector<Box> boxes;
    for (const Box& step : steps) Compose(step, &boxes);
    return boxes;
  }

  // The tensor of the catalog that most likely tells why.
  std::optional<uint32_t> OriginOf(const PlannedTensor& tensor) const {
    for (const Box& box : Composed(tensor.boxes)) {
      if (!IsConstant(box.source)) return box.source;
    }
    return std::nullopt;
  }

  void Compare(uint32_t number, const PlannedTensor& tensor) {
    const TensorInfo& source = plan_.catalog->tensors[number];
    if (tensor.shape != source.shape) {
      losses_.push_back(
          {number,
           absl::StrFormat("tensor '%s' comes back with shape %s instead of %s",
                           Escaped(source.name), TextOf(tensor.shape), TextOf(source.shape))});
      return;
    }
    // What the plan itself rounds is its own affair; here it is what the way back does to the rest.
    if (tensor.dtype != source.dtype && !HoldsAllOf(tensor.dtype, tensor.source_dtype)) {
      losses_.push_back(
          {number,
           absl::StrFormat("tensor '%s' comes back rounded, as %s instead of %s",
                           Escaped(source.name), NameOf(tensor.dtype), NameOf(source.dtype))});
      return;
    }
    scratch_.clear();
    for (const Box& step : tensor.boxes) Compose(step, &scratch_);
    const uint64_t elements = ElementsOf(source.shape);
    const bool whole = scratch_.size() == 1 ? ElementsOf(scratch_[0]) == elements
                                            : CoversExactlyOnce(scratch_, elements);
    if (!whole) {
      losses_.push_back(
          {number, absl::StrFormat("tensor '%s' does not come back whole", Escaped(source.name))});
      return;
    }
    std::vector<Box> elsewhere;
    for (const Box& box : scratch_) {
      if (box.source != number || !IsInPlace(box)) elsewhere.push_back(box);
    }
    if (elsewhere.empty()) return;
    Coalesce(elsewhere);
    const auto wrong =
        std::find_if(elsewhere.begin(), elsewhere.end(),
                     [this, number](const Box& box) { return !IsKnownEqual(number, box); });
    if (wrong == elsewhere.end()) return;
    losses_.push_back(
        {number, absl::StrFormat("element %d of tensor '%s' comes back as %s", wrong->target_offset,
                                 Escaped(source.name), ElementText(*wrong, number))});
  }

  std::string ElementText(const Box& box, uint32_t number) const {
    if (IsConstant(box.source)) return absl::StrFormat("the constant %s", ConstantText(box.source));
    if (box.source == number) return absl::StrFormat("its element %d", box.source_offset);
    return absl::StrFormat("element %d of '%s'", box.source_offset,
                           Escaped(plan_.catalog->tensors[box.source].name));
  }

  // Elements of a tensor, and those of other tensors or constants that are shown to be the same.
  using Equalities = std::map<uint32_t, std::vector<Box>>;

  // Whether a check of the plan has shown that the elements of tensor `number` that `box` writes
  // are those that it reads.
  bool IsKnownEqual(uint32_t number, const Box& box) {
    if (!equalities_.has_value()) ReadChecks();
    const auto known = equalities_->find(number);
    if (known == equalities_->end()) return false;
    return std::any_of(known->second.begin(), known->second.end(), [this, &box](const Box& other) {
      return SameBox(box, other) ||
             (IsConstant(box.source) && IsConstant(other.source) &&
              ConstantText(box.source) == ConstantText(other.source) &&
              box.target_offset == other.target_offset && SameTargets(box, other));
    });
  }

  static bool SameTargets(const Box& a, const Box& b) {
    return std::equal(a.factors.begin(), a.factors.end(), b.factors.begin(), b.factors.end(),
                      [](const Factor& x, const Factor& y) {
                        return x.count == y.count && x.target_stride == y.target_stride;
                      });
  }

  void ReadChecks() {
    equalities_.emplace();
    for (const Check& check : plan_.checks) {
      AddEqualities(check.found, check.expected);
      AddEqualities(check.expected, check.found);
    }
    for (auto& [number, boxes] : *equalities_) Coalesce(boxes);
  }

  // Both gather the same elements; those of `mine` that come from tensors are known by `others`.
  void AddEqualities(const std::vector<Box>& mine, const std::vector<Box>& others) {
    for (const Box& box : mine) {
      if (IsConstant(box.source)) continue;
      Box step = box;  // from the gathered elements to those of the tensor
      std::swap(step.source_offset, step.target_offset);
      bool repeats = false;
      for (Factor& factor : step.factors) {
        repeats = repeats || factor.source_stride == 0;
        std::swap(factor.source_stride, factor.target_stride);
        repeats = repeats || factor.target_stride == 0;
      }
      if (repeats) continue;
      for (const Box& other : others) ComposeBox(step, other, &(*equalities_)[box.source]);
    }
  }

  // A check of the way back holds when both sides come from the same elements, or from elements
  // that a check of the plan has shown to be equal.
  void CheckHolds(const Check& check) {
    std::vector<Box> found = Composed(check.found);
    std::vector<Box> expected = Composed(check.expected);
    Coalesce(found);
    Coalesce(expected);
    const bool same = std::equal(
        found.begin(), found.end(), expected.begin(), expected.end(),
        [this](const Box& a, const Box& b) {
          return SameBox(a, b) || (IsConstant(a.source) && IsConstant(b.source) &&
                                   SameTargets(a, b) && a.target_offset == b.target_offset &&
                                   ConstantText(a.source) == ConstantText(b.source));
        });
    if (same) return;
    std::optional<uint32_t> source;
    for (const Box& box : found) {
      if (!IsConstant(box.source)) source = box.source;
    }
    losses_.push_back(
        {source, absl::StrFormat("the way back needs that %s, which is not certain", check.what)});
  }

  const Plan& plan_;
  const WayBack& back_;
  std::vector<BoxesOf> made_;
  std::vector<Box> scratch_;
  std::optional<Equalities> equalities_;
  std::vector<Loss> losses_;
};

// The way back fails at a rule that has a reason of its own.
bool IsExplainedRule(const std::string& where, const StageReport& report) {
  return std::any_of(
      report.one_way_rules.begin(), report.one_way_rules.end(),
      [&where, &report](uint32_t rule) { return where.rfind(report.rules[rule].where, 0) == 0; });
}

// Which tensors of the catalog a rule with a reason of its own has had its hands on.
std::vector<bool> ExplainedTensors(const Plan& plan, const StageReport& report) {
  const std::vector<TensorInfo>& sources = plan.catalog->tensors;
  std::vector<bool> explained(sources.size());
  for (const DroppedTensor& tensor : plan.dropped) explained[tensor.source] = true;
  for (const uint32_t source : report.one_way_sources) {
    if (source < sources.size()) explained[source] = true;
  }
  const std::set<std::string_view> passing(report.in_target_range.begin(),
                                           report.in_target_range.end());
  for (uint32_t i = 0; i < sources.size(); ++i) {
    if (passing.count(sources[i].name) > 0) explained[i] = true;
  }
  for (const PlannedTensor& tensor : plan.tensors) {
    const bool suspect =
        std::any_of(tensor.rules.begin(), tensor.rules.end(),
                    [&report](uint32_t rule) { return report.one_way_rules.count(rule) > 0; });
    if (!suspect) continue;
    for (const Box& box : tensor.boxes) {
      if (box.source < sources.size()) explained[box.source] = true;
    }
  }
  return explained;
}

}  // namespace

absl::StatusOr<WayBack> CompileWayBack(const Plan& plan, Direction direction,
                                       const std::vector<const MappingDocument*>& documents,
                                       const ConfigTree& config, const Limits& limits,
                                       RegexCache& cache) {
  std::vector<Entry> entries;
  entries.reserve(plan.tensors.size());
  for (uint32_t i = 0; i < plan.tensors.size(); ++i) {
    const PlannedTensor& tensor = plan.tensors[i];
    Entry& entry = entries.emplace_back();
    entry.name = tensor.name;
    entry.dtype = tensor.dtype;
    entry.shape = tensor.shape;
    entry.view = View::Identity(i);
  }
  UndoPrefixChange(plan.metadata, entries);
  StageReport report(static_cast<uint32_t>(plan.tensors.size()));
  const std::map<std::string, ParamValue> nothing_set;
  const MappingRunContext context{
      direction == Direction::kForward ? Direction::kReverse : Direction::kForward,
      nothing_set,
      config,
      plan.metadata,
      cache,
      limits,
      false,
      false,
      false,
      "the output"};
  const std::vector<std::string> record_names = RecordNames(documents, direction);
  for (size_t i = documents.size(); i-- > 0;) {
    MappingRun run(*documents[i], record_names[i], context, report);
    WEFT_RETURN_IF_ERROR(run.Run(entries));
  }
  // A prefix that the plan took back, the same expectation would bring again.
  const std::map<std::string, std::string>& metadata = plan.catalog->metadata;
  if (metadata.count(std::string(kPrefixKey)) > 0 && TurnsBack(metadata, direction)) {
    const Expectation names = ExpectationOf(*plan.catalog, "");
    ApplyPrefixChange(FindPrefixChange(entries, names), names, entries);
  }
  WayBack back;
  back.tensors.reserve(entries.size());
  for (Entry& entry : entries) {
    PlannedTensor& tensor = back.tensors.emplace_back();
    tensor.name = std::move(entry.name);
    tensor.dtype = IsFloatingPoint(entry.dtype) ? entry.cast.value_or(entry.dtype) : entry.dtype;
    tensor.source_dtype = entry.dtype;
    tensor.boxes = std::move(entry.view).TakeBoxes(ElementsOf(entry.shape));
    tensor.shape = std::move(entry.shape);
  }
  back.constants = report.parts.TakeConstants();
  back.checks = report.parts.TakeChecks();
  return back;
}

std::vector<Loss> LossesOf(const Plan& plan, const WayBack& back) {
  return Composition(plan, back).Losses();
}

std::vector<std::string> ReasonsOf(const std::vector<Loss>& losses, const Plan& plan,
                                   const StageReport& report) {
  const std::set<std::string> told(report.one_way_reasons.begin(), report.one_way_reasons.end());
  std::vector<std::string> reasons(told.begin(), told.end());
  const std::vector<bool> explained = ExplainedTensors(plan, report);
  size_t unexplained = 0;
  for (const Loss& loss : losses) {
    if (loss.source.has_value() && explained[*loss.source]) continue;
    if (IsExplainedRule(loss.where, report)) continue;
    if (++unexplained <= kLossesShown) reasons.push_back(loss.what);
  }
  if (unexplained > kLossesShown) {
    reasons.push_back(absl::StrFormat("%d more losses", unexplained - kLossesShown));
  }
  return reasons;
}

}  // namespace weft
