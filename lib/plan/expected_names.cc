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

absl::Status ExpectedNames::Look(const Entry& entry, std::string_view made_by) {
  Bindings bindings;
  WEFT_ASSIGN_OR_RETURN(const std::optional<size_t> found,
                        written_set_.Find(entry.name, &bindings));
  if (found.has_value()) {
    const ExpectedName& expected = written_[*found];
    WEFT_ASSIGN_OR_RETURN(const std::optional<std::string> misfit,
                          Misfit(expected, bindings, entry.shape));
    if (misfit.has_value()) {
      const std::string what = absl::StrFormat("has shape %s; %s expects %s", TextOf(entry.shape),
                                               expected.where, *misfit);
      misshapen_[{made_by, what}].push_back(entry.name);
    }
    return absl::OkStatus();
  }
  if (!made_by.empty()) {
    if (!written_.empty()) unexpected_[made_by].push_back(entry.name);
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

std::vector<Diagnostic> ExpectedNames::Found() const {
  const bool forward = direction_ == Direction::kForward;
  std::vector<Diagnostic> diagnostics;
  for (const auto& [rule, all] : unexpected_) {
    for (const std::string& names : GroupNames(all)) {
      diagnostics.push_back(
          {ErrorCode::kUnexpectedTensor, std::string(rule),
           absl::StrFormat("the rule makes '%s'; \"expect\" of mapping \"%s\" lists no such name "
                           "for the `%s` side",
                           Escaped(names), Escaped(document_.name), forward ? "to" : "from"),
           absl::StrFormat("mend the rule, or add the name to /expect/%s",
                           forward ? "to" : "from")});
    }
  }
  for (const auto& [expectation, all] : left_) {
    for (const std::string& names : GroupNames(all)) {
      diagnostics.push_back(
          {ErrorCode::kUnexpectedTensor, std::string(expectation),
           absl::StrFormat("tensor '%s' has a name of the `%s` side, and no rule takes it",
                           Escaped(names), forward ? "from" : "to"),
           "a rule is missing or too narrow; --lenient lets the tensor pass"});
    }
  }
  for (const auto& [place, all] : misshapen_) {
    const auto& [rule, what] = place;
    for (const std::string& names : GroupNames(all)) {
      diagnostics.push_back(
          {ErrorCode::kWrongShape,
           rule.empty() ? absl::StrFormat("mapping \"%s\"", Escaped(document_.name))
                        : std::string(rule),
           absl::StrFormat("tensor '%s' %s", Escaped(names), what),
           "either the config is not that of the checkpoint, or the rule is wrong"});
    }
  }
  return diagnostics;
}

}  // namespace weft
