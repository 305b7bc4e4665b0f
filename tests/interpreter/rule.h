// A rule as the mapping file spells it, its names ready to be matched.
#ifndef WEFT_TESTS_INTERPRETER_RULE_H_
#define WEFT_TESTS_INTERPRETER_RULE_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "interpreter/arithmetic.h"
#include "interpreter/name_pattern.h"

namespace weft::interpreter {

using Tables = std::map<std::string, Table>;

// One tensor of a side: the name that it has, and further names of the same value.
struct RuleTensor {
  std::string label;
  std::string layout;
  std::vector<NamePattern> names;
};

struct StageRule {
  StageRule(const Json& rule, const Tables& tables, const Lookup& lookup);

  Json json;
  bool drops = false;
  bool has_layouts = false;
  bool has_operations = false;
  std::vector<RuleTensor> from;
  std::vector<RuleTensor> to;
  std::vector<NamePattern> unless;
  bool otherwise = false;
  std::string direction;            // "forward", "reverse", "both"
  std::set<std::string> variables;  // that stand on both sides
};

}  // namespace weft::interpreter

#endif  // WEFT_TESTS_INTERPRETER_RULE_H_
