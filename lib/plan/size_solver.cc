#include "plan/size_solver.h"

#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"

namespace weft {
namespace {

using internal::CheckedTensor;
using internal::ListVariable;

constexpr int kMaxDepth = 32;

size_t Index(int number) { return static_cast<size_t>(number); }

}  // namespace

// While an entry of `sizes` is evaluated, its own name is that of a param: {"h": "h"}.
class SizeSolver::OwnName {
 public:
  OwnName(const SizeSolver& solver, std::string_view name)
      : solver_(solver), outer_(std::exchange(solver.own_, name)) {}
  OwnName(const OwnName&) = delete;
  OwnName& operator=(const OwnName&) = delete;
  ~OwnName() { solver_.own_ = outer_; }

 private:
  const SizeSolver& solver_;
  std::string_view outer_;
};

SizeSolver::SizeSolver(RuleRun& run)
    : run_(run), resolver_([this](std::string_view name) { return Resolve(name); }) {
  given_.assign(Index(run.view.rule().atoms.size()), AtomTable::kUnknown);
  Start();
}

void SizeSolver::Start() {
  const AtomTable& atoms = run_.view.rule().atoms;
  sizes_.clear();
  for (int atom = 0; atom < atoms.size(); ++atom) sizes_.push_back(atoms.fixed_size(atom));
  rest_.clear();
  const std::vector<CheckedTensor>& read = run_.view.read();
  for (size_t t = 0; t < read.size(); ++t) {
    for (size_t i = 0; i < read[t].lists.size(); ++i) {
      if (read[t].lists[i].atom < 0) continue;
      sizes_[Index(read[t].lists[i].atom)] = static_cast<int64_t>(run_.read[t].sizes[i]);
    }
  }
}

absl::StatusOr<ParamValue> SizeSolver::Resolve(std::string_view name) const {
  const internal::CheckedRule& rule = run_.view.rule();
  if (name == own_) return run_.params.Resolve(name);
  const int atom = rule.atoms.Find(name);
  if (atom >= 0 && sizes_[Index(atom)] != AtomTable::kUnknown) {
    return ParamValue::Integer(sizes_[Index(atom)]);
  }
  const auto size = rule.sizes.find(name);
  if (size != rule.sizes.end()) {
    if (depth_ >= kMaxDepth) {
      return ErrorStatus(
          ErrorCode::kBadParam, run_.where,
          absl::StrFormat("the sizes of axis \"%s\" lead back to themselves", Escaped(name)));
    }
    ++depth_;
    const OwnName own(*this, name);
    absl::StatusOr<ParamValue> value = size->second.Evaluate(resolver_);
    --depth_;
    return value;
  }
  const int variable = rule.variables.Find(name);
  if (variable >= 0) {
    const Binding& binding = run_.group[Index(variable)];
    if (binding.kind == Binding::Kind::kIndex) {
      return ParamValue::Integer(static_cast<int64_t>(binding.index));
    }
    if (binding.kind == Binding::Kind::kText) return ParamValue::String(binding.text);
  }
  return run_.params.Resolve(name);
}

bool SizeSolver::IsListAtom(int atom) const {
  for (const CheckedTensor& tensor : run_.view.read()) {
    for (const ListVariable& list : tensor.lists) {
      if (list.atom == atom) return true;
    }
  }
  return false;
}

absl::Status SizeSolver::CheckMembersAlike() const {
  for (const TensorList& list : run_.read) {
    const Entry& first = run_.entries[list.entries.front()];
    for (const uint32_t index : list.entries) {
      const Entry& entry = run_.entries[index];
      if (entry.shape == first.shape) continue;
      return ErrorStatus(
          ErrorCode::kWrongShape,
          absl::StrFormat("%s, tensor '%s'", run_.where, Escaped(entry.name)),
          absl::StrFormat("all members of a list have one shape; expected %s as '%s', got %s",
                          TextOf(first.shape), Escaped(first.name), TextOf(entry.shape)));
    }
  }
  return absl::OkStatus();
}

absl::Status SizeSolver::TakeGivenAtom(int atom, bool* progress) {
  const internal::CheckedRule& rule = run_.view.rule();
  const std::string& name = rule.atoms.name(atom);
  const auto size = rule.sizes.find(name);
  std::optional<int64_t> value;
  if (size != rule.sizes.end()) {
    const OwnName own(*this, name);
    absl::StatusOr<int64_t> evaluated = size->second.EvaluateInteger(resolver_);
    if (evaluated.ok()) {
      value = *evaluated;
    } else if (!IsUnknownParam(evaluated.status())) {
      return evaluated.status();
    }
  } else {
    WEFT_ASSIGN_OR_RETURN(const std::optional<ParamValue> param, run_.params.Find(name));
    if (param.has_value() && param->kind != ParamValue::Kind::kInteger) {
      return ErrorStatus(ErrorCode::kBadParam, run_.where,
                         absl::StrFormat("param '%s' is the size of an axis; expected an integer, "
                                         "got %s",
                                         name, ShownText(*param)));
    }
    if (param.has_value()) value = param->integer;
  }
  if (!value.has_value()) value = run_.params.RecordedSize(rule.id + "." + name);
  if (!value.has_value()) return absl::OkStatus();  // the shapes may tell
  if (*value < 0) {
    return ErrorStatus(ErrorCode::kBadParam, run_.where,
                       absl::StrFormat("the size of axis %s is %d", name, *value));
  }
  given_[Index(atom)] = *value;
  int64_t& known = sizes_[Index(atom)];
  if (known == AtomTable::kUnknown) {
    known = *value;
    *progress = true;
  }
  return absl::OkStatus();
}

absl::Status SizeSolver::TakeGiven(bool* progress) {
  if (!use_given_) return absl::OkStatus();
  const AtomTable& atoms = run_.view.rule().atoms;
  for (int atom = 0; atom < atoms.size(); ++atom) {
    if (given_[Index(atom)] != AtomTable::kUnknown ||
        atoms.fixed_size(atom) != AtomTable::kUnknown || atoms.name(atom) == Layout::kRestName) {
      continue;
    }
    WEFT_RETURN_IF_ERROR(TakeGivenAtom(atom, progress));
  }
  return absl::OkStatus();
}

// `status`, with the shape of another tensor of the rule: which of two is wrong, only people know.
absl::Status SizeSolver::WithNeighbour(size_t tensor, const absl::Status& status) const {
  if (run_.read.size() == 1) return status;
  const Entry& other = run_.entries[run_.read[tensor == 0 ? 1 : 0].entries.front()];
  std::vector<Diagnostic> diagnostics = DiagnosticsOf(status);
  for (Diagnostic& diagnostic : diagnostics) {
    diagnostic.hint = absl::StrFormat("the rule reads it beside '%s' of shape %s",
                                      Escaped(other.name), TextOf(other.shape));
  }
  return StatusOf(std::move(diagnostics));
}

absl::Status SizeSolver::SolveShapes(bool* progress) {
  const std::vector<CheckedTensor>& read = run_.view.read();
  for (size_t t = 0; t < read.size(); ++t) {
    const Entry& entry = run_.entries[run_.read[t].entries.front()];
    absl::StatusOr<bool> solved =
        SolveFromShape(*read[t].layout, run_.view.rule().atoms, entry.shape, sizes_, &rest_);
    if (!solved.ok()) return WithNeighbour(t, WithPlace(run_, entry.name, solved.status()));
    *progress = *progress || *solved;
  }
  return absl::OkStatus();
}

// A shape contradicts. If the shapes alone agree with one another, then what was given is what they
// contradict.
absl::Status SizeSolver::Conflict(const absl::Status& wrong_shape) {
  if (!use_given_) return wrong_shape;
  const AtomSizes given = given_;
  use_given_ = false;
  Start();
  bool progress = true;
  while (progress) {
    progress = false;
    if (!SolveShapes(&progress).ok()) return wrong_shape;
  }
  given_ = given;
  const absl::Status conflict = CheckGiven();
  return conflict.ok() ? wrong_shape : conflict;
}

absl::Status SizeSolver::CheckGiven() const {
  const AtomTable& atoms = run_.view.rule().atoms;
  Diagnostics diagnostics;
  for (int atom = 0; atom < atoms.size(); ++atom) {
    const int64_t given = given_[Index(atom)];
    const int64_t found = sizes_[Index(atom)];
    if (given == AtomTable::kUnknown || found == AtomTable::kUnknown || given == found) continue;
    if (IsListAtom(atom)) {
      diagnostics.Add(
          ErrorCode::kIncompleteList, run_.where,
          absl::StrFormat("the list over %s has %d tensors; the config or params say %d",
                          atoms.name(atom), found, given),
          "is a part of the checkpoint missing?");
    } else {
      diagnostics.Add(ErrorCode::kSizeConflict, run_.where,
                      absl::StrFormat("axis %s is %d by the config or params, and %d by the shapes",
                                      atoms.name(atom), given, found));
    }
  }
  return diagnostics.ToStatus();
}

absl::Status SizeSolver::CheckKnown() const {
  const internal::CheckedRule& rule = run_.view.rule();
  for (int atom = 0; atom < rule.atoms.size(); ++atom) {
    if (sizes_[Index(atom)] != AtomTable::kUnknown) continue;
    const std::string& name = rule.atoms.name(atom);
    const auto size = rule.sizes.find(name);
    if (size != rule.sizes.end()) {
      const OwnName own(*this, name);
      WEFT_RETURN_IF_ERROR(size->second.EvaluateInteger(resolver_).status());
    }
    return ErrorStatus(
        ErrorCode::kSizeUnknown, run_.where,
        absl::StrFormat("the size of axis %s is unknown: no shape tells it, and no param gives it",
                        name),
        absl::StrFormat("give it with --set %s=…, in a config, or under \"sizes\"", name));
  }
  return absl::OkStatus();
}

absl::Status SizeSolver::Solve() {
  WEFT_RETURN_IF_ERROR(CheckMembersAlike());
  bool progress = true;
  while (progress) {
    progress = false;
    WEFT_RETURN_IF_ERROR(TakeGiven(&progress));
    const absl::Status shapes = SolveShapes(&progress);
    if (!shapes.ok()) return Conflict(shapes);
  }
  WEFT_RETURN_IF_ERROR(CheckGiven());
  return CheckKnown();
}

}  // namespace weft
