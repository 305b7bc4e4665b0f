// PyTorch files: docs/formats/pytorch.md.
//
//   FileReader reader(file);
//   WEFT_ASSIGN_OR_RETURN(pytorch::Contents contents, pytorch::Read(reader, {}));
//   for (const pytorch::Tensor& tensor : contents.tensors) …
#ifndef WEFT_FORMATS_PYTORCH_READER_H_
#define WEFT_FORMATS_PYTORCH_READER_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "formats/byte_reader.h"
#include "formats/pytorch/contents.h"
#include "formats/pytorch/read_options.h"

namespace weft::pytorch {

// Whether a file that begins with these bytes, at least 64 unless it is shorter, may be one: a zip
// whose first member is in a folder, a pickle, or the tar of the first versions. A zip of NumPy is
// none.
bool Recognises(std::string_view first_bytes);

// Everything but the data of tensors. No name that the file holds is looked up, and nothing is
// called. Errors: every rule of docs/formats/pytorch.md; kLimitExceeded; kCannotRead.
absl::StatusOr<Contents> Read(const ByteReader& reader, const ReadOptions& options);

}  // namespace weft::pytorch

#endif  // WEFT_FORMATS_PYTORCH_READER_H_
