#include "formats/onnx/fixed_data.h"

#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/onnx/part_walk.h"

namespace weft::onnx {
namespace {

using protobuf::ByteWindow;
using protobuf::Field;
using protobuf::MessageReader;
using protobuf::WireType;

// Field numbers of TensorProto.
enum TensorField : uint32_t { kName = 8, kExternalData = 13, kDataLocation = 14 };

constexpr uint64_t kToTheEnd = std::numeric_limits<uint64_t>::max();

bool IsFixedTensor(const Part& part) {
  switch (part.kind) {
    case PartKind::kInitializer:
      return !part.is_main;
    case PartKind::kValue:
    case PartKind::kElements:
      return true;
    default:
      return false;
  }
}

class DataReader {
 public:
  DataReader(const ByteReader& reader, const Limits& limits) : window_(reader), limits_(limits) {}

  absl::StatusOr<std::vector<FixedData>> Read() {
    PartWalk walk(window_);
    while (walk.Next()) {
      if (IsFixedTensor(walk.part())) WEFT_RETURN_IF_ERROR(Add(walk.part()));
    }
    WEFT_RETURN_IF_ERROR(walk.status());
    return std::move(found_);
  }

 private:
  absl::Status Add(const Part& part) {
    FixedData data;
    data.name = absl::StrFormat("byte %d", part.range.offset_bytes);
    const auto where = [&] {
      return absl::StrFormat("%s: tensor '%s'", window_.where(), Escaped(data.name));
    };
    ExternalData external(window_, where);
    uint64_t location = 0;
    MessageReader tensor = part.message;
    Field field;
    while (tensor.Next(field)) {
      if (field.number == kDataLocation && field.type == WireType::kVarint) location = field.value;
      if (field.type != WireType::kBytes) continue;
      if (field.number == kName && field.payload.size_bytes > 0) {
        if (field.payload.size_bytes > limits_.name_bytes) {
          return ErrorStatus(ErrorCode::kLimitExceeded, where(),
                             absl::StrFormat("its name has %d bytes; the limit is %d",
                                             field.payload.size_bytes, limits_.name_bytes));
        }
        WEFT_ASSIGN_OR_RETURN(data.name, window_.Copy(field.payload));
      }
      if (field.number == kExternalData) WEFT_RETURN_IF_ERROR(external.Add(tensor.Nested(field)));
    }
    WEFT_RETURN_IF_ERROR(tensor.status());
    if (location != kDataElsewhere) return absl::OkStatus();
    if (found_.size() >= limits_.tensors) {
      return ErrorStatus(
          ErrorCode::kLimitExceeded, window_.where(),
          absl::StrFormat("more than %d tensors within nodes have external data", limits_.tensors));
    }
    WEFT_ASSIGN_OR_RETURN(data.external, std::move(external).Place(kToTheEnd));
    data.reaches_end = data.external.size_bytes == kToTheEnd;
    if (data.reaches_end) data.external.size_bytes = 0;
    found_.push_back(std::move(data));
    return absl::OkStatus();
  }

  ByteWindow window_;
  const Limits& limits_;
  std::vector<FixedData> found_;
};

}  // namespace

absl::StatusOr<std::vector<FixedData>> ReadFixedData(const ByteReader& reader,
                                                     const Limits& limits) {
  return DataReader(reader, limits).Read();
}

}  // namespace weft::onnx
