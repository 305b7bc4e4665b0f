#include "formats/format.h"

#include <algorithm>
#include <array>

#include "diagnostic/status.h"
#include "formats/safetensors/reader.h"

namespace weft {
namespace {

constexpr std::array<Format, 1> kFormats = {{
    {"safetensors", ".safetensors", &safetensors::Recognises, &safetensors::ReadCatalog},
}};

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace

const Format* FormatOfContent(std::string_view first_bytes) {
  for (const Format& format : kFormats) {
    if (format.recognises(first_bytes)) return &format;
  }
  return nullptr;
}

const Format* FormatOfName(std::string_view file_name) {
  for (const Format& format : kFormats) {
    if (EndsWith(file_name, format.extension)) return &format;
  }
  return nullptr;
}

absl::StatusOr<std::string> ReadFirstBytes(const InputFile& file) {
  std::string bytes(std::min<uint64_t>(file.size_bytes(), kFirstBytes), '\0');
  WEFT_RETURN_IF_ERROR(file.ReadAt(0, bytes.size(), bytes.data()));
  return bytes;
}

absl::StatusOr<const Format*> FormatOf(const InputFile& file) {
  WEFT_ASSIGN_OR_RETURN(const std::string first_bytes, ReadFirstBytes(file));
  const Format* format = FormatOfContent(first_bytes);
  if (format == nullptr) format = FormatOfName(file.path());
  if (format != nullptr) return format;
  return ErrorStatus(ErrorCode::kUnknownFormat, Escaped(file.path()),
                     "the file is of no format that this build reads",
                     "this build reads safetensors files and their index files");
}

}  // namespace weft
