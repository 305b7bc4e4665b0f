#include "formats/onnx/external_data.h"

#include <limits>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "io/path.h"

namespace weft::onnx {
namespace {

using protobuf::Field;
using protobuf::WireType;

enum EntryField : uint32_t { kKey = 1, kValue = 2 };

// Keys and values: paths and numbers.
constexpr uint64_t kMostEntryBytes = 4096;

// Decimal digits only.
std::optional<uint64_t> NumberOf(std::string_view text) {
  if (text.empty()) return std::nullopt;
  uint64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<uint64_t>(c - '0');
    if (number > (std::numeric_limits<uint64_t>::max() - digit) / 10) return std::nullopt;
    number = number * 10 + digit;
  }
  return number;
}

}  // namespace

absl::Status ExternalData::Add(protobuf::MessageReader entry) {
  std::string key;
  std::string value;
  Field field;
  while (entry.Next(field)) {
    if (field.number != kKey && field.number != kValue) continue;
    if (field.type != WireType::kBytes || field.payload.size_bytes > kMostEntryBytes) {
      return BadField();
    }
    std::string& text = field.number == kKey ? key : value;
    WEFT_ASSIGN_OR_RETURN(text, window_.Copy(field.payload));
  }
  WEFT_RETURN_IF_ERROR(entry.status());
  if (key == "location") return SetLocation(std::move(value));
  if (key == "offset") return SetPlace(key, value, offset_);
  if (key == "length") return SetPlace(key, value, length_);
  if (key == "checksum") external_.has_checksum = true;
  return absl::OkStatus();  // runtimes note things for themselves
}

absl::StatusOr<External> ExternalData::Place(uint64_t default_bytes) && {
  if (external_.location.empty()) {
    return ErrorStatus(ErrorCode::kBadMetadata, where_(), "has external data without a location");
  }
  external_.offset_bytes = offset_.value_or(0);
  external_.size_bytes = length_.value_or(default_bytes);
  return std::move(external_);
}

absl::Status ExternalData::SetLocation(std::string value) {
  if (!external_.location.empty()) return BadField();
  size_t begin = 0;
  while (value.compare(begin, 2, "./") == 0) begin += 2;
  value.erase(0, begin);
  if (!IsBelow(value)) {
    return ErrorStatus(ErrorCode::kUnsafePath, where_(),
                       absl::StrFormat("its data are in '%s', which is no path of plain names "
                                       "below the model's directory",
                                       Escaped(value)));
  }
  external_.location = std::move(value);
  return absl::OkStatus();
}

absl::Status ExternalData::SetPlace(std::string_view key, std::string_view value,
                                    std::optional<uint64_t>& place) {
  if (place) return BadField();
  place = NumberOf(value);
  if (place) return absl::OkStatus();
  return ErrorStatus(ErrorCode::kBadMetadata, where_(),
                     absl::StrFormat("the %s of its external data is '%s', no number of 64 bits",
                                     key, Escaped(value)));
}

absl::Status ExternalData::BadField() const {
  return ErrorStatus(ErrorCode::kBadHeaderSyntax, where_(),
                     "the field `external_data` says something twice, or is not what it should be");
}

absl::Status CheckExternal(std::string_view tensor, const External& external, uint64_t file_bytes) {
  if (external.offset_bytes <= file_bytes &&
      external.size_bytes <= file_bytes - external.offset_bytes) {
    return absl::OkStatus();
  }
  return ErrorStatus(
      ErrorCode::kTruncated, Escaped(external.location),
      absl::StrFormat("tensor '%s' has %d bytes at byte %d, and the file has %d", Escaped(tensor),
                      external.size_bytes, external.offset_bytes, file_bytes),
      "the download or copy of the file is incomplete; fetch it again");
}

}  // namespace weft::onnx
