// Makes the files of a layout.
#ifndef WEFT_FORMATS_LAYOUT_WRITER_H_
#define WEFT_FORMATS_LAYOUT_WRITER_H_

#include <memory>

#include "formats/output_layout.h"
#include "formats/writer.h"
#include "io/path.h"

namespace weft {

// Both write to `destination`, which was checked: it is free, or may be replaced. `format` lives as
// long as the program.
std::unique_ptr<CheckpointWriter> NewFileWriter(const OutputFormat& format, SplitPath destination,
                                                WriterOptions options);
std::unique_ptr<CheckpointWriter> NewDirectoryWriter(const OutputFormat& format,
                                                     SplitPath destination, WriterOptions options);

}  // namespace weft

#endif  // WEFT_FORMATS_LAYOUT_WRITER_H_
