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

// A checkpoint of which a part is decoded while it is read.
class DecodingSource final : public ByteSource {
 public:
  static constexpr uint32_t kDecoded = UINT32_MAX;

  // `numbers[i]` is the number in `files` of the catalog's file i.
  DecodingSource(Checkpoint checkpoint, std::unique_ptr<ByteSource> files,
                 std::vector<uint32_t> numbers)
      : checkpoint_(std::move(checkpoint)),
        files_(std::move(files)),
        numbers_(std::move(numbers)) {}

  absl::Status ReadAt(uint32_t file, uint64_t offset_bytes, uint64_t size_bytes,
                      char* out) const override {
    if (numbers_[file] == kDecoded) {
      return checkpoint_.ReadAt(file, offset_bytes, size_bytes, out);
    }
    return files_->ReadAt(numbers_[file], offset_bytes, size_bytes, out);
  }

  absl::StatusOr<const char*> BytesAt(uint32_t file, uint64_t offset_bytes,
                                      uint64_t size_bytes) const override {
    if (numbers_[file] == kDecoded) return nullptr;
    return files_->BytesAt(numbers_[file], offset_bytes, size_bytes);
  }

  const InputFile* FileOf(uint32_t file) const override {
    return numbers_[file] == kDecoded ? nullptr : files_->FileOf(numbers_[file]);
  }

 private:
  const Checkpoint checkpoint_;  // shares the files
  const std::unique_ptr<ByteSource> files_;
  const std::vector<uint32_t> numbers_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ByteSource>> NewCheckpointSource(const Checkpoint& checkpoint,
                                                                Io io) {
  const std::vector<CatalogFile>& listed = checkpoint.catalog()->files;
  std::vector<const InputFile*> files;
  std::vector<uint32_t> numbers(listed.size(), DecodingSource::kDecoded);
  for (uint32_t i = 0; i < listed.size(); ++i) {
    const InputFile* const file = FileOf(checkpoint, i);
    if (file == nullptr) continue;
    numbers[i] = static_cast<uint32_t>(files.size());
    files.push_back(file);
  }
  const bool is_any_decoded = files.size() < listed.size();
  WEFT_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, NewFileSource(std::move(files), io));
  if (!is_any_decoded) return source;
  return std::make_unique<DecodingSource>(checkpoint, std::move(source), std::move(numbers));
}

absl::Status CheckIsSource(const Plan& plan, const Checkpoint& checkpoint) {
  if (IsSame(*plan.catalog, *checkpoint.catalog())) return absl::OkStatus();
  return ErrorStatus(ErrorCode::kBadArgument, "plan", "was compiled for another checkpoint",
                     "compile it with the catalog of the checkpoint that is read");
}

}  // namespace weft::execute
