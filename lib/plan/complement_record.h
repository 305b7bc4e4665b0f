// What a complement says in its metadata of the conversion that it belongs to.
#ifndef WEFT_PLAN_COMPLEMENT_RECORD_H_
#define WEFT_PLAN_COMPLEMENT_RECORD_H_

#include <array>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "weft/limits.h"
#include "weft/plan.h"

namespace weft {

// The entry of both output and complement that tells them to belong together; Convert writes it.
inline constexpr std::string_view kComplementKey = "weft.complement";

// The number of tensors of the complement, which Convert writes too.
inline constexpr std::string_view kComplementCountKey = "weft.complement.tensors";

struct ComplementRecord {
  Catalog source;          // without places of data
  CompileOptions options;  // limits left out
  std::string plan_digest;
};

std::map<std::string, std::string> MetadataOf(const ComplementRecord& record);

// Errors: kWrongComplement (no complement, or of a later version), kBadMetadata, kLimitExceeded.
absl::StatusOr<ComplementRecord> ReadComplementRecord(const Catalog& complement,
                                                      const Limits& limits);

// The names of a complement's tensors.
std::string LostName(std::string_view source_name);
inline constexpr std::array<std::string_view, 3> kCastParts = {"residue", "places", "values"};
// `part` is one of kCastParts.
std::string CastName(std::string_view part, DType dtype, std::string_view source_name);
// False for names that neither gives.
bool MayBeKeptName(std::string_view name);

}  // namespace weft

#endif  // WEFT_PLAN_COMPLEMENT_RECORD_H_
