#include "formats/pytorch/pickle_writer.h"

#include <limits>
#include <utility>

#include "absl/strings/str_format.h"
#include "formats/little_endian.h"
#include "formats/pickle/opcode.h"

namespace weft::pytorch {
namespace {

using pickle::Opcode;

void Append(Opcode opcode, std::string& out) { out += static_cast<char>(opcode); }

// Row-major.
Shape ContiguousStrides(const Shape& shape) {
  Shape strides(shape.size(), 1);
  // torch counts empty axes as one.
  for (size_t axis = shape.size(); axis-- > 1;) {
    strides[axis - 1] = strides[axis] * (shape[axis] == 0 ? 1 : shape[axis]);
  }
  return strides;
}

}  // namespace

PickleWriter::PickleWriter() {
  Append(Opcode::kProto, out_);
  out_ += '\2';
  Global("collections", "OrderedDict");
  Append(Opcode::kEmptyTuple, out_);
  Append(Opcode::kReduce, out_);
}

// Names are few, and used for every tensor: they are written once, and then taken from the memo.
void PickleWriter::Global(std::string_view module, std::string_view name) {
  std::string text = absl::StrFormat("c%s\n%s\n", module, name);
  const auto known = memo_.find(text);
  if (known != memo_.end()) {
    Append(Opcode::kBinGet, out_);
    AppendLittleEndian(known->second, 1, out_);
    return;
  }
  out_ += text;
  Append(Opcode::kBinPut, out_);
  AppendLittleEndian(put_count_, 1, out_);
  memo_.emplace(std::move(text), put_count_++);
}

void PickleWriter::Text(std::string_view text) {
  Append(Opcode::kBinUnicode, out_);
  AppendLittleEndian(text.size(), 4, out_);
  out_ += text;
}

void PickleWriter::Integer(uint64_t number) {
  if (number <= std::numeric_limits<uint8_t>::max()) {
    Append(Opcode::kBinInt1, out_);
    AppendLittleEndian(number, 1, out_);
  } else if (number <= std::numeric_limits<uint16_t>::max()) {
    Append(Opcode::kBinInt2, out_);
    AppendLittleEndian(number, 2, out_);
  } else if (number <= static_cast<uint64_t>(std::numeric_limits<int32_t>::max())) {
    Append(Opcode::kBinInt, out_);
    AppendLittleEndian(number, 4, out_);
  } else {
    // Signed: sizes are below 2^63.
    Append(Opcode::kLong1, out_);
    out_ += '\10';
    AppendLittleEndian(number, 8, out_);
  }
}

void PickleWriter::Sizes(const Shape& sizes) {
  if (sizes.empty()) {
    Append(Opcode::kEmptyTuple, out_);
    return;
  }
  Append(Opcode::kMark, out_);
  for (const int64_t size : sizes) Integer(static_cast<uint64_t>(size));
  Append(Opcode::kTuple, out_);
}

void PickleWriter::AddTensor(std::string_view name, const ElementType& type, const Shape& shape,
                             uint64_t storage) {
  const bool is_typed = type.storage.empty();
  const uint64_t elements = ElementsOf(shape);
  Text(name);
  Global("torch._utils", is_typed ? "_rebuild_tensor_v3" : "_rebuild_tensor_v2");
  Append(Opcode::kMark, out_);
  Append(Opcode::kMark, out_);
  Text("storage");
  if (is_typed) {
    Global("torch.storage", "UntypedStorage");
  } else {
    Global("torch", type.storage);
  }
  Text(absl::StrFormat("%d", storage));
  Text("cpu");
  Integer(is_typed ? elements * type.size_bytes : elements);
  Append(Opcode::kTuple, out_);
  Append(Opcode::kBinPersId, out_);
  Integer(0);
  Sizes(shape);
  Sizes(ContiguousStrides(shape));
  Append(Opcode::kNewFalse, out_);
  Global("collections", "OrderedDict");
  Append(Opcode::kEmptyTuple, out_);
  Append(Opcode::kReduce, out_);
  if (is_typed) Global("torch", type.name);
  Append(Opcode::kTuple, out_);
  Append(Opcode::kReduce, out_);
  Append(Opcode::kSetItem, out_);
}

std::string PickleWriter::Finish(const std::map<std::string, std::string>& metadata) && {
  if (!metadata.empty()) {
    Append(Opcode::kEmptyDict, out_);
    Text("metadata");
    Append(Opcode::kEmptyDict, out_);
    for (const auto& [key, value] : metadata) {
      Text(key);
      Text(value);
      Append(Opcode::kSetItem, out_);
    }
    Append(Opcode::kSetItem, out_);
    Append(Opcode::kBuild, out_);
  }
  Append(Opcode::kStop, out_);
  return std::move(out_);
}

}  // namespace weft::pytorch
