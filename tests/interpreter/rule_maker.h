// Random rules for tensors that are there: each takes a unit, or a part of it, and says what is
// there afterwards.
#ifndef WEFT_TESTS_INTERPRETER_RULE_MAKER_H_
#define WEFT_TESTS_INTERPRETER_RULE_MAKER_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "interpreter/arithmetic.h"
#include "interpreter/random.h"
#include "interpreter/unit.h"

namespace weft::interpreter {

// What the rules of one mapping share.
struct Vocabulary {
  Random& random;
  int& next_number;                                          // of roots, axes and params
  std::vector<std::pair<std::string, int64_t>> params = {};  // that rules use, by value
  Json tables = Json::object();

  std::string NewName(const std::string& begin) { return begin + std::to_string(next_number++); }

  // A number, or an expression over a param that is this number.
  Json Number(int64_t value);
  // The name of a param of that value.
  std::string Param(int64_t value);
  // An expression over params.
  std::string Condition(bool holds);
};

struct MadeRule {
  Json rule;
  std::vector<Unit> made;
  std::vector<Unit> left;  // of the unit, what the rule does not take
};

// Of one member, or of several that are equal.
MadeRule MakeRenaming(Vocabulary& vocabulary, const Unit& unit, const std::string& root);

// nullopt: the shapes of the unit do not allow it.
std::optional<MadeRule> MakeLayoutRule(Vocabulary& vocabulary, const Unit& unit,
                                       const std::string& root);
std::optional<MadeRule> MakeOperationRule(Vocabulary& vocabulary, const Unit& unit,
                                          const std::string& root);

}  // namespace weft::interpreter

#endif  // WEFT_TESTS_INTERPRETER_RULE_MAKER_H_
