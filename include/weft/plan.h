// A plan says for every byte of every output tensor where it comes from.
//
// Third step of the flow: Mapping × Catalog × params → Plan. Compile reads no tensor data and does
// no I/O at all; a Plan that was returned without error is complete: every output element is
// written exactly once. Plans are immutable; share them as const between threads.
//
//   weft::CompileOptions options;
//   options.direction = weft::Direction::kForward;
//   absl::StatusOr<weft::Plan> plan = weft::Compile({mapping}, checkpoint.catalog(), options);
//   for (const weft::PlannedTensor& t : plan->tensors) { … }
#ifndef WEFT_PLAN_H_
#define WEFT_PLAN_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"
#include "weft/catalog.h"
#include "weft/expectation.h"
#include "weft/limits.h"
#include "weft/mapping.h"
#include "weft/part_files.h"
#include "weft/sharding.h"
#include "weft/side_files.h"

namespace weft {

// One loop of a box: `count` ≥ 2 steps; each moves the source by source_stride elements and the
// target by target_stride ≥ 1 elements.
struct Factor {
  uint64_t count = 1;
  uint64_t source_stride = 0;
  uint64_t target_stride = 0;

  bool operator==(const Factor& o) const {
    return count == o.count && source_stride == o.source_stride && target_stride == o.target_stride;
  }
};

// One strided copy in linear (row-major) element coordinates of a source and a target tensor:
//   for all i_k < factors[k].count:
//     target[target_offset + Σ i_k·target_stride_k] = source[source_offset + Σ i_k·source_stride_k]
// Factors are ordered by falling target_stride. A box without factors copies one element. A box
// never writes an element twice.
struct Box {
  // Index into Catalog::tensors; behind those, tensors.size() + k is Plan::constants[k], which is
  // read with an offset and strides of 0.
  uint32_t source = 0;
  uint64_t source_offset = 0;
  uint64_t target_offset = 0;
  absl::InlinedVector<Factor, 3> factors;
};

// The number of elements that the box copies.
uint64_t ElementsOf(const Box& box);

// One output tensor. Its boxes partition its elements; they are ordered by target_offset. A tensor
// without elements has no boxes.
struct PlannedTensor {
  std::string name;
  DType dtype = DType::kF32;  // of the output
  // Of all its sources, unless a Restoration says otherwise; where it differs, elements are cast.
  DType source_dtype = DType::kF32;
  Shape shape;
  std::vector<Box> boxes;
  absl::InlinedVector<uint32_t, 2> rules;  // indices into Plan::rules, in the order they acted
};

// A rule that acted, for people.
struct RuleUse {
  std::string where;     // "mixtral.json:9:4 (/stages/0/0)"
  std::string text;      // "MergeModulelist(over=e, dim=0) > Concatenate(dim=1)", "rename"
  uint64_t tensors = 0;  // source tensors that it took
};

struct DroppedTensor {
  uint32_t source = 0;  // index into Catalog::tensors
  std::string reason;
};

// An element that no source has, such as the filler of a padded axis.
struct Constant {
  DType dtype = DType::kF32;
  std::string bytes;  // one element, little-endian; of a dtype below 8 bits one byte
  std::string text;   // as the mapping spells it: "0", "-inf"
};

// What the plan takes for granted and only the data can show: two gathers of `elements` elements of
// one dtype that must be equal byte for byte, such as the copies of a tied weight, or a padding and
// zero. Convert and Load compare them before they publish anything.
struct Check {
  std::string where;  // the rule
  std::string what;   // "tensor 'b' must equal 'a'"
  DType dtype = DType::kF32;
  uint64_t elements = 0;
  uint64_t first_element = 0;  // where only a part is compared: its number in the whole
  std::vector<Box> found;      // both partition 0 … elements−1
  std::vector<Box> expected;
};

// How a tensor comes back that an earlier conversion cast, with what a complement kept of it
// (weft/complement.h). An element is its source cast to the dtype of the tensor, plus its residue,
// both read as integers of its bits; unless its place is listed: then it is the value there.
struct Restoration {
  // Little-endian two's complement numbers of `width_bytes`, for some of the elements; 0 for
  // others.
  struct Residue {
    uint64_t width_bytes = 0;
    std::vector<Box>
        boxes;  // of bytes, from a U8 tensor; element i has those from i·width_bytes on
  };
  // Indices into Catalog::tensors: U64 places, rising, and as many values of the tensor's dtype.
  struct Exceptions {
    uint32_t places = 0;
    uint32_t values = 0;
  };
  uint32_t tensor = 0;  // index into Plan::tensors; its sources may be of any floating-point dtypes
  std::vector<Residue> residues;
  std::vector<Exceptions> exceptions;
};

// What can be undone.
enum class Exactness { kExact, kRounding, kOneWay };

std::string_view NameOf(Exactness exactness);  // "exact", "rounding", "one-way"

struct Plan {
  std::shared_ptr<const Catalog> catalog;  // of the source; never null
  std::vector<PlannedTensor> tensors;      // natural order of names
  std::vector<DroppedTensor> dropped;
  std::vector<Constant> constants;
  std::vector<Check> checks;
  std::vector<Restoration> restorations;      // in the order of their tensors
  std::vector<SideFileEdit> side_file_edits;  // in the order to apply them
  std::vector<RuleUse> rules;
  std::map<std::string, std::string> metadata;  // of the output: the source's and weft.* entries
  Exactness exactness = Exactness::kExact;
  std::vector<std::string> exactness_reasons;  // empty when exact
  std::vector<std::string> warnings;
  std::optional<ExpectationReport> expectation;  // with CompileOptions::expectation
  // Files by the parts that the names of the tensors begin with; nullopt: one output for all.
  std::optional<PartFiles> part_files;
  uint64_t bytes_read = 0;     // source bytes that the boxes touch
  uint64_t bytes_written = 0;  // bytes of all output tensors
};

struct CompileOptions {
  Direction direction = Direction::kForward;
  // Params given by the caller: name → JSON text; text that is not JSON is a string.
  std::map<std::string, std::string> set;
  // Text of config.json of either side; empty where there is none. `config_name` is for messages.
  std::string config_json;
  std::string config_name = "config.json";
  // Floating-point tensors are cast to this dtype, whatever the mapping says. nullopt: what the
  // mapping says, and otherwise as they are; with keep_dtypes always as they are.
  std::optional<DType> dtype;  // an error for F8 tensors with a scale beside them (docs/dsl.md)
  bool keep_dtypes = false;
  // Where the result is defined all the same, warn: tensors that a mapping with "others": "error"
  // does not know pass as they are. A list with a hole and a missing part have no result, and stay
  // errors.
  bool lenient = false;
  // What the result must hold. Where it does not, that is an error; with `lenient` a warning.
  std::optional<Expectation> expectation;
  // A plan that is not exact is an error.
  bool require_reversible = false;
  // Only what one rank holds. All of the above is said of the whole model, and judged before it is
  // cut. What is left:
  //   tensors   those that the rank has a part of, each with the shape of its part
  //   checks    of each, a part of its elements: all ranks together make all checks, and none reads
  //             the whole checkpoint for them
  //   dropped, rules, warnings, side_file_edits   as for the whole
  //   exactness one-way where there is more than one rank, as a part cannot give the whole back
  //   metadata  also weft.rank and weft.world_size
  std::optional<Shard> shard;
  Limits limits;
};

// Applies the mappings in order (in reverse: each backwards, last one first).
//
// Errors, all that are found: kTwoRulesOneTensor, kTwoRulesOneTarget, kAmbiguousKey,
// kIncompleteList, kIndexSetsDiffer, kMissingTensor, kWrongShape, kDtypesDiffer, kNameCollision,
// kUnexpectedTensor, kUnknownParam, kBadParam, kSizeUnknown, kSizeConflict, kNotReversible,
// kAlreadyConverted, kBadName, kNotByteAligned, kOverflow, kLimitExceeded, kUnsupportedFeature
// (`dtype`, scaled F8). kAlreadyConverted also where the catalog is a shard, and rules do more than
// to rename, drop and cast its tensors. kMissingPart where the first mapping reads part files and
// the catalog has no names of parts. With a shard also: kBadArgument (the rank is not below the
// number of ranks), kNotSharded (no section, or no entry names a tensor; kTwoRulesOneTensor where
// two do), kUnevenShares; kAlreadyConverted where the source is a shard itself.
absl::StatusOr<Plan> Compile(const std::vector<Mapping>& mappings,
                             std::shared_ptr<const Catalog> catalog,
                             const CompileOptions& options = {});

}  // namespace weft

#endif  // WEFT_PLAN_H_
