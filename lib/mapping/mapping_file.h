// JSON text → MappingDocument. The file format is described in docs/dsl.md.
#ifndef WEFT_MAPPING_MAPPING_FILE_H_
#define WEFT_MAPPING_MAPPING_FILE_H_

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "mapping/document.h"
#include "weft/limits.h"

namespace weft {

// Errors: those of Mapping::FromJson; every one found.
absl::StatusOr<std::shared_ptr<const internal::MappingDocument>> ParseMappingFile(
    std::string_view json, std::string_view file_name, const Limits& limits);

}  // namespace weft

#endif  // WEFT_MAPPING_MAPPING_FILE_H_
