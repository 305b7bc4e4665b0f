// What a conversion loses, kept beside its output, so that the source comes back bit for bit.
//
// A conversion may drop tensors, slice them, ignore parts, and round elements. Its complement is
// one safetensors file that holds what is then missing, and nothing that the output tells.
//
//   absl::StatusOr<weft::Plan> plan = weft::Compile({mapping}, source->catalog(), compile_options);
//   absl::StatusOr<weft::Complement> lost = weft::ComplementOf(*plan, compile_options);
//   weft::ConvertOptions options;
//   options.complement = &*lost;
//   options.complement_path = "lost.safetensors";
//   weft::Convert(*plan, *source, "out", options);
//
// And back, with the same mapping:
//
//   absl::StatusOr<weft::Checkpoint> output = weft::Checkpoint::Open("out");
//   absl::StatusOr<weft::Checkpoint> kept = weft::Checkpoint::Open("lost.safetensors");
//   absl::StatusOr<weft::Plan> back =
//       weft::CompileBack({mapping}, *output->catalog(), *kept->catalog(), Direction::kReverse);
//   weft::Convert(*back, weft::Checkpoint::Join(*output, *kept), "again");
//
// The way back is not the mapping read backwards, which may not exist. The complement records what
// the source contained; from that the forward plan is compiled once more and turned round, box by
// box. So every plan has a way back, operations without a reverse included.
//
// The file. Tensors, by the name NAME of the source tensor that they belong to:
//   lost/NAME            the elements that no output tensor holds; in the shape of the tensor when
//                        these are all, or else in row, in the order of the tensor
//   residue.BF16/NAME    U8 [elements, width]: for each element that the output holds as BF16 (or
//                        as another dtype), in the order of the tensor, its bits minus the bits of
//                        the output cast back, a little-endian two's complement number
//   places.BF16/NAME     U64, rising: the places in the tensor of the elements whose difference
//                        takes more than the width, and of every NaN, whose cast is up to the
//                        processor
//   values.BF16/NAME     these elements; without places, all elements that are cast
// The width is that which makes the file smallest, and may be 0. A tensor that no cast changes has
// none of the last three. docs/complement.md lists the metadata.
#ifndef WEFT_COMPLEMENT_H_
#define WEFT_COMPLEMENT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "weft/catalog.h"
#include "weft/limits.h"
#include "weft/mapping.h"
#include "weft/plan.h"

namespace weft {

// Elements of a source tensor that the output holds in another dtype. How much of them is lost,
// only the data shows.
struct CastTensor {
  uint32_t source = 0;         // index into Catalog::tensors
  DType dtype = DType::kF32;   // of the output
  uint64_t elements = 0;       // that are cast
  std::vector<Box> positions;  // from these, laid one behind another, to their places in the tensor
};

// What is to be kept of a source. Plain data, made from a plan without reading anything.
struct Complement {
  std::vector<PlannedTensor> lost;  // tensors of the complement, copied from the source
  std::vector<CastTensor> cast;     // by source
  std::map<std::string, std::string> metadata;
  uint64_t lost_bytes = 0;  // data of `lost`
};

// The complement of a plan. `options` are those that the plan was compiled with: the way back
// compiles with them.
//
// Errors: kBadArgument (the plan is that of a shard), kLimitExceeded (lost elements that are scattered over millions of runs of one tensor),
// kNameCollision (the output has a tensor with a name that the complement needs).
absl::StatusOr<Complement> ComplementOf(const Plan& plan, const CompileOptions& options);

// The plan of the way back, over Checkpoint::Join of the output and its complement. `mappings` are
// those of the conversion, and `direction` the opposite of its own; params, config and dtypes are
// those of the conversion. The plan is exact, and its metadata is that of the source.
//
// Errors: kWrongComplement (the file is no complement, or that of another output, another mapping
// or the same direction), kMissingTensor, kUnexpectedTensor and kWrongShape (tensors of the
// complement), kNameCollision (output and complement have a tensor of one name), kBadMetadata;
// those of Compile.
absl::StatusOr<Plan> CompileBack(const std::vector<Mapping>& mappings, const Catalog& output,
                                 const Catalog& complement, Direction direction,
                                 const Limits& limits = {});

}  // namespace weft

#endif  // WEFT_COMPLEMENT_H_
