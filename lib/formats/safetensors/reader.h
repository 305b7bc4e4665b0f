// The safetensors format: docs/formats/safetensors.md.
#ifndef WEFT_FORMATS_SAFETENSORS_READER_H_
#define WEFT_FORMATS_SAFETENSORS_READER_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "formats/format.h"

namespace weft::safetensors {

// Eight bytes that are no text, and a brace, perhaps behind white space.
bool Recognises(std::string_view first_bytes);

// Errors: every rule of docs/formats/safetensors.md; kLimitExceeded; kCannotRead.
absl::StatusOr<FileCatalog> ReadCatalog(const OpenFile& file, const OpenOptions& options);

}  // namespace weft::safetensors

#endif  // WEFT_FORMATS_SAFETENSORS_READER_H_
