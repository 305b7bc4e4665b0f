// What a checkpoint of any format holds, as the library reads it.
#ifndef WEFT_TESTS_FILES_CHECKPOINT_TENSORS_H_
#define WEFT_TESTS_FILES_CHECKPOINT_TENSORS_H_

#include <string>

#include "files/safetensors_files.h"

namespace weft::test {

// In the words of safetensors. Fails the test where it cannot be read.
FileTensors TensorsOf(const std::string& path);

}  // namespace weft::test

#endif  // WEFT_TESTS_FILES_CHECKPOINT_TENSORS_H_
