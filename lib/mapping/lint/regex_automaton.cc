#include "mapping/lint/regex_automaton.h"

#include <algorithm>
#include <string>
#include <vector>

namespace weft {
namespace {

constexpr int kMostDepth = 32;
constexpr int kMostRepeats = 256;
constexpr size_t kMostRegexStates = 4'000;

using Ranges = std::vector<CharacterRange>;

// The ranges that `ranges` leaves.
Ranges Complement(Ranges ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const CharacterRange& a, const CharacterRange& b) { return a.first < b.first; });
  Ranges rest;
  char32_t next = 0;
  for (const CharacterRange& range : ranges) {
    if (range.first > next) rest.push_back({next, range.first - 1});
    next = std::max(next, static_cast<char32_t>(range.last + 1));
  }
  if (next <= kLastCharacter) rest.push_back({next, kLastCharacter});
  return rest;
}

class RegexReader {
 public:
  explicit RegexReader(std::string_view regex) : text_(Utf32Of(regex)) {}

  // False where the expression holds something that is not followed.
  bool Read(Automaton* automaton) {
    automaton_ = automaton;
    uint32_t end = 0;
    if (!Alternatives(automaton->start, 0, &end) || position_ != text_.size()) return false;
    automaton->end = end;
    return true;
  }

 private:
  bool AtEnd() const { return position_ == text_.size(); }
  bool At(char32_t c) const { return !AtEnd() && text_[position_] == c; }
  bool Take(char32_t c) {
    if (!At(c)) return false;
    ++position_;
    return true;
  }

  bool Alternatives(uint32_t from, int depth, uint32_t* end) {
    if (depth > kMostDepth) return false;
    *end = automaton_->NewState();
    do {
      uint32_t at = automaton_->NewState();
      automaton_->AddJump(from, at);
      while (!AtEnd() && !At('|') && !At(')')) {
        if (!Repeated(at, depth, &at)) return false;
      }
      automaton_->AddJump(at, *end);
    } while (Take('|'));
    return true;
  }

  // One atom and what says how often it stands.
  bool Repeated(uint32_t from, int depth, uint32_t* end) {
    const size_t atom = position_;
    if (!Atom(from, depth, end)) return false;
    const size_t behind_atom = position_;
    int least = 1;
    int most = 1;  // −1: without end
    if (!Count(&least, &most)) return false;
    if (least == 1 && most == 1) return true;
    const size_t behind = position_;
    // The atom is read once more for each repetition; what was built for the first stands for it
    // where it may be used, and leads nowhere where it may not.
    uint32_t at = from;
    if (least == 0) {
      at = automaton_->NewState();
      automaton_->AddJump(from, at);
    }
    const uint32_t out = automaton_->NewState();
    for (int n = 0; n < least; ++n) {
      if (!Again(atom, behind_atom, depth, &at)) return false;
    }
    automaton_->AddJump(at, out);
    if (most < 0) {
      const uint32_t loop = automaton_->NewState();
      automaton_->AddJump(at, loop);
      uint32_t back = loop;
      if (!Again(atom, behind_atom, depth, &back)) return false;
      automaton_->AddJump(back, loop);
      automaton_->AddJump(loop, out);
    }
    for (int n = least; n < most; ++n) {
      if (!Again(atom, behind_atom, depth, &at)) return false;
      automaton_->AddJump(at, out);
    }
    position_ = behind;
    *end = out;
    return automaton_->states.size() < kMostRegexStates;
  }

  bool Again(size_t atom, size_t behind_atom, int depth, uint32_t* at) {
    if (automaton_->states.size() >= kMostRegexStates) return false;
    position_ = atom;
    const uint32_t from = automaton_->NewState();
    automaton_->AddJump(*at, from);
    return Atom(from, depth, at) && position_ == behind_atom;
  }

  bool Count(int* least, int* most) {
    if (Take('*')) {
      *least = 0;
      *most = -1;
    } else if (Take('+')) {
      *most = -1;
    } else if (Take('?')) {
      *least = 0;
    } else if (At('{')) {
      ++position_;
      if (!Number(least)) return false;
      *most = *least;
      if (Take(',') && !At('}')) {
        if (!Number(most)) return false;
      } else if (text_[position_ - 1] == ',') {
        *most = -1;
      }
      if (!Take('}')) return false;
    } else {
      return true;
    }
    Take('?');  // prefers fewer, and matches the same texts as a whole
    return !At('*') && !At('+') && !At('?') && !At('{');
  }

  bool Number(int* number) {
    const size_t begin = position_;
    *number = 0;
    while (!AtEnd() && text_[position_] >= '0' && text_[position_] <= '9') {
      *number = *number * 10 + static_cast<int>(text_[position_++] - '0');
      if (*number > kMostRepeats) return false;
    }
    return position_ > begin;
  }

  bool Atom(uint32_t from, int depth, uint32_t* end) {
    AutomatonPieces pieces(*automaton_, 0, true);
    if (AtEnd()) return false;
    const char32_t c = text_[position_++];
    switch (c) {
      case '(':
        if (Take('?')) {
          // Of the special groups only the one without a number, and those with a name.
          if (!Take(':')) {
            if (!Take('P') || !Take('<')) return false;
            while (!AtEnd() && !At('>')) ++position_;
            if (!Take('>')) return false;
          }
        }
        return Alternatives(from, depth + 1, end) && Take(')');
      case '[': {
        Ranges ranges;
        if (!Class(&ranges)) return false;
        *end = pieces.Ranges(from, ranges);
        return true;
      }
      case '.':
        *end = pieces.Ranges(from, Complement({{'\n', '\n'}}));
        return true;
      case '\\': {
        Ranges ranges;
        if (!Escape(&ranges)) return false;
        *end = pieces.Ranges(from, ranges);
        return true;
      }
      case '^':
      case '$':
      case '*':
      case '+':
      case '?':
      case '{':
        return false;
      default:
        *end = pieces.Ranges(from, {{c, c}});
        return true;
    }
  }

  // Behind a backslash.
  bool Escape(Ranges* ranges) {
    if (AtEnd()) return false;
    const char32_t c = text_[position_++];
    static const auto* const kDigits = new Ranges{{'0', '9'}};
    static const auto* const kWord = new Ranges{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
    static const auto* const kSpace = new Ranges{{'\t', '\n'}, {'\f', '\r'}, {' ', ' '}};
    const auto add = [ranges](const Ranges& more) {
      ranges->insert(ranges->end(), more.begin(), more.end());
    };
    switch (c) {
      case 'd':
        add(*kDigits);
        return true;
      case 'D':
        add(Complement(*kDigits));
        return true;
      case 'w':
        add(*kWord);
        return true;
      case 'W':
        add(Complement(*kWord));
        return true;
      case 's':
        add(*kSpace);
        return true;
      case 'S':
        add(Complement(*kSpace));
        return true;
      case 'n':
        ranges->push_back({'\n', '\n'});
        return true;
      case 't':
        ranges->push_back({'\t', '\t'});
        return true;
      default: {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool digit = c >= '0' && c <= '9';
        if (letter || digit || c >= 0x80) return false;
        ranges->push_back({c, c});
        return true;
      }
    }
  }

  // Behind the bracket of a class.
  bool Class(Ranges* ranges) {
    const bool negated = Take('^');
    bool first = true;
    while (!AtEnd() && (first || !At(']'))) {
      first = false;
      char32_t low = text_[position_++];
      if (low == '[' && At(':')) return false;
      if (low == '\\') {
        Ranges escaped;
        if (!Escape(&escaped)) return false;
        const bool single = escaped.size() == 1 && escaped[0].first == escaped[0].last;
        if (!single) {
          ranges->insert(ranges->end(), escaped.begin(), escaped.end());
          continue;
        }
        low = escaped[0].first;
      }
      char32_t high = low;
      if (At('-') && position_ + 1 < text_.size() && text_[position_ + 1] != ']') {
        ++position_;
        high = text_[position_++];
        if (high == '\\') {
          Ranges escaped;
          if (!Escape(&escaped) || escaped.size() != 1) return false;
          high = escaped[0].first;
        }
        if (high < low) return false;
      }
      ranges->push_back({low, high});
    }
    if (negated) *ranges = Complement(*ranges);
    return Take(']');
  }

  std::u32string text_;
  size_t position_ = 0;
  Automaton* automaton_ = nullptr;
};

}  // namespace

Automaton RegexAutomaton(std::string_view regex) {
  Automaton automaton;
  if (RegexReader(regex).Read(&automaton)) return automaton;
  Automaton anything;
  anything.end = AutomatonPieces(anything, 0, true).Anything(anything.start);
  anything.exact = false;
  return anything;
}

}  // namespace weft
