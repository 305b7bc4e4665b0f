// A checkpoint on disk, and a plan written by hand that does a bit of everything to it.
#ifndef WEFT_TESTS_EXECUTE_MIXED_CHECKPOINT_H_
#define WEFT_TESTS_EXECUTE_MIXED_CHECKPOINT_H_

#include <string>
#include <vector>

#include "execute/memory_files.h"
#include "files/temporary_directory.h"
#include "weft/checkpoint.h"
#include "weft/plan.h"

namespace weft {

// The sources are "a" F32 [4, 6], "b" U8 [3], "c" U16 [5] at an odd offset, and "d" BF16
// [300, 700]. The plan makes of them, in this order:
//   cast        F16 [4, 6]      a
//   empty       F32 [0, 4]
//   misaligned  U16 [5]         c
//   padded      F32 [4, 8]      a, and two columns of the constant 7
//   pass        F32 [4, 6]      a
//   slice       F32 [2, 6]      the last two rows of a
//   transposed  BF16 [700, 300] d
//   u8          U8 [3]          b
class MixedCheckpoint {
 public:
  MixedCheckpoint();

  const Checkpoint& checkpoint() const { return checkpoint_; }
  Plan& plan() { return plan_; }
  std::string source_path() const { return directory_ / "in.safetensors"; }
  std::string PathOf(const std::string& name) const { return directory_ / name; }

  // What tensor `index` of the plan must hold.
  std::string Expected(size_t index) const;

 private:
  test::TemporaryDirectory directory_;
  Checkpoint checkpoint_;
  Plan plan_;
};

}  // namespace weft

#endif  // WEFT_TESTS_EXECUTE_MIXED_CHECKPOINT_H_
