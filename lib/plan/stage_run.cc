#include "plan/stage_run.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace weft {
namespace {

using internal::CheckedRule;

// Tensors that are named in the reasons of one stage; one would do, a few help.
constexpr size_t kNamesShown = 3;

size_t Index(int number) { return static_cast<size_t>(number); }

}  // namespace

StageRun::StageRun(const internal::CheckedStage& stage, Direction direction, ParamScope& params,
                   RegexCache& cache, const Limits& limits, bool look_back, StageReport& report)
    : stage_(stage),
      direction_(direction),
      params_(params),
      cache_(cache),
      limits_(limits),
      look_back_(look_back),
      report_(report),
      matcher_(stage, direction, params.resolver(), cache) {}

absl::Status StageRun::Run(std::vector<Entry>& entries) {
  Claim(entries);
  Rename(entries);
  RunGroups(entries);
  CheckNames(entries);
  if (look_back_ || TookNothing()) CheckRange(entries);
  WEFT_RETURN_IF_ERROR(diagnostics_.ToStatus());

  std::vector<Entry> outputs;
  outputs.reserve(passing_.size() + renamed_.size() + made_.size());
  for (const uint32_t index : passing_) outputs.push_back(std::move(entries[index]));
  for (Renamed& renamed : renamed_) {
    Entry& entry = outputs.emplace_back(std::move(entries[renamed.entry]));
    entry.name = std::move(renamed.name);
    entry.rules.push_back(Use(renamed.rule, 1));
  }
  for (Entry& entry : made_) outputs.push_back(std::move(entry));
  for (size_t i = 0; i < dropped_.size(); ++i) {
    report_.dropped.emplace_back(std::move(entries[dropped_[i]]), std::move(drop_reasons_[i]));
  }
  entries = std::move(outputs);
  return absl::OkStatus();
}

uint32_t StageRun::Use(uint32_t rule, uint64_t tensors) {
  const CheckedRule& checked = matcher_.rule(rule).rule();
  const auto [found, added] =
      report_.rule_numbers.try_emplace(&checked, static_cast<uint32_t>(report_.rules.size()));
  if (added) {
    report_.rules.push_back({checked.where, checked.text, 0});
    if (look_back_ && checked.direction != RuleDirection::kBoth) {
      AddOneWay(absl::StrFormat("%s: the rule acts in one direction only", checked.where));
      report_.one_way_rules.insert(found->second);
    }
  }
  report_.rules[found->second].tensors += tensors;
  return found->second;
}

void StageRun::AddOneWay(std::string reason) {
  std::vector<std::string>& reasons = report_.one_way_reasons;
  if (std::find(reasons.begin(), reasons.end(), reason) == reasons.end()) {
    reasons.push_back(std::move(reason));
  }
}

void StageRun::MarkOneWay(uint32_t rule, const RuleRun& run) {
  report_.one_way_rules.insert(rule);
  for (const TensorList& list : run.read) {
    for (const uint32_t index : list.entries) {
      const View& view = run.entries[index].view;
      if (view.is_identity()) report_.one_way_sources.insert(view.source());
      for (const Box& box : view.boxes()) report_.one_way_sources.insert(box.source);
    }
  }
}

// Decides for each entry which rule takes it.
void StageRun::Claim(const std::vector<Entry>& entries) {
  std::set<std::string> told;
  for (uint32_t i = 0; i < entries.size(); ++i) {
    absl::StatusOr<std::optional<struct Claim>> claim = matcher_.Match(entries[i].name);
    if (!claim.ok()) {
      // What is wrong with a rule shows on each tensor it looks at, and is told once.
      if (told.insert(std::string(claim.status().message())).second) {
        diagnostics_.Add(claim.status());
      }
      continue;
    }
    if (!claim->has_value()) {
      passing_.push_back(i);
      continue;
    }
    const CheckedRule& rule = matcher_.rule((*claim)->rule).rule();
    switch (rule.kind) {
      case CheckedRule::Kind::kRename:
        if (rule.has_copies) {
          AddToGroup(**claim, i);
          break;
        }
        renamed_.push_back({i, (*claim)->rule, (*claim)->readings.front().bindings, ""});
        break;
      case CheckedRule::Kind::kDrop:
        dropped_.push_back(i);
        drop_reasons_.push_back(rule.reason.empty() ? "dropped by " + rule.where
                                                    : Escaped(rule.reason));
        report_.one_way_rules.insert(Use((*claim)->rule, 1));
        AddOneWay(absl::StrFormat("%s: the rule drops tensors", rule.where));
        break;
      case CheckedRule::Kind::kLayouts:
      case CheckedRule::Kind::kOperations:
        AddToGroup(**claim, i);
        break;
    }
  }
}

void StageRun::AddToGroup(const struct Claim& claim, uint32_t entry) {
  const RuleView& view = matcher_.rule(claim.rule);
  for (const Claim::Reading& reading : claim.readings) {
    std::string key = absl::StrCat(claim.rule);
    for (const int variable : view.rule().group_variables) {
      const Binding& binding = reading.bindings[Index(variable)];
      key += '\0';
      if (binding.kind == Binding::Kind::kIndex) {
        absl::StrAppend(&key, binding.index);
      } else {
        // With its length, so that no text runs over into the next.
        absl::StrAppend(&key, binding.text.size(), ":");
        key += binding.text;
      }
    }
    const auto [found, added] =
        group_numbers_.try_emplace(std::move(key), static_cast<uint32_t>(groups_.size()));
    if (added) {
      Group& group = groups_.emplace_back();
      group.rule = claim.rule;
      group.bindings.resize(Index(view.rule().variables.size()));
      for (const int variable : view.rule().group_variables) {
        group.bindings[Index(variable)] = reading.bindings[Index(variable)];
      }
      group.where = WhereOf(group.rule, group.bindings);
      group.members.resize(view.read().size());
    }
    groups_[found->second].members[reading.tensor].push_back(
        {entry, reading.name, reading.bindings});
  }
}

std::string StageRun::WhereOf(uint32_t rule, const Bindings& group) const {
  const CheckedRule& checked = matcher_.rule(rule).rule();
  const std::string values = TextOf(group, checked.variables);
  return values.empty() ? checked.where : absl::StrFormat("%s, %s", checked.where, values);
}

void StageRun::Rename(const std::vector<Entry>& entries) {
  std::set<std::string> told;
  for (Renamed& renamed : renamed_) {
    absl::StatusOr<std::optional<std::string>> name =
        matcher_.writer(renamed.rule, 0).Make(renamed.bindings);
    if (!name.ok()) {
      // A param that a name lacks, it lacks for each tensor.
      const absl::Status status = NeededBy(matcher_.rule(renamed.rule).rule().where, name.status());
      if (told.insert(std::string(status.message())).second) diagnostics_.Add(status);
    } else if (!name->has_value() || (*name)->empty()) {
      diagnostics_.Add(
          ErrorCode::kNoTargetName, WhereOf(renamed.rule, renamed.bindings),
          absl::StrFormat("tensor '%s' gets %s from pattern \"%s\"",
                          Escaped(entries[renamed.entry].name),
                          name->has_value() ? "an empty name" : "no name",
                          Escaped(matcher_.rule(renamed.rule).written().front().pattern().text())));
    } else {
      renamed.name = **std::move(name);
    }
  }
}

void StageRun::RunGroups(const std::vector<Entry>& entries) {
  std::set<std::string> told;
  for (uint32_t number = 0; number < groups_.size(); ++number) {
    const absl::Status status = RunGroup(number, entries);
    // A param that a rule lacks, it lacks in each group.
    if (!status.ok() && told.insert(std::string(status.message())).second) {
      diagnostics_.Add(status);
    }
  }
}

absl::StatusOr<std::vector<Entry>> StageRun::RunRule(RuleRun& run) {
  switch (run.view.rule().kind) {
    case CheckedRule::Kind::kLayouts:
      return RunLayouts(run);
    case CheckedRule::Kind::kOperations:
      return RunOperations(run);
    default:
      return RunRenaming(run);
  }
}

absl::Status StageRun::RunGroup(uint32_t number, const std::vector<Entry>& entries) {
  const Group& group = groups_[number];
  const RuleView& view = matcher_.rule(group.rule);
  RuleRun run{view, matcher_, group.rule,    group.bindings, entries,     {},
              {},   params_,  report_.parts, limits_,        group.where, ""};
  WEFT_RETURN_IF_ERROR(CompleteLists(run, group.members));
  WEFT_RETURN_IF_ERROR(CheckCopies(run));
  absl::StatusOr<std::vector<Entry>> outputs = RunRule(run);
  if (!outputs.ok()) return NeededBy(view.rule().where, outputs.status());
  WEFT_RETURN_IF_ERROR(MergeTwins(run, &*outputs));
  if (!run.one_way_reason.empty()) {
    AddOneWay(absl::StrFormat("%s: %s", view.rule().where, run.one_way_reason));
  }
  uint64_t taken = 0;
  absl::InlinedVector<uint32_t, 2> rules;  // that made the inputs, each once
  taken += run.copies.size();
  for (const TensorList& list : run.read) {
    taken += list.entries.size();
    for (const uint32_t index : list.entries) {
      for (const uint32_t rule : entries[index].rules) {
        if (std::find(rules.begin(), rules.end(), rule) == rules.end()) rules.push_back(rule);
      }
    }
  }
  rules.push_back(Use(group.rule, taken));
  if (!run.one_way_reason.empty()) MarkOneWay(rules.back(), run);
  for (Entry& entry : *outputs) {
    entry.rules = rules;
    made_.push_back(std::move(entry));
    made_group_.push_back(number);
  }
  return absl::OkStatus();
}

// No name may come out twice.
void StageRun::CheckNames(const std::vector<Entry>& entries) {
  absl::flat_hash_map<std::string_view, const std::string*> givers;  // and their places
  givers.reserve(renamed_.size() + made_.size());
  const auto give = [&](std::string_view name, const std::string& where, std::string_view source) {
    const auto [found, added] = givers.try_emplace(name, &where);
    if (added) return;
    const bool same_rule = *found->second == where;
    diagnostics_.Add(ErrorCode::kTwoRulesOneTarget, where,
                     absl::StrFormat("target '%s' is made twice: here%s%s and by %s", Escaped(name),
                                     source.empty() ? "" : " from ",
                                     source.empty() ? "" : "'" + Escaped(source) + "'",
                                     same_rule ? "the same rule" : *found->second));
  };
  for (const Renamed& renamed : renamed_) {
    if (renamed.name.empty()) continue;
    give(renamed.name, matcher_.rule(renamed.rule).rule().where, entries[renamed.entry].name);
  }
  for (size_t i = 0; i < made_.size(); ++i) {
    give(made_[i].name, groups_[made_group_[i]].where, "");
  }
  for (const uint32_t index : passing_) {
    const auto found = givers.find(entries[index].name);
    if (found == givers.end()) continue;
    diagnostics_.Add(ErrorCode::kNameCollision, *found->second,
                     absl::StrFormat("the rule makes tensor '%s', which the checkpoint has already "
                                     "and no rule takes",
                                     Escaped(entries[index].name)),
                     "is the checkpoint converted in part?");
  }
}

// Nothing that passes may look as if the stage had made it, and what a rule makes must lead back to
// that rule.
void StageRun::CheckRange(const std::vector<Entry>& entries) {
  const Direction back =
      direction_ == Direction::kForward ? Direction::kReverse : Direction::kForward;
  StageMatcher backwards(stage_, back, params_.resolver(), cache_);
  size_t shown = 0;
  for (const uint32_t index : passing_) {
    const std::string& name = entries[index].name;
    absl::StatusOr<std::optional<struct Claim>> claim = backwards.Match(name);
    // An error of the way back is no error of this one; the way back will say it.
    if (!claim.ok() || !claim->has_value()) continue;
    report_.in_target_range.push_back(name);
    if (!look_back_ || ++shown > kNamesShown) continue;
    AddOneWay(absl::StrFormat("%s: tensor '%s' passes, and the way back would take it",
                              backwards.rule((*claim)->rule).rule().where, Escaped(name)));
  }
  shown = 0;
  const auto check_given = [&](uint32_t rule, const std::string& name) {
    const CheckedRule& checked = matcher_.rule(rule).rule();
    if (checked.direction != RuleDirection::kBoth || shown == kNamesShown) return;
    absl::StatusOr<std::optional<struct Claim>> claim = backwards.Match(name);
    const bool returns =
        claim.ok() && claim->has_value() && &backwards.rule((*claim)->rule).rule() == &checked;
    if (returns) return;
    ++shown;
    report_.one_way_rules.insert(Use(rule, 0));
    AddOneWay(absl::StrFormat("%s: tensor '%s', which the rule makes, does not lead back to it: %s",
                              checked.where, Escaped(name),
                              !claim.ok()          ? DiagnosticsOf(claim.status()).front().what
                              : claim->has_value() ? "another rule takes it, " +
                                                         backwards.rule((*claim)->rule).rule().where
                                                   : "no rule takes it"));
  };
  for (const Renamed& renamed : renamed_) check_given(renamed.rule, renamed.name);
  for (size_t i = 0; i < made_.size(); ++i) {
    check_given(groups_[made_group_[i]].rule, made_[i].name);
  }
}

}  // namespace weft
