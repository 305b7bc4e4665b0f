// Values of params and of expressions over them.
#ifndef WEFT_MAPPING_PARAM_VALUE_H_
#define WEFT_MAPPING_PARAM_VALUE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "json/json.h"

namespace weft {

struct ParamValue {
  enum class Kind { kInteger, kBool, kString, kList };

  Kind kind = Kind::kInteger;
  int64_t integer = 0;  // also of a bool: 0 or 1
  std::string string;
  std::vector<ParamValue> list;

  static ParamValue Integer(int64_t value);
  static ParamValue Bool(bool value);
  static ParamValue String(std::string_view value);

  bool operator==(const ParamValue& other) const;
  bool operator!=(const ParamValue& other) const { return !(*this == other); }
};

// JSON text of the value.
std::string TextOf(const ParamValue& value);

// The value for a message: as JSON, but strings escaped as names are.
std::string ShownText(const ParamValue& value);

std::string_view NameOf(ParamValue::Kind kind);  // "an integer", …

// Integers, booleans, strings and lists of these. Errors: kBadParam for anything else; `where`
// names the value in the message.
absl::StatusOr<ParamValue> ParamValueOf(const json::Value& value, std::string_view where);

}  // namespace weft

#endif  // WEFT_MAPPING_PARAM_VALUE_H_
