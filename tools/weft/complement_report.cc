#include "complement_report.h"

#include <set>

#include "absl/strings/str_format.h"
#include "quantity.h"

namespace weft::cli {
namespace {

// Tensors that are cast, some in parts.
size_t CastTensors(const Complement& complement) {
  std::set<uint32_t> sources;
  for (const CastTensor& cast : complement.cast) sources.insert(cast.source);
  return sources.size();
}

}  // namespace

nlohmann::ordered_json ComplementJson(const Planned& planned) {
  if (!planned.complement.has_value()) return nullptr;
  nlohmann::ordered_json lost = nlohmann::ordered_json::array();
  for (const PlannedTensor& tensor : planned.complement->lost) {
    lost.push_back(planned.plan.catalog->tensors[tensor.boxes.front().source].name);
  }
  return {{"reversible", "exact"},
          {"lost", std::move(lost)},
          {"lost_bytes", planned.complement->lost_bytes},
          {"cast_tensors", CastTensors(*planned.complement)}};
}

std::string ComplementText(const Planned& planned) {
  if (!planned.complement.has_value()) return "";
  const Complement& complement = *planned.complement;
  std::string text =
      absl::StrFormat("complement: %s of %s tensors", SizeText(complement.lost_bytes),
                      CountText(complement.lost.size()));
  if (!complement.cast.empty()) {
    text += absl::StrFormat(", and what the casts of %s tensors cut off",
                            CountText(CastTensors(complement)));
  }
  return text + "\n";
}

}  // namespace weft::cli
