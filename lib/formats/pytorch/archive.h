// PyTorch files that are zips: of torch.save since 1.6, and of torch.jit.save.
#ifndef WEFT_FORMATS_PYTORCH_ARCHIVE_H_
#define WEFT_FORMATS_PYTORCH_ARCHIVE_H_

#include "absl/status/statusor.h"
#include "formats/byte_reader.h"
#include "formats/pytorch/contents.h"
#include "formats/pytorch/read_options.h"

namespace weft::pytorch {

absl::StatusOr<Contents> ReadArchive(const ByteReader& reader, const ReadOptions& options);

}  // namespace weft::pytorch

#endif  // WEFT_FORMATS_PYTORCH_ARCHIVE_H_
