// JSON text → MappingDocument. The file format is described in docs/dsl.md.
#ifndef WEFT_MAPPING_MAPPING_FILE_H_
#define WEFT_MAPPING_MAPPING_FILE_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "mapping/document.h"
#include "weft/limits.h"

namespace weft {

// The text of a mapping file.
struct MappingText {
  std::string json;
  std::string name;       // for messages
  std::string directory;  // of files that it includes by name; empty when it has none
  std::string identity;   // the same for the same text, to see an include that leads back to itself
};

// Where included mappings come from.
class MappingSource {
 public:
  virtual ~MappingSource() = default;

  // `reference` is the name of a mapping, or of a file (it ends with .json), which counts from
  // `directory`. Errors: kUnknownMapping, kCannotRead.
  virtual absl::StatusOr<MappingText> Open(std::string_view reference,
                                           std::string_view directory) const = 0;
};

// Errors: those of Mapping::FromJson; every one found.
absl::StatusOr<std::shared_ptr<const internal::MappingDocument>> ParseMappingFile(
    const MappingText& text, const MappingSource& source, const Limits& limits);

// Of a mapping file that is known to be right: its names, and by what evidence it is chosen.
// Nothing else is read, so the document cannot be run. Errors: as above.
absl::StatusOr<std::shared_ptr<const internal::MappingDocument>> ParseDetection(
    const MappingText& text, const MappingSource& source, const Limits& limits);

}  // namespace weft

#endif  // WEFT_MAPPING_MAPPING_FILE_H_
