#include "mapping/pattern_reader.h"

#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "mapping/rule_prefix.h"

namespace weft {

std::vector<NamePattern> PatternReader::ReadNamePatterns(const Field& field, Side side) const {
  return ReadNamePatterns(field, side, prefix_);
}

std::vector<NamePattern> PatternReader::ReadNamePatterns(const Field& field, Side side,
                                                         const std::string& prefix) const {
  std::vector<NamePattern> patterns;
  if (field.value().kind == json::Kind::kArray) {
    for (size_t i = 0; i < field.value().elements.size(); ++i) {
      patterns.push_back(ReadNamePattern(field.Element(i), side, prefix));
    }
  } else {
    patterns.push_back(ReadNamePattern(field, side, prefix));
  }
  return patterns;
}

NamePattern PatternReader::ReadNamePattern(const Field& field, Side side) const {
  return ReadNamePattern(field, side, prefix_);
}

NamePattern PatternReader::ReadNamePattern(const Field& field, Side side,
                                           const std::string& prefix) const {
  NamePattern name;
  const std::string text = Prefixed(prefix, field.String());
  if (text.size() > limits_.pattern_bytes) {
    field.Error(ErrorCode::kLimitExceeded, absl::StrFormat("a pattern of %d bytes; the limit is %d",
                                                           text.size(), limits_.pattern_bytes));
    return name;
  }
  auto pattern = Pattern::Parse(text, side, tables_, name.variables, field.Place());
  if (pattern.ok()) {
    name.pattern = *std::move(pattern);
  } else {
    diagnostics_.Add(pattern.status());
  }
  return name;
}

Guard PatternReader::ReadGuard(const Field& field) const {
  Guard guard;
  guard.where = field.Place();
  if (!field.Expect(json::Kind::kObject)) return guard;
  field.ExpectKeys({"has", "lacks", "shape", "dtype", "param", "all", "any", "not"});
  if (field.value().members.size() != 1) {
    field.Error(
        ErrorCode::kMappingField,
        absl::StrFormat("a guard has one field, this one has %d", field.value().members.size()),
        "combine guards with {\"all\": […]} or {\"any\": […]}");
    return guard;
  }
  const std::string& word = field.value().members[0].key;
  const Field content = field.Member(word);
  if (word == "has" || word == "lacks") {
    guard.kind = word == "has" ? Guard::Kind::kHas : Guard::Kind::kLacks;
    guard.name = ReadNamePattern(content, Side::kFrom);
  } else if (word == "param") {
    guard.kind = Guard::Kind::kParam;
    guard.param = ReadExpression(content);
  } else if (word == "shape" || word == "dtype") {
    ReadTensorGuard(content, word == "shape", &guard);
  } else if (word == "not") {
    guard.kind = Guard::Kind::kNot;
    guard.parts.push_back(ReadGuard(content));
  } else if ((word == "all" || word == "any") && content.Expect(json::Kind::kArray)) {
    guard.kind = word == "any" ? Guard::Kind::kAny : Guard::Kind::kAll;
    for (size_t i = 0; i < content.value().elements.size(); ++i) {
      guard.parts.push_back(ReadGuard(content.Element(i)));
    }
  }
  return guard;
}

void PatternReader::ReadTensorGuard(const Field& field, bool shape, Guard* guard) const {
  guard->kind = shape ? Guard::Kind::kShape : Guard::Kind::kDtype;
  if (!field.Expect(json::Kind::kObject)) return;
  field.ExpectKeys({"pattern", "is"});
  if (!field.Has("pattern") || !field.Has("is")) {
    field.Error(ErrorCode::kMappingField, "expected the fields \"pattern\" and \"is\"");
    return;
  }
  guard->name = ReadNamePattern(field.Member("pattern"), Side::kFrom);
  const Field is = field.Member("is");
  if (!shape) {
    guard->dtype = ReadDType(is);
  } else if (is.Expect(json::Kind::kArray)) {
    for (size_t i = 0; i < is.value().elements.size(); ++i) {
      guard->shape.push_back(ReadExpression(is.Element(i)));
    }
  }
}

Expression PatternReader::ReadExpression(const Field& field) const {
  absl::StatusOr<Expression> expression = Expression::Parse(field.ExpressionText(), field.Place());
  if (expression.ok()) return *std::move(expression);
  diagnostics_.Add(expression.status());
  return Expression::Constant(0);
}

DType PatternReader::ReadDType(const Field& field) {
  const std::optional<DType> dtype = DTypeFromName(field.String());
  if (!dtype.has_value()) {
    field.Error(ErrorCode::kMappingField, "not the name of a dtype", "for example \"BF16\"");
  }
  return dtype.value_or(DType::kF32);
}

}  // namespace weft
