// Values for params when there is no checkpoint and perhaps no config.
//
// What the caller sets, the config and the expressions of the mapping count as they do in a
// conversion. A param that none of them gives is *free*: it is tried with its default, the literals
// that the mapping compares it with, their neighbours, and small numbers.
#ifndef WEFT_MAPPING_LINT_ASSIGNMENTS_H_
#define WEFT_MAPPING_LINT_ASSIGNMENTS_H_

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/config_tree.h"
#include "mapping/document.h"
#include "mapping/expression.h"
#include "mapping/param_value.h"
#include "weft/lint.h"

namespace weft {

// Free params, by their qualified names, with a value each.
using Assignment = std::map<std::string, ParamValue>;

// "n=3, kind=\"moe\"" for messages.
std::string TextOf(const Assignment& assignment);

class ParamAssignments {
 public:
  // All assignments that are tried for one question.
  static constexpr size_t kMost = 64;

  // `document` outlives the result. Errors: kBadParam of `options.set`; those of the config.
  static absl::StatusOr<ParamAssignments> Of(const internal::MappingDocument& document,
                                             const LintOptions& options);

  // Adds the free params on which the value of the name, or of the expression, depends.
  void AddFree(size_t scope, std::string_view name, std::set<std::string>* free) const;
  void AddFree(size_t scope, const Expression& expression, std::set<std::string>* free) const;

  // At least one, at most kMost. `*all` becomes false where there would be more.
  std::vector<Assignment> For(const std::set<std::string>& free, bool* all) const;

  // The assignment and this outlive the resolver.
  Expression::Resolver ResolverOf(size_t scope, const Assignment& assignment) const;

  // True when a caller set the name.
  bool IsSet(const std::string& qualified) const { return set_.count(qualified) > 0; }
  bool has_config() const { return !config_.empty(); }

 private:
  ParamAssignments(const internal::MappingDocument& document, ConfigTree config)
      : document_(&document), config_(std::move(config)) {}

  void CollectLiterals();
  void AddLiterals(size_t scope, const Expression& expression, bool is_condition);
  absl::StatusOr<ParamValue> Resolve(size_t scope, std::string_view name,
                                     const Assignment& assignment, int depth) const;
  void AddFree(size_t scope, std::string_view name, std::set<std::string>* free, int depth) const;
  // In the config, by the paths of the param or by its own name `config.…`.
  std::optional<ParamValue> InConfig(size_t scope, std::string_view name) const;
  std::vector<ParamValue> CandidatesOf(const std::string& qualified, size_t place) const;

  const internal::MappingDocument* document_;
  ConfigTree config_;
  std::map<std::string, ParamValue> set_;
  // By qualified name.
  std::map<std::string, std::vector<ParamValue>> literals_;
  std::set<std::string> conditions_;  // those that stand in a `when`
  std::map<std::string, ParamValue> defaults_;
};

}  // namespace weft

#endif  // WEFT_MAPPING_LINT_ASSIGNMENTS_H_
