// The checkpoint to convert, its configuration, and the mappings that are to be applied to it.
#ifndef WEFT_TOOLS_WEFT_SOURCE_H_
#define WEFT_TOOLS_WEFT_SOURCE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "arguments.h"
#include "weft/checkpoint.h"
#include "weft/mapping.h"
#include "weft/mapping_library.h"
#include "weft/part_files.h"

namespace weft::cli {

struct Config {
  std::string name;  // for messages
  std::string text;  // empty where there is none
};

struct Source {
  Checkpoint checkpoint;
  Config config;
  std::vector<Mapping> mappings;  // at least one
  std::string choice;             // "given by --map", "detected from config.json and …"
};

// The built-in mappings and those of the directories.
absl::StatusOr<MappingLibrary> OpenLibrary(const std::vector<std::string>& directories);

// Mappings by built-in name, as files, or `identity`.
absl::StatusOr<std::vector<Mapping>> GivenMappings(const MappingLibrary& library,
                                                   const std::vector<std::string>& maps);

// The text of a config that the command line names. Errors: kCannotRead where there is none.
absl::StatusOr<std::string> ReadGivenConfig(const std::string& path);

// A checkpoint that was named on the command line; as part files, if that is what it is.
absl::StatusOr<Checkpoint> OpenGiven(const std::string& path,
                                     const std::vector<std::string>& allowed_globals,
                                     const std::optional<PartFiles>& part_files = std::nullopt);

// The part files of the layout on the left, which is that of the first mapping.
std::optional<PartFiles> PartFilesOf(const std::vector<Mapping>& mappings);

// Opens the source by what the mappings say of its files, and chooses the mapping where none is
// given.
absl::StatusOr<Source> OpenSource(const std::string& path, const ConversionOptions& options);

}  // namespace weft::cli

#endif  // WEFT_TOOLS_WEFT_SOURCE_H_
