#include "provenance_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "output.h"
#include "quantity.h"
#include "weft/diagnostic.h"
#include "weft/provenance.h"

namespace weft::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMostLines = 200;  // of one list of the text

// A tensor of the target, and the part of it that was asked for.
struct Part {
  const PlannedTensor* target = nullptr;
  Region region;
};

// "NAME" or "NAME[3,:,0:5]"; a name may itself end in a bracket.
absl::StatusOr<Part> FindPart(const PlanArguments& arguments, const Plan& plan) {
  const std::string_view text = arguments.tensor;
  absl::StatusOr<const PlannedTensor*> target = FindTarget(plan, text);
  const size_t bracket = text.rfind('[');
  std::string_view region_text;
  if (!target.ok() && bracket != std::string_view::npos && text.back() == ']') {
    region_text = text.substr(bracket + 1, text.size() - bracket - 2);
    target = FindTarget(plan, text.substr(0, bracket));
  }
  if (!target.ok()) return target.status();
  const Shape& shape = (**target).shape;
  if (!arguments.element) {
    absl::StatusOr<Region> region = ParseRegion(region_text, shape);
    if (!region.ok()) return region.status();
    return Part{*target, *std::move(region)};
  }
  if (!region_text.empty() || *arguments.element >= ElementsOf(shape)) {
    return ErrorStatus(
        ErrorCode::kBadArgument, "--element",
        region_text.empty()
            ? absl::StrFormat("expected a number below %d, as '%s' has shape %s, got %d",
                              ElementsOf(shape), Escaped((**target).name), TextOf(shape),
                              *arguments.element)
            : std::string("expected --tensor NAME without a part in brackets"),
        "elements count from 0, in row-major order");
  }
  return Part{*target, ElementAt(shape, *arguments.element)};
}

std::string TypeText(DType dtype, const Shape& shape) {
  return absl::StrFormat("%s %s", NameOf(dtype), TextOf(shape));
}

Json RulesJson(const Plan& plan, const PlannedTensor& target) {
  Json rules = Json::array();
  for (const uint32_t rule : target.rules) {
    rules.push_back({{"where", plan.rules[rule].where}, {"text", plan.rules[rule].text}});
  }
  return rules;
}

std::string RulesText(const Plan& plan, const PlannedTensor& target) {
  std::string text;
  for (const uint32_t rule : target.rules) {
    text += absl::StrFormat("  by %s: %s\n", plan.rules[rule].where, plan.rules[rule].text);
  }
  if (target.dtype != target.source_dtype) {
    text += absl::StrFormat("  by a cast from %s to %s\n", NameOf(target.source_dtype),
                            NameOf(target.dtype));
  }
  return text;
}

Json LoopsJson(const Box& box) {
  Json loops = Json::array();
  for (const Factor& factor : box.factors) {
    loops.push_back({{"count", factor.count},
                     {"source_stride", factor.source_stride},
                     {"target_stride", factor.target_stride}});
  }
  return loops;
}

Json OriginJson(const Origin& origin, const PlannedTensor& target) {
  Json json = {{"elements", ElementsOf(origin.box)},
               {"target_part", TargetText(origin.box, target.shape)},
               {"target_element", origin.box.target_offset}};
  if (origin.tensor == nullptr) {
    json["constant"] = origin.constant->text;
  } else {
    json["source"] = origin.tensor->name;
    json["source_part"] = SourceText(origin.box, origin.tensor->shape);
    json["source_element"] = origin.box.source_offset;
    json["file"] = TextOf(*origin.file);
    json["offset"] = origin.offset_bytes;
  }
  json["loops"] = LoopsJson(origin.box);
  return json;
}

// " in loops 24×16←1 16×1←24", where the parts do not say it: count, strides of target and source.
std::string LoopsText(const Box& box) {
  if (KeepsOrder(box)) return "";
  std::string text = " in loops";
  for (const Factor& factor : box.factors) {
    text += absl::StrFormat(" %d×%d←%d", factor.count, factor.target_stride, factor.source_stride);
  }
  return text;
}

std::string OriginText(const Origin& origin, const PlannedTensor& target) {
  const std::string part = TargetText(origin.box, target.shape);
  if (origin.tensor == nullptr) {
    return absl::StrFormat("  %s ← the constant %s\n", part, Escaped(origin.constant->text));
  }
  return absl::StrFormat("  %s ← %s %s%s, byte %d of %s\n", part, Escaped(origin.tensor->name),
                         SourceText(origin.box, origin.tensor->shape), LoopsText(origin.box),
                         origin.offset_bytes, Escaped(TextOf(*origin.file)));
}

// Appends a line for each of the first items.
template <typename Items, typename LineOf>
void AppendLines(const Items& items, const LineOf& line_of, std::string& text) {
  for (size_t i = 0; i < std::min(items.size(), kMostLines); ++i) text += line_of(items[i]);
  if (items.size() > kMostLines) {
    text += absl::StrFormat("  … and %s more\n", CountText(items.size() - kMostLines));
  }
}

std::string TargetReport(const Planned& planned, const Part& part, bool as_json) {
  const PlannedTensor& target = *part.target;
  const std::vector<Origin> origins = OriginsOf(planned.plan, target, part.region);
  if (as_json) {
    Json list = Json::array();
    for (const Origin& origin : origins) list.push_back(OriginJson(origin, target));
    return JsonText({{"tensor", target.name},
                     {"dtype", NameOf(target.dtype)},
                     {"source_dtype", NameOf(target.source_dtype)},
                     {"shape", target.shape},
                     {"rules", RulesJson(planned.plan, target)},
                     {"origins", std::move(list)},
                     {"warnings", planned.warnings}});
  }
  std::string text = absl::StrFormat("mapping: %s\n%s  %s\n", MappingText(planned),
                                     Escaped(target.name), TypeText(target.dtype, target.shape));
  text += RulesText(planned.plan, target);
  AppendLines(origins, [&](const Origin& origin) { return OriginText(origin, target); }, text);
  return text;
}

std::string UseText(const Plan& plan, const Uses& uses, const Uses::Use& use) {
  std::string text = absl::StrFormat("→ %s  %s\n", Escaped(use.target->name),
                                     TypeText(use.target->dtype, use.target->shape));
  text += RulesText(plan, *use.target);
  AppendLines(
      use.boxes,
      [&](const Box& box) {
        return absl::StrFormat("  %s → %s%s\n", SourceText(box, uses.tensor->shape),
                               TargetText(box, use.target->shape), LoopsText(box));
      },
      text);
  return text;
}

Json UsesJson(const Plan& plan, const Uses& uses) {
  Json targets = Json::array();
  for (const Uses::Use& use : uses.uses) {
    Json parts = Json::array();
    for (const Box& box : use.boxes) {
      parts.push_back({{"elements", ElementsOf(box)},
                       {"source_part", SourceText(box, uses.tensor->shape)},
                       {"source_element", box.source_offset},
                       {"target_part", TargetText(box, use.target->shape)},
                       {"target_element", box.target_offset},
                       {"loops", LoopsJson(box)}});
    }
    targets.push_back({{"tensor", use.target->name},
                       {"dtype", NameOf(use.target->dtype)},
                       {"shape", use.target->shape},
                       {"rules", RulesJson(plan, *use.target)},
                       {"parts", std::move(parts)}});
  }
  return targets;
}

std::string SourceReport(const Planned& planned, const Uses& uses, bool as_json) {
  const TensorInfo& source = *uses.tensor;
  if (as_json) {
    Json checks = Json::array();
    for (const Check* check : uses.checks) {
      checks.push_back({{"where", check->where}, {"what", check->what}});
    }
    return JsonText(
        {{"source", source.name},
         {"dtype", NameOf(source.dtype)},
         {"shape", source.shape},
         {"file", TextOf(*uses.file)},
         {"offset", source.offset_bytes},
         {"targets", UsesJson(planned.plan, uses)},
         {"dropped", uses.dropped == nullptr ? Json(nullptr) : Json(uses.dropped->reason)},
         {"checks", std::move(checks)},
         {"warnings", planned.warnings}});
  }
  std::string text = absl::StrFormat("mapping: %s\n%s  %s, byte %d of %s\n", MappingText(planned),
                                     Escaped(source.name), TypeText(source.dtype, source.shape),
                                     source.offset_bytes, Escaped(TextOf(*uses.file)));
  AppendLines(
      uses.uses, [&](const Uses::Use& use) { return UseText(planned.plan, uses, use); }, text);
  for (const Check* check : uses.checks) {
    text += absl::StrFormat("→ compared at %s: %s\n", check->where, check->what);
  }
  if (uses.dropped != nullptr) {
    text += absl::StrFormat("→ dropped%s%s\n", uses.dropped->reason.empty() ? "" : ": ",
                            Escaped(uses.dropped->reason));
  }
  return text;
}

}  // namespace

absl::StatusOr<std::string> ProvenanceReport(const PlanArguments& arguments,
                                             const Planned& planned) {
  if (!arguments.tensor.empty()) {
    const absl::StatusOr<Part> part = FindPart(arguments, planned.plan);
    if (!part.ok()) return part.status();
    return TargetReport(planned, *part, arguments.options.json);
  }
  const absl::StatusOr<Uses> uses = UsesOf(planned.plan, arguments.source_tensor);
  if (!uses.ok()) return uses.status();
  return SourceReport(planned, *uses, arguments.options.json);
}

}  // namespace weft::cli
