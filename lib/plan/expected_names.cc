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

// Whether a size of the shape depends on the name.
bool UsesVariables(const ExpectedName& expected) {
  for (const std::optional<Expression>& size : *expected.shape) {
    if (!size.has_value()) continue;
    for (const std::string& name : size->names()) {
      if (expected.name.variables.Find(name) >= 0) return true;
    }
  }
  return false;
}

bool Fits(const Shape& shape, const std::vector<std::optional<int64_t>>& sizes) {
  if (shape.size() != sizes.size()) return false;
  for (size_t axis = 0; axis < sizes.size(); ++axis) {
    if (sizes[axis].has_value() && shape[axis] != *sizes[axis]) return false;
  }
  return true;
}

// "[8, any, 2 * inner]": the last is a size that nothing gives.
std::string TextOf(const ExpectedName& expected, const std::vector<std::optional<int64_t>>& sizes) {
  std::string text;
  for (size_t axis = 0; axis < sizes.size(); ++axis) {
    const std::optional<Expression>& size = (*expected.shape)[axis];
    text += axis == 0 ? "" : ", ";
    text += sizes[axis].has_value() ? absl::StrFormat("%d", *sizes[axis])
            : size.has_value()      ? size->text()
                                    : "any";
  }
  return "[" + text + "]";
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
      read_set_(read_names_, resolver, cache),
      same_sizes_(written_.size()) {}

absl::Status ExpectedNames::Look(const Entry& entry, std::string_view made_by) {
  Bindings bindings;
  WEFT_ASSIGN_OR_RETURN(const std::optional<size_t> found,
                        written_set_.Find(entry.name, &bindings));
  if (found.has_value()) return LookAtShape(*found, bindings, entry, made_by);
  if (!made_by.empty()) {
    if (!written_.empty()) unexpected_[made_by].push_back(entry.name);
    return absl::OkStatus();
  }
  WEFT_ASSIGN_OR_RETURN(const std::optional<size_t> left, read_set_.Find(entry.name));
  if (left.has_value()) left_[read_[*left].where].push_back(entry.name);
  return absl::OkStatus();
}

absl::StatusOr<ExpectedNames::Sizes> ExpectedNames::SizesOf(const ExpectedName& expected,
                                                            const Bindings& bindings) const {
  const Expression::Resolver with_variables =
      [this, &expected, &bindings](std::string_view name) -> absl::StatusOr<ParamValue> {
    const int variable = expected.name.variables.Find(name);
    if (variable < 0) return resolver_(name);
    const Binding& binding = bindings[static_cast<size_t>(variable)];
    return binding.kind == Binding::Kind::kIndex
               ? ParamValue::Integer(static_cast<int64_t>(binding.index))
               : ParamValue::String(binding.text);
  };
  Sizes sizes;
  for (const std::optional<Expression>& size : *expected.shape) {
    sizes.emplace_back();
    if (!size.has_value()) continue;
    const absl::StatusOr<int64_t> value = size->EvaluateInteger(with_variables);
    if (value.ok()) {
      sizes.back() = *value;
    } else if (!IsUnknownParam(value.status())) {
      return value.status();
    }
  }
  return sizes;
}

absl::Status ExpectedNames::LookAtShape(size_t place, const Bindings& bindings, const Entry& entry,
                                        std::string_view made_by) {
  const ExpectedName& expected = written_[place];
  if (!expected.shape.has_value()) return absl::OkStatus();
  std::optional<Sizes> sizes = same_sizes_[place];
  if (!sizes.has_value()) {
    WEFT_ASSIGN_OR_RETURN(sizes, SizesOf(expected, bindings));
    if (!UsesVariables(expected)) same_sizes_[place] = sizes;
  }
  if (Fits(entry.shape, *sizes)) return absl::OkStatus();
  const std::string what = absl::StrFormat("has shape %s; %s expects %s", TextOf(entry.shape),
                                           expected.where, TextOf(expected, *sizes));
  misshapen_[{made_by, what}].push_back(entry.name);
  return absl::OkStatus();
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
