// Where everything goes in an .npz file, or in a directory of .npy files. No I/O.
#ifndef WEFT_FORMATS_NUMPY_LAYOUT_H_
#define WEFT_FORMATS_NUMPY_LAYOUT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "formats/file_range.h"
#include "formats/writer.h"
#include "formats/zip/zip_layout.h"

namespace weft::numpy {

// Members are stored, so that their data can be written, and later read, in any order. Member i is
// tensor i; its content, which its checksum is of, is the header and then the data.
struct ArchiveLayout {
  zip::Layout zip;
  std::vector<std::string> headers;  // each at zip.offset_bytes(i)
  std::vector<FileRange> data;       // row-major, little-endian; aligned to 64 bytes
};

// Errors: those of HeaderText; kDuplicateName (also of names that NumPy does not tell apart);
// kBadName and kUnsafePath (names that no member of a zip may have); kOverflow. All of names are
// told.
absl::StatusOr<ArchiveLayout> LayOutArchive(const std::vector<OutputTensor>& tensors);

struct FileLayout {
  std::string path;    // relative to the directory; PathOfName
  std::string header;  // the data follow
  uint64_t data_bytes = 0;
};

// A file for each tensor, in the order given. Errors: those of HeaderText and PathOfName;
// kDuplicateName.
absl::StatusOr<std::vector<FileLayout>> LayOutDirectory(const std::vector<OutputTensor>& tensors);

}  // namespace weft::numpy

#endif  // WEFT_FORMATS_NUMPY_LAYOUT_H_
