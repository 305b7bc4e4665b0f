// Several names of one value: `copies`, and variables that stand on one side only.
#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "plan/rule_run.h"
#include "plan/size_solver.h"

namespace weft {
namespace {

using internal::CheckedName;
using internal::CheckedTensor;

size_t Index(int number) { return static_cast<size_t>(number); }

// The values of a variable that stands on one side only: from a set or table in the name, from
// `sizes`, from a param of its name. nullopt when nothing says them.
absl::StatusOr<std::optional<std::vector<Binding>>> ValuesOf(RuleRun& run, PatternMatcher& matcher,
                                                             int variable) {
  WEFT_ASSIGN_OR_RETURN(std::optional<std::vector<Binding>> values,
                        matcher.Values(variable, run.limits.tensors));
  if (values.has_value()) return values;
  const internal::CheckedRule& rule = run.view.rule();
  const std::string& name = rule.variables.name(variable);
  const auto size = rule.sizes.find(name);
  int64_t count = 0;
  if (size != rule.sizes.end()) {
    const SizeSolver solver(run);
    WEFT_ASSIGN_OR_RETURN(count, solver.Evaluate(size->second));
  } else {
    WEFT_ASSIGN_OR_RETURN(const std::optional<ParamValue> param, run.params.Find(name));
    if (!param.has_value() || param->kind != ParamValue::Kind::kInteger) return std::nullopt;
    count = param->integer;
  }
  if (count < 0 || static_cast<uint64_t>(count) > run.limits.tensors) {
    return ErrorStatus(ErrorCode::kLimitExceeded, run.where,
                       absl::StrFormat("variable {%s} takes %d values; the limit is %d", name,
                                       count, run.limits.tensors));
  }
  values.emplace();
  for (int64_t i = 0; i < count; ++i) {
    values->push_back({Binding::Kind::kIndex, static_cast<uint64_t>(i), {}});
  }
  return values;
}

// The values of each replicated variable of a name, in the order of `CheckedName::replicated`.
using ReplicatedValues = std::vector<std::vector<Binding>>;

absl::StatusOr<std::optional<ReplicatedValues>> AllValuesOf(RuleRun& run, const CheckedName& name,
                                                            PatternMatcher& matcher) {
  ReplicatedValues all;
  for (const int variable : name.replicated) {
    WEFT_ASSIGN_OR_RETURN(std::optional<std::vector<Binding>> values,
                          ValuesOf(run, matcher, variable));
    if (!values.has_value()) return std::nullopt;
    all.push_back(*std::move(values));
  }
  return all;
}

absl::Status NoValues(const RuleRun& run, const CheckedName& name) {
  const internal::CheckedRule& rule = run.view.rule();
  const std::string& variable = rule.variables.name(name.replicated.front());
  return ErrorStatus(
      ErrorCode::kUnknownVariable, run.where,
      absl::StrFormat("nothing says which values {%s} of pattern \"%s\" takes when it is written",
                      variable, Escaped(name.pattern->text())),
      absl::StrFormat("write a set, {%s=0..5}, or give the number of values with --set %s=…",
                      variable, variable));
}

absl::StatusOr<std::string> MakeName(const RuleRun& run, const CheckedName& name,
                                     PatternMatcher& matcher, const Bindings& bindings) {
  WEFT_ASSIGN_OR_RETURN(std::optional<std::string> made, matcher.Make(bindings));
  if (made.has_value() && !made->empty()) return *std::move(made);
  return ErrorStatus(ErrorCode::kNoTargetName, run.where,
                     absl::StrFormat("pattern \"%s\" %s for %s", Escaped(name.pattern->text()),
                                     made.has_value() ? "gives an empty name" : "has no name",
                                     TextOf(bindings, run.view.rule().variables)));
}

// The number of names that the way back will give to one read tensor; 0 when it is unknown.
absl::StatusOr<uint64_t> NamesOnTheWayBack(RuleRun& run, uint32_t tensor) {
  const CheckedTensor& read = run.view.read()[tensor];
  uint64_t count = 0;
  for (uint32_t n = 0; n < read.names.size(); ++n) {
    WEFT_ASSIGN_OR_RETURN(const std::optional<ReplicatedValues> values,
                          AllValuesOf(run, read.names[n], run.matcher.reader(run.rule, tensor, n)));
    if (!values.has_value()) return 0;
    uint64_t product = 1;
    for (const std::vector<Binding>& all : *values) {
      // More than any checkpoint has are as good as unknown.
      if (__builtin_mul_overflow(product, all.size(), &product)) return 0;
    }
    if (__builtin_add_overflow(count, product, &count)) return 0;
  }
  return count;
}

absl::Status CheckWayBack(RuleRun& run) {
  const internal::CheckedRule& rule = run.view.rule();
  if (rule.direction != RuleDirection::kBoth) return absl::OkStatus();
  const std::vector<CheckedTensor>& read = run.view.read();
  std::vector<uint64_t> present(run.entries.size(), 0);
  for (const Copy& copy : run.copies) ++present[copy.taken];
  for (uint32_t t = 0; t < read.size(); ++t) {
    if (read[t].names.size() == 1 && read[t].names.front().replicated.empty()) continue;
    WEFT_ASSIGN_OR_RETURN(const uint64_t names, NamesOnTheWayBack(run, t));
    for (const uint32_t entry : run.read[t].entries) {
      if (names == 1 + present[entry]) continue;
      run.one_way_reason =
          names == 0 ? absl::StrFormat("nothing says which names tensor '%s' has on the way back",
                                       Escaped(run.entries[entry].name))
                     : absl::StrFormat("tensor '%s' has %d of the %d names that the way back gives",
                                       Escaped(run.entries[entry].name), 1 + present[entry], names);
    }
  }
  return absl::OkStatus();
}

bool HasTwins(const std::vector<CheckedTensor>& side) {
  for (size_t a = 1; a < side.size(); ++a) {
    for (size_t b = 0; b < a; ++b) {
      if (side[a].pattern().text() == side[b].pattern().text()) return true;
    }
  }
  return false;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> NamesOfWritten(RuleRun& run, uint32_t tensor,
                                                        const std::vector<uint64_t>& indices) {
  const CheckedTensor& written = run.view.written()[tensor];
  Bindings bindings = run.group;
  for (size_t i = 0; i < written.lists.size(); ++i) {
    bindings[Index(written.lists[i].variable)] = {Binding::Kind::kIndex, indices[i], {}};
  }
  std::vector<std::string> names;
  for (uint32_t n = 0; n < written.names.size(); ++n) {
    const CheckedName& name = written.names[n];
    PatternMatcher& matcher = run.matcher.writer(run.rule, tensor, n);
    WEFT_ASSIGN_OR_RETURN(const std::optional<ReplicatedValues> values,
                          AllValuesOf(run, name, matcher));
    if (!values.has_value()) return NoValues(run, name);
    std::vector<uint64_t> sizes;
    for (const std::vector<Binding>& all : *values) sizes.push_back(all.size());
    WEFT_RETURN_IF_ERROR(CheckListLength(run, sizes));
    if (std::find(sizes.begin(), sizes.end(), uint64_t{0}) != sizes.end()) continue;
    std::vector<uint64_t> position(sizes.size(), 0);
    do {
      for (size_t i = 0; i < position.size(); ++i) {
        bindings[Index(name.replicated[i])] = (*values)[i][position[i]];
      }
      WEFT_ASSIGN_OR_RETURN(std::string made, MakeName(run, name, matcher, bindings));
      names.push_back(std::move(made));
    } while (NextIndices(sizes, position));
  }
  return names;
}

absl::StatusOr<uint32_t> AddNamed(RuleRun& run, uint32_t tensor,
                                  const std::vector<uint64_t>& indices, Entry made,
                                  std::vector<Entry>* outputs) {
  WEFT_ASSIGN_OR_RETURN(std::vector<std::string> names, NamesOfWritten(run, tensor, indices));
  const auto first = static_cast<uint32_t>(outputs->size());
  if (names.empty()) return first;
  for (size_t i = 0; i + 1 < names.size(); ++i) {
    outputs->push_back(made);
    outputs->back().name = std::move(names[i]);
  }
  made.name = std::move(names.back());
  outputs->push_back(std::move(made));
  return first;
}

absl::Status CheckCopies(RuleRun& run) {
  if (!run.view.rule().has_copies) return absl::OkStatus();
  for (const Copy& copy : run.copies) {
    const Entry& taken = run.entries[copy.taken];
    const Entry& other = run.entries[copy.entry];
    if (other.shape != taken.shape || other.dtype != taken.dtype) {
      return ErrorStatus(
          other.dtype != taken.dtype ? ErrorCode::kDtypesDiffer : ErrorCode::kWrongShape,
          absl::StrFormat("%s, tensor '%s'", run.where, Escaped(other.name)),
          absl::StrFormat("it must hold what '%s' holds; expected %s %s, got %s %s",
                          Escaped(taken.name), NameOf(taken.dtype), TextOf(taken.shape),
                          NameOf(other.dtype), TextOf(other.shape)));
    }
    run.parts.AddCheck(
        run.where,
        absl::StrFormat("tensor '%s' must equal '%s'", Escaped(other.name), Escaped(taken.name)),
        taken.dtype, ElementsOf(taken.shape), other.view, taken.view);
  }
  return CheckWayBack(run);
}

absl::Status MergeTwins(RuleRun& run, std::vector<Entry>* outputs) {
  if (!HasTwins(run.view.written())) return absl::OkStatus();
  std::vector<Entry> merged;
  for (Entry& entry : *outputs) {
    const auto twin = std::find_if(merged.begin(), merged.end(),
                                   [&entry](const Entry& e) { return e.name == entry.name; });
    if (twin == merged.end()) {
      merged.push_back(std::move(entry));
      continue;
    }
    if (entry.shape != twin->shape || entry.dtype != twin->dtype) {
      return ErrorStatus(
          entry.dtype != twin->dtype ? ErrorCode::kDtypesDiffer : ErrorCode::kWrongShape, run.where,
          absl::StrFormat("tensor '%s' is made under two labels, as %s %s and as %s %s",
                          Escaped(entry.name), NameOf(twin->dtype), TextOf(twin->shape),
                          NameOf(entry.dtype), TextOf(entry.shape)));
    }
    run.parts.AddCheck(
        run.where,
        absl::StrFormat("tensor '%s' must be the same under both labels", Escaped(entry.name)),
        entry.dtype, ElementsOf(entry.shape), entry.view, twin->view);
  }
  *outputs = std::move(merged);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Entry>> RunRenaming(RuleRun& run) {
  std::vector<Entry> outputs;
  WEFT_RETURN_IF_ERROR(
      AddNamed(run, 0, {}, run.entries[run.read.front().entries.front()], &outputs).status());
  return outputs;
}

}  // namespace weft
