// What a format room offers, and the table of those in this build.
#ifndef WEFT_FORMATS_FORMAT_H_
#define WEFT_FORMATS_FORMAT_H_

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "io/input_file.h"
#include "weft/catalog.h"
#include "weft/limits.h"

namespace weft {

// What the header of one file says. The tensors are in natural order of names, which are unique;
// their `file` is 0.
struct FileCatalog {
  std::map<std::string, std::string> metadata;
  std::vector<TensorInfo> tensors;
  std::vector<std::string> warnings;
};

struct Format {
  std::string_view name;       // "safetensors"
  std::string_view extension;  // ".safetensors"

  // Whether a file that starts with these bytes is of the format. There are at most kFirstBytes.
  bool (*recognises)(std::string_view first_bytes);

  // Reads and validates the header; no tensor data.
  absl::StatusOr<FileCatalog> (*read_catalog)(const InputFile& file, const Limits& limits);
};

inline constexpr size_t kFirstBytes = 64;

// The format whose files start so; null when there is none.
const Format* FormatOfContent(std::string_view first_bytes);

// The format whose extension the name has; null when there is none.
const Format* FormatOfName(std::string_view file_name);

// The first kFirstBytes of a file, or all of it.
absl::StatusOr<std::string> ReadFirstBytes(const InputFile& file);

// The format of a file, by its content. Where the content is of no format, the extension chooses,
// so that the message is about what is wrong with the file and not about what else it might be.
// Errors: kUnknownFormat, kCannotRead.
absl::StatusOr<const Format*> FormatOf(const InputFile& file);

}  // namespace weft

#endif  // WEFT_FORMATS_FORMAT_H_
