#include "execute/checkpoint_source.h"

#include <algorithm>

#include "diagnostic/status.h"

namespace weft::execute {
namespace {

bool IsSame(const Catalog& planned, const Catalog& opened) {
  return &planned == &opened ||
         (std::equal(planned.files.begin(), planned.files.end(), opened.files.begin(),
                     opened.files.end(),
                     [](const CatalogFile& a, const CatalogFile& b) {
                       return a.name == b.name && a.size_bytes == b.size_bytes;
                     }) &&
          std::equal(planned.tensors.begin(), planned.tensors.end(), opened.tensors.begin(),
                     opened.tensors.end(), [](const TensorInfo& a, const TensorInfo& b) {
                       return a.name == b.name && a.dtype == b.dtype && a.shape == b.shape &&
                              a.file == b.file && a.offset_bytes == b.offset_bytes;
                     }));
}

}  // namespace

absl::Status CheckIsSource(const Plan& plan, const Checkpoint& checkpoint) {
  if (IsSame(*plan.catalog, *checkpoint.catalog())) return absl::OkStatus();
  return ErrorStatus(ErrorCode::kBadArgument, "plan", "was compiled for another checkpoint",
                     "compile it with the catalog of the checkpoint that is read");
}

}  // namespace weft::execute
