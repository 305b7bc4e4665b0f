// First pass over what a complement is to keep: how much it is, and one number for it.
#ifndef WEFT_EXECUTE_SURVEY_H_
#define WEFT_EXECUTE_SURVEY_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "execute/byte_source.h"
#include "execute/execute.h"
#include "execute/residue.h"
#include "weft/complement.h"

namespace weft::execute {

// How many cast elements of a block, or of a tensor, need each width.
using BlockWidths = std::array<uint16_t, kWidths>;
using TensorWidths = std::array<uint64_t, kWidths>;

struct CastSurvey {
  std::vector<BlockWidths> blocks;
  TensorWidths total = {};
  // What makes the complement smallest: residues of this width, and exceptions for those that need
  // more; or, `as_it_is`, all elements and nothing else.
  uint64_t width_bytes = 0;
  uint64_t exceptions = 0;
  bool as_it_is = false;
};

struct Survey {
  std::vector<CastSurvey> casts;  // by Complement::cast
  // Of all elements that the complement concerns. Equal for equal ones, whatever the options.
  std::string digest;
};

// Errors: those of the source; kCancelled; kLimitExceeded when there is no memory.
absl::StatusOr<Survey> RunSurvey(const Plan& plan, const Complement& complement,
                                 const ByteSource& source, const ExecuteOptions& options);

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_SURVEY_H_
