#include "mapping/lint/declaration_lint.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"

namespace weft {
namespace {

using internal::CheckedName;
using internal::CheckedOperation;
using internal::CheckedRule;
using internal::CheckedStage;
using internal::CheckedTensor;
using internal::MappingDocument;
using internal::ParamSource;
using internal::ParamTable;

using Names = std::set<std::string>;

// Behind the findings of all rules.
constexpr size_t kLastStage = SIZE_MAX;

// Names of params as one scope knows them, and texts of patterns.
struct Uses {
  Names names;
  std::vector<const Pattern*> patterns;

  void Add(const Expression& expression) {
    names.insert(expression.names().begin(), expression.names().end());
  }

  void Add(const Pattern& pattern) {
    patterns.push_back(&pattern);
    for (const PatternToken& token : pattern.tokens()) {
      if (token.written.has_value()) Add(*token.written);
      for (const PatternToken::Range& range : token.ranges) {
        Add(range.first);
        if (range.last.has_value()) Add(*range.last);
        if (range.step.has_value()) Add(*range.step);
      }
    }
  }

  void Add(const std::vector<NamePattern>& patterns_used) {
    for (const NamePattern& name : patterns_used) Add(*name.pattern);
  }

  void Add(const Guard& guard) {
    if (guard.name.pattern != nullptr) Add(*guard.name.pattern);
    for (const Expression& size : guard.shape) Add(size);
    if (guard.param.has_value()) Add(*guard.param);
    for (const Guard& part : guard.parts) Add(part);
  }

  void Add(const internal::OperationChain& chain) {
    for (const CheckedOperation& operation : chain) {
      for (const Expression& size : operation.sizes) Add(size);
      for (const Expression& size : operation.extra_sizes) Add(size);
    }
  }

  void Add(const CheckedRule& rule) {
    for (const auto* side : {&rule.from, &rule.to}) {
      for (const CheckedTensor& tensor : *side) {
        for (const CheckedName& name : tensor.names) {
          Add(*name.pattern);
          for (const int variable : name.replicated) names.insert(rule.variables.name(variable));
        }
      }
    }
    Add(rule.unless);
    if (rule.when.has_value()) Add(*rule.when);
    // An axis takes its size from a param of its name.
    for (int atom = 0; atom < rule.atoms.size(); ++atom) names.insert(rule.atoms.name(atom));
    for (const auto& [name, size] : rule.sizes) Add(size);
    Add(rule.forward);
  }

  void Add(const internal::ExpectedName& expected) {
    Add(*expected.name.pattern);
    if (!expected.shape.has_value()) return;
    for (const std::optional<Expression>& size : *expected.shape) {
      if (size.has_value()) Add(*size);
    }
  }

  void Add(const internal::ShareRule& share) {
    Add(share.names);
    if (share.when.has_value()) Add(*share.when);
    for (int atom = 0; atom < share.atoms.size(); ++atom) names.insert(share.atoms.name(atom));
    for (const internal::SplitAxis& axis : share.split) {
      names.insert(axis.name);
      if (axis.pad.has_value()) Add(*axis.pad);
    }
    for (const auto& [name, size] : share.sizes) Add(size);
  }

  bool UsesTable(const std::string& table) const {
    const std::string spelled = "@" + table + "}";
    return std::any_of(patterns.begin(), patterns.end(), [&spelled](const Pattern* pattern) {
      return pattern->text().find(spelled) != std::string::npos;
    });
  }
};

class DeclarationLint {
 public:
  DeclarationLint(const MappingDocument& document, const ParamAssignments& params,
                  LintReport& report)
      : document_(document), params_(params), report_(report) {}

  void Run() {
    for (size_t s = 0; s < document_.stages.size(); ++s) {
      const CheckedStage& stage = document_.stages[s];
      for (size_t r = 0; r < stage.rules.size(); ++r) {
        CheckVariables(s, r);
        CheckOperations(s, r);
        CheckSizes(s, r);
      }
    }
    CheckTablesAndParams();
    CheckWayBack();
  }

 private:
  void Add(size_t stage, size_t rule, LintCode code, const std::string& where, std::string what,
           std::string hint) {
    report_.Add(stage, rule, {code, where, std::move(what), "", std::move(hint)});
  }

  // Something but the checkpoint says which values a variable of the `from` side alone has.
  bool IsEnumerable(size_t scope, const CheckedRule& rule, const Pattern& pattern,
                    int variable) const {
    const std::string& name = rule.variables.name(variable);
    const ParamTable& table = document_.scopes[scope];
    if (rule.sizes.count(name) > 0 || table.params.count(name) > 0 || table.given.count(name) > 0 ||
        params_.IsSet(table.Qualified(name))) {
      return true;
    }
    return std::any_of(pattern.tokens().begin(), pattern.tokens().end(),
                       [variable](const PatternToken& token) {
                         return token.variable == variable && token.IsFinite();
                       });
  }

  void CheckVariables(size_t s, size_t r) {
    const CheckedStage& stage = document_.stages[s];
    const CheckedRule& rule = stage.rules[r];
    if (rule.direction != RuleDirection::kBoth || rule.kind == CheckedRule::Kind::kDrop) return;
    for (const CheckedTensor& tensor : rule.from) {
      for (const CheckedName& name : tensor.names) {
        for (const int variable : name.replicated) {
          if (IsEnumerable(stage.scope, rule, *name.pattern, variable)) continue;
          const std::string& text = rule.variables.name(variable);
          Add(s, r, LintCode::kVariableLost, name.pattern->where(),
              absl::StrFormat(
                  "variable {%s} of pattern \"%s\" stands on the `from` side alone, and "
                  "nothing says its values on the way back",
                  text, Escaped(name.pattern->text())),
              absl::StrFormat(
                  "write a set, {%s=0..5}; or a param of its name; or say \"direction\": "
                  "\"forward\"",
                  text));
        }
      }
    }
  }

  void CheckOperations(size_t s, size_t r) {
    const CheckedRule& rule = document_.stages[s].rules[r];
    if (rule.direction != RuleDirection::kBoth || rule.reverse_error.ok()) return;
    const Diagnostic reason = DiagnosticsOf(rule.reverse_error).front();
    Add(s, r, LintCode::kNotInvertible, rule.where,
        absl::StrFormat("the operations cannot be undone: %s", reason.what), reason.hint);
  }

  // Sizes are asked for by the names of axes, of variables of one side, and by each other.
  void CheckSizes(size_t s, size_t r) {
    const CheckedRule& rule = document_.stages[s].rules[r];
    Names used;
    for (int atom = 0; atom < rule.atoms.size(); ++atom) used.insert(rule.atoms.name(atom));
    Uses uses;
    uses.Add(rule.forward);
    for (const auto& [name, size] : rule.sizes) uses.Add(size);
    used.insert(uses.names.begin(), uses.names.end());
    for (const auto* side : {&rule.from, &rule.to}) {
      for (const CheckedTensor& tensor : *side) {
        for (const internal::ListVariable& list : tensor.lists) {
          used.insert(rule.variables.name(list.variable));
        }
        for (const CheckedName& name : tensor.names) {
          for (const int variable : name.replicated) used.insert(rule.variables.name(variable));
        }
      }
    }
    for (const auto& [name, size] : rule.sizes) {
      if (used.count(name) > 0) continue;
      Add(s, r, LintCode::kUnusedSize, rule.where,
          absl::StrFormat(
              "\"sizes\" gives \"%s\", which is no axis, no variable of one side, and in "
              "no other size",
              Escaped(name)),
          "remove it, or spell it as in the layout");
    }
  }

  // Of the mapping itself; an included one has its own lint.
  void CheckTablesAndParams() {
    Uses uses;
    for (const CheckedStage& stage : document_.stages) {
      if (stage.scope != 0) continue;
      if (stage.when.has_value()) uses.Add(*stage.when);
      for (const CheckedRule& rule : stage.rules) uses.Add(rule);
    }
    for (const auto* keys : {&document_.from_keys, &document_.to_keys}) uses.Add(*keys);
    for (const auto* casts : {&document_.from_casts, &document_.to_casts}) {
      for (const internal::CastRule& cast : *casts) uses.Add(cast.names);
    }
    for (const auto* side : {&document_.from_expected, &document_.to_expected}) {
      for (const internal::ExpectedName& expected : *side) uses.Add(expected);
    }
    for (const auto* side : {&document_.from_shares, &document_.to_shares}) {
      for (const internal::ShareRule& share : *side) {
        if (share.scope == 0) uses.Add(share);
      }
    }
    if (document_.detection.has_value()) {
      if (document_.detection->from.has_value()) uses.Add(*document_.detection->from);
      if (document_.detection->to.has_value()) uses.Add(*document_.detection->to);
    }
    const ParamTable& own = document_.scopes.front();
    for (const auto& [name, source] : own.params) {
      if (source.expression.has_value()) uses.Add(*source.expression);
    }
    for (size_t scope = 1; scope < document_.scopes.size(); ++scope) {
      if (document_.scopes[scope].parent != 0) continue;
      for (const auto& [name, given] : document_.scopes[scope].given) uses.Add(given);
    }
    for (const auto& [table, where] : own.tables) {
      if (uses.UsesTable(table)) continue;
      Add(kLastStage, 0, LintCode::kUnusedTable, where,
          absl::StrFormat("no pattern uses table \"%s\"", Escaped(table)), "remove it");
    }
    for (const auto& [name, source] : own.params) {
      if (uses.names.count(name) > 0) continue;
      Add(kLastStage, 0, LintCode::kUnusedParam, source.where,
          absl::StrFormat("nothing needs param \"%s\"", Escaped(name)),
          "remove it, or spell it as the rules do");
    }
  }

  // A param that rules of the reverse direction alone need is in no record; it must be found on the
  // way back.
  void CheckWayBack() {
    for (size_t scope = 0; scope < document_.scopes.size(); ++scope) {
      Uses forward;
      Uses back;
      for (const CheckedStage& stage : document_.stages) {
        if (stage.scope != scope) continue;
        if (stage.when.has_value()) forward.Add(*stage.when);
        for (const CheckedRule& rule : stage.rules) {
          (rule.direction == RuleDirection::kReverse ? back : forward).Add(rule);
        }
      }
      const ParamTable& table = document_.scopes[scope];
      for (const std::string& name : back.names) {
        const auto found = table.params.find(name);
        if (forward.names.count(name) > 0 || found == table.params.end()) continue;
        const ParamSource& source = found->second;
        if (source.expression.has_value() || source.fallback.has_value() ||
            !source.to_paths.empty() || table.given.count(name) > 0 ||
            params_.IsSet(table.Qualified(name))) {
          continue;
        }
        Add(kLastStage, 1, LintCode::kParamNotOnWayBack, source.where,
            absl::StrFormat("param \"%s\" is needed on the way back alone, and is looked up in the "
                            "config of the `from` side",
                            Escaped(name)),
            "say where it stands in the config of the `to` side, or give a default");
      }
    }
  }

  const MappingDocument& document_;
  const ParamAssignments& params_;
  LintReport& report_;
};

}  // namespace

void LintDeclarations(const MappingDocument& document, const ParamAssignments& params,
                      LintReport& report) {
  DeclarationLint(document, params, report).Run();
}

}  // namespace weft
