// Calls that would rebuild tensors → what the tensors are.
#ifndef WEFT_FORMATS_PYTORCH_TENSOR_READER_H_
#define WEFT_FORMATS_PYTORCH_TENSOR_READER_H_

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "formats/pickle/tree.h"
#include "formats/pytorch/contents.h"
#include "formats/pytorch/role_table.h"
#include "formats/pytorch/storage_table.h"

namespace weft::pytorch {

struct TensorLimits {
  int rank = 64;
  // Of a tensor that is larger than its storage because elements repeat.
  uint64_t repeated_bytes = uint64_t{1} << 40U;
};

class TensorReader {
 public:
  TensorReader(const pickle::Tree& tree, const RoleTable& roles, StorageTable& storages,
               const TensorLimits& limits)
      : tree_(tree), roles_(roles), storages_(storages), limits_(limits) {}

  // Whether an object is a tensor, of whatever kind.
  static bool IsTensor(Role role);

  // The tensor that an object is, without its name. Errors: kUnsupportedFeature for tensors that
  // cannot be read; kBadHeaderSyntax, kBadShape, kBadDtype, kOffsetRange, kOverflow,
  // kSizeMismatch, kLimitExceeded.
  absl::StatusOr<Tensor> Read(pickle::Ref object, std::string_view where);

 private:
  absl::StatusOr<Tensor> Rebuild(Role role, absl::Span<const pickle::Ref> arguments,
                                 std::string_view where);
  bool IsFilled(absl::Span<const pickle::Ref> arguments, size_t index) const;
  absl::Status CheckPlain(absl::Span<const pickle::Ref> arguments, size_t first_optional,
                          std::string_view where) const;
  absl::StatusOr<Shape> ReadSizes(pickle::Ref ref, std::string_view what,
                                  std::string_view where) const;
  absl::Status CheckView(const Tensor& tensor, const StorageView& view,
                         std::string_view where) const;

  const pickle::Tree& tree_;
  const RoleTable& roles_;
  StorageTable& storages_;
  const TensorLimits& limits_;
};

}  // namespace weft::pytorch

#endif  // WEFT_FORMATS_PYTORCH_TENSOR_READER_H_
