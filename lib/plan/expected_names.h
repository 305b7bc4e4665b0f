// What a mapping says of the names and shapes of its sides ("expect"), held against what it makes.
#ifndef WEFT_PLAN_EXPECTED_NAMES_H_
#define WEFT_PLAN_EXPECTED_NAMES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/document.h"
#include "plan/key_set.h"
#include "plan/rule_run.h"
#include "weft/diagnostic.h"
#include "weft/mapping.h"

namespace weft {

class ExpectedNames {
 public:
  // All arguments outlive the object. `direction` is that of the conversion: forward writes the
  // `to` side.
  ExpectedNames(const internal::MappingDocument& document, Direction direction,
                const Expression::Resolver& resolver, RegexCache& cache);

  // Looks at one tensor of the result. `made_by`: the place of the last rule of the mapping that
  // acted on it, empty where none did; it and the entry's name outlive the object. Errors: those of
  // patterns and expressions; a size that nothing gives is not looked at.
  absl::Status Look(const Entry& entry, std::string_view made_by);

  // What was found, names that differ only in indices in one: kUnexpectedTensor (a rule makes a
  // name that is not expected; a name of the side that was read is left), kWrongShape.
  std::vector<Diagnostic> Found() const;

 private:
  // By axis; nullopt where any will do.
  using Sizes = std::vector<std::optional<int64_t>>;

  absl::StatusOr<Sizes> SizesOf(const internal::ExpectedName& expected,
                                const Bindings& bindings) const;
  absl::Status LookAtShape(size_t place, const Bindings& bindings, const Entry& entry,
                           std::string_view made_by);

  const internal::MappingDocument& document_;
  Direction direction_;
  const Expression::Resolver& resolver_;
  const std::vector<internal::ExpectedName>& written_;
  const std::vector<internal::ExpectedName>& read_;
  std::vector<NamePattern> written_names_;
  std::vector<NamePattern> read_names_;
  KeySet written_set_;
  KeySet read_set_;
  std::vector<std::optional<Sizes>> same_sizes_;  // of each of `written_`, for all its names
  // Names by the place that speaks of them, and by what it says of their shape.
  std::map<std::string_view, std::vector<std::string_view>> unexpected_;  // by rule
  std::map<std::string_view, std::vector<std::string_view>> left_;        // by expectation
  std::map<std::pair<std::string_view, std::string>, std::vector<std::string_view>> misshapen_;
};

}  // namespace weft

#endif  // WEFT_PLAN_EXPECTED_NAMES_H_
