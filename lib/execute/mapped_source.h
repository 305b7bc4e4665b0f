// Files that are mapped, and used from there.
#ifndef WEFT_EXECUTE_MAPPED_SOURCE_H_
#define WEFT_EXECUTE_MAPPED_SOURCE_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "execute/byte_source.h"
#include "io/input_file.h"

namespace weft::execute {

// The files must live as long. Errors: kCannotRead.
absl::StatusOr<std::unique_ptr<ByteSource>> NewMappedSource(std::vector<const InputFile*> files);

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_MAPPED_SOURCE_H_
