#include "plan/plan_parts.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "tensor/element.h"

namespace weft {
namespace {

bool SameBoxes(const std::vector<Box>& a, const std::vector<Box>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Box& x, const Box& y) {
    return x.source == y.source && x.source_offset == y.source_offset &&
           x.target_offset == y.target_offset && x.factors == y.factors;
  });
}

}  // namespace

absl::StatusOr<uint32_t> PlanParts::ConstantSource(DType dtype, std::string_view text) {
  for (uint32_t i = 0; i < constants_.size(); ++i) {
    if (constants_[i].dtype == dtype && constants_[i].text == text) return first_constant_ + i;
  }
  std::optional<std::string> bytes = ElementBytes(dtype, text);
  if (!bytes.has_value()) {
    return ErrorStatus(ErrorCode::kUnsupportedFeature, "",
                       absl::StrFormat("%s has no element %s", NameOf(dtype), Escaped(text)));
  }
  constants_.push_back({dtype, *std::move(bytes), std::string(text)});
  return first_constant_ + static_cast<uint32_t>(constants_.size()) - 1;
}

void PlanParts::AddCheck(std::string_view where, std::string what, DType dtype, uint64_t elements,
                         View found, View expected) {
  if (elements == 0) return;
  Check check;
  check.where = std::string(where);
  check.what = std::move(what);
  check.dtype = dtype;
  check.elements = elements;
  check.found = std::move(found).TakeBoxes(elements);
  check.expected = std::move(expected).TakeBoxes(elements);
  Coalesce(check.found);
  Coalesce(check.expected);
  if (!SameBoxes(check.found, check.expected)) checks_.push_back(std::move(check));
}

}  // namespace weft
