// The rules of a mapping, as plain data.
//
// A mapping file is these structs spelled in JSON (docs/dsl.md); Mapping::FromRules takes them
// directly. They are unchecked text until then: names are patterns, layouts and expressions are
// parsed by Mapping, which reports every error.
//
//   weft::WeightRenaming{"{p*}.block_sparse_moe.gate.weight", "{p*}.mlp.gate.weight"};
//
//   weft::WeightConverter rule;
//   rule.from = {{"gate", "{p*}.experts.{e}.w1.weight", "f d"},
//                {"up", "{p*}.experts.{e}.w3.weight", "f d"}};
//   rule.to = {{"", "{p*}.experts.gate_up_proj", "e [gate:f | up:f] d"}};
#ifndef WEFT_RULES_H_
#define WEFT_RULES_H_

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "weft/operations.h"

namespace weft {

// The way a rule runs.
enum class RuleDirection { kBoth, kForward, kReverse };

// When a rule takes a name that its pattern matches. All fields may stay empty.
struct RuleConditions {
  std::vector<std::string> unless;  // patterns over names of the `from` side
  std::string when;                 // expression over params
  bool otherwise = false;           // takes what no other rule of the stage takes
  RuleDirection direction = RuleDirection::kBoth;
};

// One name → one name; the elements stay as they are.
//
// `from_copies` and `to_copies` are patterns of further names of the same value: of those that are
// read the first present one is taken and the others must be equal, byte for byte, which is checked
// before any is copied; on the side that is written all are written.
struct WeightRenaming {
  std::string from;
  std::string to;
  RuleConditions conditions = {};
  std::vector<std::string> from_copies = {};
  std::vector<std::string> to_copies = {};
};

// One or more tensors of one side of a converter.
struct TensorPattern {
  std::string label;        // names the tensor's cells; may be empty when the side has one tensor
  std::string name;         // pattern
  std::string layout = {};  // empty when the rule has operations
  std::vector<std::string> copies = {};  // further names of the same value, as in WeightRenaming
};

// Tensors → tensors: by a pair of layouts on every tensor, or by `operations` and no layouts.
struct WeightConverter {
  std::vector<TensorPattern> from;
  std::vector<TensorPattern> to;
  std::vector<ConversionOp> operations = {};
  std::map<std::string, std::string> sizes = {};  // axis → expression
  RuleConditions conditions = {};
};

// A tensor that the target does not have. Forward only: nothing brings it back.
struct WeightDrop {
  std::string name;
  std::string reason = {};
  RuleConditions conditions = {};
};

using Rule = std::variant<WeightRenaming, WeightConverter, WeightDrop>;

// Rules that apply at once, each tensor taken by at most one of them.
using Stage = std::vector<Rule>;

}  // namespace weft

#endif  // WEFT_RULES_H_
