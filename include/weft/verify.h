// Is one checkpoint what a plan makes of another?
//
//   absl::StatusOr<weft::VerifyReport> report = weft::Verify(*plan, *source, *candidate);
//   if (!report.ok()) return report.status();
//   for (const weft::Finding& f : report->findings) {
//     std::cout << weft::NameOf(f.kind) << ' ' << f.tensor << '\n';
//   }
//
// The plan is carried out as Convert would, in the same bounded memory and on the same threads, but
// what it makes is compared with the candidate instead of written. Differences are the result, not
// an error.
#ifndef WEFT_VERIFY_H_
#define WEFT_VERIFY_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "weft/checkpoint.h"
#include "weft/convert.h"
#include "weft/plan.h"

namespace weft {

// How far a floating-point number `found` may be from `expected`:
//   |found − expected| ≤ atol + rtol · |expected|
// Equal numbers are equal whatever the tolerance, so 0 equals −0, and an infinity equals itself and
// nothing else. A NaN equals any NaN and nothing else. Both values are finite and at least 0.
struct Tolerance {
  double rtol = 0;
  double atol = 0;
};

struct VerifyOptions {
  // As in ConvertOptions.
  int threads = 0;
  uint64_t memory_bytes = 64ull << 20;
  // For dtypes that hold floating-point numbers (IsFloatingPoint); all others, and all without it,
  // are compared bit for bit.
  std::optional<Tolerance> tolerance;
  // More are counted but not described.
  size_t max_findings = 100;
  // As in ConvertOptions; counts the bytes of the candidate that were compared.
  std::function<bool(const Progress&)> progress;
};

enum class FindingKind {
  kMissing,     // the candidate lacks a tensor
  kUnexpected,  // the candidate has a tensor that the plan does not make
  kDType,
  kShape,
  kData,
};

// "missing", "unexpected", "dtype", "shape", "data". The view has static lifetime.
std::string_view NameOf(FindingKind kind);

// One tensor that is not as it should be. Of a tensor whose dtype or shape differs the data is not
// compared; if both differ, there are two findings.
struct Finding {
  FindingKind kind = FindingKind::kData;
  std::string tensor;
  std::string expected;  // "F32 [2, 3]", "BF16", "[2, 3]", "1.5 (0x3FC0)"; empty for kUnexpected
  std::string found;     // the same of the candidate; empty for kMissing

  // For kData.
  uint64_t element = 0;             // the first that differs, in row-major order
  uint64_t differing_elements = 0;  // how many do
  // Where the expected element comes from; empty names where it is a constant of the mapping.
  std::string source_tensor;
  std::string source_file;
  uint64_t source_offset_bytes = 0;  // from the start of that file
};

struct VerifyReport {
  std::vector<Finding> findings;  // in natural order of tensors; at most max_findings
  uint64_t total_findings = 0;
  uint64_t tensors = 0;         // that the plan makes
  uint64_t bytes_compared = 0;  // of the candidate's data

  bool equal() const { return total_findings == 0; }
};

// The metadata of the two, the files they are cut into and the order of tensors in them do not
// matter.
//
// Errors: kBadArgument (a plan for another source; the number of threads; a tolerance that is
// negative or no number), kNotByteAligned and kUnsupportedFeature (parts of bytes, casts that do
// not exist), kValuesDiffer (a check of the plan fails: Convert makes nothing of this source),
// kCannotRead, kInputChanged, kCancelled, kLimitExceeded (no memory for buffers), kInternal
// (`progress` threw).
absl::StatusOr<VerifyReport> Verify(const Plan& plan, const Checkpoint& source,
                                    const Checkpoint& candidate, const VerifyOptions& options = {});

}  // namespace weft

#endif  // WEFT_VERIFY_H_
