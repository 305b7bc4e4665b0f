#include "planning.h"

#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "interrupt.h"
#include "source.h"
#include "weft/compile_into.h"
#include "weft/diagnostic.h"

namespace weft::cli {
namespace {

std::string NamesOf(const std::vector<Mapping>& mappings) {
  std::string names;
  for (const Mapping& mapping : mappings) names += (names.empty() ? "" : " + ") + mapping.name();
  return names;
}

std::string LayoutsOf(const std::vector<Mapping>& mappings, Direction direction) {
  std::string first = mappings.front().from();
  std::string last = mappings.back().to();
  if (first.empty() || last.empty()) return "";
  if (direction == Direction::kReverse) std::swap(first, last);
  return absl::StrFormat("%s → %s", Escaped(first), Escaped(last));
}

// Joins the complement to the checkpoint, and plans the way back over both.
absl::StatusOr<Plan> PlanBack(const std::vector<Mapping>& mappings,
                              const ConversionOptions& options, Checkpoint* checkpoint) {
  const absl::StatusOr<Checkpoint> complement = OpenGiven(options.complement, {});
  if (!complement.ok()) return complement.status();
  absl::StatusOr<Plan> plan =
      CompileBack(mappings, *checkpoint->catalog(), *complement->catalog(), options.direction);
  *checkpoint = Checkpoint::Join(*checkpoint, *complement);
  return plan;
}

absl::StatusOr<Template> OpenTemplate(const ConversionOptions& options) {
  OpenOptions open;
  open.allowed_globals = options.allowed_globals;
  return Template::Open(options.into, open);
}

}  // namespace

absl::StatusOr<Planned> MakePlan(const std::string& source, const ConversionOptions& options) {
  absl::StatusOr<Source> chosen = OpenSource(source, options);
  if (!chosen.ok()) return chosen.status();
  Checkpoint& checkpoint = chosen->checkpoint;
  const std::vector<Mapping>& mappings = chosen->mappings;
  if (absl::Status status = CheckInterrupted(); !status.ok()) return status;

  std::optional<Complement> complement;
  CompileOptions compile;
  compile.direction = options.direction;
  compile.set = options.set;
  compile.config_json = std::move(chosen->config.text);
  compile.config_name = std::move(chosen->config.name);
  compile.dtype = options.dtype;
  compile.keep_dtypes = options.keep_dtypes;
  compile.lenient = options.lenient;
  compile.shard = options.shard;
  if (!options.sharding.empty()) {
    const absl::StatusOr<std::string> text = ReadGivenConfig(options.sharding);
    if (!text.ok()) return text.status();
    const absl::StatusOr<Sharding> sharding = Sharding::FromJson(*text, options.sharding);
    if (!sharding.ok()) return sharding.status();
    compile.shard->sharding = *sharding;
  }
  if (!options.expect.empty()) {
    const bool is_left = options.direction == Direction::kReverse;
    const absl::StatusOr<Checkpoint> expected = OpenGiven(
        options.expect, options.allowed_globals, is_left ? PartFilesOf(mappings) : std::nullopt);
    if (!expected.ok()) return expected.status();
    compile.expectation = ExpectationOf(*expected->catalog(), options.expect);
  }
  // What is kept makes up for what is lost.
  compile.require_reversible = options.require_reversible && options.complement.empty();
  const bool reads_complement =
      !options.complement.empty() && options.direction == Direction::kReverse;
  std::optional<Template> into;
  if (!options.into.empty()) {
    absl::StatusOr<Template> opened = OpenTemplate(options);
    if (!opened.ok()) return opened.status();
    into = *std::move(opened);
  }
  absl::StatusOr<Plan> plan = into.has_value()
                                  ? CompileInto(mappings, checkpoint.catalog(), *into, compile)
                              : reads_complement ? PlanBack(mappings, options, &checkpoint)
                                                 : Compile(mappings, checkpoint.catalog(), compile);
  if (!plan.ok()) return plan.status();
  if (!options.complement.empty() && !reads_complement) {
    absl::StatusOr<Complement> lost = ComplementOf(*plan, compile);
    if (!lost.ok()) return lost.status();
    complement = *std::move(lost);
  }
  if (absl::Status status = CheckInterrupted(); !status.ok()) return status;

  std::vector<std::string> warnings = checkpoint.warnings();
  if (into.has_value()) {
    warnings.insert(warnings.end(), into->warnings().begin(), into->warnings().end());
  }
  warnings.insert(warnings.end(), plan->warnings.begin(), plan->warnings.end());
  std::string names = NamesOf(mappings);
  std::string layouts = LayoutsOf(mappings, options.direction);
  return Planned{
      std::move(checkpoint),     *std::move(plan),  std::move(names),    std::move(layouts),
      std::move(chosen->choice), options.direction, std::move(warnings), options.shard,
      std::move(complement),     std::move(into)};
}

std::string MappingText(const Planned& planned) {
  const std::string layouts =
      planned.layouts.empty() ? "" : absl::StrFormat(" (%s)", planned.layouts);
  return absl::StrFormat("%s%s, %s", Escaped(planned.mapping), layouts, planned.choice);
}

std::string ExactnessText(const Planned& planned) {
  const bool is_mended =
      planned.complement.has_value() && planned.plan.exactness != Exactness::kExact;
  return absl::StrFormat("%s%s", NameOf(planned.plan.exactness),
                         is_mended ? ", exact with the complement" : "");
}

nlohmann::ordered_json ShardJson(const Planned& planned) {
  if (!planned.shard.has_value()) return nullptr;
  return {{"rank", planned.shard->rank}, {"world_size", planned.shard->world_size}};
}

std::string RankText(const Planned& planned) {
  if (!planned.shard.has_value()) return "";
  return absl::StrFormat("rank: %d of %d, counted from 0\n", planned.shard->rank,
                         planned.shard->world_size);
}

std::string_view NameOf(Direction direction) {
  return direction == Direction::kForward ? "forward" : "reverse";
}

}  // namespace weft::cli
