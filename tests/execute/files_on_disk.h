// The source files of a plan on disk, to be read in any way.
#ifndef WEFT_TESTS_EXECUTE_FILES_ON_DISK_H_
#define WEFT_TESTS_EXECUTE_FILES_ON_DISK_H_

#include <memory>
#include <string>
#include <vector>

#include "execute/byte_source.h"
#include "execute/memory_files.h"
#include "io/input_file.h"
#include "io/scratch_directory.h"
#include "weft/io.h"

namespace weft::execute {

class FilesOnDisk {
 public:
  explicit FilesOnDisk(const std::vector<Bytes>& files);

  // Fails the test when they cannot be read so.
  std::unique_ptr<ByteSource> Open(Io io) const;

  std::string PathOf(size_t file) const { return scratch_.PathOf(std::to_string(file)); }

 private:
  ScratchDirectory scratch_;
  std::vector<InputFile> files_;
};

}  // namespace weft::execute

#endif  // WEFT_TESTS_EXECUTE_FILES_ON_DISK_H_
