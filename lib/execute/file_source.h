// Files as a source of bytes, read in the way that was asked for.
#ifndef WEFT_EXECUTE_FILE_SOURCE_H_
#define WEFT_EXECUTE_FILE_SOURCE_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "execute/byte_source.h"
#include "io/input_file.h"
#include "weft/io.h"

namespace weft::execute {

// The files must live as long. Errors: kCannotRead (one cannot be mapped, or has no reads past the
// cache).
absl::StatusOr<std::unique_ptr<ByteSource>> NewFileSource(std::vector<const InputFile*> files,
                                                          Io io);

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_FILE_SOURCE_H_
