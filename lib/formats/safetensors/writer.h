// Writes safetensors files.
#ifndef WEFT_FORMATS_SAFETENSORS_WRITER_H_
#define WEFT_FORMATS_SAFETENSORS_WRITER_H_

#include <memory>

#include "formats/writer.h"
#include "io/path.h"

namespace weft::safetensors {

// Both write to `destination`, which was checked: it is free, or may be replaced.
std::unique_ptr<CheckpointWriter> NewFileWriter(SplitPath destination, WriterOptions options);
std::unique_ptr<CheckpointWriter> NewDirectoryWriter(SplitPath destination, WriterOptions options);

}  // namespace weft::safetensors

#endif  // WEFT_FORMATS_SAFETENSORS_WRITER_H_
