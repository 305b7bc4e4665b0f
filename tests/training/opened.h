// Checkpoints as a conversion without a mapping leaves them.
#ifndef WEFT_TESTS_TRAINING_OPENED_H_
#define WEFT_TESTS_TRAINING_OPENED_H_

#include <string>

#include "files/safetensors_files.h"
#include "weft/checkpoint.h"
#include "weft/error_code.h"

namespace weft::test {

// Of tests/training/: "deepspeed/groups".
std::string CasePath(const std::string& name);

// Fails the test where it cannot be opened.
Checkpoint Opened(const std::string& path);

// The first error that opening gives; fails the test where there is none.
struct OpenError {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
};
OpenError ErrorOfOpening(const std::string& path);

// Whether one of the errors of opening is this, with a message that has the text.
bool Refuses(const std::string& path, ErrorCode code, const std::string& text);

// The tensors that weft::Convert writes.
FileTensors TensorsOf(const Checkpoint& checkpoint);

// The same bytes by reads of `step_bytes`, each beginning where the one before ended.
std::string BytesInSteps(const Checkpoint& checkpoint, const TensorInfo& tensor,
                         uint64_t step_bytes);

const TensorInfo& TensorNamed(const Checkpoint& checkpoint, const std::string& name);

}  // namespace weft::test

#endif  // WEFT_TESTS_TRAINING_OPENED_H_
