#include "mapping/lint/automaton.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "diagnostic/utf8.h"

namespace weft {

uint32_t Automaton::NewState() {
  // A caller that goes on beyond the limit builds nothing more; IsFull tells it.
  if (is_full()) {
    exact = false;
    return static_cast<uint32_t>(states.size() - 1);
  }
  states.emplace_back();
  return static_cast<uint32_t>(states.size() - 1);
}

void Automaton::AddEdge(uint32_t from, uint32_t to, CharacterRange range, int32_t token,
                        bool copied) {
  states[from].edges.push_back({range, to, token, copied});
}

void Automaton::AddJump(uint32_t from, uint32_t to, std::u32string put) {
  states[from].jumps.push_back({to, std::move(put)});
}

uint32_t AutomatonPieces::Text(uint32_t from, std::u32string_view text) {
  for (const char32_t character : text) {
    const uint32_t to = automaton_.NewState();
    automaton_.AddEdge(from, to, {character, character}, token_, copied_);
    from = to;
  }
  return from;
}

uint32_t AutomatonPieces::Ranges(uint32_t from, const std::vector<CharacterRange>& ranges) {
  const uint32_t to = automaton_.NewState();
  for (const CharacterRange& range : ranges) automaton_.AddEdge(from, to, range, token_, copied_);
  return to;
}

uint32_t AutomatonPieces::Segment(uint32_t from) {
  const uint32_t to = Ranges(from, NoDot());
  for (const CharacterRange& range : NoDot()) {
    automaton_.AddEdge(to, to, range, token_, copied_);
  }
  return to;
}

uint32_t AutomatonPieces::Anything(uint32_t from) {
  const uint32_t to = automaton_.NewState();
  automaton_.AddJump(from, to);
  automaton_.AddEdge(to, to, {0, kLastCharacter}, token_, copied_);
  return to;
}

uint32_t AutomatonPieces::Inserted(uint32_t from, const Automaton& inner) {
  std::vector<uint32_t> numbers(inner.states.size());
  for (uint32_t& number : numbers) number = automaton_.NewState();
  automaton_.AddJump(from, numbers[inner.start]);
  for (size_t state = 0; state < inner.states.size(); ++state) {
    for (const Automaton::Edge& edge : inner.states[state].edges) {
      automaton_.AddEdge(numbers[state], numbers[edge.to], edge.range, token_, copied_);
    }
    for (const Automaton::Jump& jump : inner.states[state].jumps) {
      automaton_.AddJump(numbers[state], numbers[jump.to]);
    }
  }
  automaton_.exact = automaton_.exact && inner.exact;
  return numbers[inner.end];
}

Automaton IntersectionOf(const Automaton& a, const Automaton& b) {
  Automaton both;
  both.exact = a.exact && b.exact;
  absl::flat_hash_map<std::pair<uint32_t, uint32_t>, uint32_t> numbers;
  std::vector<std::pair<uint32_t, uint32_t>> open;
  const auto reach = [&](uint32_t in_a, uint32_t in_b) {
    const auto [found, added] = numbers.try_emplace({in_a, in_b}, 0);
    if (added) {
      found->second = both.NewState();
      open.emplace_back(in_a, in_b);
    }
    return found->second;
  };
  both.start = reach(a.start, b.start);
  both.end = reach(a.end, b.end);
  for (size_t next = 0; next < open.size() && !both.is_full(); ++next) {
    const auto [in_a, in_b] = open[next];
    const uint32_t from = numbers.at(open[next]);
    for (const Automaton::Jump& jump : a.states[in_a].jumps) {
      both.AddJump(from, reach(jump.to, in_b));
    }
    for (const Automaton::Jump& jump : b.states[in_b].jumps) {
      both.AddJump(from, reach(in_a, jump.to));
    }
    for (const Automaton::Edge& x : a.states[in_a].edges) {
      for (const Automaton::Edge& y : b.states[in_b].edges) {
        const CharacterRange range = {std::max(x.range.first, y.range.first),
                                      std::min(x.range.last, y.range.last)};
        if (range.first > range.last) continue;
        both.AddEdge(from, reach(x.to, y.to), range, x.token, x.copied);
      }
    }
  }
  return both;
}

const std::vector<CharacterRange>& NoDot() {
  static const auto* const kRanges =
      new std::vector<CharacterRange>{{0, '.' - 1}, {'.' + 1, kLastCharacter}};
  return *kRanges;
}

std::u32string Utf32Of(std::string_view utf8) {
  std::u32string text;
  while (!utf8.empty()) {
    const Utf8Character character = FirstCharacter(utf8);
    // Mapping files are valid UTF-8; a program's rules may be anything, and match nothing then.
    text += character.bytes == 0 ? U'\uFFFD' : character.code_point;
    utf8.remove_prefix(std::max<size_t>(character.bytes, 1));
  }
  return text;
}

std::string Utf8Of(std::u32string_view text) {
  std::string utf8;
  const auto tail = [&utf8](char32_t bits) { utf8 += static_cast<char>(0x80 | (bits & 0x3F)); };
  for (const char32_t c : text) {
    if (c < 0x80) {
      utf8 += static_cast<char>(c);
    } else if (c < 0x800) {
      utf8 += static_cast<char>(0xC0 | (c >> 6));
      tail(c);
    } else if (c < 0x10000) {
      utf8 += static_cast<char>(0xE0 | (c >> 12));
      tail(c >> 6);
      tail(c);
    } else {
      utf8 += static_cast<char>(0xF0 | (c >> 18));
      tail(c >> 12);
      tail(c >> 6);
      tail(c);
    }
  }
  return utf8;
}

}  // namespace weft
