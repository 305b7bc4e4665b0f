// The findings about a mapping as text, for comparison with what a reader should see.
#ifndef WEFT_TESTS_LINT_FINDINGS_OF_H_
#define WEFT_TESTS_LINT_FINDINGS_OF_H_

#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/errors_of.h"
#include "weft/diagnostic.h"
#include "weft/lint.h"
#include "weft/mapping.h"

namespace weft {

// What is found where nothing is wrong.
inline const Lines kNoLines;

// For each finding "CODE where: what", and below it "witness: …" where there is one, and "hint: …".
inline Lines FindingsOf(std::string_view json, const LintOptions& options = {}) {
  const absl::StatusOr<Mapping> mapping = Mapping::FromJson(json, "m.json");
  if (!mapping.ok()) return {TextOf(DiagnosticsOf(mapping.status()).front())};
  const auto findings = Lint(*mapping, options);
  if (!findings.ok()) return {TextOf(DiagnosticsOf(findings.status()).front())};
  Lines lines;
  for (const LintFinding& finding : *findings) {
    lines.push_back(std::string(NameOf(finding.code)) + " " + finding.where + ": " + finding.what);
    if (!finding.witness.empty()) lines.push_back("witness: " + finding.witness);
    lines.push_back("hint: " + finding.hint);
  }
  return lines;
}

// Of a mapping with one stage of these rules, each on a line of its own, from line 2 on.
inline std::string WithRules(const Lines& rules, std::string_view fields = "") {
  std::string json = "{\"weft\": 1, " + std::string(fields) + "\"stages\": [[\n";
  for (size_t i = 0; i < rules.size(); ++i) json += (i > 0 ? ",\n" : "") + rules[i];
  return json + "]]}";
}

inline Lines FindingsOfRules(const Lines& rules, std::string_view fields = "",
                             const LintOptions& options = {}) {
  return FindingsOf(WithRules(rules, fields), options);
}

}  // namespace weft

#endif  // WEFT_TESTS_LINT_FINDINGS_OF_H_
