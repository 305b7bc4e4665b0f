#include "mapping/param_value.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"

namespace weft {

ParamValue ParamValue::Integer(int64_t value) {
  ParamValue result;
  result.integer = value;
  return result;
}

ParamValue ParamValue::Bool(bool value) {
  ParamValue result;
  result.kind = Kind::kBool;
  result.integer = value ? 1 : 0;
  return result;
}

ParamValue ParamValue::String(std::string_view value) {
  ParamValue result;
  result.kind = Kind::kString;
  result.string = std::string(value);
  return result;
}

bool ParamValue::operator==(const ParamValue& other) const {
  return kind == other.kind && integer == other.integer && string == other.string &&
         list == other.list;
}

namespace {

template <typename QuoteString>
std::string Spell(const ParamValue& value, const QuoteString& quote) {
  switch (value.kind) {
    case ParamValue::Kind::kInteger:
      return absl::StrCat(value.integer);
    case ParamValue::Kind::kBool:
      return value.integer != 0 ? "true" : "false";
    case ParamValue::Kind::kString:
      return quote(value.string);
    case ParamValue::Kind::kList: {
      std::string text = "[";
      for (size_t i = 0; i < value.list.size(); ++i) {
        if (i > 0) text += ",";
        text += Spell(value.list[i], quote);
      }
      return text + "]";
    }
  }
  return "";
}

}  // namespace

std::string TextOf(const ParamValue& value) {
  return Spell(value, [](std::string_view text) { return json::Quoted(text); });
}

std::string ShownText(const ParamValue& value) {
  return Spell(value, [](std::string_view text) { return "\"" + Escaped(text) + "\""; });
}

std::string_view NameOf(ParamValue::Kind kind) {
  switch (kind) {
    case ParamValue::Kind::kInteger:
      return "an integer";
    case ParamValue::Kind::kBool:
      return "a boolean";
    case ParamValue::Kind::kString:
      return "a string";
    case ParamValue::Kind::kList:
      return "a list";
  }
  return "";
}

// Up to here a double holds every integer.
constexpr double kMostExact = 9007199254740992;  // 2^53

absl::StatusOr<ParamValue> ParamValueOf(const json::Value& value, std::string_view where) {
  switch (value.kind) {
    case json::Kind::kBool:
      return ParamValue::Bool(value.boolean);
    case json::Kind::kInteger:
      return ParamValue::Integer(value.integer);
    case json::Kind::kString:
      return ParamValue::String(value.string);
    case json::Kind::kArray: {
      ParamValue result;
      result.kind = ParamValue::Kind::kList;
      result.list.reserve(value.elements.size());
      for (const json::Value& element : value.elements) {
        WEFT_ASSIGN_OR_RETURN(ParamValue item, ParamValueOf(element, where));
        result.list.push_back(std::move(item));
      }
      return result;
    }
    case json::Kind::kNumber:
      // Some configs write whole numbers so: 500000.0.
      if (std::trunc(value.number) == value.number && std::abs(value.number) <= kMostExact) {
        return ParamValue::Integer(static_cast<int64_t>(value.number));
      }
      break;
    case json::Kind::kNull:
    case json::Kind::kObject:
      break;
  }
  return ErrorStatus(ErrorCode::kBadParam, where,
                     absl::StrFormat("expected an integer, a boolean, a string or a list of these; "
                                     "got %s",
                                     json::NameOf(value.kind)));
}

}  // namespace weft
