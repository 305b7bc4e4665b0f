// The named operations that a WeightConverter may chain, as people know them from Transformers.
//
// Each is sugar for a rearrangement of elements: none computes, casts or invents a value, and each
// but Slice has a reverse. A chain starts with one slot for every source name, in order. A slot
// holds one tensor, or a list of tensors that is indexed by variables of the name pattern.
//
//   // 60 experts × (gate, up), each [1408, 2048]  →  one [60, 2816, 2048]
//   weft::WeightConverter rule;
//   rule.from = {{"", "{p*}.experts.{e}.gate_proj.weight"},
//                {"", "{p*}.experts.{e}.up_proj.weight"}};
//   rule.to = {{"", "{p*}.experts.gate_up_proj"}};
//   rule.operations = {weft::MergeModulelist{"e", 0}, weft::Concatenate{1}};
//
// A `dim` counts from 0, or from the end when negative (-1 is the last axis). Sizes are expressions
// of docs/dsl.md: "3", "num_heads * head_dim".
//
// Source of names and meaning: transformers 5.23, src/transformers/core_model_loading.py. Where
// weft differs it is stricter: Chunk refuses a size that does not divide, lists are ordered by the
// parsed index and must be complete.
#ifndef WEFT_OPERATIONS_H_
#define WEFT_OPERATIONS_H_

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weft {

// One slot → as many slots as the rule has targets, of equal size along `dim`.
// [n·k, d] → n × [k, d]. Reverse: Concatenate.
struct Chunk {
  int dim = 0;
};

// One slot → one slot for each entry of `sizes` along `dim`. Reverse: Concatenate with these sizes.
struct Split {
  int dim = 0;
  std::vector<std::string> sizes;
};

// All slots, in order, → one slot along `dim`. Reverse: Split into `sizes`; where `sizes` is empty
// the reverse is an equal Chunk, and joining parts of unequal size makes the conversion one-way.
struct Concatenate {
  int dim = 0;
  std::vector<std::string> sizes = {};
};

// In each slot, the list over the variable `over` → one tensor with a new axis at `dim`, ordered by
// the index. n × [f, d] → [n, f, d] for dim 0. Reverse: SplitModulelist.
struct MergeModulelist {
  std::string over;
  int dim = 0;
};

// In each slot, the axis `dim` → a list over the variable `over` of the target name.
// [n, f, d] → n × [f, d] for dim 0. Reverse: MergeModulelist.
struct SplitModulelist {
  std::string over;
  int dim = 0;
};

// Swaps two axes. Its own reverse.
struct Transpose {
  int dim0 = 0;
  int dim1 = 1;
};

// New axis i is old axis dims[i]; dims is a permutation of 0 … rank−1. Reverse: the inverse one.
struct Permute {
  std::vector<int> dims;
};

// Row-major reshape to `shape`; one entry may be "-1". Reverse: Reshape to `from`, which may be
// left out when the mapping is only used forward.
struct Reshape {
  std::vector<std::string> shape;
  std::vector<std::string> from = {};
};

// Inserts an axis of size 1 at `dim`. Reverse: Squeeze.
struct Unsqueeze {
  int dim = 0;
};

// Removes the axis `dim`, which must have size 1. Reverse: Unsqueeze.
struct Squeeze {
  int dim = 0;
};

// Along `dim`, pairs (a0 b0 a1 b1 …) → halves (a0 a1 … b0 b1 …), or with `inverse` halves → pairs.
// The size must be even. Reverse: the other one.
struct Interleave {
  int dim = 0;
  bool inverse = false;
};

// Along `dim`, in each head: pairs (r0 i0 r1 i1 …) → halves (r0 r1 … i0 i1 …), or with `inverse`
// halves → pairs: the rotary embedding of Meta's and of Hugging Face's models. `heads` is the
// number of heads, one for all slots or one for each: key and value projections may have fewer.
// 0 leaves a slot as it is. `rotary`, if given, is the number of elements of each head that rotate,
// the first ones; without it all do. Reverse: the other one.
struct PermuteForRope {
  std::vector<std::string> heads;
  int dim = 0;
  std::string rotary = {};
  bool inverse = false;
};

// Keeps the positions start … end−1 of `dim`; without `end` all from start on. One-way: nothing
// brings the others back.
struct Slice {
  int dim = 0;
  std::string start = "0";
  std::string end = {};
};

// One slot → one equal slot for each target. Reverse: Tie.
struct Repeat {};

// All slots, which must be equal byte for byte (checked before any is copied) → one. Reverse:
// Repeat.
struct Tie {};

// Lists over `over` of N sources → one tensor for each of M targets: each list is cut into M runs
// of ceil(n/M) members, the last one shorter; a run is stacked along a new axis `stack_dim`, and
// what the sources give is joined along `concat_dim`. In ERNIE 4.5 VL the first run of the experts
// serves text, the second one vision. Reverse: ErnieSplitAndDecoupleTextVisionExperts.
struct ErnieFuseAndSplitTextVisionExperts {
  std::string over;
  int stack_dim = 0;
  int concat_dim = 1;
};

// The reverse: M slots → lists over `over` of N targets.
struct ErnieSplitAndDecoupleTextVisionExperts {
  std::string over;
  int stack_dim = 0;
  int concat_dim = 1;
};

using ConversionOp =
    std::variant<Chunk, Split, Concatenate, MergeModulelist, SplitModulelist, Transpose, Permute,
                 Reshape, Unsqueeze, Squeeze, Interleave, PermuteForRope, Slice, Repeat, Tie,
                 ErnieFuseAndSplitTextVisionExperts, ErnieSplitAndDecoupleTextVisionExperts>;

// "Concatenate". The view has static lifetime.
std::string_view NameOf(const ConversionOp& operation);

// One sentence for documentation and editors. The view has static lifetime.
std::string_view DocOf(const ConversionOp& operation);

// "Concatenate(dim=1)"
std::string TextOf(const ConversionOp& operation);

}  // namespace weft

#endif  // WEFT_OPERATIONS_H_
