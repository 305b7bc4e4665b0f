// Automata of random patterns against a search of all short names by a slow reference.
#include <catch2/catch.hpp>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "diagnostic/status.h"
#include "mapping/lint/name_language.h"
#include "mapping/lint/word_search.h"
#include "mapping/random_pattern.h"

namespace weft {
namespace {

constexpr size_t kLongest = 4;

const std::vector<std::string>& ShortNames() {
  static const auto* const kNames = [] {
    auto* names = new std::vector<std::string>{""};
    for (size_t begin = 0, length = 0; length < kLongest; ++length) {
      const size_t end = names->size();
      for (; begin < end; ++begin) {
        for (const char c : std::string("ab01.")) names->push_back((*names)[begin] + c);
      }
    }
    names->erase(names->begin());
    return names;
  }();
  return *kNames;
}

struct Language {
  RandomPattern written;
  VariableTable variables;
  std::shared_ptr<const Pattern> pattern;
  std::shared_ptr<const Automaton> automaton;
  std::vector<bool> reads;  // by short name
  std::vector<bool> reads_twice;
};

Language MakeLanguage(uint64_t seed) {
  std::mt19937_64 random(seed);
  Language language;
  language.written = MakeRandomPattern(random);
  language.pattern =
      *Pattern::Parse(language.written.text, Side::kFrom, {}, language.variables, "m");
  const Expression::Resolver none = [](std::string_view name) -> absl::StatusOr<ParamValue> {
    return ErrorStatus(ErrorCode::kUnknownParam, name, "nothing gives it");
  };
  const ResolvedPattern resolved =
      *ResolvedPattern::Of(*language.pattern, language.variables, none);
  language.automaton = std::make_shared<const Automaton>(NamesOf(resolved, DomainsOf({&resolved})));
  for (const std::string& name : ShortNames()) {
    const size_t readings = AllReadings(language.written, name).size();
    language.reads.push_back(readings > 0);
    language.reads_twice.push_back(readings > 1);
  }
  return language;
}

size_t CharactersOf(const std::string& name) { return Utf32Of(name).size(); }

WordAnswer Ask(const WordQuestion& question,
               const std::function<bool(const std::string&)>& confirm) {
  uint64_t steps = 10'000'000;
  return FindWord(question, confirm, {1'000'000, &steps});
}

// The answer against the shortest of the names that fit by the reference, 0 where none of the short
// ones does. False where it was not decided.
bool Agrees(const WordAnswer& answer, size_t shortest, bool exact) {
  switch (answer.verdict) {
    case WordAnswer::Verdict::kNone:
      if (shortest != 0) FAIL("there is a name of " << shortest << " characters");
      return true;
    case WordAnswer::Verdict::kFound:
      if (exact && shortest != 0 && CharactersOf(answer.word) > shortest) {
        FAIL("'" << answer.word << "' is longer than " << shortest);
      }
      if (exact && shortest == 0 && CharactersOf(answer.word) < 2) {
        // One character could only be one that is not among the short names.
        const std::string others = "ab01.";
        if (others.find(answer.word) != std::string::npos) FAIL("'" << answer.word << "' is new");
      }
      return true;
    case WordAnswer::Verdict::kUndecided:
      if (exact) FAIL("undecided");
      return false;
  }
  return false;
}

TEST_CASE("automata: names that two patterns share, and one has alone", "[lint]") {
  int shared = 0;
  int apart = 0;
  int undecided = 0;
  for (uint64_t block = 0; block < 3; ++block) {
    std::vector<Language> languages;
    for (uint64_t n = 0; n < 50; ++n) languages.push_back(MakeLanguage(block * 1000 + n));
    for (const Language& a : languages) {
      for (const Language& b : languages) {
        INFO(a.written.text << " and " << b.written.text);
        size_t both = 0;
        size_t alone = 0;
        for (size_t i = ShortNames().size(); i-- > 0;) {
          if (a.reads[i] && b.reads[i]) both = ShortNames()[i].size();
          if (a.reads[i] && !b.reads[i]) alone = ShortNames()[i].size();
        }
        const auto in = [](const Language& language, const std::string& name) {
          return !AllReadings(language.written, name).empty();
        };
        const bool exact = a.automaton->exact && b.automaton->exact;
        const WordAnswer meet =
            Ask({{{a.automaton.get(), nullptr}, {b.automaton.get(), nullptr}}, false},
                [&](const std::string& name) { return in(a, name) && in(b, name); });
        if (exact && meet.verdict == WordAnswer::Verdict::kFound) {
          if (!in(a, meet.word) || !in(b, meet.word)) FAIL("'" << meet.word << "'");
        }
        undecided += Agrees(meet, both, exact) ? 0 : 1;
        shared += meet.verdict == WordAnswer::Verdict::kFound ? 1 : 0;
        if (!exact) continue;
        Exclusion exclusion;
        exclusion.Exclude(b.automaton);
        std::string refused;
        const WordAnswer rest =
            Ask({{{a.automaton.get(), &exclusion}}, false}, [&](const std::string& name) {
              if (!in(a, name) || in(b, name)) refused = name;
              return refused.empty();
            });
        if (!refused.empty()) FAIL("'" << refused << "' is not in the first alone");
        Agrees(rest, alone, true);
        apart += rest.verdict == WordAnswer::Verdict::kFound ? 1 : 0;
      }
    }
  }
  CHECK(shared > 1000);
  CHECK(apart > 1000);
  CHECK(undecided < shared / 10);
}

TEST_CASE("automata: names that a pattern reads in two ways", "[lint]") {
  int found = 0;
  int none = 0;
  for (uint64_t seed = 5000; seed < 5400; ++seed) {
    const Language language = MakeLanguage(seed);
    INFO(language.written.text);
    size_t shortest = 0;
    for (size_t i = ShortNames().size(); i-- > 0;) {
      if (language.reads_twice[i]) shortest = ShortNames()[i].size();
    }
    const WordReader reader = {language.automaton.get(), nullptr};
    const WordAnswer answer = Ask({{reader, reader}, true}, [&](const std::string& name) {
      const bool twice = AllReadings(language.written, name).size() > 1;
      if (!twice && language.automaton->exact) FAIL("'" << name << "' reads in one way");
      return twice;
    });
    if (language.pattern->plainly_unambiguous()) {
      CHECK(answer.verdict != WordAnswer::Verdict::kFound);
    }
    Agrees(answer, shortest, language.automaton->exact);
    found += answer.verdict == WordAnswer::Verdict::kFound ? 1 : 0;
    none += answer.verdict == WordAnswer::Verdict::kNone ? 1 : 0;
  }
  CHECK(found > 50);
  CHECK(none > 100);
}

}  // namespace
}  // namespace weft
