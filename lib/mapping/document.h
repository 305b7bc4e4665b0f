// A mapping after checking: what Mapping holds and plan/ compiles.
#ifndef WEFT_MAPPING_DOCUMENT_H_
#define WEFT_MAPPING_DOCUMENT_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mapping/expression.h"
#include "mapping/guard.h"
#include "mapping/layout.h"
#include "mapping/param_value.h"
#include "mapping/pattern.h"
#include "weft/dtype.h"
#include "weft/part_files.h"
#include "weft/rules.h"
#include "weft/side_files.h"

namespace weft::internal {

// A variable of a name that stands on one side only: its values are the members of a list, which is
// an axis of the other side.
struct ListVariable {
  int variable = -1;  // in CheckedRule::variables
  int atom = -1;      // in CheckedRule::atoms; −1 in a rule with operations
};

// A name of a tensor of a rule.
struct CheckedName {
  std::shared_ptr<const Pattern> pattern;
  // Variables that stand on this side only and are no list: the names for all their values are
  // names of one value.
  std::vector<int> replicated = {};
};

// One tensor of one side of a rule.
struct CheckedTensor {
  std::string label;
  std::vector<CheckedName> names;  // its own, then those of `copies`
  std::optional<Layout> layout;
  std::vector<LayoutCell> cells;    // of the layout
  std::vector<LayoutCell> fillers;  // of the layout
  std::vector<ListVariable> lists;

  const Pattern& pattern() const { return *names.front().pattern; }
};

struct CheckedOperation {
  ConversionOp operation;
  std::vector<Expression> sizes;        // SizesOf(operation), parsed
  std::vector<Expression> extra_sizes;  // ExtraSizesOf(operation), parsed
};

// An operation chain in running order.
using OperationChain = std::vector<CheckedOperation>;

struct CheckedRule {
  enum class Kind { kRename, kLayouts, kOperations, kDrop };

  Kind kind = Kind::kRename;
  std::string where;  // "mixtral.json:9:4 (/stages/0/0)"
  std::string id;     // "0.3": stage and rule, unique in the mapping
  VariableTable variables;
  AtomTable atoms;
  std::vector<CheckedTensor> from;
  std::vector<CheckedTensor> to;  // empty for kDrop
  // Variables that stand on both sides: their values tell the groups of a rule apart.
  std::vector<int> group_variables;
  bool has_copies = false;  // some tensor has several names
  OperationChain forward;
  OperationChain reverse;      // empty where reverse_error says why
  absl::Status reverse_error;  // OK when the chain can be reversed
  std::map<std::string, Expression, std::less<>> sizes;
  std::vector<NamePattern> unless;
  std::optional<Expression> when;
  bool otherwise = false;
  RuleDirection direction = RuleDirection::kBoth;
  std::string reason;  // kDrop
  std::string text;    // for people: "rename", "MergeModulelist(…) > Concatenate(…)"
};

struct CheckedStage {
  std::string name;
  std::string where;
  std::optional<Guard> when;
  std::vector<CheckedRule> rules;
  size_t scope = 0;  // index into MappingDocument::scopes
};

// Where the value of a param stands.
struct ParamSource {
  std::optional<Expression> expression;
  std::vector<std::string> from_paths;  // in the config of the `from` side
  std::vector<std::string> to_paths;
  std::optional<ParamValue> fallback;
  std::string where;
};

// The params of a mapping file: of the document itself, or of one that it includes.
struct ParamTable {
  std::map<std::string, ParamSource, std::less<>> params;
  std::map<std::string, std::string> tables;  // the file's tables → where they stand
  // Of an included mapping:
  std::string id;             // stands before its params in records and --set: "siglip/num_heads"
  std::string config_prefix;  // "vision_config."; its paths count from there
  size_t parent = 0;          // index of the including one
  std::map<std::string, Expression, std::less<>> given;  // by the including one, over its params

  // "siglip/num_heads" of "num_heads".
  std::string Qualified(std::string_view name) const {
    return id.empty() ? std::string(name) : id + "/" + std::string(name);
  }
};

// All tensors of one side that the patterns name become of this dtype when that side is written.
struct CastRule {
  std::vector<NamePattern> names;
  DType dtype = DType::kF32;
  std::string where;
};

// An axis of which each rank takes a run of units, or an index variable of which each rank takes
// the tensors of a run of values.
struct SplitAxis {
  std::string name;
  int atom = -1;                  // in ShareRule::atoms; −1 for a variable
  bool shared = false;            // ranks may have units in common
  std::optional<Expression> pad;  // the axis is first filled up with zeros to a multiple
};

// How ranks share the tensors that the patterns name.
struct ShareRule {
  std::vector<NamePattern> names;
  AtomTable atoms;
  std::optional<Layout> layout;
  std::vector<LayoutCell> cells;
  std::vector<SplitAxis> split;  // empty: every rank has the whole tensor
  bool uneven = false;           // ranks may have parts of different sizes
  bool otherwise = false;        // for tensors that no other rule names
  std::map<std::string, Expression, std::less<>> sizes;
  std::optional<Expression> when;
  std::string where;
  size_t scope = 0;  // index into MappingDocument::scopes
  int depth = 0;     // of the include that it comes from; of two, the one less deep counts
};

// A name that a side of the mapping holds, and its shape: what a conversion to that side makes must
// be so.
struct ExpectedName {
  NamePattern name;
  // By axis; nullopt where any size will do. Without it, any shape will do.
  std::optional<std::vector<std::optional<Expression>>> shape;
  std::string where;
};

enum class Others { kPass, kError, kDrop };

// The evidence by which a mapping is chosen for a checkpoint.
struct Detection {
  // Path in config.json → values, one of which must stand there.
  std::vector<std::pair<std::string, std::vector<ParamValue>>> config;
  std::optional<Guard> from;  // of the keys, to read forward
  std::optional<Guard> to;    // of the keys, to read in reverse
};

struct MappingDocument {
  std::string name;
  std::string description;
  std::string from;
  std::string to;
  std::vector<ParamTable> scopes = std::vector<ParamTable>(1);  // its own first
  std::vector<CheckedStage> stages;
  Others others = Others::kPass;
  std::optional<Detection> detection;
  // All keys of a side; empty when the mapping does not list them.
  std::vector<NamePattern> from_keys;
  std::vector<NamePattern> to_keys;
  std::vector<ExpectedName> from_expected;
  std::vector<ExpectedName> to_expected;
  std::vector<CastRule> from_casts;
  std::vector<CastRule> to_casts;
  std::vector<ShareRule> from_shares;  // empty when the mapping does not say
  std::vector<ShareRule> to_shares;
  std::optional<PartFiles> part_files;  // of the `from` side
  std::vector<SideFileEdit> forward_edits;
  std::vector<SideFileEdit> reverse_edits;
};

}  // namespace weft::internal

#endif  // WEFT_MAPPING_DOCUMENT_H_
