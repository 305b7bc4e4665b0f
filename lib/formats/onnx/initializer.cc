#include "formats/onnx/initializer.h"

#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "diagnostic/utf8.h"
#include "tensor/shape.h"

namespace weft::onnx {
namespace {

using protobuf::ByteWindow;
using protobuf::Field;
using protobuf::MessageReader;
using protobuf::PackedReader;
using protobuf::WireType;

// Field numbers of TensorProto.
enum TensorField : uint32_t {
  kDims = 1,
  kDataType = 2,
  kSegment = 3,
  kStringData = 6,
  kName = 8,
  kRawData = 9,
  kExternalData = 13,
  kDataLocation = 14,
};

bool IsTyped(uint32_t number) {
  return number == 4 || number == 5 || number == 7 || number == 10 || number == 11;
}

bool IsVariable(TypedField field) {
  return field != TypedField::kFloat && field != TypedField::kDouble;
}

class TensorReader {
 public:
  TensorReader(ByteWindow& window, const Limits& limits)
      : window_(window), limits_(limits), external_(window, [this] { return Where(); }) {}

  absl::StatusOr<Initializer> Read(MessageReader tensor, FileRange message) {
    initializer_.message = message;
    Field field;
    while (tensor.Next(field)) WEFT_RETURN_IF_ERROR(ReadField(tensor, field));
    WEFT_RETURN_IF_ERROR(tensor.status());
    if (initializer_.name.empty()) return Error(ErrorCode::kBadName, "has no name");
    WEFT_ASSIGN_OR_RETURN(const ElementType type, ElementTypeOf(data_type_, Where()));
    initializer_.dtype = type.dtype;
    const std::optional<uint64_t> bits = CheckedBitsOf(initializer_.shape, type.dtype);
    if (!bits) {
      return Error(ErrorCode::kOverflow,
                   absl::StrFormat("shape %s of %s has 2^63 bits or more",
                                   TextOf(initializer_.shape), NameOf(type.dtype)));
    }
    WEFT_RETURN_IF_ERROR(Place(type.field, *bits / 8));
    return std::move(initializer_);
  }

 private:
  absl::Status ReadField(const MessageReader& tensor, const Field& field) {
    switch (field.number) {
      case kDims:
        return ReadDims(field);
      case kDataType:
        return SetNumber(field, "data_type", data_type_);
      case kDataLocation:
        return SetNumber(field, "data_location", location_);
      case kName:
        return ReadName(field);
      case kRawData:
        if (has_raw_ || field.type != WireType::kBytes) return BadField("raw_data");
        has_raw_ = true;
        raw_ = field.payload;
        return absl::OkStatus();
      case kExternalData:
        if (field.type != WireType::kBytes) return BadField("external_data");
        return external_.Add(tensor.Nested(field));
      case kSegment:
        return Error(ErrorCode::kUnsupportedFeature, "is a segment of a tensor");
      case kStringData:
        return Error(ErrorCode::kUnsupportedFeature, "is made of texts");
      default:
        return IsTyped(field.number) ? AddTyped(field) : absl::OkStatus();
    }
  }

  absl::Status SetNumber(const Field& field, std::string_view name, uint64_t& number) {
    if (field.type != WireType::kVarint || number != 0) return BadField(name);
    number = field.value;
    return absl::OkStatus();
  }

  absl::Status ReadName(const Field& field) {
    if (field.type != WireType::kBytes || !initializer_.name.empty()) return BadField("name");
    if (field.payload.size_bytes > limits_.name_bytes) {
      return Error(ErrorCode::kLimitExceeded,
                   absl::StrFormat("the name has %d bytes; the limit is %d",
                                   field.payload.size_bytes, limits_.name_bytes));
    }
    WEFT_ASSIGN_OR_RETURN(initializer_.name, window_.Copy(field.payload));
    if (IsUtf8(initializer_.name)) return absl::OkStatus();
    return Error(ErrorCode::kBadName, "the name is not valid UTF-8");
  }

  absl::Status ReadDims(const Field& field) {
    if (field.type == WireType::kVarint) return AddSize(field.value);
    if (field.type != WireType::kBytes) return BadField("dims");
    PackedReader sizes(window_, field.payload);
    uint64_t size = 0;
    while (sizes.Next(size)) WEFT_RETURN_IF_ERROR(AddSize(size));
    return sizes.status();
  }

  absl::Status AddSize(uint64_t bits) {
    const auto size = static_cast<int64_t>(bits);
    if (size < 0) {
      return Error(ErrorCode::kBadShape,
                   absl::StrFormat("a size of the shape is %d; expected 0 or more", size));
    }
    if (initializer_.shape.size() >= static_cast<size_t>(limits_.rank)) {
      return Error(ErrorCode::kLimitExceeded,
                   absl::StrFormat("has more than %d axes", limits_.rank));
    }
    initializer_.shape.push_back(size);
    return absl::OkStatus();
  }

  // Values one by one: all in one field, or, as old writers had it, each in its own.
  absl::Status AddTyped(const Field& field) {
    const auto typed = static_cast<TypedField>(field.number);
    if (typed_field_ != TypedField::kNone && typed_field_ != typed) {
      return Error(ErrorCode::kBadHeaderSyntax, "has values of two kinds");
    }
    typed_field_ = typed;
    const WireType single = typed == TypedField::kFloat    ? WireType::kFixed32
                            : typed == TypedField::kDouble ? WireType::kFixed64
                                                           : WireType::kVarint;
    if (field.type == WireType::kBytes) {
      if (field.payload.size_bytes > 0) typed_.push_back(field.payload);
      return absl::OkStatus();
    }
    if (field.type != single) return BadField("…_data");
    return Error(ErrorCode::kUnsupportedFeature,
                 "has its values in fields of their own, which no writer of today does",
                 "load the model with the package onnx and save it again");
  }

  // Which of the three holds the elements, and whether it holds as many as there must be.
  absl::Status Place(TypedField field, uint64_t needed) {
    const bool is_typed = !typed_.empty();
    if (location_ > kDataElsewhere) return BadField("data_location");
    if ((location_ == kDataElsewhere ? 1 : 0) + (has_raw_ ? 1 : 0) + (is_typed ? 1 : 0) > 1) {
      return Error(ErrorCode::kBadHeaderSyntax, "has its values in two places");
    }
    if (location_ == kDataElsewhere) return PlaceExternal(needed);
    if (!is_typed) {
      const uint64_t size = has_raw_ ? raw_.size_bytes : 0;
      if (size > 0) initializer_.bytes.push_back(raw_);
      return CheckSize(size, needed);
    }
    if (typed_field_ != field) {
      return Error(ErrorCode::kBadHeaderSyntax,
                   absl::StrFormat("has values of %s in field %d; expected field %d",
                                   NameOf(initializer_.dtype), static_cast<uint32_t>(typed_field_),
                                   static_cast<uint32_t>(field)));
    }
    if (IsVariable(field)) return PlaceNumbers();
    uint64_t size = 0;
    for (const FileRange& range : typed_) size += range.size_bytes;
    initializer_.bytes = std::move(typed_);
    return CheckSize(size, needed);
  }

  absl::Status PlaceNumbers() {
    uint64_t count = 0;
    for (const FileRange& range : typed_) {
      PackedReader numbers(window_, range);
      uint64_t value = 0;
      while (numbers.Next(value)) ++count;
      WEFT_RETURN_IF_ERROR(numbers.status());
    }
    initializer_.numbers = std::move(typed_);
    if (count == ElementsOf(initializer_.shape)) return absl::OkStatus();
    return Error(
        ErrorCode::kSizeMismatch,
        absl::StrFormat("shape %s has %d elements; the file has %d", TextOf(initializer_.shape),
                        ElementsOf(initializer_.shape), count));
  }

  absl::Status PlaceExternal(uint64_t needed) {
    WEFT_ASSIGN_OR_RETURN(initializer_.external, std::move(external_).Place(needed));
    const uint64_t size = initializer_.external->size_bytes;
    return CheckSize(size, needed);
  }

  absl::Status CheckSize(uint64_t size, uint64_t needed) const {
    if (size == needed) return absl::OkStatus();
    return Error(
        ErrorCode::kSizeMismatch,
        absl::StrFormat("shape %s of %s needs %d bytes; the file has %d",
                        TextOf(initializer_.shape), NameOf(initializer_.dtype), needed, size));
  }

  absl::Status BadField(std::string_view name) const {
    return Error(ErrorCode::kBadHeaderSyntax,
                 absl::StrFormat("the field `%s` stands twice, or is not what it should be", name));
  }

  absl::Status Error(ErrorCode code, std::string_view what, std::string_view hint = "") const {
    return ErrorStatus(code, Where(), what, hint);
  }

  std::string Where() const {
    if (initializer_.name.empty()) {
      return absl::StrFormat("%s: byte %d: an initializer", window_.where(),
                             initializer_.message.offset_bytes);
    }
    return absl::StrFormat("%s: initializer '%s'", window_.where(), Escaped(initializer_.name));
  }

  ByteWindow& window_;
  const Limits& limits_;
  Initializer initializer_;
  uint64_t data_type_ = 0;
  uint64_t location_ = 0;
  bool has_raw_ = false;
  FileRange raw_;
  TypedField typed_field_ = TypedField::kNone;
  std::vector<FileRange> typed_;
  ExternalData external_;
};

}  // namespace

absl::StatusOr<Initializer> ReadInitializer(ByteWindow& window, MessageReader tensor,
                                            FileRange message, const Limits& limits) {
  return TensorReader(window, limits).Read(std::move(tensor), message);
}

}  // namespace weft::onnx
