// One rank's part of a model: which tensors of the result, and of each which units of which axis.
//
// The mapping says in its section "sharding" how ranks share the tensors of a side; the caller says
// which rank it is:
//
//   weft::CompileOptions options;
//   options.shard = weft::Shard{/*rank=*/1, /*world_size=*/4};
//   auto plan = weft::Compile({mapping}, checkpoint->catalog(), options);  // of rank 1 alone
//   auto loaded = weft::Load(*plan, *checkpoint);                          // reads what it needs
//
// An engine that knows its own parallelism brings the section along:
//
//   auto sharding = weft::Sharding::FromJson(R"([
//     {"names": "{p*}.experts.gate_up_proj", "layout": "e [gate:f | up:f] d", "split": "f"},
//     {"names": "{p*}", "replicate": true, "otherwise": true}])", "engine");
//   options.shard->sharding = *sharding;
//
// The plan is compiled and proven for the whole model and then cut, so a shard is that part of the
// unsharded result, bit for bit, whatever the rules do. docs/sharding.md is the guide.
#ifndef WEFT_SHARDING_H_
#define WEFT_SHARDING_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "weft/limits.h"

namespace weft {

namespace internal {
struct ShareRule;
}

// How ranks share the tensors of a model. Immutable, cheap to copy, safe to share between threads.
class Sharding {
 public:
  // `json` is a list of entries, as under /sharding/to of a mapping file. The entries name tensors
  // as the result has them; their expressions may use the params of the mapping that runs last.
  // `name` is for messages.
  // Errors, every one found, each with line, column and JSON pointer: kJsonSyntax, kMappingField,
  // kPatternSyntax, kLayoutSyntax, kExpressionSyntax, kRegexRefused, kUnknownVariable,
  // kUnknownTable, kLimitExceeded.
  static absl::StatusOr<Sharding> FromJson(std::string_view json, std::string_view name,
                                           const Limits& limits = {});

  // Never null.
  const std::shared_ptr<const std::vector<internal::ShareRule>>& rules() const { return rules_; }

 private:
  explicit Sharding(std::shared_ptr<const std::vector<internal::ShareRule>> rules)
      : rules_(std::move(rules)) {}

  std::shared_ptr<const std::vector<internal::ShareRule>> rules_;
};

// Which part of the result is wanted.
struct Shard {
  uint64_t rank = 0;        // below world_size
  uint64_t world_size = 1;  // at most kMostRanks
  // Instead of the section of the mapping that runs last.
  std::optional<Sharding> sharding = std::nullopt;

  static constexpr uint64_t kMostRanks = uint64_t{1} << 20;
};

}  // namespace weft

#endif  // WEFT_SHARDING_H_
