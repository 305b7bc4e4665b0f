#include "formats/safetensors/reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/safetensors/header.h"

namespace weft::safetensors {
namespace {

uint64_t LittleEndian(const std::array<char, kPrefixBytes>& bytes) {
  uint64_t number = 0;
  for (size_t i = bytes.size(); i-- > 0;) {
    number = number << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return number;
}

// The length of the header, which is known to lie within the file and the limit.
absl::StatusOr<uint64_t> ReadHeaderLength(const ByteReader& file, const Limits& limits) {
  const std::string& where = file.where();
  if (file.size_bytes() < kPrefixBytes) {
    return ErrorStatus(ErrorCode::kTruncated, where,
                       absl::StrFormat("the file has %d bytes; the length of the header alone "
                                       "takes 8",
                                       file.size_bytes()));
  }
  std::array<char, kPrefixBytes> prefix = {};
  WEFT_RETURN_IF_ERROR(file.ReadAt(0, prefix.size(), prefix.data()));
  const uint64_t length = LittleEndian(prefix);
  const uint64_t rest = file.size_bytes() - kPrefixBytes;
  if (length > limits.header_bytes) {
    if (length <= rest) {
      return ErrorStatus(
          ErrorCode::kLimitExceeded, where,
          absl::StrFormat("the header has %d bytes; the limit is %d", length, limits.header_bytes));
    }
    return ErrorStatus(ErrorCode::kHeaderTooLarge, where,
                       absl::StrFormat("the header has %d bytes by its length, more than the limit "
                                       "of %d and than the file, which has %d",
                                       length, limits.header_bytes, file.size_bytes()),
                       "the file is damaged, or of another format");
  }
  if (length > rest) {
    return ErrorStatus(
        ErrorCode::kTruncated, where,
        absl::StrFormat("the header has %d bytes, and the file ends after %d of them", length,
                        rest),
        "the download or copy of the file is incomplete; fetch it again");
  }
  return length;
}

}  // namespace

bool Recognises(std::string_view first_bytes) {
  if (first_bytes.size() <= kPrefixBytes) return false;
  const std::string_view prefix = first_bytes.substr(0, kPrefixBytes);
  // Text that happens to have a brace in ninth place: no header is that long.
  const bool is_text = std::all_of(prefix.begin(), prefix.end(), [](char c) {
    return (c >= ' ' && c <= '~') || c == '\t' || c == '\n' || c == '\r';
  });
  if (is_text) return false;
  const std::string_view header = first_bytes.substr(kPrefixBytes);
  const size_t start = header.find_first_not_of(" \t\r\n");
  return start == std::string_view::npos || header[start] == '{';
}

absl::StatusOr<FileCatalog> ReadCatalog(const OpenFile& file, const OpenOptions& options) {
  const ByteReader& reader = *file.reader;
  WEFT_ASSIGN_OR_RETURN(const uint64_t length, ReadHeaderLength(reader, options.limits));
  std::string text(length, '\0');
  WEFT_RETURN_IF_ERROR(reader.ReadAt(kPrefixBytes, length, text.data()));

  const uint64_t data_begin = kPrefixBytes + length;
  WEFT_ASSIGN_OR_RETURN(Header header, ParseHeader(text, reader.size_bytes() - data_begin,
                                                   reader.where(), options.limits));
  FileCatalog catalog;
  catalog.metadata = std::move(header.metadata);
  catalog.tensors = std::move(header.tensors);
  for (TensorInfo& tensor : catalog.tensors) tensor.offset_bytes += data_begin;
  if (text[0] != '{') {
    catalog.warnings.push_back(
        absl::StrFormat("%s: white space stands before the header's brace", reader.where()));
  }
  return catalog;
}

}  // namespace weft::safetensors
