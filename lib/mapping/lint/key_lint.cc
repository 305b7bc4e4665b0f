#include "mapping/lint/key_lint.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "mapping/lint/stage_names.h"
#include "mapping/pattern_index.h"

namespace weft {
namespace {

using internal::CheckedRule;
using internal::CheckedStage;
using internal::MappingDocument;

// The names of a checkpoint on their way through one stage.
class StagePassage {
 public:
  StagePassage(const MappingDocument& document, size_t stage, bool back, StageNames& names)
      : stage_number_(stage), stage_(document.stages[stage]), back_(back), names_(names) {
    hits_.resize(stage_.rules.size(), false);
    for (size_t r = 0; r < stage_.rules.size(); ++r) {
      if (!ActsHere(stage_.rules[r]) || !names_.IsOn(r)) continue;
      const Side side = IsTurned(stage_.rules[r]) ? Side::kTo : Side::kFrom;
      const auto& tensors = side == Side::kFrom ? stage_.rules[r].from : stage_.rules[r].to;
      for (size_t tensor = 0; tensor < tensors.size(); ++tensor) {
        for (size_t name = 0; name < tensors[tensor].names.size(); ++name) {
          index_.Add(*tensors[tensor].names[name].pattern, static_cast<uint32_t>(places_.size()));
          places_.push_back({r, {side, tensor, name}});
        }
      }
    }
  }

  bool ActsHere(const CheckedRule& rule) const {
    if (!back_) return rule.direction != RuleDirection::kReverse;
    return rule.direction != RuleDirection::kForward && rule.kind != CheckedRule::Kind::kDrop;
  }

  // The names that come out. Where evidence that nobody knows here decides whether the stage runs,
  // those that went in, too.
  std::set<std::string> Run(const std::set<std::string>& in, LintReport& report) {
    std::set<std::string> out;
    const bool may_rest =
        stage_.when.has_value() && HoldsByParams(*stage_.when, names_.resolver()) != true;
    for (const std::string& name : in) {
      if (!Pass(name, report, &out) || may_rest) out.insert(name);
    }
    return out;
  }

  bool IsHit(size_t rule) const { return hits_[rule]; }
  bool any_hit() const { return std::find(hits_.begin(), hits_.end(), true) != hits_.end(); }

 private:
  bool IsTurned(const CheckedRule& rule) const {
    return back_ && rule.direction != RuleDirection::kReverse;
  }

  bool Yields(size_t rule) const {
    return stage_.rules[rule].otherwise && !IsTurned(stage_.rules[rule]);
  }

  // What the rule of the place makes of the name; nullopt where it does not take it.
  std::optional<std::vector<std::string>> MadeOf(const StagePlace& place, const std::string& name) {
    RuleNames& judge = names_.Judge(place.rule);
    if (place.name.side == Side::kTo) {
      return judge.SourcesOf(place.name.tensor, place.name.name, name);
    }
    Bindings bindings;
    if (!judge.Takes(place.name.tensor, place.name.name, name, &bindings)) return std::nullopt;
    return judge.TargetsOf(bindings);
  }

  // False where no rule takes the name.
  bool Pass(const std::string& name, LintReport& report, std::set<std::string>* out) {
    std::vector<uint32_t> candidates;
    index_.Candidates(name, &candidates);
    std::optional<size_t> taken;
    for (const uint32_t candidate : candidates) {
      const StagePlace& place = places_[candidate];
      CheckReadings(place, name, report);
      const auto made = MadeOf(place, name);
      if (!made.has_value()) continue;
      hits_[place.rule] = true;
      out->insert(made->begin(), made->end());
      if (taken.has_value() && *taken != place.rule && Yields(*taken) == Yields(place.rule)) {
        AddTwoRules(place.rule, *taken, name, report);
      }
      if (!taken.has_value() || Yields(*taken)) taken = place.rule;
    }
    return taken.has_value();
  }

  void CheckReadings(const StagePlace& place, const std::string& name, LintReport& report) {
    const CheckedRule& rule = stage_.rules[place.rule];
    const auto& tensors = place.name.side == Side::kFrom ? rule.from : rule.to;
    const Pattern& pattern = *tensors[place.name.tensor].names[place.name.name].pattern;
    if (pattern.plainly_unambiguous() ||
        report.Has(stage_number_, place.rule, LintCode::kAmbiguousPattern)) {
      return;
    }
    const auto readings = names_.Judge(place.rule).TwoReadings(place.name, name);
    if (!readings.has_value()) return;
    report.Add(
        stage_number_, place.rule,
        {LintCode::kAmbiguousPattern, pattern.where(), *readings, name,
         "write more of the name out, or constrain a variable, so that one reading is left"});
  }

  void AddTwoRules(size_t rule, size_t other, const std::string& name, LintReport& report) {
    if (report.Has(stage_number_, rule, LintCode::kOverlappingDomains)) return;
    report.Add(stage_number_, rule,
               {LintCode::kOverlappingDomains, stage_.rules[rule].where,
                absl::StrFormat("this rule and %s take one name%s", stage_.rules[other].where,
                                back_ ? " on the way back" : ""),
                name, "narrow one of the patterns, or use \"unless\" or \"otherwise\""});
  }

  const size_t stage_number_;
  const CheckedStage& stage_;
  const bool back_;
  StageNames& names_;
  PatternIndex index_;
  std::vector<StagePlace> places_;  // by id in the index
  std::vector<bool> hits_;          // by rule
};

class KeyLint {
 public:
  KeyLint(const MappingDocument& document, const ParamAssignments& params,
          const LintOptions& options, RegexCache& cache, LintReport& report)
      : document_(document), params_(params), options_(options), cache_(cache), report_(report) {}

  void Run() {
    if (document_.stages.empty() || RunThrough(false) || RunThrough(true)) return;
    report_.Add(0, 0,
                {LintCode::kRuleWithoutKeys, document_.stages.front().where,
                 absl::StrFormat("no rule takes any of the %d keys, in either direction",
                                 options_.keys.size()),
                 "", "is it the mapping for this checkpoint?"});
  }

 private:
  // The params with the first value of each.
  Assignment AssignmentFor(size_t stage) const {
    std::set<std::string> free;
    for (size_t rule = 0; rule < document_.stages[stage].rules.size(); ++rule) {
      free.merge(FreeParamsOf(document_, stage, rule, params_));
    }
    bool all = true;
    return params_.For(free, &all).front();
  }

  // False where no rule takes a name; then nothing is said.
  bool RunThrough(bool back) {
    LintReport told(0);
    std::set<std::string> names(options_.keys.begin(), options_.keys.end());
    bool any = false;
    for (size_t n = 0; n < document_.stages.size(); ++n) {
      const size_t stage = back ? document_.stages.size() - 1 - n : n;
      StageNames stage_names(document_, stage, params_, AssignmentFor(stage), cache_,
                             report_.total_steps());
      StagePassage passage(document_, stage, back, stage_names);
      names = passage.Run(names, report_);
      any = any || passage.any_hit();
      AddMissed(stage, passage, stage_names, told);
    }
    if (any) report_.Add(std::move(told));
    return any;
  }

  void AddMissed(size_t stage, const StagePassage& passage, const StageNames& names,
                 LintReport& told) const {
    const CheckedStage& checked = document_.stages[stage];
    for (size_t rule = 0; rule < checked.rules.size(); ++rule) {
      if (passage.IsHit(rule) || !passage.ActsHere(checked.rules[rule]) || !names.IsOn(rule)) {
        continue;
      }
      told.Add(stage, rule,
               {LintCode::kRuleWithoutKeys, checked.rules[rule].where,
                absl::StrFormat("the rule takes none of the %d keys, nor of what other stages make "
                                "of them",
                                options_.keys.size()),
                "",
                "not every checkpoint has all names; where this one should, look for a misspelled "
                "pattern"});
    }
  }

  const MappingDocument& document_;
  const ParamAssignments& params_;
  const LintOptions& options_;
  RegexCache& cache_;
  LintReport& report_;
};

}  // namespace

void LintKeys(const MappingDocument& document, const ParamAssignments& params,
              const LintOptions& options, RegexCache& cache, LintReport& report) {
  KeyLint(document, params, options, cache, report).Run();
}

}  // namespace weft
