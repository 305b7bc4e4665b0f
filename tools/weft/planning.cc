#include "planning.h"

#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "config_file.h"
#include "interrupt.h"
#include "weft/compile_into.h"
#include "weft/diagnostic.h"

namespace weft::cli {
namespace {

// The mapping that takes tensors as they are, out of what a program wrapped around them.
constexpr std::string_view kIdentity = "identity";

struct Config {
  std::string name;  // for messages
  std::string text;  // empty where there is none
};

absl::StatusOr<Config> ReadConfig(const Checkpoint& checkpoint, const ConversionOptions& options) {
  if (!options.config.empty()) {
    absl::StatusOr<std::string> text = ReadGivenConfig(options.config);
    if (!text.ok()) return text.status();
    return Config{options.config, *std::move(text)};
  }
  const std::string name = checkpoint.directory() + "/config.json";
  absl::StatusOr<std::optional<std::string>> text = ReadConfigFile(name, Limits());
  if (!text.ok()) return text.status();
  return Config{name, (*text).value_or("")};
}

bool IsFileName(std::string_view map) {
  constexpr std::string_view kExtension = ".json";
  return map.find('/') != std::string_view::npos ||
         (map.size() >= kExtension.size() &&
          map.substr(map.size() - kExtension.size()) == kExtension);
}

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

// Of what is in the checkpoint when the wrapper is taken off, which is then done; or else of the
// checkpoint as it is.
absl::StatusOr<Mapping> DetectMapping(const MappingLibrary& library, std::string_view config,
                                      Direction direction, Checkpoint* checkpoint) {
  if (direction == Direction::kForward && !checkpoint->wrapper().empty()) {
    Checkpoint unwrapped = checkpoint->Unwrapped();
    absl::StatusOr<Mapping> inner = library.Detect(*unwrapped.catalog(), config, direction);
    if (inner.ok()) {
      *checkpoint = std::move(unwrapped);
      return inner;
    }
  }
  return library.Detect(*checkpoint->catalog(), config, direction);
}

absl::StatusOr<Template> OpenTemplate(const ConversionOptions& options) {
  OpenOptions open;
  open.allowed_globals = options.allowed_globals;
  return Template::Open(options.into, open);
}

}  // namespace

absl::StatusOr<Checkpoint> OpenGiven(const std::string& path,
                                     const std::vector<std::string>& allowed_globals) {
  OpenOptions options;
  options.allowed_globals = allowed_globals;
  return Checkpoint::Open(path, options);
}

absl::StatusOr<std::vector<Mapping>> GivenMappings(const MappingLibrary& library,
                                                   const std::vector<std::string>& maps) {
  std::vector<Mapping> mappings;
  for (const std::string& map : maps) {
    absl::StatusOr<Mapping> mapping = map == kIdentity  ? Mapping::Identity()
                                      : IsFileName(map) ? library.FromFile(map)
                                                        : library.Find(map);
    if (!mapping.ok()) return mapping.status();
    mappings.push_back(*std::move(mapping));
  }
  return mappings;
}

absl::StatusOr<std::string> ReadGivenConfig(const std::string& path) {
  absl::StatusOr<std::optional<std::string>> text = ReadConfigFile(path, Limits());
  if (!text.ok()) return text.status();
  if (!text->has_value()) {
    return ErrorStatus(ErrorCode::kCannotRead, Escaped(path), "no such file");
  }
  return **std::move(text);
}

absl::StatusOr<MappingLibrary> OpenLibrary(const std::vector<std::string>& directories) {
  MappingLibrary library;
  for (const std::string& directory : directories) {
    if (absl::Status status = library.AddDirectory(directory); !status.ok()) return status;
  }
  return library;
}

absl::StatusOr<Planned> MakePlan(const std::string& source, const ConversionOptions& options) {
  const absl::StatusOr<MappingLibrary> library = OpenLibrary(options.mapping_directories);
  if (!library.ok()) return library.status();
  absl::StatusOr<std::vector<Mapping>> mappings = GivenMappings(*library, options.maps);
  if (!mappings.ok()) return mappings.status();
  absl::StatusOr<Checkpoint> checkpoint = OpenGiven(source, options.allowed_globals);
  if (!checkpoint.ok()) return checkpoint.status();
  absl::StatusOr<Config> config = ReadConfig(*checkpoint, options);
  if (!config.ok()) return config.status();

  std::string choice = "given by --map";
  const std::string wrapper = checkpoint->wrapper();
  if (mappings->empty() && !options.into.empty()) {
    mappings->push_back(Mapping::Identity());
    choice = "as --into and no --map say";
  }
  const bool identity_first =
      options.maps.empty() ? !mappings->empty() : options.maps.front() == kIdentity;
  if (identity_first && options.direction == Direction::kForward)
    *checkpoint = checkpoint->Unwrapped();
  if (mappings->empty()) {
    absl::StatusOr<Mapping> detected =
        DetectMapping(*library, config->text, options.direction, &*checkpoint);
    if (!detected.ok()) return detected.status();
    mappings->push_back(*std::move(detected));
    choice = config->text.empty() ? "detected from the tensor names"
                                  : "detected from config.json and the tensor names";
  }
  if (checkpoint->wrapper() != wrapper) {
    choice += absl::StrFormat("; '%s' is taken off the names", Escaped(wrapper));
  }
  if (absl::Status status = CheckInterrupted(); !status.ok()) return status;

  std::optional<Complement> complement;
  CompileOptions compile;
  compile.direction = options.direction;
  compile.set = options.set;
  compile.config_json = std::move(config->text);
  compile.config_name = std::move(config->name);
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
    const absl::StatusOr<Checkpoint> expected = OpenGiven(options.expect, options.allowed_globals);
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
  absl::StatusOr<Plan> plan =
      into.has_value()   ? CompileInto(*mappings, checkpoint->catalog(), *into, compile)
      : reads_complement ? PlanBack(*mappings, options, &*checkpoint)
                         : Compile(*mappings, checkpoint->catalog(), compile);
  if (!plan.ok()) return plan.status();
  if (!options.complement.empty() && !reads_complement) {
    absl::StatusOr<Complement> lost = ComplementOf(*plan, compile);
    if (!lost.ok()) return lost.status();
    complement = *std::move(lost);
  }
  if (absl::Status status = CheckInterrupted(); !status.ok()) return status;

  std::vector<std::string> warnings = checkpoint->warnings();
  if (into.has_value()) {
    warnings.insert(warnings.end(), into->warnings().begin(), into->warnings().end());
  }
  warnings.insert(warnings.end(), plan->warnings.begin(), plan->warnings.end());
  return Planned{*std::move(checkpoint), *std::move(plan),
                 NamesOf(*mappings),     LayoutsOf(*mappings, options.direction),
                 std::move(choice),      options.direction,
                 std::move(warnings),    options.shard,
                 std::move(complement),  std::move(into)};
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
