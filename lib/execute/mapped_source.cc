#include "execute/mapped_source.h"

#include <cstring>
#include <utility>

#include "diagnostic/status.h"

namespace weft::execute {
namespace {

class MappedSource final : public ByteSource {
 public:
  MappedSource(std::vector<const InputFile*> files, std::vector<std::shared_ptr<const char>> maps)
      : files_(std::move(files)), maps_(std::move(maps)) {}

  absl::Status ReadAt(uint32_t file, uint64_t offset_bytes, uint64_t size_bytes,
                      char* out) const override {
    WEFT_ASSIGN_OR_RETURN(const char* const bytes, BytesAt(file, offset_bytes, size_bytes));
    std::memcpy(out, bytes, size_bytes);
    return absl::OkStatus();
  }

  // Of a file that was cut before now an error is made; against one that is cut while its bytes are
  // used nothing helps.
  absl::StatusOr<const char*> BytesAt(uint32_t file, uint64_t offset_bytes,
                                      uint64_t size_bytes) const override {
    WEFT_RETURN_IF_ERROR(files_[file]->CheckReaches(offset_bytes + size_bytes));
    return maps_[file].get() + offset_bytes;
  }

 private:
  const std::vector<const InputFile*> files_;
  const std::vector<std::shared_ptr<const char>> maps_;  // null of an empty file
};

}  // namespace

absl::StatusOr<std::unique_ptr<ByteSource>> NewMappedSource(std::vector<const InputFile*> files) {
  std::vector<std::shared_ptr<const char>> maps(files.size());
  for (size_t i = 0; i < files.size(); ++i) {
    if (files[i]->size_bytes() > 0) {
      WEFT_ASSIGN_OR_RETURN(maps[i], files[i]->Map());
    }
  }
  return std::make_unique<MappedSource>(std::move(files), std::move(maps));
}

}  // namespace weft::execute
