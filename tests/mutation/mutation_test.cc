// Each shipped mapping, with one mistake in it, against the golden cases: what changes names,
// shapes or coverage is found without reading data; what only moves data is found by Verify.
#include <array>
#include <catch2/catch.hpp>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <set>

#include "golden/cases.h"
#include "mutation/mapping_edit.h"
#include "mutation/trial.h"

namespace weft::mutation {
namespace {

constexpr int kEditsOfAKind = 12;  // of one mapping; fewer where it has less to edit

using Counts = std::array<int, kVerdicts>;

struct Tally {
  std::array<Counts, kEditKinds> counts = {};
  std::vector<std::string> survivors;

  int Of(Verdict verdict) const {
    int sum = 0;
    for (const Counts& of_kind : counts) sum += of_kind[static_cast<size_t>(verdict)];
    return sum;
  }
};

// The cases of each mapping.
std::map<std::string, std::vector<std::unique_ptr<Trial>>> Trials() {
  std::map<std::string, std::vector<std::unique_ptr<Trial>>> trials;
  for (const test::GoldenCase& golden : test::GoldenCases()) {
    trials[golden.mapping].push_back(std::make_unique<Trial>(golden));
  }
  return trials;
}

void TryMapping(const std::string& name, const std::vector<std::unique_ptr<Trial>>& trials,
                Tally& tally) {
  const MappingLibrary library;
  const Json mapping = Json::parse(*library.JsonOf(name));
  Random random(std::accumulate(name.begin(), name.end(), uint64_t{7},
                                [](uint64_t sum, char c) { return sum * 31 + uint8_t(c); }));
  std::set<std::string> seen;
  for (int kind = 0; kind < kEditKinds; ++kind) {
    for (int n = 0; n < kEditsOfAKind; ++n) {
      const Trial& trial = *trials[random.Below(trials.size())];
      const auto edited = Edited(mapping, static_cast<EditKind>(kind), trial.keys(), random);
      if (!edited.has_value() || !seen.insert(edited->dump()).second) continue;
      Json bare = *edited;
      bare.erase("expect");
      INFO(name << ", " << NameOf(static_cast<EditKind>(kind)) << ": " << (*edited)["stages"]);
      const Judgement judgement = trial.Judge(edited->dump(), bare.dump());
      ++tally.counts[static_cast<size_t>(kind)][static_cast<size_t>(judgement.verdict)];
      CHECK(judgement.verdict != Verdict::kMissed);
      if (judgement.verdict != Verdict::kSurvived) continue;
      tally.survivors.push_back(name + ", " + std::string(NameOf(static_cast<EditKind>(kind))) +
                                ": " + judgement.reason + "\n      " +
                                Json::diff(mapping, *edited).dump());
    }
  }
}

void Print(const Tally& tally) {
  const auto row = [](std::string_view name, const Counts& counts) {
    std::cout << std::left << std::setw(34) << name << std::right;
    for (const int count : counts) std::cout << std::setw(9) << count;
    std::cout << '\n';
  };
  std::cout << std::left << std::setw(34) << "edit" << std::right;
  for (int v = 0; v < kVerdicts; ++v) {
    std::cout << std::setw(9) << NameOf(static_cast<Verdict>(v));
  }
  std::cout << '\n';
  Counts sums = {};
  for (int kind = 0; kind < kEditKinds; ++kind) {
    const Counts& counts = tally.counts[static_cast<size_t>(kind)];
    row(NameOf(static_cast<EditKind>(kind)), counts);
    for (size_t v = 0; v < counts.size(); ++v) sums[v] += counts[v];
  }
  row("all", sums);
  for (const std::string& survivor : tally.survivors) std::cout << "survived: " << survivor << '\n';
}

TEST_CASE("mutation: a mistake in a shipped mapping does not go unnoticed", "[mutation]") {
  Tally tally;
  const auto trials = Trials();
  for (const auto& [name, cases] : trials) TryMapping(name, cases, tally);
  Print(tally);

  const int found = tally.Of(Verdict::kParse) + tally.Of(Verdict::kLint) +
                    tally.Of(Verdict::kCompile) + tally.Of(Verdict::kProof) +
                    tally.Of(Verdict::kExpectation);
  const int survived = tally.Of(Verdict::kSurvived);
  std::cout << "names, shapes or coverage: " << found << " of " << found + survived
            << " found before data is read; data alone: " << tally.Of(Verdict::kVerify) << " of "
            << tally.Of(Verdict::kVerify) + tally.Of(Verdict::kMissed) << " found by verify\n";
  CHECK(trials.size() >= 28);
  CHECK(found + survived >= 300);
  CHECK(tally.Of(Verdict::kVerify) >= 20);
  CHECK(found * 100 >= (found + survived) * 95);
}

}  // namespace
}  // namespace weft::mutation
