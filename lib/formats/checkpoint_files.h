// The open files of a checkpoint, for what the public class does not offer.
#ifndef WEFT_FORMATS_CHECKPOINT_FILES_H_
#define WEFT_FORMATS_CHECKPOINT_FILES_H_

#include <cstdint>

#include "io/input_file.h"
#include "weft/checkpoint.h"

namespace weft {

// File `file` of the catalog, which must exist; null when it is decoded. Lives as long as a copy of
// the checkpoint.
const InputFile* FileOf(const Checkpoint& checkpoint, uint32_t file);

}  // namespace weft

#endif  // WEFT_FORMATS_CHECKPOINT_FILES_H_
