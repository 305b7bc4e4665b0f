#include "execute/checkpoint_source.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "diagnostic/status.h"
#include "execute/file_source.h"
#include "formats/checkpoint_files.h"

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

absl::StatusOr<std::unique_ptr<ByteSource>> NewCheckpointSource(const Checkpoint& checkpoint,
                                                                Io io) {
  std::vector<const InputFile*> files(checkpoint.catalog()->files.size());
  for (size_t i = 0; i < files.size(); ++i) {
    files[i] = &FileOf(checkpoint, static_cast<uint32_t>(i));
  }
  return NewFileSource(std::move(files), io);
}

absl::Status CheckIsSource(const Plan& plan, const Checkpoint& checkpoint) {
  if (IsSame(*plan.catalog, *checkpoint.catalog())) return absl::OkStatus();
  return ErrorStatus(ErrorCode::kBadArgument, "plan", "was compiled for another checkpoint",
                     "compile it with the catalog of the checkpoint that is read");
}

}  // namespace weft::execute
