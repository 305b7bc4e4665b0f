#include "formats/protobuf/message_reader.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/little_endian.h"
#include "formats/protobuf/varint.h"

namespace weft::protobuf {
namespace {

constexpr uint64_t kMostFieldNumber = (uint64_t{1} << 29) - 1;

std::string PlaceOf(std::string_view where, uint64_t position) {
  return absl::StrFormat("%s: byte %d", where, position);
}

absl::Status NoVarint(std::string_view where, uint64_t position, std::string_view what) {
  return ErrorStatus(ErrorCode::kBadHeaderSyntax, PlaceOf(where, position),
                     absl::StrFormat("%s is no protobuf number of at most 64 bits", what));
}

}  // namespace

MessageReader::MessageReader(ByteWindow& window)
    : MessageReader(window, {0, window.file_bytes()}, 0) {}

MessageReader::MessageReader(ByteWindow& window, FileRange range, int depth)
    : window_(&window), position_(range.offset_bytes), end_(range.end_bytes()), depth_(depth) {
  if (depth <= kMostDepth) return;
  status_ =
      ErrorStatus(ErrorCode::kLimitExceeded, PlaceOf(window_->where(), position_),
                  absl::StrFormat("messages are nested more than %d levels deep", kMostDepth));
}

MessageReader MessageReader::Nested(const Field& field) const {
  return {*window_, field.payload, depth_ + 1};
}

bool MessageReader::Next(Field& field) {
  if (!status_.ok() || position_ == end_) return false;
  status_ = ReadField(field);
  return status_.ok();
}

absl::Status MessageReader::ReadField(Field& field) {
  field.offset_bytes = position_;
  uint64_t tag = 0;
  WEFT_RETURN_IF_ERROR(ReadVarint("the tag of a field", tag));
  const uint64_t number = tag >> 3;
  if (number == 0 || number > kMostFieldNumber) {
    position_ = field.offset_bytes;
    return Error(
        absl::StrFormat("a field has number %d; expected 1 to %d", number, kMostFieldNumber));
  }
  field.number = static_cast<uint32_t>(number);
  switch (tag & 7) {
    case static_cast<uint64_t>(WireType::kVarint):
      field.type = WireType::kVarint;
      return ReadVarint("the value of a field", field.value);
    case static_cast<uint64_t>(WireType::kFixed64):
      field.type = WireType::kFixed64;
      return ReadFixed(8, field.value);
    case static_cast<uint64_t>(WireType::kFixed32):
      field.type = WireType::kFixed32;
      return ReadFixed(4, field.value);
    case static_cast<uint64_t>(WireType::kBytes): {
      field.type = WireType::kBytes;
      uint64_t length = 0;
      WEFT_RETURN_IF_ERROR(ReadVarint("the length of a field", length));
      if (length > end_ - position_) return Cut("a field", length);
      field.payload = {position_, length};
      position_ += length;
      return absl::OkStatus();
    }
    default:
      position_ = field.offset_bytes;
      return Error(
          absl::StrFormat("field %d has wire type %d, which no format here uses", number, tag & 7));
  }
}

absl::Status MessageReader::ReadVarint(std::string_view what, uint64_t& value) {
  const uint64_t rest = end_ - position_;
  WEFT_ASSIGN_OR_RETURN(
      const std::string_view text,
      window_->View(position_, static_cast<size_t>(std::min<uint64_t>(rest, kMostVarintBytes))));
  const Varint varint = DecodeVarint(text);
  if (varint.bytes == 0) {
    if (text.size() == kMostVarintBytes) return NoVarint(window_->where(), position_, what);
    return Cut(what, rest + 1);
  }
  value = varint.value;
  position_ += varint.bytes;
  return absl::OkStatus();
}

absl::Status MessageReader::ReadFixed(size_t size_bytes, uint64_t& value) {
  if (end_ - position_ < size_bytes) return Cut("a field", size_bytes);
  WEFT_ASSIGN_OR_RETURN(const std::string_view text, window_->View(position_, size_bytes));
  value = LittleEndianNumber(text);
  position_ += size_bytes;
  return absl::OkStatus();
}

absl::Status MessageReader::Error(std::string_view what) const {
  return ErrorStatus(ErrorCode::kBadHeaderSyntax, PlaceOf(window_->where(), position_), what);
}

// Where the message ends with the file, the file is what ends too soon.
absl::Status MessageReader::Cut(std::string_view what, uint64_t needed_bytes) const {
  if (end_ == window_->file_bytes()) {
    return ErrorStatus(ErrorCode::kTruncated, PlaceOf(window_->where(), position_),
                       absl::StrFormat("%s takes %d bytes or more, and the file ends after %d",
                                       what, needed_bytes, end_ - position_),
                       "the download or copy of the file is incomplete; fetch it again");
  }
  return Error(absl::StrFormat("%s takes %d bytes or more, and the message around it ends after %d",
                               what, needed_bytes, end_ - position_));
}

bool PackedReader::Next(uint64_t& value) {
  if (!status_.ok() || position_ == end_) return false;
  const auto most = static_cast<size_t>(std::min<uint64_t>(end_ - position_, kMostVarintBytes));
  const absl::StatusOr<std::string_view> text = window_->View(position_, most);
  if (!text.ok()) {
    status_ = text.status();
    return false;
  }
  const Varint varint = DecodeVarint(*text);
  if (varint.bytes == 0) {
    status_ = NoVarint(window_->where(), position_, "an entry of a packed field");
    return false;
  }
  value = varint.value;
  position_ += varint.bytes;
  return true;
}

}  // namespace weft::protobuf
