// What a rule does to the values of the tensors that it took together.
#ifndef WEFT_TESTS_INTERPRETER_RULE_VALUES_H_
#define WEFT_TESTS_INTERPRETER_RULE_VALUES_H_

#include <map>
#include <string>
#include <vector>

#include "interpreter/arithmetic.h"
#include "interpreter/array.h"
#include "interpreter/operations.h"
#include "interpreter/rule.h"

namespace weft::interpreter {

// The tensors of one group: of each tensor of the read side, the list of its members.
struct RuleGroup {
  const StageRule* rule = nullptr;
  bool turned = false;  // read from `to` to `from`
  std::vector<Slot> read;
  std::vector<std::vector<std::string>> written_lists;  // list variables of each written tensor
  const Lookup* lookup = nullptr;                       // of params and of indices of the group
  std::map<std::string, uint64_t>* recorded = nullptr;  // sizes by axis, of the rule
  bool* values_differ = nullptr;  // set when a constant or a tie does not hold
};

// One slot for each written tensor, its indices in the order of `written_lists`.
std::vector<Slot> ValuesOfRule(const RuleGroup& group);

}  // namespace weft::interpreter

#endif  // WEFT_TESTS_INTERPRETER_RULE_VALUES_H_
