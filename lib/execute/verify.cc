#include "weft/verify.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <mutex>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "execute/byte_box.h"
#include "execute/byte_sink.h"
#include "execute/byte_source.h"
#include "execute/check.h"
#include "execute/checkpoint_source.h"
#include "execute/element_text.h"
#include "execute/execute.h"
#include "execute/plan_source.h"
#include "execute/resources.h"
#include "weft/provenance.h"

namespace weft {
namespace {

using execute::BitsAt;

// Whole elements of every dtype, and small enough for a stack.
constexpr uint64_t kChunkBytes = 96 << 10;

bool IsWithin(double found, double expected, const Tolerance& tolerance) {
  if (found == expected) return true;
  if (std::isnan(found) || std::isnan(expected)) return std::isnan(found) && std::isnan(expected);
  if (std::isinf(found) || std::isinf(expected)) return false;
  return std::abs(found - expected) <= tolerance.atol + tolerance.rtol * std::abs(expected);
}

// What differs in the data of one tensor.
struct Difference {
  uint64_t element = 0;  // the first
  uint64_t found_bits = 0;
  uint64_t expected_bits = 0;
  uint64_t elements = 0;
};

// Compares what is written with the candidate, of which the executor believes that it fills it.
class ComparingSink final : public execute::ByteSink {
 public:
  // The extents are those of the plan's tensors in the candidate; without bytes where not compared.
  ComparingSink(const Plan& plan, const Checkpoint& candidate,
                const std::vector<OutputExtent>& extents, const std::optional<Tolerance>& tolerance)
      : plan_(plan), candidate_(candidate), extents_(extents), tolerance_(tolerance) {
    for (size_t i = 0; i < extents.size(); ++i) {
      if (extents[i].size_bytes > 0) {
        tensor_at_[{extents[i].file, extents[i].offset_bytes}] = static_cast<uint32_t>(i);
      }
    }
  }

  absl::Status WriteAt(uint32_t file, uint64_t offset_bytes, const char* data,
                       uint64_t size_bytes) override {
    // The tensor that begins last before the range; others may follow.
    auto it = std::prev(tensor_at_.upper_bound({file, offset_bytes}));
    for (uint64_t done = 0; done < size_bytes; ++it) {
      const OutputExtent& extent = extents_[it->second];
      const uint64_t begin = offset_bytes + done - extent.offset_bytes;
      const uint64_t bytes = std::min(size_bytes - done, extent.size_bytes - begin);
      WEFT_RETURN_IF_ERROR(Compare(it->second, begin, data + done, bytes));
      done += bytes;
    }
    return absl::OkStatus();
  }

  // By index into the plan's tensors.
  const std::map<uint32_t, Difference>& differences() const { return differences_; }

 private:
  // `expected` are the bytes of a tensor from `begin` on.
  absl::Status Compare(uint32_t tensor, uint64_t begin, const char* expected, uint64_t bytes) {
    const OutputExtent& extent = extents_[tensor];
    char found[kChunkBytes];
    for (uint64_t done = 0; done < bytes;) {
      const uint64_t chunk = std::min(kChunkBytes, bytes - done);
      WEFT_RETURN_IF_ERROR(
          candidate_.ReadAt(extent.file, extent.offset_bytes + begin + done, chunk, found));
      if (std::memcmp(found, expected + done, chunk) != 0) {
        CompareElements(tensor, begin + done, found, expected + done, chunk);
      }
      done += chunk;
    }
    return absl::OkStatus();
  }

  void CompareElements(uint32_t tensor, uint64_t begin, const char* found, const char* expected,
                       uint64_t bytes) {
    const DType dtype = plan_.tensors[tensor].dtype;
    const auto bits = static_cast<uint64_t>(BitsOf(dtype));
    const bool bitwise = !tolerance_ || !IsFloatingPoint(dtype);
    Difference difference;
    for (uint64_t i = 0; i < bytes * 8 / bits; ++i) {
      const uint64_t a = BitsAt(dtype, found, i);
      const uint64_t b = BitsAt(dtype, expected, i);
      if (a == b || (!bitwise && IsWithin(execute::NumberOf(dtype, a), execute::NumberOf(dtype, b),
                                          *tolerance_))) {
        continue;
      }
      if (difference.elements++ == 0) {
        difference.element = begin * 8 / bits + i;
        difference.found_bits = a;
        difference.expected_bits = b;
      }
    }
    if (difference.elements > 0) Add(tensor, difference);
  }

  void Add(uint32_t tensor, Difference difference) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto [it, is_new] = differences_.emplace(tensor, difference);
    if (is_new) return;
    difference.elements += it->second.elements;
    if (difference.element < it->second.element) {
      it->second = difference;
    } else {
      it->second.elements = difference.elements;
    }
  }

  const Plan& plan_;
  const Checkpoint& candidate_;
  const std::vector<OutputExtent>& extents_;
  const std::optional<Tolerance>& tolerance_;
  std::map<std::pair<uint32_t, uint64_t>, uint32_t> tensor_at_;  // by file and offset

  std::mutex mutex_;
  std::map<uint32_t, Difference> differences_;
};

std::string TypeText(DType dtype, const Shape& shape) {
  return absl::StrFormat("%s %s", NameOf(dtype), TextOf(shape));
}

// Keeps the first findings and counts all.
class Findings {
 public:
  Findings(VerifyReport& report, size_t most) : report_(report), most_(most) {}

  // Null when there is no room for one more.
  Finding* Add(FindingKind kind, const std::string& tensor) {
    ++report_.total_findings;
    if (report_.findings.size() >= most_) return nullptr;
    Finding& finding = report_.findings.emplace_back();
    finding.kind = kind;
    finding.tensor = tensor;
    return &finding;
  }

  void Add(FindingKind kind, const std::string& tensor, std::string expected, std::string found) {
    Finding* finding = Add(kind, tensor);
    if (finding == nullptr) return;
    finding->expected = std::move(expected);
    finding->found = std::move(found);
  }

 private:
  VerifyReport& report_;
  const size_t most_;
};

// Planned and found tensors, side by side in natural order of names. Either may be missing.
struct Pair {
  const PlannedTensor* planned = nullptr;
  const TensorInfo* found = nullptr;
  uint32_t index = 0;  // of `planned`
};

std::vector<Pair> PairsOf(const Plan& plan, const Catalog& candidate) {
  std::vector<Pair> pairs;
  pairs.reserve(std::max(plan.tensors.size(), candidate.tensors.size()));
  size_t p = 0;
  size_t c = 0;
  while (p < plan.tensors.size() || c < candidate.tensors.size()) {
    const PlannedTensor* planned = p < plan.tensors.size() ? &plan.tensors[p] : nullptr;
    const TensorInfo* found = c < candidate.tensors.size() ? &candidate.tensors[c] : nullptr;
    if (planned != nullptr && found != nullptr && planned->name != found->name) {
      if (NaturalLess(planned->name, found->name)) {
        found = nullptr;
      } else {
        planned = nullptr;
      }
    }
    pairs.push_back({planned, found, static_cast<uint32_t>(p)});
    if (planned != nullptr) ++p;
    if (found != nullptr) ++c;
  }
  return pairs;
}

bool IsComparable(const Pair& pair) {
  return pair.planned != nullptr && pair.found != nullptr &&
         pair.planned->dtype == pair.found->dtype && pair.planned->shape == pair.found->shape;
}

// Where element `element` of a tensor comes from.
void TellSource(const Plan& plan, const PlannedTensor& tensor, uint64_t element, Finding& finding) {
  const std::vector<Origin> origins = OriginsOf(plan, tensor, ElementAt(tensor.shape, element));
  if (origins.empty() || origins[0].tensor == nullptr) return;
  finding.source_tensor = origins[0].tensor->name;
  finding.source_file = TextOf(*origins[0].file);
  finding.source_offset_bytes = origins[0].offset_bytes;
}

void AddFindings(const Plan& plan, const Pair& pair,
                 const std::map<uint32_t, Difference>& differences, Findings& findings) {
  const PlannedTensor* planned = pair.planned;
  const TensorInfo* found = pair.found;
  if (planned == nullptr) {
    return findings.Add(FindingKind::kUnexpected, found->name, "",
                        TypeText(found->dtype, found->shape));
  }
  if (found == nullptr) {
    return findings.Add(FindingKind::kMissing, planned->name,
                        TypeText(planned->dtype, planned->shape), "");
  }
  if (planned->dtype != found->dtype) {
    findings.Add(FindingKind::kDType, planned->name, std::string(NameOf(planned->dtype)),
                 std::string(NameOf(found->dtype)));
  }
  if (planned->shape != found->shape) {
    findings.Add(FindingKind::kShape, planned->name, TextOf(planned->shape), TextOf(found->shape));
  }
  const auto it = differences.find(pair.index);
  if (it == differences.end()) return;
  Finding* finding = findings.Add(FindingKind::kData, planned->name);
  if (finding == nullptr) return;
  const Difference& difference = it->second;
  finding->expected = execute::ElementText(planned->dtype, difference.expected_bits);
  finding->found = execute::ElementText(planned->dtype, difference.found_bits);
  finding->element = difference.element;
  finding->differing_elements = difference.elements;
  TellSource(plan, *planned, difference.element, *finding);
}

absl::Status CheckTolerance(const std::optional<Tolerance>& tolerance) {
  if (!tolerance) return absl::OkStatus();
  for (const double bound : {tolerance->rtol, tolerance->atol}) {
    if (std::isfinite(bound) && bound >= 0) continue;
    return ErrorStatus(ErrorCode::kBadArgument, "tolerance",
                       absl::StrFormat("expected numbers of at least 0, got %g", bound));
  }
  return absl::OkStatus();
}

}  // namespace

std::string_view NameOf(FindingKind kind) {
  switch (kind) {
    case FindingKind::kMissing:
      return "missing";
    case FindingKind::kUnexpected:
      return "unexpected";
    case FindingKind::kDType:
      return "dtype";
    case FindingKind::kShape:
      return "shape";
    case FindingKind::kData:
      return "data";
  }
  return "";
}

absl::StatusOr<VerifyReport> Verify(const Plan& plan, const Checkpoint& source,
                                    const Checkpoint& candidate, const VerifyOptions& options) {
  WEFT_RETURN_IF_ERROR(execute::CheckIsSource(plan, source));
  WEFT_RETURN_IF_ERROR(CheckTolerance(options.tolerance));
  WEFT_ASSIGN_OR_RETURN(
      const execute::ExecuteOptions execute_options,
      execute::ExecuteOptionsOf(options.threads, options.memory_bytes, options.progress, plan));
  WEFT_RETURN_IF_ERROR(execute::CheckBoxes(plan));
  // Compared bytes must be read.
  WEFT_ASSIGN_OR_RETURN(const std::unique_ptr<execute::ByteSource> opened,
                        execute::NewCheckpointSource(source, Io::kPread));
  const execute::ByteSource& checkpoint_source = *opened;
  WEFT_RETURN_IF_ERROR(execute::RunChecks(plan, checkpoint_source, execute_options).status());

  const std::vector<Pair> pairs = PairsOf(plan, *candidate.catalog());
  std::vector<OutputExtent> extents(plan.tensors.size());
  for (const Pair& pair : pairs) {
    if (!IsComparable(pair)) continue;
    extents[pair.index] = {pair.found->file, pair.found->offset_bytes, pair.found->size_bytes};
  }
  ComparingSink sink(plan, candidate, extents, options.tolerance);
  WEFT_ASSIGN_OR_RETURN(const execute::ExecuteReport executed,
                        execute::Move(plan, checkpoint_source, extents, sink, execute_options));
  WEFT_RETURN_IF_ERROR(source.CheckUnchanged());
  WEFT_RETURN_IF_ERROR(candidate.CheckUnchanged());

  VerifyReport report;
  report.tensors = plan.tensors.size();
  report.bytes_compared = executed.bytes_written;
  Findings findings(report, options.max_findings);
  for (const Pair& pair : pairs) AddFindings(plan, pair, sink.differences(), findings);
  return report;
}

}  // namespace weft
