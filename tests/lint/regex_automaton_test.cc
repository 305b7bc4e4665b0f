#include "mapping/lint/regex_automaton.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "mapping/lint/word_search.h"
#include "re2/re2.h"

namespace weft {
namespace {

// Whether the automaton accepts the text, by intersecting it with the text.
bool Accepts(const Automaton& automaton, const std::string& text) {
  Automaton only;
  // Behind a first character, since the search is for names, which are not empty.
  only.end = AutomatonPieces(only, 0, true).Text(only.start, U"^" + Utf32Of(text));
  Automaton behind;
  AutomatonPieces pieces(behind, 0, true);
  behind.end = pieces.Inserted(pieces.Text(behind.start, U"^"), automaton);
  uint64_t steps = 1'000'000;
  const WordAnswer answer = FindWord({{{&only, nullptr}, {&behind, nullptr}}, false},
                                     [](const std::string&) { return true; }, {steps, &steps});
  REQUIRE(answer.verdict != WordAnswer::Verdict::kUndecided);
  return answer.verdict == WordAnswer::Verdict::kFound;
}

std::vector<std::string> AllTexts(const std::string& alphabet, size_t longest) {
  std::vector<std::string> texts = {""};
  for (size_t begin = 0, length = 0; length < longest; ++length) {
    const size_t end = texts.size();
    for (; begin < end; ++begin) {
      for (const char c : alphabet) texts.push_back(texts[begin] + c);
    }
  }
  return texts;
}

TEST_CASE("regex automata: accept what RE2 accepts", "[lint]") {
  const std::vector<std::string> texts = AllTexts("ab1.-\n", 4);
  for (const std::string regex : {"",
                                  "a",
                                  "ab|b",
                                  "a*",
                                  "a+b?",
                                  "(ab)*",
                                  "(?:a|b){2,3}",
                                  "a{2}",
                                  "b{1,}",
                                  "[ab1]+",
                                  "[^a]*",
                                  "[a-b-]*",
                                  "[]1]a",
                                  "\\d+",
                                  "\\w\\W",
                                  "\\s",
                                  "\\.\\d",
                                  ".*",
                                  "(a|(b|1)+)\\.",
                                  "a{0}b",
                                  "(?P<x>a)b",
                                  "a??b+?",
                                  "[^\\d]",
                                  "((a*)*)*b",
                                  "[\\w.]{1,3}",
                                  "|a",
                                  "(|a)b"}) {
    const Automaton automaton = RegexAutomaton(regex);
    INFO(regex);
    CHECK(automaton.exact);
    for (const std::string& text : texts) {
      if (Accepts(automaton, text) != RE2::FullMatch(text, regex)) FAIL(regex << " on " << text);
    }
  }
}

TEST_CASE("regex automata: what is not followed accepts everything, and says so", "[lint]") {
  for (const std::string regex :
       {"(?i)a", "\\bab", "\\pL", "[[:alpha:]]", "a{1,900}", "^a", "a$", "\\x41",
        "((((((((((((((((((((((((((((((((((a"
        "))))))))))))))))))))))))))))))))))"}) {
    const Automaton automaton = RegexAutomaton(regex);
    INFO(regex);
    REQUIRE(RE2(regex).ok());
    CHECK_FALSE(automaton.exact);
    CHECK(Accepts(automaton, ""));
    CHECK(Accepts(automaton, "x.\n-9"));
  }
}

}  // namespace
}  // namespace weft
