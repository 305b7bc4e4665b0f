#include "formats/mindspore/layout.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "diagnostic/utf8.h"
#include "formats/mindspore/loadable.h"
#include "formats/mindspore/metadata.h"
#include "formats/mindspore/tensor_type.h"
#include "formats/mindspore/text.h"
#include "formats/protobuf/append_field.h"
#include "tensor/shape.h"

namespace weft::mindspore {
namespace {

using Texts = std::map<std::string, std::string>;

std::string WhereOf(std::string_view name) { return absl::StrFormat("tensor '%s'", Escaped(name)); }

// Of the tensors, by their names.
using DTypes = absl::flat_hash_map<std::string_view, DType>;

// The type that a tensor is written with; empty when there is none.
std::string_view TypeOf(const OutputTensor& tensor, const Texts& texts) {
  if (tensor.dtype == DType::kI8) {
    const auto text = texts.find(std::string(tensor.name));
    if (text != texts.end() && IsInt4Note(text->second, tensor.dtype)) return kInt4Type;
  }
  return TensorTypeOf(tensor.dtype);
}

absl::Status CheckTensor(const OutputTensor& tensor) {
  if (!IsUtf8(tensor.name)) {
    return ErrorStatus(ErrorCode::kBadName, WhereOf(tensor.name), "the name is not valid UTF-8");
  }
  WEFT_RETURN_IF_ERROR(CheckLoadable(tensor.name, tensor.dtype));
  if (*tensor.shape == Shape{0}) {
    return ErrorStatus(ErrorCode::kUnsupportedFeature, WhereOf(tensor.name),
                       "has shape [0], which MindSpore takes for a scalar",
                       "drop the tensor in the mapping: it has no elements");
  }
  if (!CheckedBitsOf(*tensor.shape, tensor.dtype)) {
    return ErrorStatus(ErrorCode::kOverflow, WhereOf(tensor.name),
                       absl::StrFormat("shape %s of %s has 2^63 bits or more",
                                       TextOf(*tensor.shape), NameOf(tensor.dtype)));
  }
  return absl::OkStatus();
}

// That of each tensor, when all can be written, and the texts with them.
absl::StatusOr<DTypes> Check(const std::vector<OutputTensor>& tensors, const Texts& texts) {
  Diagnostics diagnostics;
  if (tensors.empty() && texts.empty()) {
    diagnostics.Add(ErrorCode::kUnsupportedFeature, "MindSpore writer",
                    "a checkpoint of no tensors would be an empty file, which nothing reads");
  }
  DTypes dtypes;
  dtypes.reserve(tensors.size());
  for (const OutputTensor& tensor : tensors) {
    diagnostics.Add(CheckTensor(tensor));
    if (dtypes.emplace(tensor.name, tensor.dtype).second) continue;
    diagnostics.Add(ErrorCode::kDuplicateName, WhereOf(tensor.name), "is written twice");
  }
  for (const auto& [name, text] : texts) {
    const auto dtype = dtypes.find(name);
    if (!IsUtf8(name) || !IsUtf8(text)) {
      diagnostics.Add(ErrorCode::kBadMetadata, absl::StrFormat("text '%s'", Escaped(name)),
                      "is not valid UTF-8");
    } else if (dtype != dtypes.end() && !IsInt4Note(text, dtype->second)) {
      diagnostics.Add(ErrorCode::kDuplicateName, absl::StrFormat("text '%s'", Escaped(name)),
                      "has the name of a tensor");
    }
  }
  WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
  return dtypes;
}

// Field numbers, as in entry.cc.
enum : uint32_t { kValue = 1, kTag = 1, kTensor = 2, kDims = 1, kType = 2, kContent = 3 };

// Everything of a value before its content.
std::string HeadOf(std::string_view name, const Shape& shape, std::string_view type,
                   uint64_t content_bytes) {
  std::string tensor;
  for (const int64_t size : shape) {
    protobuf::AppendNumber(kDims, static_cast<uint64_t>(size), tensor);
  }
  protobuf::AppendBytes(kType, type, tensor);
  protobuf::AppendLength(kContent, content_bytes, tensor);
  const uint64_t tensor_bytes = tensor.size() + content_bytes;

  std::string head;
  protobuf::AppendLength(
      kValue,
      protobuf::BytesFieldSize(kTag, name.size()) + protobuf::BytesFieldSize(kTensor, tensor_bytes),
      head);
  protobuf::AppendBytes(kTag, name, head);
  protobuf::AppendLength(kTensor, tensor_bytes, head);
  head += tensor;
  return head;
}

class LayoutMaker {
 public:
  // False when the file would have 2^63 bytes or more.
  bool AddTensor(const OutputTensor& tensor, std::string_view type, uint64_t piece_bytes) {
    auto& pieces = layout_.pieces.emplace_back();
    const uint64_t total = *CheckedBitsOf(*tensor.shape, tensor.dtype) / 8;
    uint64_t done = 0;
    do {
      const uint64_t size = std::min(total - done, piece_bytes);
      AddHead(HeadOf(tensor.name, *tensor.shape, type, size));
      if (size > 0) pieces.push_back({layout_.size_bytes, size});
      if (size > kMostBytes - layout_.size_bytes) return false;
      layout_.size_bytes += size;
      done += size;
    } while (done < total);
    return true;
  }

  void AddText(std::string_view name, std::string_view text) {
    const std::string content = Utf32Of(text);
    AddHead(HeadOf(name, Shape{0}, kTextType, content.size()) + content);
  }

  Layout Finish() && { return std::move(layout_); }

 private:
  // Leaves room for heads, whose sizes are those of things in memory.
  static constexpr uint64_t kMostBytes = uint64_t{1} << 62;

  // What follows a head without data between is one with it.
  void AddHead(std::string bytes) {
    const uint64_t begin = layout_.size_bytes;
    layout_.size_bytes += bytes.size();
    if (!layout_.heads.empty()) {
      Head& last = layout_.heads.back();
      if (last.offset_bytes + last.bytes.size() == begin) {
        last.bytes += bytes;
        return;
      }
    }
    layout_.heads.push_back({begin, std::move(bytes)});
  }

  Layout layout_;
};

}  // namespace

absl::StatusOr<Layout> LayOut(const std::vector<OutputTensor>& tensors, const Texts& texts,
                              const LayoutOptions& options) {
  WEFT_ASSIGN_OR_RETURN(const DTypes dtypes, Check(tensors, texts));
  LayoutMaker maker;
  for (const OutputTensor& tensor : tensors) {
    if (maker.AddTensor(tensor, TypeOf(tensor, texts), options.piece_bytes)) continue;
    return ErrorStatus(ErrorCode::kOverflow, WhereOf(tensor.name),
                       "the tensors up to this one have 2^62 bytes or more");
  }
  for (const auto& [name, text] : texts) {
    if (!dtypes.contains(name)) maker.AddText(name, text);
  }
  return std::move(maker).Finish();
}

}  // namespace weft::mindspore
