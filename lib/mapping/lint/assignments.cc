#include "mapping/lint/assignments.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "mapping/given_params.h"
#include "mapping/json_fields.h"
#include "mapping/mapping_names.h"

namespace weft {
namespace {

using internal::MappingDocument;
using internal::ParamTable;

constexpr std::string_view kConfigPrefix = "config.";
// Params that stand for one another, and includes within includes.
constexpr int kMostDepth = 64;

bool HasPrefix(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The integers and texts that stand in an expression.
std::vector<ParamValue> LiteralsOf(std::string_view text) {
  std::vector<ParamValue> literals;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\'') {
      const size_t end = text.find('\'', i + 1);
      if (end == std::string_view::npos) break;
      literals.push_back(ParamValue::String(text.substr(i + 1, end - i - 1)));
      i = end;
    } else if (IsDigit(text[i]) || IsIdentifier(text.substr(i, 1))) {
      // A number, or a name, digits of which are none.
      const size_t begin = i;
      while (i < text.size() && (IsDigit(text[i]) || IsIdentifier(text.substr(i, 1)))) ++i;
      const std::string_view word = text.substr(begin, i - begin);
      const bool number = std::all_of(word.begin(), word.end(), IsDigit) && word.size() <= 18;
      if (number) literals.push_back(ParamValue::Integer(std::stoll(std::string(word))));
      --i;
    }
  }
  return literals;
}

template <typename Add>
void ForEachExpression(const Pattern& pattern, const Add& add) {
  for (const PatternToken& token : pattern.tokens()) {
    for (const PatternToken::Range& range : token.ranges) {
      add(range.first);
      if (range.last.has_value()) add(*range.last);
      if (range.step.has_value()) add(*range.step);
    }
    if (token.written.has_value()) add(*token.written);
  }
}

template <typename Add>
void ForEachCondition(const Guard& guard, const Add& add) {
  if (guard.param.has_value()) add(*guard.param);
  for (const Guard& part : guard.parts) ForEachCondition(part, add);
}

}  // namespace

std::string TextOf(const Assignment& assignment) {
  std::string text;
  for (const auto& [name, value] : assignment) {
    text += (text.empty() ? "" : ", ") + absl::StrFormat("%s=%s", Escaped(name), ShownText(value));
  }
  return text;
}

absl::StatusOr<ParamAssignments> ParamAssignments::Of(const MappingDocument& document,
                                                      const LintOptions& options) {
  WEFT_ASSIGN_OR_RETURN(ConfigTree config,
                        ConfigTree::Parse(options.config_json, options.config_name));
  ParamAssignments assignments(document, std::move(config));
  if (!options.set.empty()) {
    std::set<std::string> names;
    AddNames(document, &names);
    WEFT_ASSIGN_OR_RETURN(assignments.set_, GivenParams(options.set, names));
  }
  for (const ParamTable& table : document.scopes) {
    for (const auto& [name, source] : table.params) {
      if (source.fallback.has_value()) {
        assignments.defaults_.emplace(table.Qualified(name), *source.fallback);
      }
    }
  }
  assignments.CollectLiterals();
  return assignments;
}

void ParamAssignments::AddLiterals(size_t scope, const Expression& expression, bool is_condition) {
  std::set<std::string> free;
  AddFree(scope, expression, &free);
  if (free.empty()) return;
  const std::vector<ParamValue> literals = LiteralsOf(expression.text());
  for (const std::string& name : free) {
    if (is_condition) conditions_.insert(name);
    std::vector<ParamValue>& known = literals_[name];
    for (const ParamValue& literal : literals) {
      if (std::find(known.begin(), known.end(), literal) == known.end()) known.push_back(literal);
    }
  }
}

void ParamAssignments::CollectLiterals() {
  for (size_t scope = 0; scope < document_->scopes.size(); ++scope) {
    for (const auto& [name, source] : document_->scopes[scope].params) {
      if (source.expression.has_value()) AddLiterals(scope, *source.expression, true);
    }
  }
  for (const auto* side : {&document_->from_shares, &document_->to_shares}) {
    for (const internal::ShareRule& share : *side) {
      if (share.when.has_value()) AddLiterals(share.scope, *share.when, true);
      for (const NamePattern& name : share.names) {
        ForEachExpression(*name.pattern, [&](const Expression& expression) {
          AddLiterals(share.scope, expression, false);
        });
      }
    }
  }
  for (const internal::CheckedStage& stage : document_->stages) {
    const auto add = [&](const Expression& expression) {
      AddLiterals(stage.scope, expression, false);
    };
    const auto add_condition = [&](const Expression& expression) {
      AddLiterals(stage.scope, expression, true);
    };
    if (stage.when.has_value()) ForEachCondition(*stage.when, add_condition);
    for (const internal::CheckedRule& rule : stage.rules) {
      if (rule.when.has_value()) add_condition(*rule.when);
      for (const auto* side : {&rule.from, &rule.to}) {
        for (const internal::CheckedTensor& tensor : *side) {
          for (const internal::CheckedName& name : tensor.names) {
            ForEachExpression(*name.pattern, add);
          }
        }
      }
      for (const NamePattern& unless : rule.unless) ForEachExpression(*unless.pattern, add);
    }
  }
}

std::optional<ParamValue> ParamAssignments::InConfig(size_t scope, std::string_view name) const {
  if (config_.empty()) return std::nullopt;
  const ParamTable& table = document_->scopes[scope];
  const auto find = [&](std::string_view path) -> std::optional<ParamValue> {
    for (const bool spelled_out : {false, true}) {
      if (spelled_out && !HasPrefix(path, kConfigPrefix)) break;
      if (spelled_out) path.remove_prefix(kConfigPrefix.size());
      auto value = config_.Find(table.config_prefix + std::string(path));
      if (value.ok() && value->has_value()) return *std::move(value);
    }
    return std::nullopt;
  };
  const auto declared = table.params.find(name);
  if (declared == table.params.end()) {
    return HasPrefix(name, kConfigPrefix) ? find(name) : std::nullopt;
  }
  for (const auto* paths : {&declared->second.from_paths, &declared->second.to_paths}) {
    for (const std::string& path : *paths) {
      const std::optional<ParamValue> value = find(path);
      if (value.has_value()) return value;
    }
  }
  return std::nullopt;
}

void ParamAssignments::AddFree(size_t scope, std::string_view name,
                               std::set<std::string>* free) const {
  AddFree(scope, name, free, 0);
}

void ParamAssignments::AddFree(size_t scope, const Expression& expression,
                               std::set<std::string>* free) const {
  for (const std::string& name : expression.names()) AddFree(scope, name, free, 0);
}

void ParamAssignments::AddFree(size_t scope, std::string_view name, std::set<std::string>* free,
                               int depth) const {
  const ParamTable& table = document_->scopes[scope];
  const std::string qualified = table.Qualified(name);
  if (depth > kMostDepth || set_.count(qualified) > 0) return;
  const auto given = table.given.find(name);
  if (given != table.given.end()) {
    for (const std::string& other : given->second.names()) {
      AddFree(table.parent, other, free, depth + 1);
    }
    return;
  }
  const auto declared = table.params.find(name);
  if (declared != table.params.end() && declared->second.expression.has_value()) {
    for (const std::string& other : declared->second.expression->names()) {
      AddFree(scope, other, free, depth + 1);
    }
    return;
  }
  if (InConfig(scope, name).has_value()) return;
  // A config that lacks the value leaves the default.
  if (has_config() && defaults_.count(qualified) > 0) return;
  free->insert(qualified);
}

absl::StatusOr<ParamValue> ParamAssignments::Resolve(size_t scope, std::string_view name,
                                                     const Assignment& assignment,
                                                     int depth) const {
  const ParamTable& table = document_->scopes[scope];
  const std::string qualified = table.Qualified(name);
  const std::string where = absl::StrFormat("param '%s'", Escaped(qualified));
  if (depth > kMostDepth) {
    return ErrorStatus(ErrorCode::kBadParam, where, "its expression leads back to itself");
  }
  const auto set = set_.find(qualified);
  if (set != set_.end()) return set->second;
  const auto resolver_of = [&](size_t in) -> Expression::Resolver {
    return [this, in, &assignment, depth](std::string_view other) {
      return Resolve(in, other, assignment, depth + 1);
    };
  };
  const auto given = table.given.find(name);
  if (given != table.given.end()) return given->second.Evaluate(resolver_of(table.parent));
  const auto declared = table.params.find(name);
  if (declared != table.params.end() && declared->second.expression.has_value()) {
    return declared->second.expression->Evaluate(resolver_of(scope));
  }
  std::optional<ParamValue> value = InConfig(scope, name);
  if (value.has_value()) return *std::move(value);
  const auto assigned = assignment.find(qualified);
  if (assigned != assignment.end()) return assigned->second;
  const auto fallback = defaults_.find(qualified);
  if (fallback != defaults_.end()) return fallback->second;
  return ErrorStatus(ErrorCode::kUnknownParam, where, "nothing gives its value");
}

Expression::Resolver ParamAssignments::ResolverOf(size_t scope,
                                                  const Assignment& assignment) const {
  return [this, scope, &assignment](std::string_view name) {
    return Resolve(scope, name, assignment, 0);
  };
}

std::vector<ParamValue> ParamAssignments::CandidatesOf(const std::string& qualified,
                                                       size_t place) const {
  std::vector<ParamValue> candidates;
  const auto add = [&candidates](const ParamValue& value) {
    if (std::find(candidates.begin(), candidates.end(), value) == candidates.end()) {
      candidates.push_back(value);
    }
  };
  const auto fallback = defaults_.find(qualified);
  if (fallback != defaults_.end()) add(fallback->second);
  bool texts = false;
  const auto literals = literals_.find(qualified);
  if (literals != literals_.end()) {
    for (const ParamValue& literal : literals->second) {
      add(literal);
      texts = texts || literal.kind == ParamValue::Kind::kString;
    }
    for (const ParamValue& literal : literals->second) {
      if (literal.kind != ParamValue::Kind::kInteger) continue;
      add(ParamValue::Integer(literal.integer + 1));
      add(ParamValue::Integer(literal.integer - 1));
    }
  }
  if (texts) add(ParamValue::String("other"));
  // Different params differ, so that what holds for equal ones alone is not taken for the rule.
  if (!texts) {
    add(ParamValue::Integer(static_cast<int64_t>(2 + place)));
    add(ParamValue::Integer(static_cast<int64_t>(8 - std::min<size_t>(place, 4))));
  }
  if (conditions_.count(qualified) > 0) {
    add(ParamValue::Bool(true));
    add(ParamValue::Bool(false));
  }
  return candidates;
}

std::vector<Assignment> ParamAssignments::For(const std::set<std::string>& free, bool* all) const {
  std::vector<std::pair<std::string, std::vector<ParamValue>>> candidates;
  size_t combinations = 1;
  for (const std::string& name : free) {
    candidates.emplace_back(name, CandidatesOf(name, candidates.size()));
    combinations = std::min(combinations * candidates.back().second.size(), kMost + 1);
  }
  std::vector<Assignment> assignments;
  const auto add = [&](const std::vector<size_t>& choice) {
    Assignment assignment;
    for (size_t i = 0; i < choice.size(); ++i) {
      assignment.emplace(candidates[i].first, candidates[i].second[choice[i]]);
    }
    if (assignments.size() < kMost &&
        std::find(assignments.begin(), assignments.end(), assignment) == assignments.end()) {
      assignments.push_back(std::move(assignment));
    }
  };
  std::vector<size_t> choice(candidates.size(), 0);
  add(choice);
  *all = combinations <= kMost;
  // Where not all fit, each param alone is varied first.
  for (size_t i = 0; i < candidates.size() && !*all; ++i) {
    for (size_t n = 1; n < candidates[i].second.size(); ++n) {
      choice[i] = n;
      add(choice);
    }
    choice[i] = 0;
  }
  while (assignments.size() < kMost) {
    size_t next = 0;
    while (next < choice.size() && ++choice[next] == candidates[next].second.size()) {
      choice[next++] = 0;
    }
    if (next == choice.size()) break;
    add(choice);
  }
  return assignments;
}

}  // namespace weft
