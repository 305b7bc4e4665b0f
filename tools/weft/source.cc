#include "source.h"

#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "config_file.h"
#include "weft/diagnostic.h"

namespace weft::cli {
namespace {

// The mapping that takes tensors as they are, out of what a program wrapped around them.
constexpr std::string_view kIdentity = "identity";

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

// A mapping for the checkpoint; where something is wrapped around its tensors, for what is in it,
// and then it is taken off.
absl::Status Detect(const MappingLibrary& library, Direction direction, Source& source) {
  const auto detect = [&](const Checkpoint& checkpoint) {
    return library.Detect(*checkpoint.catalog(), source.config.text, direction);
  };
  source.choice = source.config.text.empty() ? "detected from the tensor names"
                                             : "detected from config.json and the tensor names";
  const std::string wrapper = source.checkpoint.wrapper();
  if (direction == Direction::kForward && !wrapper.empty()) {
    Checkpoint unwrapped = source.checkpoint.Unwrapped();
    absl::StatusOr<Mapping> inner = detect(unwrapped);
    if (inner.ok()) {
      source.checkpoint = std::move(unwrapped);
      source.mappings.push_back(*std::move(inner));
      source.choice += absl::StrFormat("; '%s' is taken off the names", Escaped(wrapper));
      return absl::OkStatus();
    }
  }
  absl::StatusOr<Mapping> detected = detect(source.checkpoint);
  if (!detected.ok()) return detected.status();
  source.mappings.push_back(*std::move(detected));
  return absl::OkStatus();
}

// The source as part files of a mapping of the library that fits it so; nullopt when none does.
std::optional<Source> DetectInParts(const MappingLibrary& library, const std::string& path,
                                    const ConversionOptions& options) {
  if (options.direction == Direction::kReverse) return std::nullopt;
  for (const PartFiles& files : library.part_files()) {
    absl::StatusOr<Checkpoint> checkpoint = OpenGiven(path, options.allowed_globals, files);
    if (!checkpoint.ok()) continue;
    absl::StatusOr<Config> config = ReadConfig(*checkpoint, options);
    if (!config.ok()) continue;
    Source source{*std::move(checkpoint), *std::move(config), {}, ""};
    if (Detect(library, options.direction, source).ok()) return source;
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<Checkpoint> OpenGiven(const std::string& path,
                                     const std::vector<std::string>& allowed_globals,
                                     const std::optional<PartFiles>& part_files) {
  OpenOptions options;
  options.allowed_globals = allowed_globals;
  options.part_files = part_files;
  return Checkpoint::Open(path, options);
}

std::optional<PartFiles> PartFilesOf(const std::vector<Mapping>& mappings) {
  if (mappings.empty() || mappings.front().part_files() == nullptr) return std::nullopt;
  return *mappings.front().part_files();
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

absl::StatusOr<Source> OpenSource(const std::string& path, const ConversionOptions& options) {
  const absl::StatusOr<MappingLibrary> library = OpenLibrary(options.mapping_directories);
  if (!library.ok()) return library.status();
  absl::StatusOr<std::vector<Mapping>> mappings = GivenMappings(*library, options.maps);
  if (!mappings.ok()) return mappings.status();
  std::string choice = "given by --map";
  if (mappings->empty() && !options.into.empty()) {
    mappings->push_back(Mapping::Identity());
    choice = "as --into and no --map say";
  }
  const bool forward = options.direction == Direction::kForward;
  if (mappings->empty()) {
    std::optional<Source> in_parts = DetectInParts(*library, path, options);
    if (in_parts.has_value()) return *std::move(in_parts);
  }
  absl::StatusOr<Checkpoint> checkpoint =
      OpenGiven(path, options.allowed_globals, forward ? PartFilesOf(*mappings) : std::nullopt);
  if (!checkpoint.ok()) return checkpoint.status();
  absl::StatusOr<Config> config = ReadConfig(*checkpoint, options);
  if (!config.ok()) return config.status();
  Source source{*std::move(checkpoint), *std::move(config), *std::move(mappings),
                std::move(choice)};
  if (source.mappings.empty()) {
    if (absl::Status status = Detect(*library, options.direction, source); !status.ok()) {
      return status;
    }
    return source;
  }
  const bool identity_first = options.maps.empty() || options.maps.front() == kIdentity;
  const std::string wrapper = source.checkpoint.wrapper();
  if (forward && identity_first && !wrapper.empty()) {
    source.checkpoint = source.checkpoint.Unwrapped();
    source.choice += absl::StrFormat("; '%s' is taken off the names", Escaped(wrapper));
  }
  return source;
}

}  // namespace weft::cli
