// PyTorch files from before 1.6, which are pickles and storages behind one another.
#ifndef WEFT_FORMATS_PYTORCH_LEGACY_H_
#define WEFT_FORMATS_PYTORCH_LEGACY_H_

#include "absl/status/statusor.h"
#include "formats/byte_reader.h"
#include "formats/pytorch/contents.h"
#include "formats/pytorch/read_options.h"

namespace weft::pytorch {

absl::StatusOr<Contents> ReadLegacy(const ByteReader& reader, const ReadOptions& options);

}  // namespace weft::pytorch

#endif  // WEFT_FORMATS_PYTORCH_LEGACY_H_
