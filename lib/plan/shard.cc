#include "plan/shard.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "plan/box_range.h"
#include "plan/key_set.h"
#include "plan/plan_parts.h"
#include "plan/share.h"
#include "plan/share_sizes.h"
#include "plan/view.h"
#include "tensor/shape.h"
#include "tensor/shard_record.h"
#include "weft/name_report.h"

namespace weft {
namespace {

using internal::ShareRule;
using internal::SplitAxis;

// Checks are cut at multiples of so many elements, which are whole bytes of every dtype.
constexpr uint64_t kGranule = 8;

bool UsesVariables(const Expression& expression, const ShareRule& rule) {
  const std::vector<std::string>& names = expression.names();
  return std::any_of(rule.names.begin(), rule.names.end(), [&names](const NamePattern& pattern) {
    return std::any_of(names.begin(), names.end(), [&pattern](const std::string& name) {
      return pattern.variables.Find(name) >= 0;
    });
  });
}

bool UsesVariables(const ShareRule& rule) {
  const auto in_pad = [&rule](const SplitAxis& axis) {
    return axis.pad.has_value() && UsesVariables(*axis.pad, rule);
  };
  const auto in_size = [&rule](const auto& size) { return UsesVariables(size.second, rule); };
  return std::any_of(rule.split.begin(), rule.split.end(), in_pad) ||
         std::any_of(rule.sizes.begin(), rule.sizes.end(), in_size);
}

class ShardCutter {
 public:
  ShardCutter(const ShardRequest& request, Plan& plan)
      : request_(request),
        shard_(request.shard),
        plan_(plan),
        parts_(static_cast<uint32_t>(plan.catalog->tensors.size()), std::move(plan.constants)) {}

  absl::Status Cut() {
    WEFT_RETURN_IF_ERROR(ActivateRules());
    std::vector<PlannedTensor> kept;
    kept.reserve(plan_.tensors.size());
    for (PlannedTensor& tensor : plan_.tensors) {
      WEFT_ASSIGN_OR_RETURN(const std::optional<Claim> claim, Choose(tensor.name));
      if (!claim.has_value()) continue;
      const absl::StatusOr<bool> has = CutTensor(*claim, tensor);
      if (!has.ok()) {
        Report(*claim->active->rule, tensor.name, has.status());
      } else if (*has) {
        kept.push_back(std::move(tensor));
      }
    }
    WEFT_RETURN_IF_ERROR(Found());
    plan_.tensors = std::move(kept);
    plan_.constants = parts_.TakeConstants();
    CutChecks();
    WEFT_RETURN_IF_ERROR(CountBytes());
    Describe();
    return absl::OkStatus();
  }

 private:
  struct ActiveRule {
    const ShareRule* rule = nullptr;
    bool uses_variables = false;
    // The last share that was computed, for tensors of that shape; unless variables change it.
    Shape shape;
    std::optional<Share> share;
  };

  // The names of the rules of one scope.
  struct ScopeNames {
    std::vector<NamePattern> names;
    std::vector<size_t> rules;  // parallel: indices into rules_
    std::unique_ptr<KeySet> set;
  };

  // A rule that names a tensor.
  struct Claim {
    ActiveRule* active = nullptr;
    const NamePattern* name = nullptr;
    Bindings bindings;

    // Of two rules the smaller one counts.
    std::pair<bool, int> rank() const { return {active->rule->otherwise, active->rule->depth}; }
  };

  // The rules whose `when` holds, and their patterns.
  absl::Status ActivateRules() {
    const VariableTable no_variables;
    const Bindings no_bindings;
    for (const ShareRule& rule : request_.rules) {
      if (rule.when.has_value()) {
        const ShareSizes values(rule, shard_, no_variables, no_bindings, ParamsOf(rule));
        const absl::StatusOr<bool> holds = rule.when->EvaluateBool(values.resolver());
        if (!holds.ok()) return NeededBy(rule.where, holds.status());
        if (!*holds) continue;
      }
      ScopeNames& scope = scopes_[rule.scope];
      scope.names.insert(scope.names.end(), rule.names.begin(), rule.names.end());
      scope.rules.resize(scope.names.size(), rules_.size());
      rules_.push_back({&rule, UsesVariables(rule), {}, std::nullopt});
    }
    for (auto& [number, scope] : scopes_) {
      scope.set = std::make_unique<KeySet>(scope.names, request_.scopes[number]->resolver(),
                                           request_.cache);
    }
    return absl::OkStatus();
  }

  ParamScope& ParamsOf(const ShareRule& rule) const { return *request_.scopes[rule.scope]; }

  // The one rule that takes the tensor; nullopt, with an error, where there is none or are several.
  absl::StatusOr<std::optional<Claim>> Choose(std::string_view name) {
    std::optional<Claim> chosen;
    std::optional<Claim> rival;  // as good as the chosen one
    for (auto& [number, scope] : scopes_) {
      WEFT_RETURN_IF_ERROR(scope.set->FindAll(name, &matches_));
      for (KeyMatch& match : matches_) {
        Claim claim{&rules_[scope.rules[match.place]], &scope.names[match.place],
                    std::move(match.bindings)};
        if (!chosen.has_value() || claim.rank() < chosen->rank()) {
          chosen = std::move(claim);
          rival.reset();
        } else if (claim.active != chosen->active && claim.rank() == chosen->rank()) {
          rival = std::move(claim);
        }
      }
    }
    if (!chosen.has_value()) unnamed_.push_back(name);
    if (!rival.has_value()) return chosen;
    Report(*rival->active->rule, name,
           ErrorStatus(ErrorCode::kTwoRulesOneTensor, "",
                       absl::StrFormat("%s names it as well", chosen->active->rule->where),
                       "narrow one of the entries, or say \"otherwise\": true in the wider one"));
    return std::nullopt;
  }

  // Cuts the tensor. False when the rank does not have it at all.
  absl::StatusOr<bool> CutTensor(const Claim& claim, PlannedTensor& tensor) {
    ActiveRule& active = *claim.active;
    const ShareRule& rule = *active.rule;
    if (rule.split.empty()) return true;
    ShareSizes sizes(rule, shard_, claim.name->variables, claim.bindings, ParamsOf(rule));
    if (rule.split.front().atom < 0) return HasMember(claim, sizes);
    if (!active.share.has_value() || active.uses_variables || active.shape != tensor.shape) {
      active.share.reset();
      WEFT_RETURN_IF_ERROR(sizes.Solve(tensor.shape));
      std::vector<CutAxis> cuts;
      cuts.reserve(rule.split.size());
      for (const SplitAxis& axis : rule.split) {
        WEFT_ASSIGN_OR_RETURN(const Units units, UnitsOfAxis(rule, axis, sizes));
        cuts.push_back({axis.atom, units});
      }
      WEFT_ASSIGN_OR_RETURN(active.share,
                            ShareOf(*rule.layout, rule.cells, sizes.sizes(), sizes.rest(), cuts));
      active.shape = tensor.shape;
    }
    WEFT_RETURN_IF_ERROR(Keep(*active.share, tensor));
    return true;
  }

  // Whether the index of the name is among those that the rank has.
  absl::StatusOr<bool> HasMember(const Claim& claim, const ShareSizes& sizes) const {
    const ShareRule& rule = *claim.active->rule;
    const std::string& name = rule.split.front().name;
    WEFT_ASSIGN_OR_RETURN(const std::optional<int64_t> count, sizes.Given(name));
    if (!count.has_value()) return sizes.Missing(name);
    const int variable = claim.name->variables.Find(name);
    const uint64_t index = claim.bindings[static_cast<size_t>(variable)].index;
    if (index >= static_cast<uint64_t>(*count)) {
      return ErrorStatus(ErrorCode::kSizeConflict, "",
                         absl::StrFormat("its %s is %d; the config or params say that there are %d",
                                         name, index, *count));
    }
    WEFT_RETURN_IF_ERROR(CheckEven(rule, name, *count, false));
    const Units units = UnitsOf(*count, false, shard_);
    return index >= static_cast<uint64_t>(units.begin) && index < static_cast<uint64_t>(units.end);
  }

  absl::StatusOr<Units> UnitsOfAxis(const ShareRule& rule, const SplitAxis& axis,
                                    const ShareSizes& sizes) const {
    int64_t size = sizes.sizes()[static_cast<size_t>(axis.atom)];
    if (axis.pad.has_value()) {
      WEFT_ASSIGN_OR_RETURN(const int64_t multiple, sizes.Evaluate(*axis.pad));
      if (multiple < 1) {
        return ErrorStatus(ErrorCode::kBadParam, rule.where,
                           absl::StrFormat("axis %s is to be filled up to a multiple of %d; "
                                           "expected 1 or more",
                                           axis.name, multiple));
      }
      const int64_t missing = size % multiple == 0 ? 0 : multiple - size % multiple;
      if (__builtin_add_overflow(size, missing, &size)) {
        return ErrorStatus(ErrorCode::kOverflow, "",
                           absl::StrFormat("axis %s, filled up to a multiple of %d, is beyond 64 "
                                           "bits",
                                           axis.name, multiple));
      }
    }
    WEFT_RETURN_IF_ERROR(CheckEven(rule, axis.name, size, axis.shared));
    return UnitsOf(size, axis.shared, shard_);
  }

  absl::Status CheckEven(const ShareRule& rule, const std::string& name, int64_t size,
                         bool shared) const {
    if (rule.uneven || AreEven(size, shared, shard_.world_size)) return absl::OkStatus();
    return ErrorStatus(
        ErrorCode::kUnevenShares, "",
        absl::StrFormat("%s, of %d, cannot be shared evenly by %d ranks", name, size,
                        shard_.world_size),
        "take another number of ranks; where ranks may have parts of different sizes, say "
        "\"uneven\": true in the entry");
  }

  // Leaves the part of the tensor that the share says.
  absl::Status Keep(const Share& share, PlannedTensor& tensor) {
    const View whole = View::OfBoxes(std::move(tensor.boxes));
    std::vector<Box> boxes;
    for (const Box& step : share.kept) Compose(step, whole, &boxes);
    if (!share.filled.empty()) {
      WEFT_ASSIGN_OR_RETURN(const uint32_t zero, parts_.ConstantSource(tensor.source_dtype, "0"));
      for (Box box : share.filled) {
        box.source = zero;
        boxes.push_back(std::move(box));
      }
    }
    Coalesce(boxes);
    const uint64_t elements = ElementsOf(share.shape);
    if (!CoversExactlyOnce(boxes, elements)) {
      return ErrorStatus(ErrorCode::kInternal, "",
                         "the boxes of its part do not write every element exactly once");
    }
    if (!CheckedBitsOf(share.shape, tensor.dtype).has_value()) {
      return ErrorStatus(ErrorCode::kOverflow, "",
                         "its part would have more bits than 64 bits count");
    }
    tensor.shape = share.shape;
    tensor.boxes = std::move(boxes);
    return absl::OkStatus();
  }

  // Of each check the rank makes a part.
  void CutChecks() {
    std::vector<Check> checks;
    for (Check& check : plan_.checks) {
      const Units units =
          UnitsOf(static_cast<int64_t>((check.elements - 1) / kGranule + 1), false, shard_);
      const uint64_t begin = static_cast<uint64_t>(units.begin) * kGranule;
      const uint64_t end = std::min(static_cast<uint64_t>(units.end) * kGranule, check.elements);
      if (begin >= end) continue;
      check.first_element = begin;
      check.elements = end - begin;
      check.found = BoxesOfRange(check.found, begin, check.elements);
      check.expected = BoxesOfRange(check.expected, begin, check.elements);
      checks.push_back(std::move(check));
    }
    plan_.checks = std::move(checks);
  }

  absl::Status CountBytes() {
    plan_.bytes_read = 0;
    plan_.bytes_written = 0;
    uint64_t boxes = 0;
    for (const PlannedTensor& tensor : plan_.tensors) {
      uint64_t copied = 0;
      for (const Box& box : tensor.boxes) {
        if (!parts_.IsConstant(box.source)) copied += ElementsOf(box);
      }
      plan_.bytes_read += copied * static_cast<uint64_t>(BitsOf(tensor.source_dtype)) / 8;
      // Keep has looked at the bits of each; the sum may still be beyond 64 bits.
      const uint64_t bytes =
          ElementsOf(tensor.shape) * static_cast<uint64_t>(BitsOf(tensor.dtype)) / 8;
      if (__builtin_add_overflow(plan_.bytes_written, bytes, &plan_.bytes_written)) {
        return ErrorStatus(ErrorCode::kOverflow,
                           absl::StrFormat("plan, tensor '%s'", Escaped(tensor.name)),
                           "the tensors would have more bytes in all than 64 bits count");
      }
      boxes += tensor.boxes.size();
    }
    if (boxes <= request_.limits.boxes) return absl::OkStatus();
    return ErrorStatus(ErrorCode::kLimitExceeded, "plan",
                       absl::StrFormat("%d copies; the limit is %d", boxes, request_.limits.boxes));
  }

  void Describe() {
    plan_.metadata[std::string(kShardRankKey)] = std::to_string(shard_.rank);
    plan_.metadata[std::string(kShardWorldSizeKey)] = std::to_string(shard_.world_size);
    if (shard_.world_size == 1) return;
    plan_.exactness_reasons.insert(
        plan_.exactness_reasons.begin(),
        absl::StrFormat("rank %d of %d has a part of the result; the whole is %s", shard_.rank,
                        shard_.world_size, NameOf(plan_.exactness)));
    plan_.exactness = Exactness::kOneWay;
    const auto reversible = plan_.metadata.find("weft.reversible");
    if (reversible != plan_.metadata.end()) {
      reversible->second = std::string(NameOf(plan_.exactness));
    }
  }

  // Tensors of which an entry says the same wrong thing are told together.
  void Report(const ShareRule& rule, std::string_view tensor, const absl::Status& status) {
    for (const Diagnostic& diagnostic : DiagnosticsOf(NeededBy(rule.where, status))) {
      const std::string& where = diagnostic.where.empty() ? rule.where : diagnostic.where;
      errors_[{where, diagnostic.code, diagnostic.what, diagnostic.hint}].push_back(tensor);
    }
  }

  absl::Status Found() const {
    Diagnostics diagnostics;
    for (const std::string& names : GroupNames(unnamed_)) {
      diagnostics.Add(ErrorCode::kNotSharded, request_.where,
                      absl::StrFormat("no entry names tensor '%s'", Escaped(names)),
                      R"(say how ranks share it, or that each has it whole: "replicate": true)");
    }
    for (const auto& [error, tensors] : errors_) {
      const auto& [where, code, what, hint] = error;
      for (const std::string& names : GroupNames(tensors)) {
        diagnostics.Add(code, absl::StrFormat("%s, tensor '%s'", where, Escaped(names)), what,
                        hint);
      }
    }
    return diagnostics.ToStatus();
  }

  const ShardRequest& request_;
  const Shard& shard_;
  Plan& plan_;
  PlanParts parts_;
  std::vector<ActiveRule> rules_;
  std::map<size_t, ScopeNames> scopes_;  // by number
  std::vector<KeyMatch> matches_;
  std::vector<std::string_view> unnamed_;
  std::map<std::tuple<std::string, ErrorCode, std::string, std::string>,
           std::vector<std::string_view>>
      errors_;
};

}  // namespace

absl::Status CutToShard(const ShardRequest& request, Plan& plan) {
  return ShardCutter(request, plan).Cut();
}

}  // namespace weft
