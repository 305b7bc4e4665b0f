// Finite automata over the characters of names, with a second tape.
//
// An automaton accepts names. Where it stands for the names that a rule *makes*, it also says for
// each of them from which name it is made, as far as the two go in step: the second tape. A
// character may be copied to it; a jump, which takes no character, may put text on it. An automaton
// of plain names copies every character, so that the second tape is the name itself.
#ifndef WEFT_MAPPING_LINT_AUTOMATON_H_
#define WEFT_MAPPING_LINT_AUTOMATON_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft {

// Code points, both ends included.
struct CharacterRange {
  char32_t first = 0;
  char32_t last = 0;
};

inline constexpr char32_t kLastCharacter = 0x10FFFF;

struct Automaton {
  struct Edge {
    CharacterRange range;
    uint32_t to = 0;
    int32_t token = 0;  // of the pattern: which one reads the character
    bool copied = true;
  };
  struct Jump {
    uint32_t to = 0;
    std::u32string put;
  };
  struct State {
    std::vector<Edge> edges;
    std::vector<Jump> jumps;
  };

  // More states are not built; a name has to be decided in another way.
  static constexpr size_t kMostStates = 20'000;

  std::vector<State> states = std::vector<State>(1);
  uint32_t start = 0;
  uint32_t end = 0;
  // False when it accepts more than the names it stands for.
  bool exact = true;
  // The second tape is the name that is read.
  bool has_second_tape = true;

  bool is_full() const { return states.size() >= kMostStates; }

  uint32_t NewState();
  void AddEdge(uint32_t from, uint32_t to, CharacterRange range, int32_t token, bool copied = true);
  void AddJump(uint32_t from, uint32_t to, std::u32string put = {});
};

// Where the pieces of an automaton are put together: each function adds what reads one piece from
// the state `from` on, and returns the state behind it.
class AutomatonPieces {
 public:
  AutomatonPieces(Automaton& automaton, int32_t token, bool copied)
      : automaton_(automaton), token_(token), copied_(copied) {}

  uint32_t Text(uint32_t from, std::u32string_view text);
  uint32_t Segment(uint32_t from);  // [^.]+
  uint32_t Ranges(uint32_t from, const std::vector<CharacterRange>& ranges);
  uint32_t Anything(uint32_t from);  // .* with every character
  // `inner`, whose edges keep their ranges; its start becomes `from`.
  uint32_t Inserted(uint32_t from, const Automaton& inner);

 private:
  Automaton& automaton_;
  int32_t token_;
  bool copied_;
};

// The names that both accept; edges of `a` are kept. Has no jumps on the second tape.
Automaton IntersectionOf(const Automaton& a, const Automaton& b);

// Every character but '.'.
const std::vector<CharacterRange>& NoDot();

std::u32string Utf32Of(std::string_view utf8);
std::string Utf8Of(std::u32string_view text);

}  // namespace weft

#endif  // WEFT_MAPPING_LINT_AUTOMATON_H_
