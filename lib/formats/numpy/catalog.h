// What is in NumPy's files, in words of weft.
#ifndef WEFT_FORMATS_NUMPY_CATALOG_H_
#define WEFT_FORMATS_NUMPY_CATALOG_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "formats/format.h"

namespace weft::numpy {

// Whether a file that begins so may be an .npz: a zip whose first member is an .npy file.
bool RecognisesArchive(std::string_view first_bytes);

// The one array of an .npy file, named after the file. Errors: those of ReadArray (array_file.h).
absl::StatusOr<FileCatalog> ReadArrayCatalog(const OpenFile& file, const OpenOptions& options);

// The arrays of an .npz file. Errors: those of ReadArchive (archive.h).
absl::StatusOr<FileCatalog> ReadArchiveCatalog(const OpenFile& file, const OpenOptions& options);

}  // namespace weft::numpy

#endif  // WEFT_FORMATS_NUMPY_CATALOG_H_
