#include "plan/share_sizes.h"

#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "mapping/share_reader.h"

namespace weft {
namespace {

constexpr int kMaxDepth = 32;

}  // namespace

ShareSizes::ShareSizes(const internal::ShareRule& rule, const Shard& shard,
                       const VariableTable& variables, const Bindings& bindings, ParamScope& params)
    : rule_(rule),
      shard_(shard),
      variables_(variables),
      bindings_(bindings),
      params_(params),
      resolver_([this](std::string_view name) { return Resolve(name); }) {
  sizes_.reserve(static_cast<size_t>(rule.atoms.size()));
  for (int atom = 0; atom < rule.atoms.size(); ++atom) {
    sizes_.push_back(rule.atoms.fixed_size(atom));
  }
}

absl::StatusOr<ParamValue> ShareSizes::Resolve(std::string_view name) const {
  if (name == kRankName) return ParamValue::Integer(static_cast<int64_t>(shard_.rank));
  if (name == kWorldSizeName) return ParamValue::Integer(static_cast<int64_t>(shard_.world_size));
  if (name == own_) return params_.Resolve(name);
  const int atom = rule_.atoms.Find(name);
  if (atom >= 0 && sizes_[static_cast<size_t>(atom)] != AtomTable::kUnknown) {
    return ParamValue::Integer(sizes_[static_cast<size_t>(atom)]);
  }
  const auto size = rule_.sizes.find(name);
  if (size != rule_.sizes.end()) {
    if (depth_ >= kMaxDepth) {
      return ErrorStatus(
          ErrorCode::kBadParam, rule_.where,
          absl::StrFormat("the sizes of axis \"%s\" lead back to themselves", Escaped(name)));
    }
    ++depth_;
    const std::string_view outer = std::exchange(own_, name);
    absl::StatusOr<ParamValue> value = size->second.Evaluate(resolver_);
    own_ = outer;
    --depth_;
    return value;
  }
  const int variable = variables_.Find(name);
  if (variable >= 0) {
    const Binding& binding = bindings_[static_cast<size_t>(variable)];
    if (binding.kind == Binding::Kind::kIndex) {
      return ParamValue::Integer(static_cast<int64_t>(binding.index));
    }
    return ParamValue::String(binding.text);
  }
  return params_.Resolve(name);
}

absl::StatusOr<std::optional<int64_t>> ShareSizes::Given(std::string_view name) const {
  const bool has_size = rule_.sizes.find(name) != rule_.sizes.end();
  std::optional<ParamValue> value;
  if (has_size) {
    absl::StatusOr<ParamValue> size = Resolve(name);
    if (IsUnknownParam(size.status())) return std::nullopt;
    if (!size.ok()) return size.status();
    value = *std::move(size);
  } else {
    WEFT_ASSIGN_OR_RETURN(value, params_.Find(name));
  }
  if (!value.has_value()) return std::nullopt;
  if (value->kind != ParamValue::Kind::kInteger || value->integer < 0) {
    return ErrorStatus(
        ErrorCode::kBadParam, rule_.where,
        absl::StrFormat("the size of axis %s is %s; expected an integer of 0 or more", name,
                        ShownText(*value)));
  }
  return value->integer;
}

absl::Status ShareSizes::TakeGiven(bool* progress) {
  for (int atom = 0; atom < rule_.atoms.size(); ++atom) {
    int64_t& size = sizes_[static_cast<size_t>(atom)];
    if (size != AtomTable::kUnknown || rule_.atoms.name(atom) == Layout::kRestName) continue;
    WEFT_ASSIGN_OR_RETURN(const std::optional<int64_t> given, Given(rule_.atoms.name(atom)));
    if (!given.has_value()) continue;  // the shape may tell
    size = *given;
    *progress = true;
  }
  return absl::OkStatus();
}

absl::Status ShareSizes::Solve(const Shape& shape) {
  bool progress = true;
  while (progress) {
    progress = false;
    WEFT_RETURN_IF_ERROR(TakeGiven(&progress));
    WEFT_ASSIGN_OR_RETURN(const bool solved,
                          SolveFromShape(*rule_.layout, rule_.atoms, shape, sizes_, &rest_));
    progress = progress || solved;
  }
  for (int atom = 0; atom < rule_.atoms.size(); ++atom) {
    if (sizes_[static_cast<size_t>(atom)] != AtomTable::kUnknown) continue;
    return Missing(rule_.atoms.name(atom));
  }
  return absl::OkStatus();
}

absl::Status ShareSizes::Missing(std::string_view name) const {
  // The error of the param that is missing says more.
  if (rule_.sizes.find(name) != rule_.sizes.end()) {
    WEFT_RETURN_IF_ERROR(Resolve(name).status());
  }
  return ErrorStatus(
      ErrorCode::kSizeUnknown, "",
      absl::StrFormat("the size of %s is unknown: no shape tells it, and no param gives it", name),
      absl::StrFormat("give it with --set %s=…, in a config, or under \"sizes\"", name));
}

}  // namespace weft
