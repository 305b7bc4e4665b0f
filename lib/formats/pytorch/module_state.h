// Which attributes of a scripted module are its parameters and buffers.
#ifndef WEFT_FORMATS_PYTORCH_MODULE_STATE_H_
#define WEFT_FORMATS_PYTORCH_MODULE_STATE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "formats/byte_reader.h"
#include "formats/pytorch/contents.h"

namespace weft::pytorch {

// Of each tensor of a TorchScript archive, whether it is in the state dict: one of what the code of
// its module lists as __parameters__ and __buffers__. Other attributes, such as tables that a
// module computes, are no part of that. Errors: those of zip::ReadMember; kLimitExceeded for code.
absl::StatusOr<std::vector<bool>> FindState(const ByteReader& reader, const Contents& contents);

}  // namespace weft::pytorch

#endif  // WEFT_FORMATS_PYTORCH_MODULE_STATE_H_
