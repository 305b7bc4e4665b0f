// What the commands that make a plan share: everything up to it.
#ifndef WEFT_TOOLS_WEFT_PLANNING_H_
#define WEFT_TOOLS_WEFT_PLANNING_H_

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "arguments.h"
#include "weft/checkpoint.h"
#include "weft/complement.h"
#include "weft/mapping.h"
#include "weft/plan.h"
#include "weft/template.h"

namespace weft::cli {

struct Planned {
  Checkpoint checkpoint;
  Plan plan;
  std::string mapping;  // "mixtral"; of several "mixtral + mine"
  std::string layouts;  // "hub → transformers5" in the direction taken; empty when unnamed
  std::string choice;   // "given by --map", "detected from config.json and the tensor names"
  Direction direction = Direction::kForward;
  std::vector<std::string> warnings;
  std::optional<Shard> shard;                           // nullopt: the whole
  std::optional<Complement> complement = std::nullopt;  // to be written
  std::optional<Template> into = std::nullopt;          // the file to be written with other values
};

// Opens the source, chooses the mapping, reads the configuration and compiles. With a complement
// that is read, the checkpoint is the source joined with it.
absl::StatusOr<Planned> MakePlan(const std::string& source, const ConversionOptions& options);

// "mixtral (hub → transformers5), given by --map"
std::string MappingText(const Planned& planned);

// "one-way", "one-way, exact with the complement"
std::string ExactnessText(const Planned& planned);

// {"rank": 1, "world_size": 4}; null for the whole.
nlohmann::ordered_json ShardJson(const Planned& planned);

// "rank: 1 of 4, counted from 0", as a line; nothing for the whole.
std::string RankText(const Planned& planned);

std::string_view NameOf(Direction direction);  // "forward", "reverse"

}  // namespace weft::cli

#endif  // WEFT_TOOLS_WEFT_PLANNING_H_
