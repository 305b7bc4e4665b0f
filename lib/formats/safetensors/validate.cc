#include <algorithm>
#include <optional>
#include <tuple>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/safetensors/header.h"
#include "tensor/shape.h"

namespace weft::safetensors {
namespace {

class Validation {
 public:
  explicit Validation(std::string_view where) : where_(where) {}

  // The size in the file is the size that shape and dtype ask for.
  void CheckSize(const TensorInfo& tensor) {
    const std::optional<uint64_t> bits = CheckedBitsOf(tensor.shape, tensor.dtype);
    if (!bits) {
      Add(ErrorCode::kOverflow, tensor,
          absl::StrFormat("shape %s of %s has 2^63 bits or more", TextOf(tensor.shape),
                          NameOf(tensor.dtype)));
    } else if (*bits % 8 != 0) {
      Add(ErrorCode::kSizeMismatch, tensor,
          absl::StrFormat("shape %s of %s has %d bits, which is no whole number of bytes",
                          TextOf(tensor.shape), NameOf(tensor.dtype), *bits));
    } else if (*bits / 8 != tensor.size_bytes) {
      Add(ErrorCode::kSizeMismatch, tensor,
          absl::StrFormat("shape %s of %s needs %d bytes; its offsets give it %d",
                          TextOf(tensor.shape), NameOf(tensor.dtype), *bits / 8,
                          tensor.size_bytes));
    }
  }

  // `tensor` follows `previous`, or the start of the data, without hole and overlap.
  void CheckPlace(const TensorInfo& tensor, const TensorInfo* previous) {
    const uint64_t end = previous == nullptr ? 0 : EndOf(*previous);
    if (tensor.offset_bytes == end) return;
    const std::string before = previous == nullptr ? "the data start at byte 0"
                                                   : absl::StrFormat("tensor '%s' ends at byte %d",
                                                                     Escaped(previous->name), end);
    if (tensor.offset_bytes > end) {
      Add(ErrorCode::kOffsetHole, tensor,
          absl::StrFormat("starts at byte %d, but %s: %d bytes belong to no tensor",
                          tensor.offset_bytes, before, tensor.offset_bytes - end));
    } else {
      Add(ErrorCode::kOffsetOverlap, tensor,
          absl::StrFormat("starts at byte %d, but %s", tensor.offset_bytes, before));
    }
  }

  // The last tensor ends where the data do.
  void CheckEnd(uint64_t end, uint64_t data_bytes) {
    if (end > data_bytes) {
      diagnostics_.Add(ErrorCode::kTruncated, where_,
                       absl::StrFormat("the data of the tensors have %d bytes; the file has %d of "
                                       "them",
                                       end, data_bytes),
                       "the download or copy of the file is incomplete; fetch it again");
    } else if (end < data_bytes) {
      diagnostics_.Add(
          ErrorCode::kTrailingData, where_,
          absl::StrFormat("%d bytes follow the data of the last tensor", data_bytes - end));
    }
  }

  static uint64_t EndOf(const TensorInfo& tensor) {
    return tensor.offset_bytes + tensor.size_bytes;
  }

  absl::Status ToStatus() const { return diagnostics_.ToStatus(); }

 private:
  void Add(ErrorCode code, const TensorInfo& tensor, std::string_view what) {
    diagnostics_.Add(code, absl::StrFormat("%s: tensor '%s'", where_, Escaped(tensor.name)), what);
  }

  std::string_view where_;
  Diagnostics diagnostics_;
};

// Pointers to the tensors, ordered by begin and end.
std::vector<const TensorInfo*> InOrderOfData(const std::vector<TensorInfo>& tensors) {
  std::vector<const TensorInfo*> order;
  order.reserve(tensors.size());
  for (const TensorInfo& tensor : tensors) order.push_back(&tensor);
  std::sort(order.begin(), order.end(), [](const TensorInfo* a, const TensorInfo* b) {
    return std::tie(a->offset_bytes, a->size_bytes) < std::tie(b->offset_bytes, b->size_bytes);
  });
  return order;
}

}  // namespace

absl::Status Validate(const std::vector<TensorInfo>& tensors, uint64_t data_bytes,
                      std::string_view where) {
  Validation validation(where);
  const TensorInfo* previous = nullptr;
  uint64_t end = 0;
  for (const TensorInfo* tensor : InOrderOfData(tensors)) {
    validation.CheckSize(*tensor);
    validation.CheckPlace(*tensor, previous);
    if (Validation::EndOf(*tensor) < end) continue;  // it lies inside another one
    end = Validation::EndOf(*tensor);
    previous = tensor;
  }
  validation.CheckEnd(end, data_bytes);
  return validation.ToStatus();
}

}  // namespace weft::safetensors
