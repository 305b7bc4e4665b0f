#include "formats/mindspore/entry.h"

#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "diagnostic/utf8.h"

namespace weft::mindspore {
namespace {

using protobuf::ByteWindow;
using protobuf::Field;
using protobuf::MessageReader;
using protobuf::PackedReader;
using protobuf::WireType;

// The longest name of a type that MindSpore has is 14 letters long.
constexpr uint64_t kMostTypeBytes = 64;

// Field numbers of Checkpoint.Value and of TensorProto.
enum ValueField : uint32_t { kTag = 1, kTensor = 2, kMapTensor = 3 };
enum TensorField : uint32_t { kDims = 1, kType = 2, kContent = 3 };

class EntryReader {
 public:
  EntryReader(ByteWindow& window, const Limits& limits) : window_(window), limits_(limits) {}

  absl::StatusOr<Entry> Read(MessageReader value) {
    const uint64_t begin = value.position_bytes();
    bool has_tag = false;
    Field tensor;
    Field field;
    while (value.Next(field)) {
      switch (field.number) {
        case kTag:
          WEFT_RETURN_IF_ERROR(CheckFirst(field, "tag", std::exchange(has_tag, true)));
          WEFT_RETURN_IF_ERROR(ReadName(field));
          break;
        case kTensor:
          WEFT_RETURN_IF_ERROR(CheckFirst(field, "tensor", tensor.number != 0));
          tensor = field;
          break;
        case kMapTensor:
          return ErrorStatus(ErrorCode::kUnsupportedFeature, NameOrPlace(field.offset_bytes),
                             "is a map parameter, a hash table of embeddings, which is no tensor",
                             "leave it out: save_checkpoint(choice_func=…)");
        default:
          return Unknown(field, "a value");
      }
    }
    WEFT_RETURN_IF_ERROR(value.status());
    if (!has_tag) return Missing(begin, "tag");
    if (tensor.number == 0) return Missing(begin, "tensor");
    WEFT_RETURN_IF_ERROR(ReadTensor(value.Nested(tensor), tensor.offset_bytes));
    return std::move(entry_);
  }

 private:
  absl::Status ReadName(const Field& field) {
    if (field.payload.size_bytes > limits_.name_bytes) {
      return ErrorStatus(ErrorCode::kLimitExceeded, Place(field.offset_bytes),
                         absl::StrFormat("the name of a parameter has %d bytes; the limit is %d",
                                         field.payload.size_bytes, limits_.name_bytes));
    }
    WEFT_ASSIGN_OR_RETURN(entry_.name, window_.Copy(field.payload));
    if (IsUtf8(entry_.name)) return absl::OkStatus();
    return ErrorStatus(ErrorCode::kBadName, Place(field.offset_bytes),
                       absl::StrFormat("the name '%s' is not valid UTF-8", Escaped(entry_.name)));
  }

  absl::Status ReadTensor(MessageReader tensor, uint64_t begin) {
    bool has_type = false;
    bool has_content = false;
    Field field;
    while (tensor.Next(field)) {
      switch (field.number) {
        case kDims:
          WEFT_RETURN_IF_ERROR(ReadDims(field));
          break;
        case kType:
          WEFT_RETURN_IF_ERROR(CheckFirst(field, "tensor_type", std::exchange(has_type, true)));
          WEFT_RETURN_IF_ERROR(ReadType(field));
          break;
        case kContent:
          WEFT_RETURN_IF_ERROR(
              CheckFirst(field, "tensor_content", std::exchange(has_content, true)));
          entry_.content = field.payload;
          break;
        default:
          return Unknown(field, "a tensor");
      }
    }
    WEFT_RETURN_IF_ERROR(tensor.status());
    if (!has_type) return Missing(begin, "tensor_type");
    if (!has_content) return Missing(begin, "tensor_content");
    return absl::OkStatus();
  }

  absl::Status ReadType(const Field& field) {
    if (field.payload.size_bytes > kMostTypeBytes) {
      return Error(ErrorCode::kBadDtype, field.offset_bytes,
                   absl::StrFormat("the tensor_type has %d bytes", field.payload.size_bytes));
    }
    WEFT_ASSIGN_OR_RETURN(entry_.tensor_type, window_.Copy(field.payload));
    return absl::OkStatus();
  }

  // One size for each field, as MindSpore writes them, or several in one.
  absl::Status ReadDims(const Field& field) {
    if (field.type == WireType::kVarint) return AddSize(field.value, field.offset_bytes);
    WEFT_RETURN_IF_ERROR(CheckFirst(field, "dims", false));
    PackedReader sizes(window_, field.payload);
    uint64_t size = 0;
    while (sizes.Next(size)) WEFT_RETURN_IF_ERROR(AddSize(size, field.offset_bytes));
    return sizes.status();
  }

  absl::Status AddSize(uint64_t bits, uint64_t offset) {
    const auto size = static_cast<int64_t>(bits);
    if (size < 0) {
      return Error(ErrorCode::kBadShape, offset,
                   absl::StrFormat("a size of the shape is %d; expected 0 or more", size));
    }
    if (entry_.shape.size() >= static_cast<size_t>(limits_.rank)) {
      return Error(ErrorCode::kLimitExceeded, offset,
                   absl::StrFormat("has more than %d axes", limits_.rank));
    }
    entry_.shape.push_back(size);
    return absl::OkStatus();
  }

  // Every field but `dims` is bytes and stands once.
  absl::Status CheckFirst(const Field& field, std::string_view name, bool is_repeated) const {
    if (field.type != WireType::kBytes) {
      return Error(ErrorCode::kBadHeaderSyntax, field.offset_bytes,
                   absl::StrFormat("the field `%s` has wire type %d; expected 2", name,
                                   static_cast<int>(field.type)));
    }
    if (!is_repeated) return absl::OkStatus();
    return Error(ErrorCode::kBadHeaderSyntax, field.offset_bytes,
                 absl::StrFormat("the field `%s` stands twice", name));
  }

  absl::Status Missing(uint64_t offset, std::string_view name) const {
    return Error(ErrorCode::kBadHeaderSyntax, offset,
                 absl::StrFormat("the field `%s` is missing", name));
  }

  absl::Status Unknown(const Field& field, std::string_view what) const {
    return Error(
        ErrorCode::kBadHeaderSyntax, field.offset_bytes,
        absl::StrFormat("%s has field %d, which MindSpore 2.10 does not know", what, field.number));
  }

  absl::Status Error(ErrorCode code, uint64_t offset, std::string_view what) const {
    return ErrorStatus(code, NameOrPlace(offset), what);
  }

  std::string Place(uint64_t offset) const {
    return absl::StrFormat("%s: byte %d", window_.where(), offset);
  }

  // The tag comes first in what MindSpore writes, so that errors can name the parameter.
  std::string NameOrPlace(uint64_t offset) const {
    if (entry_.name.empty()) return Place(offset);
    return absl::StrFormat("%s: byte %d: parameter '%s'", window_.where(), offset,
                           Escaped(entry_.name));
  }

  ByteWindow& window_;
  const Limits& limits_;
  Entry entry_;
};

}  // namespace

absl::StatusOr<Entry> ReadEntry(ByteWindow& window, MessageReader value, const Limits& limits) {
  return EntryReader(window, limits).Read(std::move(value));
}

}  // namespace weft::mindspore
