#include "execute/file_source.h"

#include <utility>

#include "execute/direct_source.h"
#include "execute/mapped_source.h"

namespace weft::execute {
namespace {

// By way of the system's cache.
class CachedSource final : public ByteSource {
 public:
  // `by_system`: the system may copy by itself.
  CachedSource(std::vector<const InputFile*> files, bool by_system)
      : files_(std::move(files)), by_system_(by_system) {}

  absl::Status ReadAt(uint32_t file, uint64_t offset_bytes, uint64_t size_bytes,
                      char* out) const override {
    return files_[file]->ReadAt(offset_bytes, size_bytes, out);
  }

  const InputFile* FileOf(uint32_t file) const override {
    return by_system_ ? files_[file] : nullptr;
  }

 private:
  const std::vector<const InputFile*> files_;
  const bool by_system_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ByteSource>> NewFileSource(std::vector<const InputFile*> files,
                                                          Io io) {
  switch (io) {
    case Io::kMmap:
      return NewMappedSource(std::move(files));
    case Io::kDirect:
      return NewDirectSource(files);
    case Io::kAuto:
    case Io::kPread:
      break;
  }
  return std::make_unique<CachedSource>(std::move(files), /*by_system=*/io == Io::kAuto);
}

}  // namespace weft::execute
