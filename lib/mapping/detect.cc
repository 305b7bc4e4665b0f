// Which mapping of a library fits a checkpoint, by its config and its keys.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "mapping/config_tree.h"
#include "mapping/document.h"
#include "mapping/guard.h"
#include "weft/mapping_library.h"

namespace weft {
namespace {

using internal::Detection;

// What speaks for and against one mapping.
struct Evidence {
  Mapping mapping;
  bool config_fits = false;  // or there is no config to ask
  bool keys_fit = false;
  bool other_side_fits = false;  // the keys are those of the layout to be made
  std::string missing;
};

std::string OneOf(const std::vector<ParamValue>& values) {
  std::string text;
  for (const ParamValue& value : values) text += (text.empty() ? "" : " or ") + ShownText(value);
  return text;
}

class Detector {
 public:
  Detector(const Catalog& catalog, const ConfigTree& config, Direction direction)
      : config_(config), direction_(direction), cache_(Limits().regex_bytes) {
    keys_.reserve(catalog.tensors.size());
    for (const TensorInfo& tensor : catalog.tensors) {
      keys_.push_back({tensor.name, tensor.dtype, &tensor.shape});
    }
  }

  absl::StatusOr<Evidence> Weigh(Mapping mapping) {
    Evidence evidence{std::move(mapping), false, false, false, ""};
    const Detection& detection = *evidence.mapping.document().detection;
    WEFT_RETURN_IF_ERROR(WeighConfig(detection, &evidence));
    const bool forward = direction_ == Direction::kForward;
    const std::optional<Guard>& mine = forward ? detection.from : detection.to;
    const std::optional<Guard>& other = forward ? detection.to : detection.from;
    WEFT_ASSIGN_OR_RETURN(evidence.keys_fit, Fits(mine));
    WEFT_ASSIGN_OR_RETURN(evidence.other_side_fits, Fits(other));
    if (!evidence.keys_fit && mine.has_value()) {
      evidence.missing += (evidence.missing.empty() ? "" : "; ") +
                          absl::StrFormat("the keys do not fit: %s", TextOf(*mine));
    }
    return evidence;
  }

 private:
  absl::Status WeighConfig(const Detection& detection, Evidence* evidence) const {
    evidence->config_fits = true;
    if (config_.empty()) return absl::OkStatus();
    for (const auto& [path, values] : detection.config) {
      WEFT_ASSIGN_OR_RETURN(const std::optional<ParamValue> found, config_.Find(path));
      const bool fits =
          found.has_value() && std::find(values.begin(), values.end(), *found) != values.end();
      if (fits) continue;
      evidence->config_fits = false;
      evidence->missing =
          absl::StrFormat("%s has %s = %s; expected %s", Escaped(config_.name()), path,
                          found.has_value() ? ShownText(*found) : "nothing", OneOf(values));
      return absl::OkStatus();
    }
    return absl::OkStatus();
  }

  absl::StatusOr<bool> Fits(const std::optional<Guard>& guard) {
    if (!guard.has_value()) return false;
    const Expression::Resolver no_params = [](std::string_view name) -> absl::StatusOr<ParamValue> {
      return ErrorStatus(ErrorCode::kUnknownParam, Escaped(name),
                         "detection looks at keys, shapes and config only");
    };
    return Judge(*guard, keys_, no_params, cache_);
  }

  const ConfigTree& config_;
  Direction direction_;
  RegexCache cache_;
  std::vector<GuardKey> keys_;
};

std::string Names(const std::vector<Evidence>& evidences) {
  std::string names;
  for (const Evidence& evidence : evidences) {
    names += (names.empty() ? "" : ", ") + evidence.mapping.name();
  }
  return names;
}

absl::Status NothingFits(const std::vector<Evidence>& evidences, std::string_view where,
                         Direction direction) {
  for (const Evidence& evidence : evidences) {
    if (!evidence.config_fits || !evidence.other_side_fits) continue;
    const bool forward = direction == Direction::kForward;
    const std::string& layout = forward ? evidence.mapping.to() : evidence.mapping.from();
    return ErrorStatus(
        ErrorCode::kAlreadyConverted, where,
        absl::StrFormat("the tensors are in the target layout \"%s\" of mapping "
                        "\"%s\" already",
                        layout, evidence.mapping.name()),
        forward ? "use --reverse to convert back" : "leave --reverse out to convert");
  }
  // Candidates whose config fits are the likely ones; the others follow in the text.
  std::string reasons;
  for (const bool config_fits : {true, false}) {
    for (const Evidence& evidence : evidences) {
      if (evidence.config_fits != config_fits) continue;
      reasons +=
          (reasons.empty() ? "" : "\n    ") + evidence.mapping.name() + ": " + evidence.missing;
    }
  }
  return ErrorStatus(ErrorCode::kMappingNotDetected, where, "no mapping fits",
                     "choose one with --map; what speaks against each:\n    " + reasons);
}

}  // namespace

absl::StatusOr<Mapping> MappingLibrary::Detect(const Catalog& catalog, std::string_view config_json,
                                               Direction direction) const {
  WEFT_ASSIGN_OR_RETURN(const ConfigTree config, ConfigTree::Parse(config_json, "config.json"));
  Detector detector(catalog, config, direction);
  std::vector<Evidence> fitting;
  std::vector<Evidence> evidences;
  for (const auto& [name, entry] : entries_) {
    WEFT_ASSIGN_OR_RETURN(Mapping mapping, Find(name));
    if (!mapping.document().detection.has_value()) continue;
    WEFT_ASSIGN_OR_RETURN(Evidence evidence, detector.Weigh(std::move(mapping)));
    if (evidence.config_fits && evidence.keys_fit) fitting.push_back(evidence);
    evidences.push_back(std::move(evidence));
  }
  const std::string where =
      catalog.files.empty() ? "checkpoint" : Escaped(catalog.files.front().name);
  if (fitting.size() == 1) return fitting.front().mapping;
  if (fitting.empty()) return NothingFits(evidences, where, direction);
  return ErrorStatus(ErrorCode::kAmbiguousMapping, where,
                     absl::StrFormat("several mappings fit: %s", Names(fitting)),
                     "choose one with --map");
}

}  // namespace weft
