// Which renaming rules bring unexpected names to missing ones?
//
// 1. Names become forms ("layers.#.w"); an unexpected and a missing form can be a pair when they
//    hold the same indices. Of those, the nearest are paired, where that is no matter of choice.
//    Forms that find no partner have an index written out ("layers.#.0.w", "layers.#.1.w") and are
//    tried again.
// 2. Pairs that differ in the same run of segments give one rule ("{p*}.attn.{x*}" → …), each pair
//    one of its own.
// 3. All names are matched with the rules by the matcher that Compile uses; what is not sound goes.
#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/str_format.h"
#include "json/json.h"
#include "mapping/pattern.h"
#include "mapping/pattern_index.h"
#include "tensor/name_distance.h"
#include "tensor/name_form.h"
#include "weft/name_report.h"

namespace weft {
namespace {

constexpr size_t kMostComparisons = 16'384;  // of forms that may be pairs, all with all
constexpr size_t kMostForms = 2'048;         // of one side beyond that
constexpr size_t kMostNearest = 4;           // of a form, then
constexpr int kMostRounds = 16;              // of pairing
constexpr size_t kMostRules = 256;           // matched at once
constexpr uint64_t kRegexBytes = 16ull << 20;
constexpr std::string_view kVariables[kMostIndices] = {"{i}", "{j}", "{k}", "{l}",
                                                       "{m}", "{n}", "{o}", "{q}"};

// --- Pairs -------------------------------------------------------------------------------------

struct Member {
  NameIndices indices;  // one for each mark of the form
  const ReportedName* tensor = nullptr;
};

bool ShapesDiffer(const ReportedName& a, const ReportedName& b) {
  return a.shape != nullptr && b.shape != nullptr && *a.shape != *b.shape;
}

// Names that differ in the marked indices alone, in order of these.
struct FormMembers {
  std::string text;
  std::vector<Member> members;
  bool is_written_out = false;  // an index of the names stands in the text
};

void Sort(FormMembers& form) {
  std::sort(form.members.begin(), form.members.end(),
            [](const Member& a, const Member& b) { return a.indices < b.indices; });
}

// By number of marks.
using Levels = std::vector<std::vector<FormMembers>>;

Levels LevelsOf(const std::vector<ReportedName>& tensors) {
  Levels levels(kMostIndices + 1);
  absl::flat_hash_map<std::string, std::pair<size_t, size_t>> place_of;
  for (const ReportedName& tensor : tensors) {
    // What a brace would say in a pattern, and a mark in a form, is another matter.
    if (tensor.name.find_first_of(std::string_view("{\0", 2)) != std::string_view::npos) continue;
    NameForm form = FormOf(tensor.name);
    const size_t level = form.indices.size();
    const auto [it, is_new] =
        place_of.try_emplace(form.text, std::pair(level, levels[level].size()));
    if (is_new) levels[level].push_back({std::move(form.text), {}, false});
    levels[level][it->second.second].members.push_back({std::move(form.indices), &tensor});
  }
  for (std::vector<FormMembers>& forms : levels) {
    for (FormMembers& form : forms) Sort(form);
  }
  return levels;
}

// Writes out the index with the fewest values: one form for each of them, a level lower.
void WriteOut(const FormMembers& form, std::vector<FormMembers>& out) {
  const size_t marks = form.members.front().indices.size();
  size_t least = 0;
  size_t least_values = 0;
  for (size_t i = 0; i < marks; ++i) {
    std::set<uint64_t> values;
    for (const Member& member : form.members) values.insert(member.indices[i]);
    if (least_values == 0 || values.size() < least_values) {
      least = i;
      least_values = values.size();
    }
  }
  size_t at = form.text.find(kIndexMark);
  for (size_t i = 0; i < least; ++i) at = form.text.find(kIndexMark, at + 1);
  std::map<uint64_t, FormMembers> parts;
  for (const Member& member : form.members) {
    const uint64_t index = member.indices[least];
    FormMembers& part = parts[index];
    if (part.text.empty()) {
      part.text = form.text;
      part.text.replace(at, 1, std::to_string(index));
      part.is_written_out = true;
    }
    Member& shorter = part.members.emplace_back(member);
    shorter.indices.erase(shorter.indices.begin() + static_cast<std::ptrdiff_t>(least));
  }
  for (auto& [index, part] : parts) out.push_back(std::move(part));
}

// True when each member of `from` has one of `to` with its indices that it can become.
bool CanBecome(const FormMembers& from, const FormMembers& to) {
  auto it = to.members.begin();
  for (const Member& member : from.members) {
    while (it != to.members.end() && it->indices < member.indices) ++it;
    if (it == to.members.end() || it->indices != member.indices) return false;
    if (ShapesDiffer(*member.tensor, *it->tensor)) return false;
  }
  return true;
}

struct FormPair {
  std::string from;
  std::string to;
};

// Pairs the forms of one level, and leaves the others.
class Pairing {
 public:
  Pairing(std::vector<FormMembers>& from, std::vector<FormMembers>& to,
          std::vector<FormPair>& pairs)
      : from_(from), to_(to), pairs_(pairs), from_done_(from.size()), to_done_(to.size()) {}

  void Run() {
    PairThoseOf(EqualIndices());
    // Some of the missing may not be there under any name: half of them are enough.
    PairThoseOf({AllOf(from_done_), AllOf(to_done_)});
    Remove(from_, from_done_);
    Remove(to_, to_done_);
  }

 private:
  struct Bucket {
    std::vector<uint32_t> from;
    std::vector<uint32_t> to;
  };
  struct Edge {
    int distance;
    uint32_t from;
    uint32_t to;

    bool operator<(const Edge& o) const {
      return std::tie(distance, from, to) < std::tie(o.distance, o.from, o.to);
    }
  };

  static std::vector<uint32_t> AllOf(const std::vector<bool>& done) {
    std::vector<uint32_t> all;
    for (uint32_t i = 0; i < done.size(); ++i) {
      if (!done[i]) all.push_back(i);
    }
    return all;
  }

  static void Remove(std::vector<FormMembers>& forms, const std::vector<bool>& done) {
    size_t kept = 0;
    for (size_t i = 0; i < forms.size(); ++i) {
      if (done[i]) continue;
      if (kept != i) forms[kept] = std::move(forms[i]);
      ++kept;
    }
    forms.resize(kept);
  }

  // The forms by what their indices are.
  std::vector<Bucket> EqualIndices() const {
    const auto hash_of = [](const FormMembers& form) {
      size_t hash = form.members.size();
      for (const Member& member : form.members) hash = absl::HashOf(hash, member.indices);
      return hash;
    };
    std::map<size_t, Bucket> buckets;
    for (uint32_t i = 0; i < from_.size(); ++i) buckets[hash_of(from_[i])].from.push_back(i);
    for (uint32_t i = 0; i < to_.size(); ++i) buckets[hash_of(to_[i])].to.push_back(i);
    std::vector<Bucket> all;
    for (auto& [hash, bucket] : buckets) all.push_back(std::move(bucket));
    return all;
  }

  void PairThoseOf(const std::vector<Bucket>& buckets) {
    for (const Bucket& bucket : buckets) PairThoseOf(bucket);
  }
  void PairThoseOf(const Bucket& bucket) {
    if (bucket.from.empty() || bucket.to.empty()) return;
    std::vector<Edge> edges = bucket.from.size() * bucket.to.size() <= kMostComparisons
                                  ? AllEdges(bucket)
                                  : NearestEdges(bucket);
    std::sort(edges.begin(), edges.end());
    for (int round = 0; round < kMostRounds && PairRound(edges); ++round) {
    }
  }

  void AddEdge(uint32_t from, uint32_t to, std::vector<Edge>& edges) {
    // A rule for each index says no more than that indices differ.
    if (from_[from].is_written_out && to_[to].is_written_out) return;
    if (2 * from_[from].members.size() < to_[to].members.size()) return;
    if (!CanBecome(from_[from], to_[to])) return;
    edges.push_back(
        {table_.Distance(table_.Split(from_[from].text), table_.Split(to_[to].text)), from, to});
  }

  std::vector<Edge> AllEdges(const Bucket& bucket) {
    std::vector<Edge> edges;
    for (const uint32_t from : bucket.from) {
      for (const uint32_t to : bucket.to) AddEdge(from, to, edges);
    }
    return edges;
  }

  std::vector<Edge> NearestEdges(const Bucket& bucket) {
    absl::flat_hash_map<std::string_view, uint32_t> number;
    std::vector<std::string_view> texts;
    for (size_t i = 0; i < std::min(bucket.to.size(), kMostForms); ++i) {
      texts.push_back(to_[bucket.to[i]].text);
      number.emplace(texts.back(), bucket.to[i]);
    }
    NameIndex index(texts);
    std::vector<Edge> edges;
    for (size_t i = 0; i < std::min(bucket.from.size(), kMostForms); ++i) {
      const uint32_t from = bucket.from[i];
      for (const std::string_view text : index.Nearest(from_[from].text, kMostNearest)) {
        AddEdge(from, number.at(text), edges);
      }
    }
    return edges;
  }

  // Pairs the forms that are nearer to one another than to any other. False when there are none.
  bool PairRound(const std::vector<Edge>& edges) {
    struct Best {
      int distance = 0;
      int edges = 0;  // at that distance
    };
    absl::flat_hash_map<uint32_t, Best> from_best;
    absl::flat_hash_map<uint32_t, Best> to_best;
    const auto see = [](Best& best, int distance) {
      if (best.edges == 0) best.distance = distance;
      if (best.distance == distance) ++best.edges;
    };
    std::vector<Edge> live;
    for (const Edge& edge : edges) {
      if (from_done_[edge.from] || to_done_[edge.to]) continue;
      live.push_back(edge);
      see(from_best[edge.from], edge.distance);
      see(to_best[edge.to], edge.distance);
    }
    bool any = false;
    for (const Edge& edge : live) {
      const Best& a = from_best[edge.from];
      const Best& b = to_best[edge.to];
      if (a.distance != edge.distance || a.edges > 1) continue;
      if (b.distance != edge.distance || b.edges > 1) continue;
      from_done_[edge.from] = true;
      to_done_[edge.to] = true;
      pairs_.push_back({from_[edge.from].text, to_[edge.to].text});
      any = true;
    }
    return any;
  }

  std::vector<FormMembers>& from_;
  std::vector<FormMembers>& to_;
  std::vector<FormPair>& pairs_;
  std::vector<bool> from_done_;
  std::vector<bool> to_done_;
  SegmentTable table_;
};

std::vector<FormPair> PairsOf(const std::vector<ReportedName>& from,
                              const std::vector<ReportedName>& to) {
  Levels from_levels = LevelsOf(from);
  Levels to_levels = LevelsOf(to);
  std::vector<FormPair> pairs;
  for (size_t level = kMostIndices + 1; level-- > 0;) {
    Pairing(from_levels[level], to_levels[level], pairs).Run();
    if (level == 0) break;
    for (const FormMembers& form : from_levels[level]) WriteOut(form, from_levels[level - 1]);
    for (const FormMembers& form : to_levels[level]) WriteOut(form, to_levels[level - 1]);
  }
  return pairs;
}

// --- Rules -------------------------------------------------------------------------------------

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
  for (auto& [shared_by, rule] : rules) texts.push_back(std::move(rule));
  return texts;
}

std::vector<RuleText> SingleRules(const std::vector<FormPair>& pairs) {
  std::vector<RuleText> rules;
  for (const FormPair& pair : pairs) rules.push_back({PatternOf(pair.from), PatternOf(pair.to)});
  return rules;
}

// --- Proof -------------------------------------------------------------------------------------

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
  const std::vector<FormPair> pairs = PairsOf(unexpected, missing);
  Suggester suggester(missing, unexpected, fitting);
  suggester.Offer(SharedRules(pairs));
  suggester.Offer(SingleRules(pairs));
  return std::move(suggester).Take(most);
}

}  // namespace weft
