// Which renaming rules bring unexpected names to missing ones?
//
// 1. Forms of unexpected names are paired with forms of missing ones (tensor/form_pairs.h).
// 2. Pairs that differ in the same run of segments give one rule ("{p*}.attn.{x*}" → …), each pair
//    one of its own.
// 3. All names are matched with the rules by the matcher that Compile uses; what is not sound goes.
#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_format.h"
#include "json/json.h"
#include "mapping/pattern.h"
#include "mapping/pattern_index.h"
#include "tensor/form_pairs.h"
#include "tensor/name_form.h"
#include "weft/name_report.h"

namespace weft {
namespace {

constexpr size_t kMostRules = 256;  // matched at once
constexpr uint64_t kRegexBytes = 16ull << 20;
constexpr std::string_view kVariables[kMostIndices] = {"{i}", "{j}", "{k}", "{l}",
                                                       "{m}", "{n}", "{o}", "{q}"};

// What a pattern can say: a brace, or a "$" in front, would say something else.
std::vector<ReportedName> Spellable(const std::vector<ReportedName>& names) {
  std::vector<ReportedName> spellable;
  spellable.reserve(names.size());
  for (const ReportedName& tensor : names) {
    if (tensor.name.find('{') != std::string_view::npos) continue;
    if (!tensor.name.empty() && tensor.name[0] == '$') continue;
    spellable.push_back(tensor);
  }
  return spellable;
}

// A form as a pattern.
std::string PatternOf(std::string_view form) {
  std::string pattern;
  size_t variable = 0;
  for (const char c : form) {
    if (c == kIndexMark) {
      pattern += kVariables[variable++];
    } else {
      pattern += c;
    }
  }
  return pattern;
}

std::vector<std::string_view> SegmentsOf(std::string_view form) {
  std::vector<std::string_view> segments;
  for (size_t dot = form.find('.'); dot != std::string_view::npos; dot = form.find('.')) {
    segments.push_back(form.substr(0, dot));
    form.remove_prefix(dot + 1);
  }
  segments.push_back(form);
  return segments;
}

std::string Joined(const std::vector<std::string_view>& segments, size_t begin, size_t end) {
  std::string text;
  for (size_t i = begin; i < end; ++i) {
    if (i > begin) text += '.';
    text += segments[i];
  }
  return text;
}

// What differs between the forms of a pair: one run of segments has become another.
struct Replacement {
  std::string from;
  std::string to;

  bool operator<(const Replacement& o) const { return std::tie(from, to) < std::tie(o.from, o.to); }
};

struct Replaced {
  size_t pairs = 0;
  bool any_before = false;  // segments before the run
  bool any_behind = false;
};

void Add(const FormPair& pair, std::map<Replacement, Replaced>& replacements) {
  const std::vector<std::string_view> from = SegmentsOf(pair.from);
  const std::vector<std::string_view> to = SegmentsOf(pair.to);
  size_t begin = 0;
  size_t from_end = from.size();
  size_t to_end = to.size();
  while (begin < from_end && begin < to_end && from[begin] == to[begin]) ++begin;
  while (begin < from_end && begin < to_end && from[from_end - 1] == to[to_end - 1]) {
    --from_end;
    --to_end;
  }
  // Inside a name, a run stands where its neighbour is: an index does not tell, a word does.
  const bool is_bare = begin == from_end || begin == to_end;
  if (is_bare && begin > 0 && from_end < from.size()) {
    do {
      --begin;
    } while (begin > 0 && from[begin] == std::string_view(&kIndexMark, 1));
  }
  std::string removed = Joined(from, begin, from_end);
  std::string added = Joined(to, begin, to_end);
  if (std::count(removed.begin(), removed.end(), kIndexMark) !=
      std::count(added.begin(), added.end(), kIndexMark)) {
    return;
  }
  Replaced& replaced = replacements[{std::move(removed), std::move(added)}];
  ++replaced.pairs;
  replaced.any_before |= begin > 0;
  replaced.any_behind |= from_end < from.size();
}

std::string Surrounded(const std::string& run, const Replaced& replaced) {
  std::string pattern = replaced.any_before ? "{p*}" : "";
  if (!run.empty()) pattern += (pattern.empty() ? "" : ".") + PatternOf(run);
  if (replaced.any_behind) pattern += pattern.empty() ? "{x*}" : ".{x*}";
  return pattern;
}

struct RuleText {
  std::string from;
  std::string to;
};

// One rule for each replacement that several pairs share.
std::vector<RuleText> SharedRules(const std::vector<FormPair>& pairs) {
  std::map<Replacement, Replaced> replacements;
  for (const FormPair& pair : pairs) Add(pair, replacements);
  std::vector<std::pair<size_t, RuleText>> rules;
  for (const auto& [replacement, replaced] : replacements) {
    if (replaced.pairs < 2) continue;
    rules.push_back(
        {replaced.pairs,
         {Surrounded(replacement.from, replaced), Surrounded(replacement.to, replaced)}});
  }
  std::stable_sort(rules.begin(), rules.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<RuleText> texts;
  texts.reserve(rules.size());
  for (auto& [shared_by, rule] : rules) texts.push_back(std::move(rule));
  return texts;
}

std::vector<RuleText> SingleRules(const std::vector<FormPair>& pairs) {
  std::vector<RuleText> rules;
  rules.reserve(pairs.size());
  for (const FormPair& pair : pairs) rules.push_back({PatternOf(pair.from), PatternOf(pair.to)});
  return rules;
}

absl::StatusOr<ParamValue> NoParam(std::string_view name) {
  return ErrorStatus(ErrorCode::kUnknownParam, name, "a suggestion has no params");
}

// A rule that reads and writes names.
class Renamer {
 public:
  // Null when the texts are no patterns, or their variables differ.
  static std::unique_ptr<Renamer> Of(const RuleText& rule, const Expression::Resolver& resolver,
                                     RegexCache& cache) {
    auto renamer = std::unique_ptr<Renamer>(new Renamer);
    auto from = Pattern::Parse(rule.from, Side::kFrom, {}, renamer->variables_, "rename");
    auto to = Pattern::Parse(rule.to, Side::kTo, {}, renamer->variables_, "to");
    if (!from.ok() || !to.ok()) return nullptr;
    if ((*from)->variables().size() != (*to)->variables().size()) return nullptr;
    renamer->from_.emplace(*std::move(from), renamer->variables_, resolver, cache);
    renamer->to_.emplace(*std::move(to), renamer->variables_, resolver, cache);
    return renamer;
  }

  const Pattern& pattern() const { return from_->pattern(); }

  // What becomes of a name; nullopt when the rule does not take it. An error when it takes it and
  // there is no one answer.
  absl::StatusOr<std::optional<std::string>> Rename(std::string_view name) {
    bindings_.assign(static_cast<size_t>(variables_.size()), Binding());
    WEFT_ASSIGN_OR_RETURN(const bool is_match, from_->Match(name, bindings_));
    if (!is_match) return std::nullopt;
    WEFT_ASSIGN_OR_RETURN(std::optional<std::string> made, to_->Make(bindings_));
    if (!made) return ErrorStatus(ErrorCode::kNoTargetName, name, "there is no such name");
    return made;
  }

 private:
  Renamer() = default;

  VariableTable variables_;
  std::optional<PatternMatcher> from_;
  std::optional<PatternMatcher> to_;
  Bindings bindings_;
};

class Suggester {
 public:
  Suggester(const std::vector<ReportedName>& missing, const std::vector<ReportedName>& unexpected,
            const std::vector<std::string_view>& fitting)
      : missing_(missing),
        unexpected_(unexpected),
        fitting_(fitting),
        missing_taken_(missing.size()),
        unexpected_taken_(unexpected.size()) {
    for (uint32_t i = 0; i < missing.size(); ++i) missing_number_.emplace(missing[i].name, i);
  }

  // Keeps those of the rules that are sound, large ones first.
  void Offer(const std::vector<RuleText>& texts) {
    std::vector<Offered> rules = Matched(texts);
    std::stable_sort(rules.begin(), rules.end(), [](const Offered& a, const Offered& b) {
      return a.renamed.size() > b.renamed.size();
    });
    for (const Offered& rule : rules) {
      if (!rule.is_sound || rule.renamed.empty() || !IsFree(rule)) continue;
      for (const auto& [from, to] : rule.renamed) {
        unexpected_taken_[from] = true;
        missing_taken_[to] = true;
      }
      suggestions_.push_back({rule.text.from, rule.text.to, rule.renamed.size()});
    }
  }

  std::vector<RenameSuggestion> Take(size_t most) && {
    std::sort(suggestions_.begin(), suggestions_.end(),
              [](const RenameSuggestion& a, const RenameSuggestion& b) {
                return std::tie(b.tensors, a.rename) < std::tie(a.tensors, b.rename);
              });
    if (suggestions_.size() > most) suggestions_.resize(most);
    return std::move(suggestions_);
  }

 private:
  struct Offered {
    RuleText text;
    std::unique_ptr<Renamer> renamer;
    bool is_sound = true;
    std::vector<std::pair<uint32_t, uint32_t>> renamed;  // unexpected, missing
    absl::flat_hash_set<uint32_t> reached;               // missing
  };

  std::vector<Offered> Matched(const std::vector<RuleText>& texts) {
    RegexCache cache(kRegexBytes);
    const Expression::Resolver resolver = NoParam;
    std::vector<Offered> rules;
    PatternIndex index;
    for (const RuleText& text : texts) {
      if (rules.size() == kMostRules) break;
      std::unique_ptr<Renamer> renamer = Renamer::Of(text, resolver, cache);
      if (renamer == nullptr) continue;
      index.Add(renamer->pattern(), static_cast<uint32_t>(rules.size()));
      rules.emplace_back();
      rules.back().text = text;
      rules.back().renamer = std::move(renamer);
    }
    std::vector<uint32_t> ids;
    const auto for_each_rule = [&](std::string_view name, const auto& visit) {
      ids.clear();
      index.Candidates(name, &ids);
      for (const uint32_t id : ids) {
        Offered& rule = rules[id];
        if (!rule.is_sound) continue;
        const absl::StatusOr<std::optional<std::string>> made = rule.renamer->Rename(name);
        if (!made.ok()) {
          rule.is_sound = false;
        } else if (made->has_value()) {
          visit(rule, **made);
        }
      }
    };
    for (const std::string_view name : fitting_) {
      for_each_rule(name, [](Offered& rule, std::string_view) { rule.is_sound = false; });
    }
    for (uint32_t i = 0; i < unexpected_.size(); ++i) {
      for_each_rule(unexpected_[i].name,
                    [&](Offered& rule, std::string_view made) { See(i, made, rule); });
    }
    for (Offered& rule : rules) rule.renamer.reset();  // it knows the cache
    return rules;
  }

  void See(uint32_t unexpected, std::string_view made, Offered& rule) const {
    const auto missing = missing_number_.find(made);
    rule.is_sound = missing != missing_number_.end() &&
                    !ShapesDiffer(unexpected_[unexpected], missing_[missing->second]) &&
                    rule.reached.insert(missing->second).second;
    if (rule.is_sound) rule.renamed.emplace_back(unexpected, missing->second);
  }

  bool IsFree(const Offered& rule) const {
    return std::none_of(rule.renamed.begin(), rule.renamed.end(), [this](const auto& renamed) {
      return unexpected_taken_[renamed.first] || missing_taken_[renamed.second];
    });
  }

  const std::vector<ReportedName>& missing_;
  const std::vector<ReportedName>& unexpected_;
  const std::vector<std::string_view>& fitting_;
  absl::flat_hash_map<std::string_view, uint32_t> missing_number_;
  std::vector<bool> missing_taken_;
  std::vector<bool> unexpected_taken_;
  std::vector<RenameSuggestion> suggestions_;
};

}  // namespace

std::string TextOf(const RenameSuggestion& suggestion) {
  return absl::StrFormat(R"({"rename": %s, "to": %s})", json::Quoted(suggestion.rename),
                         json::Quoted(suggestion.to));
}

std::vector<RenameSuggestion> SuggestRenames(const std::vector<ReportedName>& missing,
                                             const std::vector<ReportedName>& unexpected,
                                             const std::vector<std::string_view>& fitting,
                                             size_t most) {
  const std::vector<FormPair> pairs = PairForms(Spellable(unexpected), Spellable(missing));
  Suggester suggester(missing, unexpected, fitting);
  suggester.Offer(SharedRules(pairs));
  suggester.Offer(SingleRules(pairs));
  return std::move(suggester).Take(most);
}

}  // namespace weft
