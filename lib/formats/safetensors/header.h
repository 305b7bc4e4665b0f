// The JSON header of a safetensors file: text → tensors, proven to tile the data.
#ifndef WEFT_FORMATS_SAFETENSORS_HEADER_H_
#define WEFT_FORMATS_SAFETENSORS_HEADER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "weft/catalog.h"
#include "weft/limits.h"

namespace weft::safetensors {

// Bytes of the length that stands before the header.
inline constexpr size_t kPrefixBytes = 8;

// The key that no tensor can have.
inline constexpr std::string_view kMetadataKey = "__metadata__";

struct Header {
  std::map<std::string, std::string> metadata;
  // In natural order of names, which are unique; offsets are from the start of the data.
  std::vector<TensorInfo> tensors;
};

// Parses and validates. `data_bytes` is what follows the header in the file; `where` names the
// file, escaped. Errors: every rule of docs/formats/safetensors.md but those of the length.
absl::StatusOr<Header> ParseHeader(std::string_view text, uint64_t data_bytes,
                                   std::string_view where, const Limits& limits);

// The part of ParseHeader that follows the parse, the only one of its kind: each tensor's
// `size_bytes`, as its offsets give it, is what its shape and dtype need, and the tensors cover the
// data without hole and overlap.
absl::Status Validate(const std::vector<TensorInfo>& tensors, uint64_t data_bytes,
                      std::string_view where);

}  // namespace weft::safetensors

#endif  // WEFT_FORMATS_SAFETENSORS_HEADER_H_
