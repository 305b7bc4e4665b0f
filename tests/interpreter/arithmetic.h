// Expressions of the mapping language over integers; a truth is 1 or 0.
#ifndef WEFT_TESTS_INTERPRETER_ARITHMETIC_H_
#define WEFT_TESTS_INTERPRETER_ARITHMETIC_H_

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace weft::interpreter {

using Json = nlohmann::ordered_json;

// The value of a name; throws a Refusal for one that nothing gives.
using Lookup = std::function<int64_t(const std::string& name)>;

int64_t Evaluate(const std::string& expression, const Lookup& lookup);

// Of a JSON number, boolean or text.
int64_t Evaluate(const Json& expression, const Lookup& lookup);

}  // namespace weft::interpreter

#endif  // WEFT_TESTS_INTERPRETER_ARITHMETIC_H_
