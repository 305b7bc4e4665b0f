// What can be said against a mapping without a checkpoint: names that two rules take or make, rules
// that never act, what the way back cannot know.
//
//   auto mapping = weft::Mapping::FromFile("my_model.json");
//   auto findings = weft::Lint(*mapping);
//   for (const weft::LintFinding& finding : *findings) {
//     std::cout << weft::NameOf(finding.code) << ' ' << finding.where << ": " << finding.what <<
//     '\n';
//   }
//
// The sets of names that patterns stand for are compared as automata, so a finding about names
// holds for names that no checkpoint has yet, and comes with the shortest one there is: its
// witness. A witness has been read by the mapping itself before it is reported. What is declared to
// be one-way (a drop, a `direction`, a `~:` part) is no finding.
//
// Pure functions, safe to call from any thread.
#ifndef WEFT_LINT_H_
#define WEFT_LINT_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "weft/mapping.h"

namespace weft {

// docs/errors.md has an entry for each. Names never change their meaning; new ones are appended.
enum class LintCode : uint8_t {
  kAmbiguousPattern,    // a pattern reads one name in two ways
  kOverlappingDomains,  // two rules of a stage take one name
  kOverlappingRanges,   // two names become one
  kNameWithoutTarget,   // a name is taken for which the other side has no name
  kUnreachableRule,     // no name is left for a rule, or its conditions never hold
  kVariableLost,        // nothing says the values of a variable on the way back
  kNotInvertible,       // a chain of operations has no reverse and is not declared one-way
  kParamNotOnWayBack,   // the way back needs a param that nothing gives there
  kBadIndex,            // an index is not one-to-one, or the step of a set is none
  kUnusedParam,         // a param that nothing needs
  kUnusedTable,         // a table that no pattern uses
  kUnusedSize,          // an entry of `sizes` that nothing needs
  kRuleWithoutKeys,     // with a list of keys: no rule reads any of them, or not this one; or it
                        // makes none of the mapping's `keys`
  kOverlappingShares,   // two entries of `sharding` name one tensor
  kUndecided,           // a question was given up; whether there is a finding is unknown
};

inline constexpr int kLintCodeCount = static_cast<int>(LintCode::kUndecided) + 1;

// For example "OVERLAPPING_DOMAINS". The view has static lifetime.
std::string_view NameOf(LintCode code);

struct LintFinding {
  LintCode code = LintCode::kUndecided;
  // Position in the mapping file: "mixtral.json:14:9 (/stages/0/3/from)".
  std::string where;
  // What is wrong: "this rule and mixtral.json:9:5 (/stages/0/0) take one name".
  std::string what;
  // A name that shows it, as a checkpoint would spell it, not escaped. Empty where none is needed.
  std::string witness;
  // What the author can do; empty where there is nothing to say.
  std::string hint;
};

struct LintOptions {
  // Params as in CompileOptions::set: name → JSON, or else text. What is not given takes, in turn,
  // its default, the values that the mapping compares it with, and a few small numbers; a finding
  // that needs such values names them.
  std::map<std::string, std::string> set;
  // The text of a config.json, in which params are looked up; empty where there is none.
  std::string config_json;
  std::string config_name = "config.json";  // for messages
  // Names of tensors of either side. Each is read by the mapping; rules that read none are
  // findings.
  std::vector<std::string> keys;
  // Work that one question about names, and all together, may take before it is given up as
  // kUndecided. A step is a look at one character of two patterns, far below a microsecond.
  uint64_t question_steps = 200'000;
  uint64_t total_steps = 20'000'000;
};

// All findings, in the order of the rules they are about. Errors: kBadParam (a value of `set` of no
// kind that params have, or of a name that the mapping never uses); those of the text of the
// config.
absl::StatusOr<std::vector<LintFinding>> Lint(const Mapping& mapping,
                                              const LintOptions& options = {});

}  // namespace weft

#endif  // WEFT_LINT_H_
