// Writes the complement of a conversion.
#ifndef WEFT_EXECUTE_COMPLEMENT_OUTPUT_H_
#define WEFT_EXECUTE_COMPLEMENT_OUTPUT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "execute/byte_source.h"
#include "execute/execute.h"
#include "formats/writer.h"
#include "weft/checkpoint.h"
#include "weft/complement.h"

namespace weft::execute {

// Errors with kBadArgument unless a complement may be written at `path`: a .safetensors file, not
// in or at `destination`, nor among the files of a directory that is read.
absl::Status CheckComplementPath(std::string_view path, std::string_view destination,
                                 const Checkpoint& checkpoint);

struct ComplementReport {
  std::string digest;  // what output and complement are told to belong together by
  uint64_t bytes_read = 0;
  uint64_t bytes_written = 0;
};

// Writes all data; finishing the writer is left to the caller. For a plan that passed CheckBoxes.
// What is written does not depend on the options. Errors: those of RunSurvey, of source and writer;
// kInputChanged (the source is another than when it was surveyed); kNotByteAligned.
absl::StatusOr<ComplementReport> WriteComplement(const Plan& plan, const Complement& complement,
                                                 const ByteSource& source, CheckpointWriter& writer,
                                                 const ExecuteOptions& options);

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_COMPLEMENT_OUTPUT_H_
