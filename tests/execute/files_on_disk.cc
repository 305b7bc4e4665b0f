#include "execute/files_on_disk.h"

#include <catch2/catch.hpp>
#include <utility>

#include "execute/file_source.h"

namespace weft::execute {

FilesOnDisk::FilesOnDisk(const std::vector<Bytes>& files) {
  for (size_t i = 0; i < files.size(); ++i) {
    auto file =
        InputFile::Open(scratch_.Write(std::to_string(i), {files[i].data(), files[i].size()}));
    INFO(file.status());
    REQUIRE(file.ok());
    files_.push_back(*std::move(file));
  }
}

std::unique_ptr<ByteSource> FilesOnDisk::Open(Io io) const {
  std::vector<const InputFile*> files;
  for (const InputFile& file : files_) files.push_back(&file);
  auto source = NewFileSource(std::move(files), io);
  INFO(source.status());
  REQUIRE(source.ok());
  return *std::move(source);
}

}  // namespace weft::execute
