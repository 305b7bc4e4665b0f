// A breadth-first walk over the product of the automata, which is built as far as it is walked. A
// jump costs nothing, a character costs one, so that the first name is one of the shortest.
#include "mapping/lint/word_search.h"

#include <algorithm>
#include <deque>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"

namespace weft {
namespace {

// How often a state of the product is passed when the first name was refused, and how many names
// are tried then.
constexpr int kMostVisits = 32;
constexpr size_t kMostNames = 256;
constexpr size_t kMostLetters = 16;

// How well a character reads in a message; small is good.
int RankOf(char32_t c) {
  if (c >= 'a' && c <= 'z') return 0;
  if (c >= '0' && c <= '9') return 1;
  if (c >= 'A' && c <= 'Z') return 2;
  if (c == '_') return 3;
  if (c == '-') return 4;
  if (c == '.') return 5;
  if (c > ' ' && c < 0x7F) return 6;
  if (c == ' ') return 7;
  const bool control = c < 0xA0;
  const bool surrogate = c >= 0xD800 && c <= 0xDFFF;
  return control || surrogate ? 9 : 8;
}

// The character of the range that reads best.
char32_t BestOf(CharacterRange range) {
  char32_t best = range.first;
  for (const char32_t c : {U'a', U'0', U'A', U'_', U'-', U'.', U'!', U' ', U'\u00A0', U'\uE000'}) {
    const char32_t candidate = std::max(c, range.first);
    if (candidate <= range.last && RankOf(candidate) < RankOf(best)) best = candidate;
  }
  return best;
}

class Walk {
 public:
  Walk(const WordQuestion& question, const std::function<bool(const std::string&)>& confirm,
       int most_visits, const WordBudget& budget)
      : question_(question), confirm_(confirm), most_visits_(most_visits), budget_(budget) {
    if (most_visits > 1) CollectLetters();
  }

  WordAnswer Run() {
    Place start;
    for (const WordReader& reader : question_.readers) {
      start.push_back(reader.automaton->start);
      start.push_back(Follows(reader) ? reader.exclusion->Start() : 0);
    }
    start.push_back(0);
    start.push_back(0);
    Push(std::move(start), kNowhere, 0, true);
    while (!open_.empty()) {
      const uint32_t node = open_.front();
      open_.pop_front();
      int& visits = visits_[nodes_[node].place];
      if (visits == most_visits_) {
        exhaustive_ = false;
        continue;
      }
      ++visits;
      if (IsEnd(nodes_[node].place)) {
        const std::string word = WordOf(node);
        if (tried_.insert(word).second) {
          if (confirm_(word)) return {WordAnswer::Verdict::kFound, word};
          if (tried_.size() == kMostNames) return {WordAnswer::Verdict::kUndecided, ""};
        }
      }
      if (!Expand(node)) return {WordAnswer::Verdict::kUndecided, ""};
    }
    const bool certain = tried_.empty() || (exhaustive_);
    return {certain ? WordAnswer::Verdict::kNone : WordAnswer::Verdict::kUndecided, ""};
  }

  bool refused_any() const { return !tried_.empty(); }

 private:
  // State and set of each reader, then whether the first two have differed, and whether there was a
  // character: the empty text is no name.
  using Place = absl::InlinedVector<uint32_t, 8>;
  static constexpr uint32_t kNowhere = UINT32_MAX;

  struct Node {
    Place place;
    uint32_t before = kNowhere;
    char32_t character = 0;
    bool jumped = false;
  };

  struct Step {
    char32_t character = 0;
    Place place;
  };

  // Where variables repeat, what a name must hold in one place depends on what it holds in another:
  // the characters that the patterns spell are tried in the place of any.
  void CollectLetters() {
    std::set<char32_t> letters;
    for (const WordReader& reader : question_.readers) {
      for (const Automaton::State& state : reader.automaton->states) {
        for (const Automaton::Edge& edge : state.edges) {
          if (edge.range.first == edge.range.last) letters.insert(edge.range.first);
        }
        if (letters.size() > kMostLetters) break;
      }
    }
    letters_.assign(letters.begin(), letters.end());
    if (letters_.size() > kMostLetters) letters_.resize(kMostLetters);
  }

  static bool Follows(const WordReader& reader) {
    return reader.exclusion != nullptr && reader.automaton->has_second_tape;
  }

  static bool HasRead(const Place& place) { return place.back() != 0; }
  static bool HasDiffered(const Place& place) { return place[place.size() - 2] != 0; }

  void Push(Place place, uint32_t before, char32_t character, bool jumped) {
    const auto node = static_cast<uint32_t>(nodes_.size());
    nodes_.push_back({std::move(place), before, character, jumped});
    if (jumped) {
      open_.push_front(node);
    } else {
      open_.push_back(node);
    }
  }

  bool IsEnd(const Place& place) {
    for (size_t i = 0; i < question_.readers.size(); ++i) {
      const WordReader& reader = question_.readers[i];
      if (place[2 * i] != reader.automaton->end) return false;
      if (Follows(reader) && !reader.exclusion->Accepts(place[2 * i + 1])) return false;
    }
    return HasRead(place) && (!question_.in_two_ways || HasDiffered(place));
  }

  std::string WordOf(uint32_t node) const {
    std::u32string word;
    for (uint32_t at = node; at != kNowhere; at = nodes_[at].before) {
      if (!nodes_[at].jumped) word += nodes_[at].character;
    }
    std::reverse(word.begin(), word.end());
    return Utf8Of(word);
  }

  bool Pay(uint64_t steps) {
    steps_ += steps;
    const bool enough = steps_ <= budget_.question_steps && *budget_.total_steps >= steps;
    *budget_.total_steps -= std::min(*budget_.total_steps, steps);
    return enough;
  }

  // False when the budget is spent.
  bool Expand(uint32_t node) {
    const Place place = nodes_[node].place;
    for (size_t i = 0; i < question_.readers.size(); ++i) {
      const WordReader& reader = question_.readers[i];
      for (const Automaton::Jump& jump : reader.automaton->states[place[2 * i]].jumps) {
        if (!Pay(1 + jump.put.size())) return false;
        Place next = place;
        next[2 * i] = jump.to;
        if (Follows(reader)) {
          next[2 * i + 1] = reader.exclusion->Next(place[2 * i + 1], jump.put);
        }
        Push(std::move(next), node, 0, true);
      }
    }
    steps_found_.clear();
    chosen_.clear();
    if (!Choose(place, {0, kLastCharacter})) return false;
    std::stable_sort(steps_found_.begin(), steps_found_.end(), [](const Step& a, const Step& b) {
      return RankOf(a.character) < RankOf(b.character);
    });
    for (Step& step : steps_found_) Push(std::move(step.place), node, step.character, false);
    return true;
  }

  // One edge of each reader, all of which take a character of `range`.
  bool Choose(const Place& place, CharacterRange range) {
    const size_t i = chosen_.size();
    if (i == question_.readers.size()) return Take(place, range);
    for (const Automaton::Edge& edge : question_.readers[i].automaton->states[place[2 * i]].edges) {
      if (!Pay(1)) return false;
      const CharacterRange shared = {std::max(range.first, edge.range.first),
                                     std::min(range.last, edge.range.last)};
      if (shared.first > shared.last) continue;
      chosen_.push_back(&edge);
      const bool in_budget = Choose(place, shared);
      chosen_.pop_back();
      if (!in_budget) return false;
    }
    return true;
  }

  bool Take(const Place& place, CharacterRange range) {
    starts_.assign(1, range.first);
    for (size_t i = 0; i < chosen_.size(); ++i) {
      const WordReader& reader = question_.readers[i];
      if (!Follows(reader) || !chosen_[i]->copied) continue;
      if (!Pay(reader.exclusion->SizeOf(place[2 * i + 1]))) return false;
      reader.exclusion->Boundaries(place[2 * i + 1], range, &starts_);
    }
    for (const char32_t character : letters_) {
      if (character > range.first && character <= range.last) starts_.push_back(character);
      if (character >= range.first && character < range.last) starts_.push_back(character + 1);
    }
    std::sort(starts_.begin(), starts_.end());
    starts_.erase(std::unique(starts_.begin(), starts_.end()), starts_.end());
    for (size_t n = 0; n < starts_.size(); ++n) {
      const char32_t last = n + 1 < starts_.size() ? starts_[n + 1] - 1 : range.last;
      if (!Pay(1)) return false;
      exhaustive_ = exhaustive_ && starts_[n] == last;
      Step step = {BestOf({starts_[n], last}), place};
      for (size_t i = 0; i < chosen_.size(); ++i) {
        const WordReader& reader = question_.readers[i];
        step.place[2 * i] = chosen_[i]->to;
        if (Follows(reader) && chosen_[i]->copied) {
          step.place[2 * i + 1] = reader.exclusion->Next(place[2 * i + 1], step.character);
        }
      }
      if (question_.in_two_ways && chosen_[0]->token != chosen_[1]->token) {
        step.place[step.place.size() - 2] = 1;
      }
      step.place.back() = 1;
      steps_found_.push_back(std::move(step));
    }
    return true;
  }

  const WordQuestion& question_;
  const std::function<bool(const std::string&)>& confirm_;
  const int most_visits_;
  const WordBudget& budget_;
  std::vector<Node> nodes_;
  std::deque<uint32_t> open_;
  absl::flat_hash_map<Place, int> visits_;
  std::set<std::string> tried_;
  std::vector<char32_t> letters_;  // rising
  // Every name there is was tried.
  bool exhaustive_ = true;
  uint64_t steps_ = 0;
  // Of the node that is expanded.
  std::vector<const Automaton::Edge*> chosen_;
  std::vector<char32_t> starts_;
  std::vector<Step> steps_found_;
};

}  // namespace

WordAnswer FindWord(const WordQuestion& question,
                    const std::function<bool(const std::string& word)>& confirm,
                    const WordBudget& budget) {
  Walk shortest(question, confirm, 1, budget);
  WordAnswer answer = shortest.Run();
  if (answer.verdict != WordAnswer::Verdict::kUndecided || !shortest.refused_any()) return answer;
  return Walk(question, confirm, kMostVisits, budget).Run();
}

}  // namespace weft
