#include "mapping/lint/name_language.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "diagnostic/status.h"
#include "mapping/lint/regex_automaton.h"

namespace weft {
namespace {

using Kind = PatternToken::Kind;

// Values that are written out one by one; larger sets become automata of digits.
constexpr size_t kMostRows = 256;
// Combinations of values of variables that stand twice.
constexpr size_t kMostCombinations = 64;
constexpr int64_t kLargestStep = 64;

// A value and how a token writes it.
struct Row {
  std::string value;
  std::u32string text;
};

Automaton TextAutomaton(const PatternToken& token) {
  Automaton automaton;
  AutomatonPieces pieces(automaton, 0, true);
  if (token.kind == Kind::kRegex) return RegexAutomaton(token.literal);
  const uint32_t segment = pieces.Segment(automaton.start);
  automaton.end = segment;
  if (token.kind != Kind::kPath) return automaton;
  // Nothing, or segments with a dot between each two.
  const uint32_t dot = pieces.Text(segment, U".");
  automaton.AddJump(pieces.Segment(dot), segment);
  automaton.end = automaton.NewState();
  automaton.AddJump(automaton.start, automaton.end);
  automaton.AddJump(segment, automaton.end);
  return automaton;
}

bool Accepts(const Automaton& automaton, std::u32string_view text) {
  std::set<uint32_t> now;
  const auto reach = [&automaton](std::set<uint32_t>& states, uint32_t state) {
    std::vector<uint32_t> open = {state};
    while (!open.empty()) {
      const uint32_t next = open.back();
      open.pop_back();
      if (!states.insert(next).second) continue;
      for (const Automaton::Jump& jump : automaton.states[next].jumps) open.push_back(jump.to);
    }
  };
  reach(now, automaton.start);
  for (const char32_t character : text) {
    std::set<uint32_t> next;
    for (const uint32_t state : now) {
      for (const Automaton::Edge& edge : automaton.states[state].edges) {
        if (character < edge.range.first || character > edge.range.last) continue;
        reach(next, edge.to);
      }
    }
    now = std::move(next);
  }
  return now.count(automaton.end) > 0;
}

Automaton NotEmpty() {
  Automaton automaton;
  automaton.end = automaton.NewState();
  automaton.AddEdge(automaton.start, automaton.end, {0, kLastCharacter}, 0);
  automaton.AddEdge(automaton.end, automaton.end, {0, kLastCharacter}, 0);
  return automaton;
}

std::u32string Digits(int64_t number, int width) {
  std::string digits = std::to_string(number);
  if (digits.size() < static_cast<size_t>(width)) {
    digits.insert(0, static_cast<size_t>(width) - digits.size(), '0');
  }
  return Utf32Of(digits);
}

// All numbers of a progression, digit by digit: whether the number so far is below, at or above the
// first digits of both ends, and its rest modulo the step.
class NumberAutomaton {
 public:
  NumberAutomaton(Automaton& automaton, int32_t token, bool copied, int width)
      : automaton_(automaton), token_(token), copied_(copied), width_(width) {}

  void Add(uint32_t from, uint32_t end, Progression numbers) {
    if (numbers.step > kLargestStep) {
      numbers.step = 1;
      automaton_.exact = false;
    }
    step_ = numbers.step;
    rest_ = numbers.first % step_;
    low_ = Digits(numbers.first, width_);
    // A set without end is one that ends where the digits do.
    endless_ = width_ == 0 && numbers.last > IndexSet::kLargest - numbers.step;
    high_ = endless_ ? U"" : Digits(numbers.last, width_);
    states_.clear();
    std::vector<State> open;
    const auto reach = [&](const State& state) {
      const auto [found, added] = states_.try_emplace(state, 0);
      if (added) {
        found->second = automaton_.NewState();
        open.push_back(state);
        if (IsNumber(state)) automaton_.AddJump(found->second, end);
      }
      return found->second;
    };
    automaton_.AddJump(from, reach(State{}));
    for (size_t next = 0; next < open.size() && !automaton_.is_full(); ++next) {
      const State state = open[next];
      const uint32_t number = states_.at(state);
      for (int digit = 0; digit <= 9; ++digit) {
        State to = state;
        if (!Read(digit, &to)) continue;
        const auto character = static_cast<char32_t>('0' + digit);
        automaton_.AddEdge(number, reach(to), {character, character}, token_, copied_);
      }
    }
  }

 private:
  // Length, comparison with the low and with the high end, rest, whether it is the number 0.
  using State = std::array<int64_t, 5>;

  static int Compared(int digit, char32_t with) {
    const int other = static_cast<int>(with - '0');
    return digit < other ? -1 : (digit > other ? 1 : 0);
  }

  bool Read(int digit, State* state) const {
    auto& [length, low, high, rest, zero] = *state;
    if (zero != 0) return false;  // no leading zero
    zero = width_ == 0 && length == 0 && digit == 0 ? 1 : 0;
    const auto place = static_cast<size_t>(length);
    if (low == 0 && place < low_.size()) low = Compared(digit, low_[place]);
    if (high == 0 && place < high_.size()) high = Compared(digit, high_[place]);
    const size_t longest = width_ > 0 ? static_cast<size_t>(width_)
                           : endless_ ? low_.size() + 1
                                      : high_.size();
    if (place < longest) {
      ++length;
    } else if (!endless_ || width_ > 0) {
      return false;
    }
    rest = (rest * 10 + digit) % step_;
    return true;
  }

  bool IsNumber(const State& state) const {
    const auto& [length, low, high, rest, zero] = state;
    const auto digits = static_cast<size_t>(length);
    if (rest != rest_) return false;
    if (digits < low_.size() || (digits == low_.size() && low < 0)) return false;
    return endless_ || digits < high_.size() || (digits == high_.size() && high <= 0);
  }

  Automaton& automaton_;
  const int32_t token_;
  const bool copied_;
  const int width_;
  int64_t step_ = 1;
  int64_t rest_ = 0;
  std::u32string low_;
  std::u32string high_;
  bool endless_ = false;
  std::map<State, uint32_t> states_;
};

class Builder {
 public:
  Builder(const ResolvedPattern& written, const ResolvedPattern* source,
          const VariableDomains& domains)
      : written_(written), source_(source), domains_(domains) {}

  Automaton Build() {
    automaton_.end = automaton_.NewState();
    std::vector<std::pair<int, std::vector<VariableDomain>>> expanded;
    size_t combinations = 1;
    for (const auto& [variable, domain] : domains_) {
      const bool twice =
          Count(written_, variable) > 1 || (source_ != nullptr && Count(*source_, variable) > 1);
      if (!twice) continue;
      auto values = ValuesOf(domain, kMostCombinations);
      if (values.has_value() && combinations * values->size() <= kMostCombinations) {
        combinations *= values->size();
        expanded.emplace_back(variable, *std::move(values));
      } else if (Count(written_, variable) > 1) {
        automaton_.exact = false;
      }
    }
    for (size_t combination = 0; combination < combinations; ++combination) {
      size_t remaining = combination;
      for (const auto& [variable, values] : expanded) {
        domains_[variable] = values[remaining % values.size()];
        remaining /= values.size();
      }
      BuildChain();
    }
    return std::move(automaton_);
  }

 private:
  static int Count(const ResolvedPattern& pattern, int variable) {
    const auto& tokens = pattern.pattern->tokens();
    return static_cast<int>(
        std::count_if(tokens.begin(), tokens.end(), [variable](const PatternToken& token) {
          return token.kind != Kind::kLiteral && token.variable == variable;
        }));
  }

  // How the token writes each value of its variable, where they can be listed.
  static std::optional<std::vector<Row>> RowsOf(const ResolvedPattern& pattern, size_t index,
                                                const VariableDomain& domain) {
    const PatternToken& token = pattern.pattern->tokens()[index];
    std::vector<Row> rows;
    if (token.kind == Kind::kIndex) {
      const auto members = domain.indexes.Members(kMostRows);
      if (!members.has_value()) return std::nullopt;
      const ResolvedIndex& resolved = pattern.indexes[index];
      for (const int64_t member : *members) {
        // The domain holds no index whose number would be too large.
        const int64_t number = resolved.offset + resolved.slope * member;
        rows.push_back({std::to_string(member), Digits(number, token.width)});
      }
      return rows;
    }
    if (!domain.rows.has_value()) return std::nullopt;
    const std::map<std::string, std::string> written(token.rows.begin(), token.rows.end());
    for (const std::string& value : *domain.rows) {
      std::string text = value;
      if (token.kind == Kind::kText) {
        const auto row = written.find(value);
        if (row == written.end()) continue;
        text = row->second;
      } else if (token.kind == Kind::kPath && !text.empty()) {
        if (token.path_dot == PatternToken::PathDot::kBefore) text.insert(0, ".");
        if (token.path_dot == PatternToken::PathDot::kAfter) text += ".";
      }
      rows.push_back({value, Utf32Of(text)});
    }
    return rows;
  }

  const VariableDomain& DomainOf(const PatternToken& token) const {
    return domains_.at(token.variable);
  }

  // The tokens of `pattern` that have not exactly one text, without literals.
  std::vector<size_t> OpenTokens(const ResolvedPattern& pattern) const {
    std::vector<size_t> open;
    for (size_t i = 0; i < pattern.pattern->tokens().size(); ++i) {
      const PatternToken& token = pattern.pattern->tokens()[i];
      if (token.kind == Kind::kLiteral) continue;
      const auto rows = RowsOf(pattern, i, DomainOf(token));
      if (!rows.has_value() || rows->size() != 1) open.push_back(i);
    }
    return open;
  }

  // True when both patterns have the same open variables in the same order, each once, and every
  // one that cannot be listed is written alike.
  bool GoInStep() const {
    std::vector<size_t> written = OpenTokens(written_);
    const std::vector<size_t> source = OpenTokens(*source_);
    const auto& written_tokens = written_.pattern->tokens();
    const auto& source_tokens = source_->pattern->tokens();
    // What stands in the written name alone is read, and leaves the other tape as it is.
    written.erase(std::remove_if(written.begin(), written.end(),
                                 [&](size_t i) {
                                   return !source_->pattern->Uses(written_tokens[i].variable);
                                 }),
                  written.end());
    if (written.size() != source.size()) return false;
    std::set<int> seen;
    for (size_t n = 0; n < written.size(); ++n) {
      const PatternToken& a = written_tokens[written[n]];
      const PatternToken& b = source_tokens[source[n]];
      if (a.variable != b.variable || !seen.insert(a.variable).second) return false;
      if (a.kind != Kind::kIndex || RowsOf(written_, written[n], DomainOf(a)).has_value()) continue;
      const ResolvedIndex& x = written_.indexes[written[n]];
      const ResolvedIndex& y = source_->indexes[source[n]];
      if (x.offset != y.offset || x.slope != y.slope || a.width != b.width) return false;
    }
    return true;
  }

  void BuildChain() {
    for (const auto& [variable, domain] : domains_) {
      automaton_.exact = automaton_.exact && domain.exact;
      if (domain.empty()) return;
    }
    const bool in_step = source_ != nullptr && GoInStep();
    if (source_ != nullptr && !in_step) automaton_.has_second_tape = false;
    uint32_t at = automaton_.NewState();
    automaton_.AddJump(automaton_.start, at);
    source_next_ = 0;
    const auto& tokens = written_.pattern->tokens();
    for (size_t i = 0; i < tokens.size(); ++i) {
      const PatternToken& token = tokens[i];
      AutomatonPieces pieces(automaton_, static_cast<int32_t>(i), source_ == nullptr);
      if (token.kind == Kind::kLiteral) {
        at = pieces.Text(at, Utf32Of(token.literal));
        continue;
      }
      const auto rows = RowsOf(written_, i, DomainOf(token));
      const bool shared = in_step && source_->pattern->Uses(token.variable);
      if (rows.has_value() && rows->size() == 1) {
        at = pieces.Text(at, rows->front().text);
      } else if (!shared) {
        at = Variable(at, i, rows, source_ == nullptr);
      } else {
        at = PutUpTo(at, token.variable);
        at = rows.has_value() ? RowPairs(at, i, *rows) : Copied(at, i);
        ++source_next_;
      }
    }
    if (in_step) at = PutUpTo(at, -1);
    automaton_.AddJump(at, automaton_.end);
  }

  // Puts what the source has before its token of the open variable; of −1: all that is left.
  uint32_t PutUpTo(uint32_t at, int variable) {
    std::u32string put;
    const auto& tokens = source_->pattern->tokens();
    for (; source_next_ < tokens.size(); ++source_next_) {
      const PatternToken& token = tokens[source_next_];
      if (token.kind == Kind::kLiteral) {
        put += Utf32Of(token.literal);
        continue;
      }
      if (token.variable == variable) break;
      const auto rows = RowsOf(*source_, source_next_, DomainOf(token));
      if (rows.has_value() && rows->size() == 1) put += rows->front().text;
    }
    return Put(at, std::move(put));
  }

  uint32_t Put(uint32_t at, std::u32string put) {
    if (put.empty()) return at;
    const uint32_t to = automaton_.NewState();
    automaton_.AddJump(at, to, std::move(put));
    return to;
  }

  // Each row with what the source writes for the same value.
  uint32_t RowPairs(uint32_t at, size_t index, const std::vector<Row>& rows) {
    const PatternToken& token = source_->pattern->tokens()[source_next_];
    const auto sources = RowsOf(*source_, source_next_, DomainOf(token));
    std::map<std::string, std::u32string> texts;
    for (const Row& row : *sources) texts.emplace(row.value, row.text);
    const uint32_t end = automaton_.NewState();
    for (const Row& row : rows) {
      const auto other = texts.find(row.value);
      if (other == texts.end()) continue;
      AutomatonPieces pieces(automaton_, static_cast<int32_t>(index), false);
      automaton_.AddJump(pieces.Text(at, row.text), end, other->second);
    }
    return end;
  }

  // A variable that is copied to the second tape, dots of a path aside.
  uint32_t Copied(uint32_t at, size_t index) {
    const PatternToken& token = written_.pattern->tokens()[index];
    if (token.kind == Kind::kIndex) return Numbers(at, index, true);
    return Text(at, index, source_->pattern->tokens()[source_next_].path_dot, true);
  }

  // A variable of which the second tape hears nothing, or all.
  uint32_t Variable(uint32_t at, size_t index, const std::optional<std::vector<Row>>& rows,
                    bool copied) {
    const PatternToken& token = written_.pattern->tokens()[index];
    if (rows.has_value()) {
      const uint32_t end = automaton_.NewState();
      for (const Row& row : *rows) {
        AutomatonPieces pieces(automaton_, static_cast<int32_t>(index), copied);
        automaton_.AddJump(pieces.Text(at, row.text), end);
      }
      return end;
    }
    if (token.kind == Kind::kIndex) return Numbers(at, index, copied);
    return Text(at, index, token.path_dot, copied);
  }

  uint32_t Numbers(uint32_t at, size_t index, bool copied) {
    const PatternToken& token = written_.pattern->tokens()[index];
    const IndexSet numbers = IndexSet::Written(DomainOf(token).indexes, written_.indexes[index]);
    const uint32_t end = automaton_.NewState();
    NumberAutomaton automaton(automaton_, static_cast<int32_t>(index), copied, token.width);
    for (const Progression& progression : numbers.progressions()) {
      automaton.Add(at, end, progression);
    }
    return end;
  }

  // `source_dot` is where the path has its dot on the second tape.
  uint32_t Text(uint32_t at, size_t index, PatternToken::PathDot source_dot, bool copied) {
    using Dot = PatternToken::PathDot;
    const PatternToken& token = written_.pattern->tokens()[index];
    AutomatonPieces pieces(automaton_, static_cast<int32_t>(index), copied);
    const VariableDomain& domain = DomainOf(token);
    Automaton value = TextAutomaton(*domain.texts.front());
    for (size_t i = 1; i < domain.texts.size(); ++i) {
      value = IntersectionOf(value, TextAutomaton(*domain.texts[i]));
    }
    if (token.path_dot == Dot::kNone && source_dot == Dot::kNone) return pieces.Inserted(at, value);
    const uint32_t end = automaton_.NewState();
    if (Accepts(value, U"")) automaton_.AddJump(at, end);
    const auto dot = [&](uint32_t from, Dot side) {
      const bool here = token.path_dot == side;
      const bool there = copied && source_dot == side;
      if (here) {
        AutomatonPieces dots(automaton_, static_cast<int32_t>(index), there);
        return dots.Text(from, U".");
      }
      return there ? Put(from, U".") : from;
    };
    at = dot(at, Dot::kBefore);
    at = pieces.Inserted(at, IntersectionOf(value, NotEmpty()));
    automaton_.AddJump(dot(at, Dot::kAfter), end);
    return end;
  }

  const ResolvedPattern& written_;
  const ResolvedPattern* source_;
  VariableDomains domains_;
  Automaton automaton_;
  size_t source_next_ = 0;  // the token of the source that has not been put
};

// Two tokens that read the same texts.
bool ReadAlike(const PatternToken& a, const PatternToken& b) {
  return a.kind == b.kind && a.literal == b.literal;
}

}  // namespace

absl::StatusOr<ResolvedPattern> ResolvedPattern::Of(const Pattern& pattern,
                                                    const VariableTable& variables,
                                                    const Expression::Resolver& resolver) {
  ResolvedPattern resolved;
  resolved.pattern = &pattern;
  resolved.indexes.resize(pattern.tokens().size());
  for (size_t i = 0; i < pattern.tokens().size(); ++i) {
    const PatternToken& token = pattern.tokens()[i];
    if (token.kind != Kind::kIndex) continue;
    WEFT_ASSIGN_OR_RETURN(resolved.indexes[i], ResolveIndex(token, pattern, variables, resolver));
  }
  return resolved;
}

VariableDomains DomainsOf(const std::vector<const ResolvedPattern*>& patterns) {
  VariableDomains domains;
  for (const ResolvedPattern* pattern : patterns) {
    for (size_t i = 0; i < pattern->pattern->tokens().size(); ++i) {
      const PatternToken& token = pattern->pattern->tokens()[i];
      if (token.kind == Kind::kLiteral) continue;
      VariableDomain& domain = domains[token.variable];
      if (token.kind == Kind::kIndex) {
        domain.is_index = true;
        auto both =
            IndexSet::Intersection(domain.indexes, IndexSet::Of(pattern->indexes[i], token.width));
        domain.exact = domain.exact && both.has_value();
        if (both.has_value()) domain.indexes = *std::move(both);
      } else if (token.kind == Kind::kText) {
        const bool first = !domain.rows.has_value();
        std::set<std::string> known;
        if (!first) known.insert(domain.rows->begin(), domain.rows->end());
        std::vector<std::string> rows;
        for (const auto& [canonical, written] : token.rows) {
          if (first || known.count(canonical) > 0) rows.push_back(canonical);
        }
        domain.rows = std::move(rows);
      } else if (std::none_of(
                     domain.texts.begin(), domain.texts.end(),
                     [&token](const PatternToken* other) { return ReadAlike(*other, token); })) {
        domain.texts.push_back(&token);
      }
    }
  }
  for (auto& [variable, domain] : domains) {
    if (!domain.rows.has_value()) continue;
    for (const PatternToken* token : domain.texts) {
      const Automaton reads = TextAutomaton(*token);
      domain.exact = domain.exact && reads.exact;
      domain.rows->erase(std::remove_if(domain.rows->begin(), domain.rows->end(),
                                        [&reads](const std::string& row) {
                                          return !Accepts(reads, Utf32Of(row));
                                        }),
                         domain.rows->end());
    }
  }
  return domains;
}

VariableDomain SingleIndex(int64_t index) {
  VariableDomain domain;
  domain.is_index = true;
  ResolvedIndex only;
  only.ranges.push_back({index, index, 1, false});
  domain.indexes = IndexSet::Of(only, 0);
  return domain;
}

VariableDomain SingleText(const std::string& canonical) {
  VariableDomain domain;
  domain.rows.emplace(1, canonical);
  return domain;
}

std::optional<std::vector<VariableDomain>> ValuesOf(const VariableDomain& domain, size_t most) {
  std::vector<VariableDomain> values;
  if (domain.is_index) {
    const auto members = domain.indexes.Members(most);
    if (!members.has_value()) return std::nullopt;
    for (const int64_t member : *members) values.push_back(SingleIndex(member));
    return values;
  }
  if (!domain.rows.has_value() || domain.rows->size() > most) return std::nullopt;
  for (const std::string& row : *domain.rows) values.push_back(SingleText(row));
  return values;
}

Automaton NamesOf(const ResolvedPattern& pattern, const VariableDomains& domains) {
  return Builder(pattern, nullptr, domains).Build();
}

Automaton NamesMadeOf(const ResolvedPattern& written, const ResolvedPattern& source,
                      const VariableDomains& domains) {
  return Builder(written, &source, domains).Build();
}

}  // namespace weft
