// One stage of a mapping: which rule takes which tensor, and what comes out.
#ifndef WEFT_TESTS_INTERPRETER_STAGE_H_
#define WEFT_TESTS_INTERPRETER_STAGE_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "interpreter/arithmetic.h"
#include "interpreter/array.h"
#include "interpreter/rule.h"
#include "interpreter/rule_values.h"
#include "weft/mapping.h"

namespace weft::interpreter {

class StageRun {
 public:
  // `sizes`: by rule and axis, written forward and read on the way back.
  StageRun(const Json& rules, Direction direction, const Tables& tables, const Lookup& lookup,
           std::map<std::string, std::map<std::string, uint64_t>>* sizes);

  // Takes tensors and gives what they become. `untouched`: names that no rule has taken yet.
  Tensors Run(const Tensors& tensors, std::set<std::string>* untouched);

  // True when tensors that must be equal, or constants, were not.
  bool values_differ() const { return values_differ_; }

 private:
  struct Reading {
    size_t tensor;
    size_t name;
    Values values;
  };
  // Rule and the values of the variables that both sides have → the names taken, by reading.
  using Groups = std::map<std::pair<size_t, Values>, std::vector<std::pair<std::string, Reading>>>;

  bool IsTurned(const StageRule& rule) const;
  bool Acts(const StageRule& rule, Direction direction) const;
  const std::vector<RuleTensor>& ReadSide(const StageRule& rule) const;
  const std::vector<RuleTensor>& WrittenSide(const StageRule& rule) const;
  std::vector<Reading> ReadingsOf(const StageRule& rule, const std::vector<RuleTensor>& side,
                                  const std::string& name) const;
  std::vector<Reading> TakenForward(const StageRule& rule, const std::string& name) const;
  bool WouldGive(const StageRule& rule, const Values& values) const;
  std::vector<size_t> RulesThatTake(const std::string& name) const;
  std::vector<Reading> Takes(const StageRule& rule, const std::string& name) const;
  std::vector<std::string> ListsOf(const StageRule& rule, const RuleTensor& tensor,
                                   bool of_read_side) const;
  std::vector<std::string> ValuesOfReplicated(const StageRule& rule, const NamePattern& name,
                                              const std::string& variable) const;
  Tensors RunGroup(size_t rule, const Values& values,
                   const std::vector<std::pair<std::string, Reading>>& taken,
                   const Tensors& tensors);
  std::vector<Slot> SlotsOf(const StageRule& rule,
                            const std::vector<std::pair<std::string, Reading>>& taken,
                            const Tensors& tensors);
  std::vector<std::string> NamesOf(const StageRule& rule, const RuleTensor& tensor,
                                   const Values& values) const;

  Direction direction_;
  const Lookup& lookup_;
  std::map<std::string, std::map<std::string, uint64_t>>& sizes_;
  std::vector<StageRule> rules_;
  bool values_differ_ = false;
};

}  // namespace weft::interpreter

#endif  // WEFT_TESTS_INTERPRETER_STAGE_H_
