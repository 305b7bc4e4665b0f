// What the boxes of a plan read from: the files of the checkpoint and, behind them, one more that
// holds the plan's constants, so that a constant is an element of a source like any other.
#ifndef WEFT_EXECUTE_PLAN_SOURCE_H_
#define WEFT_EXECUTE_PLAN_SOURCE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "execute/byte_source.h"
#include "weft/plan.h"

namespace weft::execute {

// Where bytes begin, such as the elements of a box's source.
struct Place {
  uint32_t file = 0;
  uint64_t offset_bytes = 0;
};

// True when Box::source means one of Plan::constants.
inline bool IsConstant(const Plan& plan, uint32_t source) {
  return source >= plan.catalog->tensors.size();
}

// Thread-safe. Plan and source must live as long.
class PlanSource {
 public:
  PlanSource(const Plan& plan, const ByteSource& stored)
      : plan_(plan),
        stored_(stored),
        constants_file_(static_cast<uint32_t>(plan.catalog->files.size())) {}

  Place PlaceOf(uint32_t source) const;

  // False for the file of the constants: reading it costs nothing.
  bool IsStored(uint32_t file) const { return file < constants_file_; }

  // As in ByteSource.
  const InputFile* FileOf(uint32_t file) const {
    return IsStored(file) ? stored_.FileOf(file) : nullptr;
  }

  // Errors: those of the checkpoint.
  absl::Status ReadAt(uint32_t file, uint64_t offset_bytes, uint64_t size_bytes, char* out) const;

  // As in ByteSource.
  absl::StatusOr<const char*> BytesAt(uint32_t file, uint64_t offset_bytes,
                                      uint64_t size_bytes) const {
    if (!IsStored(file)) return nullptr;
    return stored_.BytesAt(file, offset_bytes, size_bytes);
  }

 private:
  const Plan& plan_;
  const ByteSource& stored_;
  const uint32_t constants_file_;
};

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_PLAN_SOURCE_H_
