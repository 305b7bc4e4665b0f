// What a format room offers, and the table of those in this build.
#ifndef WEFT_FORMATS_FORMAT_H_
#define WEFT_FORMATS_FORMAT_H_

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "formats/byte_reader.h"
#include "io/input_file.h"
#include "weft/catalog.h"
#include "weft/checkpoint.h"

namespace weft {

// A file of a checkpoint, open.
struct OpenFile {
  std::string path;
  std::shared_ptr<const InputFile> file;
  std::shared_ptr<const ByteReader> reader;  // of the whole file
};

OpenFile OpenFileOf(InputFile file);

// What a file has in another form than tensors need it, and how to get it.
struct DecodedPart {
  std::string name;  // "archive/data/0"
  std::shared_ptr<const ByteReader> reader;
};

// What the header of one file says. The tensors are in natural order of names, which are unique.
// Their `file` is 0 where their bytes lie in the file itself, and i + 1 for decoded[i]. Of n files
// that hold tensors together only (directory_format.h), `file` is below n, or n + i; names need
// neither be in order nor unique.
struct FileCatalog {
  std::map<std::string, std::string> metadata;
  std::vector<TensorInfo> tensors;
  std::vector<DecodedPart> decoded;
  std::vector<std::string> warnings;
  // The keys under which all tensors are, in the objects of a program and not in their names alone:
  // "state_dict"; with dots between. Empty where there is none.
  std::string wrapper;
};

struct Format {
  std::string_view name;                          // "safetensors"
  absl::Span<const std::string_view> extensions;  // ".safetensors"

  // Whether a file that starts with these bytes is of the format. There are at most kFirstBytes.
  bool (*recognises)(std::string_view first_bytes);

  // A file is one tensor, which is named after the path of the file.
  bool is_named_by_path = false;

  // Reads and validates the header; no tensor data but what `decoded` keeps of it.
  absl::StatusOr<FileCatalog> (*read_catalog)(const OpenFile& file, const OpenOptions& options);
};

// Enough for the name of the first member of a zip, by which its kinds are told apart.
inline constexpr size_t kFirstBytes = 512;

inline constexpr std::string_view kFormatsHint =
    "this build reads safetensors, PyTorch, MindSpore, NumPy and ONNX files, and index files";

// The format whose files start so; null when there is none.
const Format* FormatOfContent(std::string_view first_bytes);

// The format of that name, which exists.
const Format* FormatNamed(std::string_view name);

// The first format that has the extension of the name; null when there is none.
const Format* FormatOfName(std::string_view file_name);

// The first kFirstBytes of a file, or all of it.
absl::StatusOr<std::string> ReadFirstBytes(const InputFile& file);

// The format of a file, by its content. Where the content is of no format, the extension chooses,
// so that the message is about what is wrong with the file and not about what else it might be.
// Errors: kUnknownFormat, kCannotRead.
absl::StatusOr<const Format*> FormatOf(const OpenFile& file);

}  // namespace weft

#endif  // WEFT_FORMATS_FORMAT_H_
