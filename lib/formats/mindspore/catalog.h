// What is in a MindSpore .ckpt file, in words of weft.
#ifndef WEFT_FORMATS_MINDSPORE_CATALOG_H_
#define WEFT_FORMATS_MINDSPORE_CATALOG_H_

#include "absl/status/statusor.h"
#include "formats/format.h"

namespace weft::mindspore {

// Texts of the file become metadata; of a parameter of pairs of 4-bit integers, which is I8 here,
// metadata says "Int4" under its name, as in MindSpore's own safetensors files.
// Errors: those of Read (reader.h).
absl::StatusOr<FileCatalog> ReadCatalog(const OpenFile& file, const OpenOptions& options);

}  // namespace weft::mindspore

#endif  // WEFT_FORMATS_MINDSPORE_CATALOG_H_
