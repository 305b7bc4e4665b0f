// The findings so far, and what is left of the work that may be spent.
#ifndef WEFT_MAPPING_LINT_LINT_REPORT_H_
#define WEFT_MAPPING_LINT_LINT_REPORT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "weft/lint.h"

namespace weft {

class LintReport {
 public:
  explicit LintReport(uint64_t total_steps) : total_steps_(total_steps) {}

  // Findings come out in the order of stages and rules; those of one rule as they are added.
  void Add(size_t stage, size_t rule, LintFinding finding) {
    findings_.push_back({{stage, rule}, std::move(finding)});
  }

  void Add(LintReport other) {
    for (Placed& placed : other.findings_) findings_.push_back(std::move(placed));
  }

  bool Has(size_t stage, size_t rule, LintCode code) const {
    return std::any_of(findings_.begin(), findings_.end(), [&](const Placed& placed) {
      return placed.place == std::make_pair(stage, rule) && placed.finding.code == code;
    });
  }

  uint64_t* total_steps() { return &total_steps_; }

  std::vector<LintFinding> Take() {
    std::stable_sort(findings_.begin(), findings_.end(),
                     [](const Placed& a, const Placed& b) { return a.place < b.place; });
    std::vector<LintFinding> findings;
    findings.reserve(findings_.size());
    for (Placed& placed : findings_) findings.push_back(std::move(placed.finding));
    return findings;
  }

 private:
  struct Placed {
    std::pair<size_t, size_t> place;
    LintFinding finding;
  };

  uint64_t total_steps_;
  std::vector<Placed> findings_;
};

}  // namespace weft

#endif  // WEFT_MAPPING_LINT_LINT_REPORT_H_
