// Makes the files of a layout.
#ifndef WEFT_FORMATS_LAYOUT_WRITER_H_
#define WEFT_FORMATS_LAYOUT_WRITER_H_

#include <functional>
#include <memory>
#include <string>

#include "formats/output_layout.h"
#include "formats/template_file.h"
#include "formats/writer.h"
#include "io/path.h"

namespace weft {

// Both write to `destination`, which was checked: it is free, or may be replaced. `format` lives as
// long as the program.
std::unique_ptr<CheckpointWriter> NewFileWriter(const OutputFormat& format, SplitPath destination,
                                                WriterOptions options);
std::unique_ptr<CheckpointWriter> NewDirectoryWriter(const OutputFormat& format,
                                                     SplitPath destination, WriterOptions options);

// Writes a template with other values, and what it needs beside it. `check` is asked of the path of
// each file before it is made: whether it may be there.
std::unique_ptr<CheckpointWriter> NewTemplateWriter(
    const TemplateFile& model, SplitPath destination, WriterOptions options,
    std::function<absl::Status(const std::string& path)> check);

}  // namespace weft

#endif  // WEFT_FORMATS_LAYOUT_WRITER_H_
