// A golden case at trial: what an edited mapping makes of it, and who finds that out.
#ifndef WEFT_TESTS_MUTATION_TRIAL_H_
#define WEFT_TESTS_MUTATION_TRIAL_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "files/temporary_directory.h"
#include "golden/cases.h"
#include "weft/checkpoint.h"
#include "weft/mapping_library.h"
#include "weft/plan.h"

namespace weft::mutation {

// Who finds an edit, the first of them in this order.
enum class Verdict {
  kParse,        // the file is refused
  kLint,         // a finding of weft/lint.h, without the checkpoint
  kCompile,      // the checkpoint is refused, expectations aside
  kProof,        // the plan says what is lost, and the original loses less
  kExpectation,  // the mapping does not make what its "expect" says
  kVerify,       // names and shapes are those of the original plan: its data is not
  kMissed,       // … and Verify says that it is
  kSame,         // nothing is different: no edit to be found
  kSurvived,     // names or shapes are different, and nobody says so
};

inline constexpr int kVerdicts = static_cast<int>(Verdict::kSurvived) + 1;

std::string_view NameOf(Verdict verdict);

struct Judgement {
  Verdict verdict = Verdict::kSame;
  std::string reason;  // what the finder says, or what is different
};

// Makes a checkpoint with the names, dtypes and shapes of a golden case, all elements different
// from one another as far as the dtypes go, so that no two moves of data look the same.
class Trial {
 public:
  explicit Trial(const test::GoldenCase& golden);

  const std::vector<std::string>& keys() const { return keys_; }

  // `json`: the text of the edited mapping. `bare`: the same without its expectations.
  Judgement Judge(const std::string& json, const std::string& bare) const;

 private:
  absl::StatusOr<Plan> CompileText(const std::string& json) const;
  bool LosesMore(const Plan& plan) const;
  Judgement JudgeValues(const Plan& edited) const;

  std::string mapping_;
  MappingLibrary library_;
  CompileOptions options_;
  test::TemporaryDirectory directory_;
  std::optional<Checkpoint> checkpoint_;
  std::vector<std::string> keys_;
  std::optional<Plan> original_;
};

}  // namespace weft::mutation

#endif  // WEFT_TESTS_MUTATION_TRIAL_H_
