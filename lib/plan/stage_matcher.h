// Which rule of a stage takes a name, read in one direction.
#ifndef WEFT_PLAN_STAGE_MATCHER_H_
#define WEFT_PLAN_STAGE_MATCHER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/document.h"
#include "mapping/expression.h"
#include "mapping/pattern.h"
#include "mapping/pattern_index.h"
#include "weft/mapping.h"

namespace weft {

// A rule with its sides in reading order.
class RuleView {
 public:
  RuleView(const internal::CheckedRule& rule, Direction direction);

  const internal::CheckedRule& rule() const { return *rule_; }
  // Turned round: its `to` side is read. Rules of the reverse direction are written as they run.
  bool turned() const { return turned_; }
  const std::vector<internal::CheckedTensor>& read() const {
    return turned_ ? rule_->to : rule_->from;
  }
  const std::vector<internal::CheckedTensor>& written() const {
    return turned_ ? rule_->from : rule_->to;
  }
  const internal::OperationChain& operations() const {
    return turned_ ? rule_->reverse : rule_->forward;
  }

 private:
  const internal::CheckedRule* rule_;
  bool turned_;
};

// True when the rule takes part in that direction at all.
bool ActsIn(const internal::CheckedRule& rule, Direction direction);

// A name that a rule takes, as one or more of its read tensors.
struct Claim {
  struct Reading {
    uint32_t tensor = 0;  // index into RuleView::read()
    uint32_t name = 0;    // index into CheckedTensor::names
    Bindings bindings;
  };
  uint32_t rule = 0;
  std::vector<Reading> readings;
};

class StageMatcher {
 public:
  // All arguments outlive the matcher.
  StageMatcher(const internal::CheckedStage& stage, Direction direction,
               const Expression::Resolver& resolver, RegexCache& cache);
  ~StageMatcher();
  StageMatcher(const StageMatcher&) = delete;
  StageMatcher& operator=(const StageMatcher&) = delete;

  // The rule that takes `name`, nullopt when it passes. Texts of the bindings point into `name`.
  // Errors: kTwoRulesOneTensor, and those of PatternMatcher and of a rule's `when`.
  absl::StatusOr<std::optional<Claim>> Match(std::string_view name);

  // By Claim::rule.
  const RuleView& rule(uint32_t rule) const;

  // The matchers of the names on the written side of a rule, to make them.
  PatternMatcher& writer(uint32_t rule, uint32_t tensor, uint32_t name = 0);
  // And on the read side.
  PatternMatcher& reader(uint32_t rule, uint32_t tensor, uint32_t name = 0);

 private:
  struct ActiveRule;

  absl::StatusOr<bool> IsOn(ActiveRule& rule);
  absl::StatusOr<bool> Excluded(ActiveRule& rule, std::string_view from_name);
  absl::StatusOr<bool> ForwardTakes(ActiveRule& rule, const Bindings& bindings);
  absl::StatusOr<bool> OtherRuleTakesForward(const ActiveRule& rule, std::string_view from_name);

  const Expression::Resolver& resolver_;
  RegexCache& cache_;
  std::vector<std::unique_ptr<ActiveRule>> rules_;
  PatternIndex index_;
  struct Place {
    uint32_t rule = 0;
    uint32_t tensor = 0;
    uint32_t name = 0;
  };
  std::vector<Place> places_;  // by id in the index
  // Turned stages with `otherwise`: the stage as it runs forward, to see what is left over there.
  std::unique_ptr<StageMatcher> forward_;
};

}  // namespace weft

#endif  // WEFT_PLAN_STAGE_MATCHER_H_
