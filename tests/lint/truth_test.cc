// Random mappings: what lint finds, a conversion of the witness runs into; where lint finds
// nothing, no conversion of random names does.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "lint/findings_of.h"
#include "mapping/random_pattern.h"
#include "plan/compiled.h"

namespace weft {
namespace {

bool Chance(std::mt19937_64& random, uint64_t one_in) { return random() % one_in == 0; }

std::string Quoted(const std::string& text) { return "\"" + text + "\""; }

std::string Joined(const std::vector<std::string>& segments) {
  std::string text;
  for (const std::string& segment : segments) text += (text.empty() ? "" : ".") + segment;
  return text;
}

// Segments as they are spelled; a dot within braces is none between segments.
std::vector<std::string> SegmentsOf(const std::string& pattern) {
  std::vector<std::string> segments(1);
  int depth = 0;
  for (const char c : pattern) {
    depth += c == '{' ? 1 : (c == '}' ? -1 : 0);
    if (c == '.' && depth == 0) {
      segments.emplace_back();
    } else {
      segments.back() += c;
    }
  }
  return segments;
}

struct RandomRules {
  std::vector<RandomPattern> from;
  Lines rules;
};

// The other side of a renaming: the same variables, in another place or order, or with fewer
// values.
std::string TargetOf(const std::string& from, std::mt19937_64& random) {
  std::vector<std::string> segments = SegmentsOf(from);
  if (Chance(random, 3)) std::rotate(segments.begin(), segments.begin() + 1, segments.end());
  if (Chance(random, 2)) segments.insert(segments.begin(), Chance(random, 2) ? "t" : "a");
  for (std::string& segment : segments) {
    if (segment == "{i0}" && Chance(random, 3))
      segment = Chance(random, 2) ? "{i0=0..4}" : "{i0+1}";
  }
  return Joined(segments);
}

RandomRules MakeRandomRules(std::mt19937_64& random) {
  RandomRules rules;
  for (uint64_t n = 1 + random() % 3; n > 0; --n) {
    const RandomPattern& pattern = rules.from.emplace_back(MakeRandomPattern(random));
    std::string rule;
    if (Chance(random, 4)) {
      rule = "{\"drop\": " + Quoted(pattern.text);
    } else {
      rule = "{\"rename\": " + Quoted(pattern.text) +
             ", \"to\": " + Quoted(TargetOf(pattern.text, random));
    }
    if (Chance(random, 3)) {
      const std::string unless =
          Chance(random, 2) ? MakeRandomPattern(random).text : MakeRandomName(pattern, random);
      if (!unless.empty()) rule += ", \"unless\": " + Quoted(unless);
    }
    if (Chance(random, 5)) rule += ", \"otherwise\": true";
    rules.rules.push_back(rule + "}");
  }
  return rules;
}

std::set<ErrorCode> CodesOf(const Mapping& mapping, const std::vector<std::string>& names,
                            Direction direction) {
  std::vector<NamedShape> tensors;
  for (const std::string& name : names) tensors.push_back({name, {2}, DType::kF32});
  CompileOptions options;
  options.direction = direction;
  std::set<ErrorCode> codes;
  const auto plan = Compile({mapping}, CatalogOf(std::move(tensors)), options);
  for (const Diagnostic& diagnostic : DiagnosticsOf(plan.status())) codes.insert(diagnostic.code);
  return codes;
}

// What a conversion says of the names that findings are about.
bool HasNameError(const std::set<ErrorCode>& codes) {
  return codes.count(ErrorCode::kAmbiguousKey) > 0 ||
         codes.count(ErrorCode::kTwoRulesOneTensor) > 0;
}

// The quoted names in a message.
std::vector<std::string> QuotedIn(const std::string& text) {
  std::vector<std::string> names;
  for (size_t begin = text.find('\''); begin != std::string::npos;) {
    const size_t end = text.find('\'', begin + 1);
    names.push_back(text.substr(begin + 1, end - begin - 1));
    begin = text.find('\'', end + 1);
  }
  return names;
}

bool IsTrue(const Mapping& mapping, const LintFinding& finding) {
  switch (finding.code) {
    case LintCode::kAmbiguousPattern: {
      const bool is_to = finding.where.find("/to)") != std::string::npos;
      return HasNameError(
          CodesOf(mapping, {finding.witness}, is_to ? Direction::kReverse : Direction::kForward));
    }
    case LintCode::kOverlappingDomains:
      return HasNameError(CodesOf(mapping, {finding.witness}, Direction::kForward));
    case LintCode::kOverlappingRanges: {
      const std::vector<std::string> sources = QuotedIn(finding.what);
      if (sources.size() != 2) return false;
      const std::set<ErrorCode> forward = CodesOf(mapping, sources, Direction::kForward);
      return HasNameError(CodesOf(mapping, {finding.witness}, Direction::kReverse)) &&
             (HasNameError(forward) || forward.count(ErrorCode::kTwoRulesOneTarget) > 0);
    }
    case LintCode::kNameWithoutTarget: {
      const std::set<ErrorCode> forward = CodesOf(mapping, {finding.witness}, Direction::kForward);
      return HasNameError(forward) || forward.count(ErrorCode::kNoTargetName) > 0;
    }
    default:
      return true;
  }
}

TEST_CASE("lint: findings are true, and what is clean converts", "[lint]") {
  std::map<LintCode, int> found;
  int clean = 0;
  int names_read = 0;
  for (uint64_t seed = 0; seed < 1500; ++seed) {
    std::mt19937_64 random(seed);
    const RandomRules rules = MakeRandomRules(random);
    const std::string json = WithRules(rules.rules);
    const auto mapping = Mapping::FromJson(json, "m.json");
    if (!mapping.ok()) continue;  // a rotated pattern may have two paths side by side
    INFO("seed " << seed << ": " << json);
    const auto findings = Lint(*mapping);
    REQUIRE(findings.ok());
    for (const LintFinding& finding : *findings) {
      ++found[finding.code];
      if (!IsTrue(*mapping, finding)) FAIL(NameOf(finding.code) << ' ' << finding.what);
    }
    if (!findings->empty()) continue;
    ++clean;
    std::set<std::string> names;
    for (int n = 0; n < 30; ++n) {
      const std::string name = MakeRandomName(rules.from[random() % rules.from.size()], random);
      if (!name.empty()) names.insert(name);
    }
    names_read += static_cast<int>(names.size());
    std::set<ErrorCode> codes =
        CodesOf(*mapping, {names.begin(), names.end()}, Direction::kForward);
    for (const ErrorCode code :
         {ErrorCode::kAmbiguousKey, ErrorCode::kTwoRulesOneTensor, ErrorCode::kTwoRulesOneTarget}) {
      if (codes.count(code) > 0) FAIL(NameOf(code));
    }
  }
  CHECK(found[LintCode::kAmbiguousPattern] > 100);
  CHECK(found[LintCode::kOverlappingDomains] > 100);
  CHECK(found[LintCode::kOverlappingRanges] > 50);
  CHECK(found[LintCode::kNameWithoutTarget] > 5);
  CHECK(clean > 200);
  CHECK(names_read > 1000);
}

}  // namespace
}  // namespace weft
