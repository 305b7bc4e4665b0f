// The shortest name that several automata accept.
#ifndef WEFT_MAPPING_LINT_WORD_SEARCH_H_
#define WEFT_MAPPING_LINT_WORD_SEARCH_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "mapping/lint/automaton.h"
#include "mapping/lint/exclusion.h"

namespace weft {

// One that reads the name.
struct WordReader {
  const Automaton* automaton = nullptr;
  // Follows what the automaton puts on its second tape, and must accept it. May be null; ignored
  // where the automaton has no second tape.
  Exclusion* exclusion = nullptr;
};

struct WordQuestion {
  std::vector<WordReader> readers;
  // The first two readers, which are of one pattern, must differ in which of its tokens reads some
  // character.
  bool in_two_ways = false;
};

struct WordBudget {
  uint64_t question_steps = 0;
  uint64_t* total_steps = nullptr;  // left for all questions
};

struct WordAnswer {
  enum class Verdict { kFound, kNone, kUndecided };

  Verdict verdict = Verdict::kNone;
  std::string word;
};

// `confirm` says whether a name is what is looked for in truth: automata may accept more than the
// patterns they stand for. Where the first name is refused a bounded number of further ones is
// tried. kNone is certain, kFound is confirmed.
WordAnswer FindWord(const WordQuestion& question,
                    const std::function<bool(const std::string& word)>& confirm,
                    const WordBudget& budget);

}  // namespace weft

#endif  // WEFT_MAPPING_LINT_WORD_SEARCH_H_
