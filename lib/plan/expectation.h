// An expectation held against the tensors of a conversion.
#ifndef WEFT_PLAN_EXPECTATION_H_
#define WEFT_PLAN_EXPECTATION_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "plan/rule_run.h"
#include "weft/diagnostic.h"
#include "weft/expectation.h"
#include "weft/mapping.h"

namespace weft {

// A run of segments before the names of a base model.
struct PrefixChange {
  std::string added;     // "model.", or empty
  std::string stripped;  // the same; one of the two at most
};

// The metadata entry that records a change.
inline constexpr std::string_view kPrefixKey = "weft.prefix";

// Whether the last conversion of a checkpoint of that metadata ran in the other direction.
bool TurnsBack(const std::map<std::string, std::string>& metadata, Direction direction);

// The change that brings names that nobody expects to expected ones, by the names alone; none where
// two would do equally well.
PrefixChange FindPrefixChange(const std::vector<Entry>& entries, const Expectation& expectation);

// Renames the entries that the change brings to expected names which nothing else makes.
void ApplyPrefixChange(const PrefixChange& change, const Expectation& expectation,
                       std::vector<Entry>& entries);

// `weft.prefix` metadata: "+model." or "-model."; nothing for no change.
void WritePrefixChange(const PrefixChange& change, std::map<std::string, std::string>* metadata);

// Takes a change that the metadata records back, on all entries: the prefix that was added goes
// where it stands; the one that was stripped is put before each name.
void UndoPrefixChange(const std::map<std::string, std::string>& metadata,
                      std::vector<Entry>& entries);

// `dtypes`: of the entries, as they will be written.
ExpectationReport Compare(const std::vector<Entry>& entries, const std::vector<DType>& dtypes,
                          const Expectation& expectation);

// kMissingTensor, kUnexpectedTensor, kWrongShape and kDtypesDiffer, names that differ only in
// indices in one; with nearest names, and the rules that would bring unexpected names to missing
// ones.
std::vector<Diagnostic> DiagnosticsOf(const ExpectationReport& report,
                                      const std::vector<Entry>& entries,
                                      const Expectation& expectation, std::string_view checkpoint);

}  // namespace weft

#endif  // WEFT_PLAN_EXPECTATION_H_
