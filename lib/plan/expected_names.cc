#include "plan/expected_names.h"

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "plan/param_scope.h"
#include "tensor/shape.h"
#include "weft/name_report.h"

namespace weft {
namespace {

using internal::ExpectedName;

std::vector<NamePattern> NamesOf(const std::vector<ExpectedName>& expected) {
  std::vector<NamePattern> names;
  names.reserve(expected.size());
  for (const ExpectedName& each : expected) names.push_back(each.name);
  return names;
}

std::string_view SideName(bool is_from) { return is_from ? "from" : "to"; }

}  // namespace

ExpectedNames::ExpectedNames(const internal::MappingDocument& document, Direction direction,
                             const Expression::Resolver& resolver, RegexCache& cache)
    : document_(document),
      direction_(direction),
      resolver_(resolver),
      written_(direction == Direction::kForward ? document.to_expected : document.from_expected),
      read_(direction == Direction::kForward ? document.from_expected : document.to_expected),
      written_names_(NamesOf(written_)),
      read_names_(NamesOf(read_)),
      written_set_(written_names_, resolver, cache),
      read_set_(read_names_, resolver, cache) {}

absl::Status ExpectedNames::Look(const Entry& entry, bool is_made) {
  Bindings bindings;
  WEFT_ASSIGN_OR_RETURN(const std::optional<size_t> found,
                        written_set_.Find(entry.name, &bindings));
  if (found.has_value()) {
    const ExpectedName& expected = written_[*found];
    WEFT_ASSIGN_OR_RETURN(const std::optional<std::string> misfit,
                          Misfit(expected, bindings, entry.shape));
    if (misfit.has_value()) {
      misshapen_[absl::StrFormat("shape %s; expected %s, by %s", TextOf(entry.shape), *misfit,
                                 expected.where)]
          .push_back(entry.name);
    }
    return absl::OkStatus();
  }
  if (is_made) {
    if (!written_.empty()) unexpected_.push_back(entry.name);
    return absl::OkStatus();
  }
  WEFT_ASSIGN_OR_RETURN(const std::optional<size_t> left, read_set_.Find(entry.name));
  if (left.has_value()) left_[read_[*left].where].push_back(entry.name);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> ExpectedNames::Misfit(const ExpectedName& expected,
                                                                 const Bindings& bindings,
                                                                 const Shape& shape) const {
  if (!expected.shape.has_value()) return std::nullopt;
  const Expression::Resolver with_variables =
      [this, &expected, &bindings](std::string_view name) -> absl::StatusOr<ParamValue> {
    const int variable = expected.name.variables.Find(name);
    if (variable < 0) return resolver_(name);
    const Binding& binding = bindings[static_cast<size_t>(variable)];
    return binding.kind == Binding::Kind::kIndex
               ? ParamValue::Integer(static_cast<int64_t>(binding.index))
               : ParamValue::String(binding.text);
  };
  bool fits = shape.size() == expected.shape->size();
  std::string text;
  for (size_t axis = 0; axis < expected.shape->size(); ++axis) {
    text += axis == 0 ? "[" : ", ";
    const std::optional<Expression>& size = (*expected.shape)[axis];
    absl::StatusOr<int64_t> value = int64_t{-1};
    if (size.has_value()) value = size->EvaluateInteger(with_variables);
    if (!value.ok() && !IsUnknownParam(value.status())) return value.status();
    if (!size.has_value() || !value.ok()) {
      text += size.has_value() ? size->text() : "any";
      continue;
    }
    text += absl::StrFormat("%d", *value);
    fits = fits && shape[axis] == *value;
  }
  if (fits) return std::nullopt;
  return text.empty() ? "[]" : text + "]";
}

std::vector<Diagnostic> ExpectedNames::TakeDiagnostics(std::string_view checkpoint) {
  const bool writes_from = direction_ == Direction::kReverse;
  std::vector<Diagnostic> diagnostics;
  for (const std::string& names : GroupNames(unexpected_)) {
    diagnostics.push_back(
        {ErrorCode::kUnexpectedTensor, std::string(checkpoint),
         absl::StrFormat("a rule makes '%s', which mapping \"%s\" does not expect on its `%s` side",
                         Escaped(names), document_.name, SideName(writes_from)),
         absl::StrFormat("mend the rule, or add the name to /expect/%s", SideName(writes_from))});
  }
  for (const auto& [where, all] : left_) {
    for (const std::string& names : GroupNames(all)) {
      diagnostics.push_back(
          {ErrorCode::kUnexpectedTensor, std::string(checkpoint),
           absl::StrFormat("'%s' is a name of the `%s` side (%s), and no rule takes it",
                           Escaped(names), SideName(!writes_from), where),
           "is a rule missing, or is the tensor not what its name says?"});
    }
  }
  for (const auto& [what, all] : misshapen_) {
    for (const std::string& names : GroupNames(all)) {
      diagnostics.push_back({ErrorCode::kWrongShape, std::string(checkpoint),
                             absl::StrFormat("'%s' gets %s", Escaped(names), what),
                             "the config and the tensors disagree, or a layout is wrong"});
    }
  }
  return diagnostics;
}

}  // namespace weft
