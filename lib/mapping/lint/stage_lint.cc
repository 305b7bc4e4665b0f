#include "mapping/lint/stage_lint.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "mapping/lint/pattern_pairs.h"
#include "mapping/lint/stage_names.h"
#include "mapping/lint/word_search.h"

namespace weft {
namespace {

using internal::CheckedName;
using internal::CheckedRule;
using internal::CheckedStage;
using internal::CheckedTensor;
using Kind = PatternToken::Kind;
using Verdict = WordAnswer::Verdict;

constexpr std::string_view kReadingHint =
    "write more of the name out, or constrain a variable, so that one reading is left";

// Whether the token reads every value that a token of the other side reads.
bool ReadsAllOf(const PatternToken& token, const PatternToken& other) {
  switch (token.kind) {
    case Kind::kIndex:
      return token.ranges.empty() && !token.written.has_value() && token.width == 0;
    case Kind::kText: {
      std::set<std::string_view> own;
      for (const auto& [canonical, written] : token.rows) own.insert(canonical);
      return other.kind == Kind::kText &&
             std::all_of(other.rows.begin(), other.rows.end(),
                         [&own](const auto& row) { return own.count(row.first) > 0; });
    }
    case Kind::kPath:
      return other.kind == Kind::kPath || other.kind == Kind::kSegment;
    default:
      return token.kind == other.kind && token.literal == other.literal;
  }
}

bool TargetsReadAllOf(const CheckedRule& rule, const Pattern& from) {
  for (const PatternToken& token : from.tokens()) {
    if (token.kind == Kind::kLiteral) continue;
    for (const CheckedTensor& tensor : rule.to) {
      for (const CheckedName& name : tensor.names) {
        for (const PatternToken& target : name.pattern->tokens()) {
          if (target.kind == Kind::kLiteral || target.variable != token.variable) continue;
          if (!ReadsAllOf(target, token)) return false;
        }
      }
    }
  }
  return true;
}

// True where the length of a name says where every token begins: one text, which may stand several
// times, between pieces of a fixed length.
bool LengthTellsAll(const Pattern& pattern) {
  int variable = -1;
  for (const PatternToken& token : pattern.tokens()) {
    switch (token.kind) {
      case Kind::kLiteral:
        continue;
      case Kind::kText:
        if (std::any_of(token.rows.begin(), token.rows.end(), [&token](const auto& row) {
              return row.second.size() != token.rows.front().second.size();
            })) {
          return false;
        }
        continue;
      case Kind::kIndex:
        if (token.width == 0) return false;
        continue;
      case Kind::kPath:
        return false;
      case Kind::kSegment:
      case Kind::kRegex:
        if (variable >= 0 && token.variable != variable) return false;
        variable = token.variable;
        continue;
    }
  }
  return true;
}

// True for text without arithmetic and calls in which a number or a quoted text stands on one side
// of each comparison.
bool ComparesWithLiterals(std::string_view text) {
  if (text.find_first_of("+-*/%(,") != std::string_view::npos) return false;
  const auto is_literal = [](std::string_view word) {
    return !word.empty() && (word.front() == '\'' || (word.front() >= '0' && word.front() <= '9'));
  };
  constexpr std::string_view kOperators = "=<>!";
  for (size_t i = text.find_first_of(kOperators); i != std::string_view::npos;
       i = text.find_first_of(kOperators, i)) {
    const size_t end = std::min(text.find_first_not_of(kOperators, i), text.size());
    const size_t right = std::min(text.find_first_not_of(' ', end), text.size());
    const std::string_view before = text.substr(0, i);
    const size_t left_end = before.find_last_not_of(' ');
    if (left_end == std::string_view::npos) return false;
    const bool quoted = before[left_end] == '\'';
    const size_t space = before.find_last_of(' ', left_end);
    const size_t left = quoted ? left_end : (space == std::string_view::npos ? 0 : space + 1);
    if (!is_literal(before.substr(left)) && !is_literal(text.substr(right))) return false;
    i = end;
  }
  return true;
}

class StageLint {
 public:
  StageLint(const internal::MappingDocument& document, size_t stage, const ParamAssignments& params,
            const LintOptions& options, RegexCache& cache, LintReport& report)
      : document_(document),
        stage_number_(stage),
        stage_(document.stages[stage]),
        params_(params),
        options_(options),
        cache_(cache),
        report_(report) {}

  void Run() {
    for (size_t rule = 0; rule < stage_.rules.size(); ++rule) {
      free_.push_back(FreeParamsOf(document_, stage_number_, rule, params_));
    }
    for (size_t rule = 0; rule < stage_.rules.size(); ++rule) CheckRule(rule);
    ComparePlaces(kDomains);
    ComparePlaces(kRanges);
    const bool reverse_only = std::any_of(
        stage_.rules.begin(), stage_.rules.end(),
        [](const CheckedRule& rule) { return rule.direction == RuleDirection::kReverse; });
    if (reverse_only) {
      ComparePlaces(kDomainsBack);
      ComparePlaces(kRangesBack);
    }
  }

 private:
  // What is compared: names that are taken or made, forward or on the way back, where those of
  // rules that act both ways are the others turned round.
  enum Comparison { kDomains, kRanges, kDomainsBack, kRangesBack };

  // The stage with each assignment that is tried for these free params.
  std::vector<StageNames*> NamesFor(const std::set<std::string>& free, bool* all) {
    std::vector<StageNames*> result;
    for (Assignment& assignment : params_.For(free, all)) {
      std::string key = TextOf(assignment);
      std::unique_ptr<StageNames>& names = names_[std::move(key)];
      if (names == nullptr) {
        names = std::make_unique<StageNames>(document_, stage_number_, params_,
                                             std::move(assignment), cache_, report_.total_steps());
      }
      result.push_back(names.get());
    }
    return result;
  }

  WordBudget Budget() const { return {options_.question_steps, report_.total_steps()}; }

  const Pattern& PatternOf(const StagePlace& place) const {
    const CheckedRule& rule = stage_.rules[place.rule];
    const auto& side = place.name.side == Side::kFrom ? rule.from : rule.to;
    return *side[place.name.tensor].names[place.name.name].pattern;
  }

  static std::string With(const StageNames& names) {
    if (names.assignment().empty()) return "";
    return absl::StrFormat(" with %s", TextOf(names.assignment()));
  }

  void Add(size_t rule, LintCode code, const std::string& where, std::string what,
           std::string witness, std::string hint) {
    report_.Add(stage_number_, rule,
                {code, where, std::move(what), std::move(witness), std::move(hint)});
  }

  void AddUndecided(size_t rule, std::string_view question) {
    const bool spent = *report_.total_steps() == 0;
    if (spent && std::exchange(is_given_up_, true)) return;
    Add(rule, LintCode::kUndecided, stage_.rules[rule].where,
        spent
            ? absl::StrFormat("the search was given up after %d steps in all; what is left of the "
                              "rules was not compared",
                              options_.total_steps)
            : absl::StrFormat("%s: not decided within %d steps", question, options_.question_steps),
        "", "simpler patterns are decided faster: fewer alternatives and paths, no long /RE/");
  }

  // --- One rule.

  std::vector<StagePlace> PlacesOf(size_t number, Side side) const {
    const CheckedRule& rule = stage_.rules[number];
    std::vector<StagePlace> places;
    const auto& tensors = side == Side::kFrom ? rule.from : rule.to;
    for (size_t tensor = 0; tensor < tensors.size(); ++tensor) {
      for (size_t name = 0; name < tensors[tensor].names.size(); ++name) {
        places.push_back({number, {side, tensor, name}});
      }
    }
    return places;
  }

  void CheckRule(size_t number) {
    const CheckedRule& rule = stage_.rules[number];
    bool all = true;
    std::vector<StageNames*> on;
    absl::Status bad_index;
    bool resolves = false;
    for (StageNames* names : NamesFor(free_[number], &all)) {
      const absl::Status status = names->Resolve(number);
      resolves = resolves || status.ok();
      if (!status.ok() && DiagnosticsOf(status).front().code == ErrorCode::kPatternSyntax) {
        bad_index = status;
      }
      if (status.ok() && names->IsOn(number)) on.push_back(names);
    }
    if (!resolves) {
      if (bad_index.ok()) return;
      const Diagnostic diagnostic = DiagnosticsOf(bad_index).front();
      Add(number, LintCode::kBadIndex, diagnostic.where, diagnostic.what, "",
          "an index is written as a * i + b, a not 0; a step is 1 or more");
      return;
    }
    if (on.empty()) {
      CheckConditions(number, all);
      return;
    }
    if (!CheckReached(number, on)) return;
    for (const StagePlace& place : PlacesOf(number, Side::kFrom)) {
      CheckReadings(place, on);
      for (size_t unless = 0; unless < rule.unless.size(); ++unless) {
        CheckReadingsOfUnless(place, unless, on);
      }
    }
    if (rule.kind == CheckedRule::Kind::kDrop) return;
    for (const StagePlace& place : PlacesOf(number, Side::kTo)) {
      CheckReadings(place, on);
      CheckKeysMade(place, on);
    }
    for (const StagePlace& place : PlacesOf(number, Side::kFrom)) CheckTarget(place, on);
  }

  // An expression that compares free params with literals alone, without arithmetic: the literals
  // and their neighbours are then all cases there are.
  bool IsPlain(const Expression& expression) const {
    for (const std::string& name : expression.names()) {
      std::set<std::string> free;
      params_.AddFree(stage_.scope, name, &free);
      const std::string qualified = document_.scopes[stage_.scope].Qualified(name);
      if (!free.empty() && free != std::set<std::string>{qualified}) return false;
    }
    return ComparesWithLiterals(expression.text());
  }

  bool IsPlain(const Guard& guard) const {
    return (!guard.param.has_value() || IsPlain(*guard.param)) &&
           std::all_of(guard.parts.begin(), guard.parts.end(),
                       [this](const Guard& part) { return IsPlain(part); });
  }

  void CheckConditions(size_t number, bool all) {
    const CheckedRule& rule = stage_.rules[number];
    const bool plain = (!rule.when.has_value() || IsPlain(*rule.when)) &&
                       (!stage_.when.has_value() || IsPlain(*stage_.when));
    if (!free_[number].empty() && (!all || !plain)) return;
    Add(number, LintCode::kUnreachableRule, rule.where,
        rule.when.has_value()
            ? absl::StrFormat("the condition \"%s\" never holds", Escaped(rule.when->text()))
            : "the condition of the stage never holds",
        "", "remove the rule, or correct the condition");
  }

  // False where no name is left for some tensor of the rule.
  bool CheckReached(size_t number, const std::vector<StageNames*>& on) {
    const CheckedRule& rule = stage_.rules[number];
    for (size_t tensor = 0; tensor < rule.from.size(); ++tensor) {
      bool reached = false;
      for (StageNames* names : on) {
        for (size_t name = 0; name < rule.from[tensor].names.size() && !reached; ++name) {
          reached = IsReached({number, {Side::kFrom, tensor, name}}, *names);
        }
        if (reached) break;
      }
      if (reached) continue;
      const bool excluded = !rule.unless.empty() || rule.otherwise ||
                            (stage_number_ == 0 && !document_.from_keys.empty());
      Add(number, LintCode::kUnreachableRule, rule.from[tensor].pattern().where(),
          excluded ? absl::StrFormat("pattern \"%s\" takes no name: what it matches is excluded",
                                     Escaped(rule.from[tensor].pattern().text()))
                   : absl::StrFormat("pattern \"%s\" matches no name",
                                     Escaped(rule.from[tensor].pattern().text())),
          "",
          excluded ? "see \"unless\", \"otherwise\" and \"keys\" of the mapping"
                   : "see the sets and texts of its variables");
      return false;
    }
    return true;
  }

  // What a rule of the last stage makes, and `keys` does not list, is an error of every conversion.
  void CheckKeysMade(const StagePlace& place, const std::vector<StageNames*>& on) {
    // Values that are tried for free params are not all that `keys` may mean.
    if (KeysWritten().empty() || !free_[place.rule].empty()) return;
    if (stage_.rules[place.rule].direction == RuleDirection::kReverse) return;
    for (StageNames* names : on) {
      const auto made = names->Made(place);
      const auto keys = names->Keys(KeysWritten());
      if (!made.has_value() || keys == nullptr) return;
      const WordAnswer answer = FindWord(
          {{made->reader(), {keys.get(), nullptr}}, false}, [](const std::string&) { return true; },
          Budget());
      if (answer.verdict != Verdict::kNone) return;
    }
    const Pattern& pattern = PatternOf(place);
    Add(place.rule, LintCode::kRuleWithoutKeys, pattern.where(),
        absl::StrFormat("pattern \"%s\" makes no name that \"keys\" lists under \"to\"",
                        Escaped(pattern.text())),
        "", "correct the pattern, or list its names");
  }

  // False only where it is certain that no name is taken.
  bool IsReached(const StagePlace& place, StageNames& names) {
    const CheckedRule& rule = stage_.rules[place.rule];
    if (rule.unless.empty() && !rule.otherwise && KeysRead().empty()) {
      return names.HasNames(PatternOf(place), rule.variables);
    }
    const auto taken = names.Taken(place, Restriction::kOwn);
    if (!taken.has_value()) return true;
    const WordAnswer answer =
        FindWord({{taken->reader()}, false}, [](const std::string&) { return true; }, Budget());
    return answer.verdict != Verdict::kNone;
  }

  void CheckReadings(const StagePlace& place, const std::vector<StageNames*>& on) {
    const Pattern& pattern = PatternOf(place);
    if (pattern.plainly_unambiguous() || LengthTellsAll(pattern)) return;
    const CheckedRule& rule = stage_.rules[place.rule];
    const bool is_from = place.name.side == Side::kFrom;
    bool undecided = false;
    for (StageNames* names : on) {
      const auto first = is_from ? names->Read(place) : names->Made(place);
      if (!first.has_value()) continue;
      // A name that is only made must come from two others to be a finding; one that is read on the
      // way back need not.
      WordReader second = {first->automaton.get(), nullptr};
      std::optional<Automaton> own;
      if (!is_from && rule.direction == RuleDirection::kBoth) {
        const auto resolved = ResolvedPattern::Of(pattern, rule.variables, names->resolver());
        if (!resolved.ok()) continue;
        own = NamesOf(*resolved, DomainsOf({&*resolved}));
        second.automaton = &*own;
      }
      std::string what;
      const auto confirm = [&](const std::string& word) {
        const auto readings = names->Judge(place.rule).TwoReadings(place.name, word);
        if (readings.has_value()) what = *readings;
        return readings.has_value();
      };
      const WordAnswer answer = FindWord({{first->reader(), second}, true}, confirm, Budget());
      undecided = undecided || answer.verdict == Verdict::kUndecided;
      if (answer.verdict != Verdict::kFound) continue;
      Add(place.rule, LintCode::kAmbiguousPattern, pattern.where(), what + With(*names),
          answer.word, std::string(kReadingHint));
      return;
    }
    if (undecided) {
      AddUndecided(place.rule, absl::StrFormat("whether pattern \"%s\" reads a name in two ways",
                                               Escaped(pattern.text())));
    }
  }

  // Of names that the rule's own pattern reads.
  void CheckReadingsOfUnless(const StagePlace& place, size_t unless,
                             const std::vector<StageNames*>& on) {
    const CheckedRule& rule = stage_.rules[place.rule];
    const Pattern& pattern = *rule.unless[unless].pattern;
    if (pattern.plainly_unambiguous() || LengthTellsAll(pattern)) return;
    for (StageNames* names : on) {
      const auto taken = names->Taken(place, Restriction::kOwn);
      const auto excluded = names->OwnNames(rule.unless[unless]);
      if (!taken.has_value() || excluded == nullptr) continue;
      std::string what;
      const auto confirm = [&](const std::string& word) {
        const auto readings =
            names->Judge(place.rule)
                .TwoReadingsOfUnless(unless, place.name.tensor, place.name.name, word);
        if (readings.has_value()) what = *readings;
        return readings.has_value() && names->IsKey(KeysRead(), word);
      };
      const WordReader reader = {excluded.get(), nullptr};
      const WordReader own = {taken->automaton.get(), nullptr};
      const WordAnswer answer = FindWord({{reader, reader, own}, true}, confirm, Budget());
      if (answer.verdict == Verdict::kNone) continue;
      if (answer.verdict == Verdict::kUndecided) {
        AddUndecided(place.rule, absl::StrFormat("whether pattern \"%s\" reads a name in two ways",
                                                 Escaped(pattern.text())));
      } else {
        Add(place.rule, LintCode::kAmbiguousPattern, pattern.where(), what + With(*names),
            answer.word, std::string(kReadingHint));
      }
      return;
    }
  }

  void CheckTarget(const StagePlace& place, const std::vector<StageNames*>& on) {
    const CheckedRule& rule = stage_.rules[place.rule];
    const Pattern& pattern = PatternOf(place);
    if (TargetsReadAllOf(rule, pattern)) return;
    bool undecided = false;
    for (StageNames* names : on) {
      const auto taken = names->Taken(place, Restriction::kOwn);
      const auto with_target = names->Taken(place, Restriction::kTargets);
      if (!taken.has_value() || !with_target.has_value()) continue;
      Exclusion without_target;
      without_target.Exclude(with_target->automaton);
      const auto confirm = [&](const std::string& word) {
        return names->IsKey(KeysRead(), word) &&
               names->Judge(place.rule)
                   .TakesWithoutTarget(place.name.tensor, place.name.name, word);
      };
      const WordReader second = {taken->automaton.get(), &without_target};
      const WordAnswer answer = FindWord({{taken->reader(), second}, false}, confirm, Budget());
      undecided = undecided || answer.verdict == Verdict::kUndecided;
      if (answer.verdict != Verdict::kFound) continue;
      Add(place.rule, LintCode::kNameWithoutTarget, pattern.where(),
          absl::StrFormat("the rule takes names for which `to` has none%s", With(*names)),
          answer.word, "let the variables of both sides have the same values");
      return;
    }
    if (undecided) AddUndecided(place.rule, "whether every name that is taken has a target");
  }

  // --- Two rules.

  const std::vector<NamePattern>& KeysRead() const {
    static const auto* const kNone = new std::vector<NamePattern>();
    return stage_number_ == 0 ? document_.from_keys : *kNone;
  }

  const std::vector<NamePattern>& KeysWritten() const {
    static const auto* const kNone = new std::vector<NamePattern>();
    return stage_number_ + 1 == document_.stages.size() ? document_.to_keys : *kNone;
  }

  std::vector<StagePlace> PlacesFor(Comparison comparison) const {
    std::vector<StagePlace> places;
    for (size_t number = 0; number < stage_.rules.size(); ++number) {
      const CheckedRule& rule = stage_.rules[number];
      const bool back = comparison == kDomainsBack || comparison == kRangesBack;
      const bool only_back = rule.direction == RuleDirection::kReverse;
      if (back ? rule.direction == RuleDirection::kForward || rule.kind == CheckedRule::Kind::kDrop
               : only_back) {
        continue;
      }
      // Rules of the reverse direction are written as they run.
      const bool turned = back && !only_back;
      const bool reads = comparison == kDomains || comparison == kDomainsBack;
      const auto of_rule = PlacesOf(number, reads != turned ? Side::kFrom : Side::kTo);
      places.insert(places.end(), of_rule.begin(), of_rule.end());
    }
    return places;
  }

  bool IsCompared(Comparison comparison, const StagePlace& a, const StagePlace& b) const {
    const CheckedRule& x = stage_.rules[a.rule];
    const CheckedRule& y = stage_.rules[b.rule];
    // One name under two labels is one tensor.
    if (a.rule == b.rule && a.name.tensor != b.name.tensor &&
        PatternOf(a).text() == PatternOf(b).text()) {
      return false;
    }
    const bool x_back = x.direction == RuleDirection::kReverse;
    const bool y_back = y.direction == RuleDirection::kReverse;
    switch (comparison) {
      case kDomains:
        return a.rule == b.rule || x.otherwise == y.otherwise;
      case kRanges:
        // Rules of one direction are declared to be no mirror: old and new names may become one.
        return a.rule == b.rule ||
               (x.direction == RuleDirection::kBoth && y.direction == RuleDirection::kBoth);
      case kDomainsBack:
        // What acts both ways was compared as kRanges. A rule that yields takes nothing from
        // others.
        return (x_back || y_back) && !(x_back && x.otherwise) && !(y_back && y.otherwise);
      case kRangesBack:
        return a.rule == b.rule && x_back;
    }
    return false;
  }

  void ComparePlaces(Comparison comparison) {
    const std::vector<StagePlace> places = PlacesFor(comparison);
    std::vector<const Pattern*> patterns;
    patterns.reserve(places.size());
    for (const StagePlace& place : places) patterns.push_back(&PatternOf(place));
    std::set<size_t> told;  // one finding of a kind for a rule
    const auto pairs = PossiblePairs(patterns, report_.total_steps());
    if (*report_.total_steps() == 0) {
      if (!places.empty()) AddUndecided(places.front().rule, "");
      return;
    }
    for (const auto& [a, b] : pairs) {
      if (told.count(places[b].rule) > 0 || !IsCompared(comparison, places[a], places[b])) continue;
      if (Compare(comparison, places[a], places[b])) told.insert(places[b].rule);
    }
  }

  std::optional<PlaceNames> NamesAt(Comparison comparison, const StagePlace& place,
                                    StageNames& names) const {
    if (place.name.side == Side::kTo) return names.Made(place);
    return names.Taken(place, comparison == kRangesBack ? Restriction::kRule : Restriction::kOwn);
  }

  // The name itself where the rule takes it there; that from which it makes it, empty where it
  // cannot be told.
  static std::optional<std::string> OriginOf(const StagePlace& place, const std::string& word,
                                             StageNames& names) {
    RuleNames& judge = names.Judge(place.rule);
    if (place.name.side == Side::kTo) {
      const auto sources = judge.SourcesOf(place.name.tensor, place.name.name, word);
      if (!sources.has_value()) return std::nullopt;
      return sources->empty() ? std::string() : sources->front();
    }
    if (!judge.Takes(place.name.tensor, place.name.name, word, nullptr)) return std::nullopt;
    return word;
  }

  bool IsKeyRead(const std::string& name, StageNames& names) const {
    return name.empty() || names.IsKey(KeysRead(), name);
  }

  // True where something was found, or the question was given up.
  bool Compare(Comparison comparison, const StagePlace& a, const StagePlace& b) {
    std::set<std::string> free = free_[a.rule];
    free.insert(free_[b.rule].begin(), free_[b.rule].end());
    bool all = true;
    bool undecided = false;
    // The side to which the names belong that are compared.
    const bool of_from = comparison == kDomains || comparison == kRangesBack;
    const std::vector<NamePattern>& keys = of_from ? KeysRead() : KeysWritten();
    for (StageNames* names : NamesFor(free, &all)) {
      if (!names->IsOn(a.rule) || !names->IsOn(b.rule)) continue;
      const auto of_a = NamesAt(comparison, a, *names);
      const auto of_b = NamesAt(comparison, b, *names);
      if (!of_a.has_value() || !of_b.has_value()) continue;
      WordQuestion question = {{of_a->reader(), of_b->reader()}, false};
      const auto keys_names = names->Keys(keys);
      if (keys_names != nullptr) question.readers.push_back({keys_names.get(), nullptr});
      std::string origins[2];
      const auto confirm = [&](const std::string& word) {
        const auto from_a = OriginOf(a, word, *names);
        const auto from_b = OriginOf(b, word, *names);
        if (!from_a.has_value() || !from_b.has_value() || !names->IsKey(keys, word)) return false;
        if (comparison == kRanges && (!IsKeyRead(*from_a, *names) || !IsKeyRead(*from_b, *names))) {
          return false;
        }
        origins[0] = *from_a;
        origins[1] = *from_b;
        return true;
      };
      const WordAnswer answer = FindWord(question, confirm, Budget());
      undecided = undecided || answer.verdict == Verdict::kUndecided;
      if (answer.verdict != Verdict::kFound) continue;
      AddOverlap(comparison, a, b, answer.word, origins[0], origins[1], With(*names));
      return true;
    }
    if (undecided) {
      const bool reads = comparison == kDomains || comparison == kDomainsBack;
      AddUndecided(b.rule, absl::StrFormat("whether this rule and %s %s one name",
                                           stage_.rules[a.rule].where, reads ? "take" : "make"));
    }
    return undecided;
  }

  void AddOverlap(Comparison comparison, const StagePlace& a, const StagePlace& b,
                  const std::string& word, const std::string& from_a, const std::string& from_b,
                  const std::string& with) {
    const CheckedRule& x = stage_.rules[a.rule];
    const CheckedRule& y = stage_.rules[b.rule];
    const bool reads = comparison == kDomains || comparison == kDomainsBack;
    const bool back = comparison == kDomainsBack || comparison == kRangesBack;
    const char* const way = back ? " on the way back" : "";
    if (reads) {
      Add(b.rule, LintCode::kOverlappingDomains, y.where,
          a.rule == b.rule
              ? absl::StrFormat("patterns \"%s\" and \"%s\" of the rule take one name%s%s",
                                Escaped(PatternOf(a).text()), Escaped(PatternOf(b).text()), way,
                                with)
              : absl::StrFormat("this rule and %s take one name%s%s", x.where, way, with),
          word, "narrow one of the patterns, or use \"unless\" or \"otherwise\"");
      return;
    }
    const auto origin = [](const std::string& from) {
      return from.empty() ? std::string() : absl::StrFormat(" from '%s'", Escaped(from));
    };
    Add(b.rule, LintCode::kOverlappingRanges, y.where,
        a.rule == b.rule
            ? absl::StrFormat("the rule makes one name twice%s%s: as \"%s\"%s and as \"%s\"%s", way,
                              with, Escaped(PatternOf(a).text()), origin(from_a),
                              Escaped(PatternOf(b).text()), origin(from_b))
            : absl::StrFormat("two rules make one name%s%s: this one%s, and %s%s", way, with,
                              origin(from_b), x.where, origin(from_a)),
        word,
        "the way back cannot tell the two apart: give them different names, or narrow a pattern");
  }

  const internal::MappingDocument& document_;
  const size_t stage_number_;
  const CheckedStage& stage_;
  const ParamAssignments& params_;
  const LintOptions& options_;
  RegexCache& cache_;
  LintReport& report_;
  std::vector<std::set<std::string>> free_;  // by rule
  std::map<std::string, std::unique_ptr<StageNames>> names_;
  bool is_given_up_ = false;
};

}  // namespace

void LintStage(const internal::MappingDocument& document, size_t stage,
               const ParamAssignments& params, const LintOptions& options, RegexCache& cache,
               LintReport& report) {
  StageLint(document, stage, params, options, cache, report).Run();
}

}  // namespace weft
