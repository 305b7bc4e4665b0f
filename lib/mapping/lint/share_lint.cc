#include "mapping/lint/share_lint.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "mapping/lint/name_language.h"
#include "mapping/lint/pattern_pairs.h"
#include "mapping/lint/word_search.h"

namespace weft {
namespace {

using internal::ShareRule;
using internal::SplitAxis;
using Verdict = WordAnswer::Verdict;

// Behind the findings of all rules, before those of declarations.
constexpr size_t kSharesStage = SIZE_MAX - 1;

class ShareLint {
 public:
  ShareLint(const ParamAssignments& params, const LintOptions& options, RegexCache& cache,
            LintReport& report)
      : params_(params), options_(options), cache_(cache), report_(report) {}

  void Run(const std::vector<ShareRule>& rules) {
    std::vector<Place> places;
    std::vector<const Pattern*> patterns;  // parallel
    for (const ShareRule& rule : rules) {
      if (rule.depth > 0) continue;
      CheckSizes(rule);
      for (const NamePattern& name : rule.names) {
        places.push_back({&rule, &name});
        patterns.push_back(name.pattern.get());
      }
    }
    std::set<std::pair<const ShareRule*, const ShareRule*>> told;
    for (const auto& [a, b] : PossiblePairs(patterns, report_.total_steps())) {
      const ShareRule& first = *places[a].rule;
      const ShareRule& second = *places[b].rule;
      if (&first == &second || first.otherwise != second.otherwise) continue;
      if (told.count({&first, &second}) != 0) continue;
      if (Compare(places[a], places[b])) told.insert({&first, &second});
    }
  }

 private:
  struct Place {
    const ShareRule* rule = nullptr;
    const NamePattern* name = nullptr;
  };

  void Add(LintCode code, const std::string& where, std::string what, std::string witness,
           std::string hint) {
    report_.Add(kSharesStage, added_++,
                {code, where, std::move(what), std::move(witness), std::move(hint)});
  }

  void CheckSizes(const ShareRule& rule) {
    std::set<std::string> used;
    for (int atom = 0; atom < rule.atoms.size(); ++atom) used.insert(rule.atoms.name(atom));
    for (const SplitAxis& axis : rule.split) {
      used.insert(axis.name);
      if (axis.pad.has_value()) used.insert(axis.pad->names().begin(), axis.pad->names().end());
    }
    for (const auto& [name, size] : rule.sizes) {
      used.insert(size.names().begin(), size.names().end());
    }
    for (const auto& [name, size] : rule.sizes) {
      if (used.count(name) > 0) continue;
      Add(LintCode::kUnusedSize, rule.where,
          absl::StrFormat(
              "\"sizes\" gives \"%s\", which is no axis, no index that is split, and in "
              "no other size",
              name),
          "", "remove it, or spell it as in the layout");
    }
  }

  void AddFree(const Place& place, std::set<std::string>* free) const {
    if (place.rule->when.has_value()) params_.AddFree(0, *place.rule->when, free);
    for (const PatternToken& token : place.name->pattern->tokens()) {
      for (const PatternToken::Range& range : token.ranges) {
        params_.AddFree(0, range.first, free);
        if (range.last.has_value()) params_.AddFree(0, *range.last, free);
        if (range.step.has_value()) params_.AddFree(0, *range.step, free);
      }
    }
  }

  static bool IsOff(const ShareRule& rule, const Expression::Resolver& resolver) {
    if (!rule.when.has_value()) return false;
    const absl::StatusOr<bool> holds = rule.when->EvaluateBool(resolver);
    return !holds.ok() || !*holds;
  }

  bool Matches(const NamePattern& name, const std::string& word,
               const Expression::Resolver& resolver) {
    PatternMatcher matcher(name.pattern, name.variables, resolver, cache_);
    Bindings bindings(static_cast<size_t>(name.variables.size()));
    const absl::StatusOr<bool> matches = matcher.Match(word, bindings);
    return matches.ok() && *matches;
  }

  // Whether there is something to say of the two.
  bool Compare(const Place& a, const Place& b) {
    std::set<std::string> free;
    AddFree(a, &free);
    AddFree(b, &free);
    bool all = true;
    for (const Assignment& assignment : params_.For(free, &all)) {
      const Expression::Resolver resolver = params_.ResolverOf(0, assignment);
      if (IsOff(*a.rule, resolver) || IsOff(*b.rule, resolver)) continue;
      const auto first = ResolvedPattern::Of(*a.name->pattern, a.name->variables, resolver);
      const auto second = ResolvedPattern::Of(*b.name->pattern, b.name->variables, resolver);
      if (!first.ok() || !second.ok()) continue;
      const Automaton first_names = NamesOf(*first, DomainsOf({&*first}));
      const Automaton second_names = NamesOf(*second, DomainsOf({&*second}));
      const auto confirm = [&](const std::string& word) {
        return Matches(*a.name, word, resolver) && Matches(*b.name, word, resolver);
      };
      const WordAnswer answer =
          FindWord({{{&first_names, nullptr}, {&second_names, nullptr}}, false}, confirm,
                   {options_.question_steps, report_.total_steps()});
      if (answer.verdict == Verdict::kNone) continue;
      if (answer.verdict == Verdict::kUndecided) {
        Add(LintCode::kUndecided, b.rule->where,
            absl::StrFormat(
                "whether this entry and %s name one tensor: not decided within %d steps",
                a.rule->where, options_.question_steps),
            "", "simpler patterns are decided faster: fewer alternatives and paths, no long /RE/");
        return true;
      }
      const std::string with =
          assignment.empty() ? "" : absl::StrFormat(" with %s", TextOf(assignment));
      Add(LintCode::kOverlappingShares, b.rule->where,
          absl::StrFormat("this entry and %s name one tensor%s", a.rule->where, with), answer.word,
          "narrow one of the two, or say \"otherwise\": true in the wider one");
      return true;
    }
    return false;
  }

  const ParamAssignments& params_;
  const LintOptions& options_;
  RegexCache& cache_;
  LintReport& report_;
  size_t added_ = 0;
};

}  // namespace

void LintShares(const internal::MappingDocument& document, const ParamAssignments& params,
                const LintOptions& options, RegexCache& cache, LintReport& report) {
  ShareLint lint(params, options, cache, report);
  lint.Run(document.from_shares);
  lint.Run(document.to_shares);
}

}  // namespace weft
