// One random mistake in a mapping file.
#ifndef WEFT_TESTS_MUTATION_MAPPING_EDIT_H_
#define WEFT_TESTS_MUTATION_MAPPING_EDIT_H_

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mutation/random.h"

namespace weft::mutation {

using Json = nlohmann::ordered_json;

enum class EditKind {
  kDropRule,       // a rule, or a whole included mapping
  kSwapNames,      // two names of one side change places
  kSwapInRule,     // … of one rule
  kLoseVariable,   // a variable of one name becomes a number, or goes
  kChangeLiteral,  // a segment of one name is spelled otherwise, moved, or gone
  // Of one name, or alike in all names of a rule:
  kChangeIndexSet,  // an index counts from, to or by something else
  kChangeKind,      // an index becomes a segment, a segment any number of them, …
  kAlternatives,    // an alternative is lost, added, misspelled or exchanged

  kChangeLayout,     // axes or parts of one layout move, merge or go
  kChangeOperation,  // another dim, another order, one operation less or twice
  kOverlap,          // a rule stands twice, with another name
  kChangeTable,      // entries of a table are exchanged, lost or misspelled
  kAddDrop,          // a tensor is dropped that was not
  kChangeRule,       // a condition, a size, a copy or a direction comes or goes
  kChangeStages,     // stages change places, or a stage's guard is lost
};

inline constexpr int kEditKinds = static_cast<int>(EditKind::kChangeStages) + 1;

std::string_view NameOf(EditKind kind);

// `mapping` with one edit of this kind; nullopt where it has nothing to edit so. `keys`: the names
// of a checkpoint of its `from` side. The expectations and the detection stay as they are.
std::optional<Json> Edited(const Json& mapping, EditKind kind, const std::vector<std::string>& keys,
                           Random& random);

}  // namespace weft::mutation

#endif  // WEFT_TESTS_MUTATION_MAPPING_EDIT_H_
