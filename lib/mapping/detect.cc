// Which mapping of a library fits a checkpoint, by its config and its keys.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "mapping/config_tree.h"
#include "mapping/document.h"
#include "mapping/guard.h"
#include "mapping/mapping_digest.h"
#include "weft/mapping_library.h"

namespace weft {
namespace {

using internal::Detection;

constexpr std::string_view kConfigPrefix = "config.";

// What speaks for and against one mapping.
struct Evidence {
  std::string name;                                           // in the library
  std::shared_ptr<const internal::MappingDocument> document;  // its detection, at least
  bool config_fits = false;  // or there is nothing to ask, or nobody
  bool is_asked = false;     // the mapping asks the config
  bool keys_fit = false;
  bool other_side_fits = false;  // the keys are those of the layout to be made
  std::string missing{};
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

  absl::Status WeighConfig(Evidence* evidence) const {
    const Detection& detection = *evidence->document->detection;
    evidence->config_fits = true;
    evidence->is_asked = !detection.config.empty();
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

  absl::Status WeighKeys(Evidence* evidence) {
    const Detection& detection = *evidence->document->detection;
    const bool forward = direction_ == Direction::kForward;
    const std::optional<Guard>& mine = forward ? detection.from : detection.to;
    const std::optional<Guard>& other = forward ? detection.to : detection.from;
    WEFT_ASSIGN_OR_RETURN(evidence->keys_fit, Fits(mine));
    WEFT_ASSIGN_OR_RETURN(evidence->other_side_fits, Fits(other));
    if (!evidence->keys_fit && mine.has_value()) {
      evidence->missing += (evidence->missing.empty() ? "" : "; ") +
                           absl::StrFormat("the keys do not fit: %s", TextOf(*mine));
    }
    return absl::OkStatus();
  }

 private:
  // A guard that asks the config for what is not there does not hold.
  absl::StatusOr<bool> Fits(const std::optional<Guard>& guard) {
    if (!guard.has_value()) return false;
    bool config_lacks_it = false;
    const Expression::Resolver resolver = [&](std::string_view name) -> absl::StatusOr<ParamValue> {
      if (name.substr(0, kConfigPrefix.size()) != kConfigPrefix) {
        return ErrorStatus(ErrorCode::kUnknownParam, Escaped(name),
                           "detection looks at keys, shapes and config only");
      }
      WEFT_ASSIGN_OR_RETURN(std::optional<ParamValue> value,
                            config_.Find(name.substr(kConfigPrefix.size())));
      if (value.has_value()) return *std::move(value);
      config_lacks_it = true;
      return ErrorStatus(ErrorCode::kUnknownParam, Escaped(name), "the config does not have it");
    };
    absl::StatusOr<bool> holds = Judge(*guard, keys_, resolver, cache_);
    if (config_lacks_it) return false;
    return holds;
  }

  const ConfigTree& config_;
  Direction direction_;
  RegexCache cache_;
  std::vector<GuardKey> keys_;
};

std::string Names(const std::vector<Evidence>& evidences) {
  std::string names;
  for (const Evidence& evidence : evidences) {
    names += (names.empty() ? "" : ", ") + evidence.document->name;
  }
  return names;
}

absl::Status NothingFits(const std::vector<Evidence>& evidences, bool has_config,
                         std::string_view where, Direction direction) {
  for (const Evidence& evidence : evidences) {
    if (!evidence.config_fits || !evidence.other_side_fits) continue;
    const bool forward = direction == Direction::kForward;
    const std::string& layout = forward ? evidence.document->to : evidence.document->from;
    return ErrorStatus(
        ErrorCode::kAlreadyConverted, where,
        absl::StrFormat("the tensors are in the target layout \"%s\" of mapping "
                        "\"%s\" already",
                        layout, evidence.document->name),
        forward ? "use --reverse to convert back" : "leave --reverse out to convert");
  }
  // The mappings that either the config or the keys speak for; without a config, none.
  std::string near;
  for (const bool config_fits : {true, false}) {
    for (const Evidence& evidence : evidences) {
      if (!has_config || !evidence.is_asked || evidence.config_fits != config_fits) continue;
      if (!config_fits && !evidence.keys_fit) continue;
      near += "\n    " + evidence.document->name + ": " + evidence.missing;
    }
  }
  return ErrorStatus(ErrorCode::kMappingNotDetected, where, "no mapping fits",
                     near.empty() ? "choose one with --map; there are: " + Names(evidences)
                                  : "choose one with --map; what speaks against each:" + near);
}

std::string ValueOf(const std::map<std::string, std::string>& metadata, const std::string& key) {
  const auto found = metadata.find(key);
  return found == metadata.end() ? "" : found->second;
}

// The mapping whose rules a conversion in the other direction recorded in the checkpoint.
absl::StatusOr<std::optional<Mapping>> Recorded(const MappingLibrary& library,
                                                const std::map<std::string, std::string>& metadata,
                                                Direction direction) {
  const std::string name = ValueOf(metadata, "weft.mapping");
  const std::string_view other = direction == Direction::kForward ? "reverse" : "forward";
  if (ValueOf(metadata, "weft.direction") != other || library.JsonOf(name) == nullptr) {
    return std::nullopt;
  }
  WEFT_ASSIGN_OR_RETURN(Mapping mapping, library.Find(name));
  if (DigestOf(*mapping.documents().front()) != ValueOf(metadata, "weft.digests")) {
    return std::nullopt;
  }
  return mapping;
}

}  // namespace

absl::StatusOr<Mapping> MappingLibrary::Detect(const Catalog& catalog, std::string_view config_json,
                                               Direction direction) const {
  WEFT_ASSIGN_OR_RETURN(const ConfigTree config, ConfigTree::Parse(config_json, "config.json"));
  Detector detector(catalog, config, direction);
  std::vector<Evidence> fitting;
  std::vector<Evidence> evidences;
  for (const auto& [name, entry] : entries_) {
    WEFT_ASSIGN_OR_RETURN(auto document, ReadDetection(name));
    if (!document->detection.has_value()) continue;
    Evidence& evidence = evidences.emplace_back(Evidence{name, std::move(document)});
    WEFT_RETURN_IF_ERROR(detector.WeighConfig(&evidence));
    if (!evidence.config_fits) continue;
    WEFT_RETURN_IF_ERROR(detector.WeighKeys(&evidence));
    if (evidence.keys_fit) fitting.push_back(evidence);
  }
  const std::string where =
      catalog.files.empty() ? "checkpoint" : Escaped(catalog.files.front().name);
  if (fitting.size() == 1) return Find(fitting.front().name);
  WEFT_ASSIGN_OR_RETURN(const std::optional<Mapping> recorded,
                        Recorded(*this, catalog.metadata, direction));
  if (recorded.has_value()) return *recorded;
  if (fitting.empty()) {
    // The message names also those that the keys alone speak for.
    for (Evidence& evidence : evidences) {
      if (!evidence.config_fits) WEFT_RETURN_IF_ERROR(detector.WeighKeys(&evidence));
    }
    return NothingFits(evidences, !config.empty(), where, direction);
  }
  return ErrorStatus(ErrorCode::kAmbiguousMapping, where,
                     absl::StrFormat("several mappings fit: %s", Names(fitting)),
                     "choose one with --map");
}

}  // namespace weft
