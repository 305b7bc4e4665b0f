// The fields of one protobuf message in a file, one after another, without their data.
//
//   protobuf::ByteWindow window(reader);
//   protobuf::MessageReader message(window);
//   protobuf::Field field;
//   while (message.Next(field)) {
//     if (field.number == 1 && field.type == protobuf::WireType::kBytes) {
//       protobuf::MessageReader value = message.Nested(field);
//       …
//     }
//   }
//   if (!message.status().ok()) return message.status();
//
// Fields with a length are passed over by their length: nothing of them is read. The file is not
// trusted: each field lies in its message, each message in the one around it, and nesting is
// bounded. Source: https://protobuf.dev/programming-guides/encoding
#ifndef WEFT_FORMATS_PROTOBUF_MESSAGE_READER_H_
#define WEFT_FORMATS_PROTOBUF_MESSAGE_READER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "formats/file_range.h"
#include "formats/protobuf/byte_window.h"

namespace weft::protobuf {

// Groups, 3 and 4, have been deprecated for ever, and no format here has any.
enum class WireType : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct Field {
  uint32_t number = 0;  // from 1
  WireType type = WireType::kVarint;
  uint64_t offset_bytes = 0;  // of the field's tag
  uint64_t value = 0;         // of kVarint, kFixed64 and kFixed32; bits as they are
  FileRange payload;          // of kBytes: what follows its length
};

class MessageReader {
 public:
  // The message that is the whole file. `window` must live as long, for nested readers too.
  explicit MessageReader(ByteWindow& window);

  // The message that a field of this one holds. A reader too deep has its error at once.
  MessageReader Nested(const Field& field) const;

  // Reads the next field. False at the end of the message, and after an error.
  // Errors: kTruncated (the file ends in the field), kBadHeaderSyntax (the field reaches beyond its
  // message; a number that is no varint; field number 0, or 2^29 and beyond; a group or an unknown
  // wire type), kLimitExceeded (nesting), kCannotRead, kInputChanged.
  bool Next(Field& field);

  const absl::Status& status() const { return status_; }

  // Where the next field would start.
  uint64_t position_bytes() const { return position_; }
  uint64_t end_bytes() const { return end_; }

  // As protobuf's own readers have it.
  static constexpr int kMostDepth = 100;

 private:
  MessageReader(ByteWindow& window, FileRange range, int depth);

  absl::Status ReadField(Field& field);
  absl::Status ReadVarint(std::string_view what, uint64_t& value);
  absl::Status ReadFixed(size_t size_bytes, uint64_t& value);
  absl::Status Error(std::string_view what) const;
  absl::Status Cut(std::string_view what, uint64_t needed_bytes) const;

  ByteWindow* window_;
  uint64_t position_;
  uint64_t end_;
  int depth_;
  absl::Status status_;
};

// The numbers of a packed repeated field, one after another; the same contract.
class PackedReader {
 public:
  PackedReader(ByteWindow& window, FileRange range)
      : window_(&window), position_(range.offset_bytes), end_(range.end_bytes()) {}

  bool Next(uint64_t& value);
  const absl::Status& status() const { return status_; }

  // Where the next number would start.
  uint64_t position_bytes() const { return position_; }

 private:
  ByteWindow* window_;
  uint64_t position_;
  uint64_t end_;
  absl::Status status_;
};

}  // namespace weft::protobuf

#endif  // WEFT_FORMATS_PROTOBUF_MESSAGE_READER_H_
