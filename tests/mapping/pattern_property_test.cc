#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "mapping/named_pattern.h"
#include "mapping/pattern_index.h"
#include "mapping/random_pattern.h"

namespace weft {
namespace {

std::string TextOf(const Reading& reading) {
  std::string text;
  for (const auto& [variable, value] : reading) text += variable + "=" + value + " ";
  return text;
}

// What the library read, in the reference's terms.
Reading ReadingOf(const NamedPattern& pattern) {
  Reading reading;
  for (const int variable : pattern.pattern().variables()) {
    const Binding& binding = pattern.bindings()[static_cast<size_t>(variable)];
    reading[pattern.variables().name(variable)] = binding.kind == Binding::Kind::kIndex
                                                      ? std::to_string(binding.index)
                                                      : std::string(binding.text);
  }
  return reading;
}

TEST_CASE("pattern: reads names as a search of all readings does, and writing undoes it",
          "[mapping]") {
  int read_once = 0;
  int read_twice = 0;
  for (uint64_t seed = 0; seed < 4000; ++seed) {
    std::mt19937_64 random(seed);
    const RandomPattern written = MakeRandomPattern(random);
    NamedPattern pattern(written.text);
    if (!pattern.error().ok()) FAIL("seed " << seed << ": " << MessageOf(pattern.error()));
    for (int n = 0; n < 8; ++n) {
      const std::string name = MakeRandomName(written, random);
      const std::set<Reading> expected = AllReadings(written, name);
      const std::string got = pattern.Read(name);
      INFO("seed " << seed << ", pattern " << written.text << ", name '" << name << "', got "
                   << got);
      if (expected.empty()) {
        if (got != "no match") FAIL("expected no match");
      } else if (expected.size() == 1) {
        if (got.rfind("Make gives", 0) == 0 || ReadingOf(pattern) != *expected.begin()) {
          FAIL("expected " << TextOf(*expected.begin()));
        }
        ++read_once;
      } else {
        if (got.rfind("AMBIGUOUS_KEY", 0) != 0) FAIL("expected two readings");
        if (pattern.pattern().plainly_unambiguous()) FAIL("called plainly unambiguous");
        ++read_twice;
      }
    }
  }
  CHECK(read_once > 8000);
  CHECK(read_twice > 200);
}

TEST_CASE("pattern: what is written is read back as the same values", "[mapping]") {
  int written_names = 0;
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    std::mt19937_64 random(seed * 7919 + 1);
    const RandomPattern source = MakeRandomPattern(random);
    NamedPattern pattern(source.text);
    const std::vector<std::string> texts = {"a", "b.a", "ab", "", "_b", "w1"};
    for (int n = 0; n < 8; ++n) {
      Bindings bindings(static_cast<size_t>(pattern.variables().size()));
      for (size_t v = 0; v < bindings.size(); ++v) {
        const bool index = pattern.variables().name(static_cast<int>(v))[0] == 'i';
        bindings[v] = index ? IndexBinding(random() % 12) : TextBinding(texts[random() % 6]);
      }
      const absl::StatusOr<std::optional<std::string>> name = pattern.matcher().Make(bindings);
      REQUIRE(name.ok());
      if (!name->has_value()) continue;
      ++written_names;
      const std::string got = pattern.Read(**name);
      if (got.rfind("AMBIGUOUS_KEY", 0) == 0) continue;
      INFO("seed " << seed << ", pattern " << source.text << ", name '" << **name << "'");
      if (!(pattern.bindings() == bindings)) FAIL("read back as " << got);
    }
  }
  CHECK(written_names > 3000);
}

TEST_CASE("pattern index: every pattern that matches is a candidate, each once and in order",
          "[mapping]") {
  int matches = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    std::mt19937_64 random(seed * 104729 + 3);
    std::vector<RandomPattern> sources;
    std::vector<std::unique_ptr<NamedPattern>> patterns;
    PatternIndex index;
    for (uint32_t id = 0; id < 20; ++id) {
      sources.push_back(MakeRandomPattern(random));
      patterns.push_back(std::make_unique<NamedPattern>(sources.back().text));
      index.Add(patterns.back()->pattern(), id);
    }
    for (int n = 0; n < 40; ++n) {
      const std::string name = MakeRandomName(sources[random() % sources.size()], random);
      std::vector<uint32_t> candidates = {99};
      index.Candidates(name, &candidates);
      REQUIRE(candidates[0] == 99);  // appended to what stands there
      candidates.erase(candidates.begin());
      REQUIRE(std::is_sorted(candidates.begin(), candidates.end()));
      REQUIRE(std::adjacent_find(candidates.begin(), candidates.end()) == candidates.end());
      for (uint32_t id = 0; id < patterns.size(); ++id) {
        if (patterns[id]->Read(name) == "no match") continue;
        ++matches;
        if (std::find(candidates.begin(), candidates.end(), id) == candidates.end()) {
          FAIL("seed " << seed << ": " << sources[id].text << " is no candidate for '" << name
                       << "'");
        }
      }
    }
  }
  CHECK(matches > 10'000);
}

}  // namespace
}  // namespace weft
