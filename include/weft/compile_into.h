// Plans for writing tensors into an existing file (weft/template.h).
#ifndef WEFT_COMPILE_INTO_H_
#define WEFT_COMPILE_INTO_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "weft/catalog.h"
#include "weft/mapping.h"
#include "weft/plan.h"
#include "weft/template.h"

namespace weft {

// Compile (weft/plan.h) with one more stage at the end, which brings the names of a state dict to
// those of the template: it renames what the exporter renamed, transposes what it transposed, and
// demands that tensors that it merged are equal again, which Convert checks before it writes.
//
// The plan makes tensors of the template and no others, and those that it does not make keep their
// values; warnings name them. Its metadata are not written.
//
// Errors: those of Compile; kMissingTensor for required tensors that get no value and
// kUnexpectedTensor for tensors that the template does not have, both warnings with
// CompileOptions::lenient; kWrongShape; kDtypesDiffer (where dtypes may change, only by a cast that
// was asked for); kBadArgument with `expectation` or `shard`, which speak of a whole checkpoint.
absl::StatusOr<Plan> CompileInto(const std::vector<Mapping>& mappings,
                                 std::shared_ptr<const Catalog> catalog, const Template& model,
                                 const CompileOptions& options = {});

}  // namespace weft

#endif  // WEFT_COMPILE_INTO_H_
