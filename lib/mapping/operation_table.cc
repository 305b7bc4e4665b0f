#include "mapping/operation_table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"

namespace weft {
namespace {

using Shapes = std::vector<Shape>;

absl::Status WrongShape(std::string_view what) {
  return ErrorStatus(ErrorCode::kWrongShape, "", what);
}

// A shape rule for one operation type from one for its struct.
template <typename Op,
          absl::StatusOr<Shapes> (*kRule)(const Op&, const Shapes&, const ShapeContext&)>
absl::StatusOr<Shapes> Rule(const ConversionOp& operation, const Shapes& inputs,
                            const ShapeContext& context) {
  return kRule(std::get<Op>(operation), inputs, context);
}

// An operation on each tensor alone.
template <typename Op, absl::StatusOr<Shape> (*kRule)(const Op&, const Shape&, const ShapeContext&)>
absl::StatusOr<Shapes> EachRule(const ConversionOp& operation, const Shapes& inputs,
                                const ShapeContext& context) {
  Shapes outputs;
  outputs.reserve(inputs.size());
  for (const Shape& input : inputs) {
    WEFT_ASSIGN_OR_RETURN(Shape output, kRule(std::get<Op>(operation), input, context));
    outputs.push_back(std::move(output));
  }
  return outputs;
}

template <typename Op, void (*kFields)(Op&, OperationFields&)>
void Fields(ConversionOp& operation, OperationFields& fields) {
  kFields(std::get<Op>(operation), fields);
}

template <typename Op, absl::StatusOr<ConversionOp> (*kReverse)(const Op&)>
absl::StatusOr<ConversionOp> Reverse(const ConversionOp& operation) {
  return kReverse(std::get<Op>(operation));
}

// --- Chunk, Split, Concatenate: blocks along one axis.

absl::StatusOr<Shapes> CutAxis(const Shape& input, size_t axis, const std::vector<int64_t>& sizes) {
  int64_t total = 0;
  bool fits = true;
  for (const int64_t size : sizes) {
    fits = fits && size >= 0 && !__builtin_add_overflow(total, size, &total);
  }
  if (!fits || total != input[axis]) {
    return WrongShape(absl::StrFormat("axis %d of shape %s cannot be cut into parts of sizes %s",
                                      axis, TextOf(input),
                                      TextOf(Shape(sizes.begin(), sizes.end()))));
  }
  Shapes outputs;
  outputs.reserve(sizes.size());
  for (const int64_t size : sizes) {
    outputs.push_back(input);
    outputs.back()[axis] = size;
  }
  return outputs;
}

absl::StatusOr<Shapes> ChunkShapes(const Chunk& op, const Shapes& inputs,
                                   const ShapeContext& context) {
  const Shape& input = inputs.front();
  WEFT_ASSIGN_OR_RETURN(const size_t axis, AxisOf(op.dim, input.size()));
  const auto parts = static_cast<int64_t>(context.parts);
  if (parts < 1 || input[axis] % parts != 0) {
    return WrongShape(absl::StrFormat("axis %d of shape %s cannot be cut into %d equal parts", axis,
                                      TextOf(input), parts));
  }
  const std::vector<int64_t> sizes(context.parts, input[axis] / parts);
  return CutAxis(input, axis, sizes);
}

absl::StatusOr<Shapes> SplitShapes(const Split& op, const Shapes& inputs,
                                   const ShapeContext& context) {
  const Shape& input = inputs.front();
  WEFT_ASSIGN_OR_RETURN(const size_t axis, AxisOf(op.dim, input.size()));
  if (context.sizes.size() != context.parts) {
    return WrongShape(
        absl::StrFormat("%d sizes for %d tensors", context.sizes.size(), context.parts));
  }
  return CutAxis(input, axis, context.sizes);
}

absl::StatusOr<Shapes> ConcatenateShapes(const Concatenate& op, const Shapes& inputs,
                                         const ShapeContext& context) {
  Shape output = inputs.front();
  WEFT_ASSIGN_OR_RETURN(const size_t axis, AxisOf(op.dim, output.size()));
  if (!context.sizes.empty() && context.sizes.size() != inputs.size()) {
    return WrongShape(
        absl::StrFormat("%d sizes for %d tensors", context.sizes.size(), inputs.size()));
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Shape& input = inputs[i];
    bool alike = input.size() == output.size();
    for (size_t a = 0; alike && a < input.size(); ++a) {
      alike = a == axis || input[a] == output[a];
    }
    if (!alike) {
      return WrongShape(absl::StrFormat("shapes %s and %s differ in more than axis %d",
                                        TextOf(inputs.front()), TextOf(input), axis));
    }
    if (!context.sizes.empty() && input[axis] != context.sizes[i]) {
      return WrongShape(absl::StrFormat("axis %d of part %d is %d; expected %d, got shape %s", axis,
                                        i, input[axis], context.sizes[i], TextOf(input)));
    }
    if (i > 0 && __builtin_add_overflow(output[axis], input[axis], &output[axis])) {
      return WrongShape("the joined axis is beyond 64 bits");
    }
  }
  return Shapes{output};
}

// --- MergeModulelist, SplitModulelist: a list and a new axis.

absl::StatusOr<Shape> MergeShape(const MergeModulelist& op, const Shape& input,
                                 const ShapeContext& context) {
  WEFT_ASSIGN_OR_RETURN(const size_t axis, AxisOf(op.dim, input.size() + 1));
  Shape output = input;
  output.insert(output.begin() + static_cast<std::ptrdiff_t>(axis),
                static_cast<int64_t>(context.list_size));
  return output;
}

absl::StatusOr<Shape> SplitListShape(const SplitModulelist& op, const Shape& input,
                                     const ShapeContext&) {
  WEFT_ASSIGN_OR_RETURN(const size_t axis, AxisOf(op.dim, input.size()));
  Shape output = input;
  output.erase(output.begin() + static_cast<std::ptrdiff_t>(axis));
  return output;
}

// --- Operations on one tensor.

absl::StatusOr<Shape> TransposeShape(const Transpose& op, const Shape& input, const ShapeContext&) {
  WEFT_ASSIGN_OR_RETURN(const size_t a, AxisOf(op.dim0, input.size()));
  WEFT_ASSIGN_OR_RETURN(const size_t b, AxisOf(op.dim1, input.size()));
  Shape output = input;
  std::swap(output[a], output[b]);
  return output;
}

absl::StatusOr<Shape> PermuteShape(const Permute& op, const Shape& input, const ShapeContext&) {
  std::vector<bool> seen(input.size(), false);
  Shape output;
  for (const int dim : op.dims) {
    WEFT_ASSIGN_OR_RETURN(const size_t axis, AxisOf(dim, input.size()));
    if (seen[axis]) return WrongShape(absl::StrFormat("axis %d stands twice in dims", dim));
    seen[axis] = true;
    output.push_back(input[axis]);
  }
  if (output.size() != input.size()) {
    return WrongShape(absl::StrFormat("dims names %d axes; shape %s has %d", output.size(),
                                      TextOf(input), input.size()));
  }
  return output;
}

absl::StatusOr<Shape> ReshapeShape(const Reshape&, const Shape& input,
                                   const ShapeContext& context) {
  Shape output(context.sizes.begin(), context.sizes.end());
  uint64_t known = 1;
  int64_t* open = nullptr;
  for (int64_t& size : output) {
    if (size == -1 && open == nullptr) {
      open = &size;
    } else if (size < 0 || __builtin_mul_overflow(known, static_cast<uint64_t>(size), &known)) {
      return WrongShape(absl::StrFormat("%s is no shape to reshape to", TextOf(output)));
    }
  }
  const uint64_t elements = ElementsOf(input);
  if (open != nullptr && known > 0 && elements % known == 0) {
    *open = static_cast<int64_t>(elements / known);
    known = elements;
  }
  if ((open != nullptr && *open == -1) || known != elements) {
    return WrongShape(absl::StrFormat("shape %s with %d elements cannot become %s", TextOf(input),
                                      elements, TextOf(output)));
  }
  return output;
}

absl::StatusOr<Shape> UnsqueezeShape(const Unsqueeze& op, const Shape& input, const ShapeContext&) {
  WEFT_ASSIGN_OR_RETURN(const size_t axis, AxisOf(op.dim, input.size() + 1));
  Shape output = input;
  output.insert(output.begin() + static_cast<std::ptrdiff_t>(axis), 1);
  return output;
}

absl::StatusOr<Shape> SqueezeShape(const Squeeze& op, const Shape& input, const ShapeContext&) {
  WEFT_ASSIGN_OR_RETURN(const size_t axis, AxisOf(op.dim, input.size()));
  if (input[axis] != 1) {
    return WrongShape(
        absl::StrFormat("axis %d of shape %s is %d; expected 1", axis, TextOf(input), input[axis]));
  }
  Shape output = input;
  output.erase(output.begin() + static_cast<std::ptrdiff_t>(axis));
  return output;
}

absl::StatusOr<Shape> InterleaveShape(const Interleave& op, const Shape& input,
                                      const ShapeContext&) {
  WEFT_ASSIGN_OR_RETURN(const size_t axis, AxisOf(op.dim, input.size()));
  if (input[axis] % 2 != 0) {
    return WrongShape(absl::StrFormat("axis %d of shape %s is odd; pairs need an even size", axis,
                                      TextOf(input)));
  }
  return input;
}

absl::StatusOr<Shape> RopeShape(const PermuteForRope& op, const Shape& input,
                                const ShapeContext& context) {
  WEFT_ASSIGN_OR_RETURN(const size_t axis, AxisOf(op.dim, input.size()));
  if (context.sizes.size() != 1 && context.slot >= context.sizes.size()) {
    return WrongShape(absl::StrFormat("heads of %d tensors for tensor %d", context.sizes.size(),
                                      context.slot + 1));
  }
  const int64_t heads = context.sizes.size() == 1 ? context.sizes[0] : context.sizes[context.slot];
  if (heads == 0) return input;
  if (heads < 0 || input[axis] % heads != 0) {
    return WrongShape(
        absl::StrFormat("axis %d of shape %s has no %d equal heads", axis, TextOf(input), heads));
  }
  const int64_t head = input[axis] / heads;
  const int64_t rotary = context.extra_sizes.empty() ? head : context.extra_sizes[0];
  if (rotary < 0 || rotary > head || rotary % 2 != 0) {
    return WrongShape(
        absl::StrFormat("%d of the %d elements of a head cannot rotate in pairs", rotary, head));
  }
  return input;
}

absl::StatusOr<Shape> SliceShape(const Slice& op, const Shape& input, const ShapeContext& context) {
  WEFT_ASSIGN_OR_RETURN(const size_t axis, AxisOf(op.dim, input.size()));
  const int64_t start = context.sizes[0];
  const int64_t end = context.sizes.size() > 1 ? context.sizes[1] : input[axis];
  if (start < 0 || end < start || end > input[axis]) {
    return WrongShape(absl::StrFormat("axis %d of shape %s has no positions %d to %d", axis,
                                      TextOf(input), start, end));
  }
  Shape output = input;
  output[axis] = end - start;
  return output;
}

absl::StatusOr<Shapes> RepeatShapes(const Repeat&, const Shapes& inputs,
                                    const ShapeContext& context) {
  return Shapes(context.parts, inputs.front());
}

absl::StatusOr<Shapes> TieShapes(const Tie&, const Shapes& inputs, const ShapeContext&) {
  for (const Shape& input : inputs) {
    if (input == inputs.front()) continue;
    return WrongShape(absl::StrFormat("equal tensors have one shape; got %s and %s",
                                      TextOf(inputs.front()), TextOf(input)));
  }
  return Shapes{inputs.front()};
}

// Inputs: one member of each source list, for each run. Runs may differ in shape: ERNIE's experts
// for vision have a width of their own.
absl::StatusOr<Shapes> FuseShapes(const ErnieFuseAndSplitTextVisionExperts& op,
                                  const Shapes& inputs, const ShapeContext& context) {
  const uint64_t run = ExpertsInRun(context.list_size, context.parts);
  const size_t sources = inputs.size() / context.parts;
  Shapes outputs;
  for (uint64_t part = 0; part < context.parts; ++part) {
    const uint64_t begin = std::min(part * run, context.list_size);
    const Shape& expert = inputs[part * sources];
    for (size_t source = 1; source < sources; ++source) {
      const Shape& other = inputs[part * sources + source];
      if (other != expert) {
        return WrongShape(absl::StrFormat("experts of all sources have one shape; got %s and %s",
                                          TextOf(expert), TextOf(other)));
      }
    }
    Shape output = expert;
    WEFT_ASSIGN_OR_RETURN(const size_t stack, AxisOf(op.stack_dim, output.size() + 1));
    output.insert(output.begin() + static_cast<std::ptrdiff_t>(stack),
                  static_cast<int64_t>(std::min(begin + run, context.list_size) - begin));
    WEFT_ASSIGN_OR_RETURN(const size_t axis, AxisOf(op.concat_dim, output.size()));
    if (axis == stack) return WrongShape("stack_dim and concat_dim are one axis");
    if (__builtin_mul_overflow(output[axis], static_cast<int64_t>(sources), &output[axis])) {
      return WrongShape("the joined axis is beyond 64 bits");
    }
    outputs.push_back(std::move(output));
  }
  return outputs;
}

// Outputs: one member of each target list, for each source.
absl::StatusOr<Shapes> DecoupleShapes(const ErnieSplitAndDecoupleTextVisionExperts& op,
                                      const Shapes& inputs, const ShapeContext& context) {
  const auto parts = static_cast<int64_t>(context.parts);
  Shapes outputs;
  for (const Shape& input : inputs) {
    WEFT_ASSIGN_OR_RETURN(const size_t stack, AxisOf(op.stack_dim, input.size()));
    WEFT_ASSIGN_OR_RETURN(const size_t axis, AxisOf(op.concat_dim, input.size()));
    if (axis == stack) return WrongShape("stack_dim and concat_dim are one axis");
    if (input[axis] % parts != 0) {
      return WrongShape(absl::StrFormat("axis %d of shape %s cannot be cut into %d equal parts",
                                        axis, TextOf(input), parts));
    }
    Shape output = input;
    output[axis] /= parts;
    output.erase(output.begin() + static_cast<std::ptrdiff_t>(stack));
    outputs.insert(outputs.end(), context.parts, output);
  }
  return outputs;
}

// --- Fields.

template <typename Op>
void NoFields(Op&, OperationFields&) {}

void RopeFields(PermuteForRope& op, OperationFields& fields) {
  fields.Integer("dim", &op.dim);
  fields.Sizes("heads", &op.heads, true);
  fields.Size("rotary", &op.rotary);
  fields.Flag("inverse", &op.inverse);
}

void SliceFields(Slice& op, OperationFields& fields) {
  fields.Integer("dim", &op.dim);
  fields.Size("start", &op.start);
  fields.Size("end", &op.end);
}

template <typename Op>
void ExpertFields(Op& op, OperationFields& fields) {
  fields.Name("over", &op.over);
  fields.Integer("stack_dim", &op.stack_dim);
  fields.Integer("concat_dim", &op.concat_dim);
}

template <typename Op>
void DimField(Op& op, OperationFields& fields) {
  fields.Integer("dim", &op.dim);
}

template <typename Op>
void ListFields(Op& op, OperationFields& fields) {
  fields.Name("over", &op.over);
  fields.Integer("dim", &op.dim);
}

void SplitFields(Split& op, OperationFields& fields) {
  fields.Integer("dim", &op.dim);
  fields.Sizes("sizes", &op.sizes, true);
}

void ConcatenateFields(Concatenate& op, OperationFields& fields) {
  fields.Integer("dim", &op.dim);
  fields.Sizes("sizes", &op.sizes, false);
}

void TransposeFields(Transpose& op, OperationFields& fields) {
  fields.Integer("dim0", &op.dim0);
  fields.Integer("dim1", &op.dim1);
}

void PermuteFields(Permute& op, OperationFields& fields) { fields.Integers("dims", &op.dims); }

void ReshapeFields(Reshape& op, OperationFields& fields) {
  fields.Sizes("shape", &op.shape, true);
  fields.Sizes("from", &op.from, false);
}

void InterleaveFields(Interleave& op, OperationFields& fields) {
  fields.Integer("dim", &op.dim);
  fields.Flag("inverse", &op.inverse);
}

// --- Reverses.

absl::StatusOr<ConversionOp> ReverseChunk(const Chunk& op) { return Concatenate{op.dim, {}}; }
absl::StatusOr<ConversionOp> ReverseSplit(const Split& op) { return Concatenate{op.dim, op.sizes}; }
absl::StatusOr<ConversionOp> ReverseConcatenate(const Concatenate& op) {
  if (op.sizes.empty()) return Chunk{op.dim};
  return Split{op.dim, op.sizes};
}
absl::StatusOr<ConversionOp> ReverseMerge(const MergeModulelist& op) {
  return SplitModulelist{op.over, op.dim};
}
absl::StatusOr<ConversionOp> ReverseSplitList(const SplitModulelist& op) {
  return MergeModulelist{op.over, op.dim};
}
absl::StatusOr<ConversionOp> ReverseTranspose(const Transpose& op) { return op; }
absl::StatusOr<ConversionOp> ReversePermute(const Permute& op) {
  Permute inverse;
  inverse.dims.assign(op.dims.size(), -1);
  const auto rank = static_cast<int>(op.dims.size());
  for (int i = 0; i < rank; ++i) {
    const int dim = op.dims[static_cast<size_t>(i)];
    const int axis = dim < 0 ? dim + rank : dim;
    if (axis < 0 || axis >= rank || inverse.dims[static_cast<size_t>(axis)] >= 0) {
      return ErrorStatus(ErrorCode::kNotReversible, "", "Permute: dims is no permutation");
    }
    inverse.dims[static_cast<size_t>(axis)] = i;
  }
  return inverse;
}
absl::StatusOr<ConversionOp> ReverseReshape(const Reshape& op) {
  if (op.from.empty()) {
    return ErrorStatus(ErrorCode::kNotReversible, "",
                       "Reshape does not say the shape it comes from",
                       "give \"from\", the shape before, beside \"shape\"");
  }
  return Reshape{op.from, op.shape};
}
absl::StatusOr<ConversionOp> ReverseUnsqueeze(const Unsqueeze& op) { return Squeeze{op.dim}; }
absl::StatusOr<ConversionOp> ReverseSqueeze(const Squeeze& op) { return Unsqueeze{op.dim}; }
absl::StatusOr<ConversionOp> ReverseInterleave(const Interleave& op) {
  return Interleave{op.dim, !op.inverse};
}

absl::StatusOr<ConversionOp> ReverseRope(const PermuteForRope& op) {
  PermuteForRope reverse = op;
  reverse.inverse = !op.inverse;
  return reverse;
}
absl::StatusOr<ConversionOp> ReverseSlice(const Slice&) {
  return ErrorStatus(ErrorCode::kNotReversible, "", "Slice leaves elements out",
                     "a part that exists on one side only can be written with layouts: \"[x:n | "
                     "~0:pad]\"");
}
absl::StatusOr<ConversionOp> ReverseRepeat(const Repeat&) { return Tie{}; }
absl::StatusOr<ConversionOp> ReverseTie(const Tie&) { return Repeat{}; }
absl::StatusOr<ConversionOp> ReverseFuse(const ErnieFuseAndSplitTextVisionExperts& op) {
  return ErnieSplitAndDecoupleTextVisionExperts{op.over, op.stack_dim, op.concat_dim};
}
absl::StatusOr<ConversionOp> ReverseDecouple(const ErnieSplitAndDecoupleTextVisionExperts& op) {
  return ErnieFuseAndSplitTextVisionExperts{op.over, op.stack_dim, op.concat_dim};
}

std::vector<OperationRow> MakeRows() {
  return {
      {"Chunk", "Cuts one tensor into equal parts along dim, one for each target.",
       SlotEffect::kSplit, Fields<Chunk, DimField>, Rule<Chunk, ChunkShapes>,
       Reverse<Chunk, ReverseChunk>, Chunk{}},
      {"Split", "Cuts one tensor into parts of the given sizes along dim.", SlotEffect::kSplit,
       Fields<Split, SplitFields>, Rule<Split, SplitShapes>, Reverse<Split, ReverseSplit>, Split{}},
      {"Concatenate", "Joins tensors along dim, in the order in which the rule names them.",
       SlotEffect::kJoin, Fields<Concatenate, ConcatenateFields>,
       Rule<Concatenate, ConcatenateShapes>, Reverse<Concatenate, ReverseConcatenate>,
       Concatenate{}},
      {"MergeModulelist",
       "Stacks the tensors of a list, ordered by its index, along a new axis dim.",
       SlotEffect::kEach, Fields<MergeModulelist, ListFields>,
       EachRule<MergeModulelist, MergeShape>, Reverse<MergeModulelist, ReverseMerge>,
       MergeModulelist{}},
      {"SplitModulelist", "Cuts axis dim into a list of tensors, one for each index.",
       SlotEffect::kEach, Fields<SplitModulelist, ListFields>,
       EachRule<SplitModulelist, SplitListShape>, Reverse<SplitModulelist, ReverseSplitList>,
       SplitModulelist{}},
      {"Transpose", "Swaps the axes dim0 and dim1.", SlotEffect::kEach,
       Fields<Transpose, TransposeFields>, EachRule<Transpose, TransposeShape>,
       Reverse<Transpose, ReverseTranspose>, Transpose{}},
      {"Permute", "Reorders the axes: new axis i is old axis dims[i].", SlotEffect::kEach,
       Fields<Permute, PermuteFields>, EachRule<Permute, PermuteShape>,
       Reverse<Permute, ReversePermute>, Permute{}},
      {"Reshape", "Reads the elements, in row-major order, as another shape.", SlotEffect::kEach,
       Fields<Reshape, ReshapeFields>, EachRule<Reshape, ReshapeShape>,
       Reverse<Reshape, ReverseReshape>, Reshape{}},
      {"Unsqueeze", "Inserts an axis of size 1 at dim.", SlotEffect::kEach,
       Fields<Unsqueeze, DimField>, EachRule<Unsqueeze, UnsqueezeShape>,
       Reverse<Unsqueeze, ReverseUnsqueeze>, Unsqueeze{}},
      {"Squeeze", "Removes axis dim, which has size 1.", SlotEffect::kEach,
       Fields<Squeeze, DimField>, EachRule<Squeeze, SqueezeShape>, Reverse<Squeeze, ReverseSqueeze>,
       Squeeze{}},
      {"Interleave", "Turns pairs along dim into halves, or halves into pairs with inverse.",
       SlotEffect::kEach, Fields<Interleave, InterleaveFields>,
       EachRule<Interleave, InterleaveShape>, Reverse<Interleave, ReverseInterleave>, Interleave{}},
      {"PermuteForRope",
       "In each head along dim, turns the pairs of a rotary embedding into halves, or halves into "
       "pairs with inverse.",
       SlotEffect::kEach, Fields<PermuteForRope, RopeFields>, EachRule<PermuteForRope, RopeShape>,
       Reverse<PermuteForRope, ReverseRope>, PermuteForRope{}},
      {"Slice", "Keeps the positions start to end, exclusive, of dim.", SlotEffect::kEach,
       Fields<Slice, SliceFields>, EachRule<Slice, SliceShape>, Reverse<Slice, ReverseSlice>,
       Slice{}},
      {"Repeat", "Gives one tensor to every target.", SlotEffect::kSplit, Fields<Repeat, NoFields>,
       Rule<Repeat, RepeatShapes>, Reverse<Repeat, ReverseRepeat>, Repeat{}},
      {"Tie", "Makes one of tensors that are equal, byte for byte.", SlotEffect::kJoin,
       Fields<Tie, NoFields>, Rule<Tie, TieShapes>, Reverse<Tie, ReverseTie>, Tie{}},
      {"ErnieFuseAndSplitTextVisionExperts",
       "Cuts lists of experts into one run for each target, stacks each run along stack_dim and "
       "joins what the sources give along concat_dim.",
       SlotEffect::kRegroup,
       Fields<ErnieFuseAndSplitTextVisionExperts, ExpertFields<ErnieFuseAndSplitTextVisionExperts>>,
       Rule<ErnieFuseAndSplitTextVisionExperts, FuseShapes>,
       Reverse<ErnieFuseAndSplitTextVisionExperts, ReverseFuse>,
       ErnieFuseAndSplitTextVisionExperts{}},
      {"ErnieSplitAndDecoupleTextVisionExperts",
       "Cuts fused experts along concat_dim into one list for each target, and joins the runs that "
       "the sources hold along stack_dim.",
       SlotEffect::kRegroup,
       Fields<ErnieSplitAndDecoupleTextVisionExperts,
              ExpertFields<ErnieSplitAndDecoupleTextVisionExperts>>,
       Rule<ErnieSplitAndDecoupleTextVisionExperts, DecoupleShapes>,
       Reverse<ErnieSplitAndDecoupleTextVisionExperts, ReverseDecouple>,
       ErnieSplitAndDecoupleTextVisionExperts{}},
  };
}

// Prints fields as "dim=1, sizes=[q, k]".
class FieldPrinter : public OperationFields {
 public:
  void Integer(std::string_view name, int* value) override { Add(name, absl::StrCat(*value)); }
  void Integers(std::string_view name, std::vector<int>* value) override {
    std::string list;
    for (const int item : *value) list += (list.empty() ? "" : ", ") + absl::StrCat(item);
    Add(name, "[" + list + "]");
  }
  void Flag(std::string_view name, bool* value) override {
    if (*value) Add(name, "true");
  }
  void Name(std::string_view name, std::string* value) override { Add(name, *value); }
  void Size(std::string_view name, std::string* value) override {
    if (!value->empty()) Add(name, Escaped(*value));
  }
  void Sizes(std::string_view name, std::vector<std::string>* value, bool required) override {
    if (value->empty() && !required) return;
    std::string list;
    for (const std::string& item : *value) list += (list.empty() ? "" : ", ") + Escaped(item);
    Add(name, "[" + list + "]");
  }

  const std::string& text() const { return text_; }

 private:
  void Add(std::string_view name, const std::string& value) {
    if (!text_.empty()) text_ += ", ";
    text_ += name;
    text_ += "=" + value;
  }

  std::string text_;
};

}  // namespace

const std::vector<OperationRow>& OperationRows() {
  static const auto* const kRows = new std::vector<OperationRow>(MakeRows());
  return *kRows;
}

const OperationRow& RowOf(const ConversionOp& operation) {
  return OperationRows()[operation.index()];
}

const OperationRow* FindOperation(std::string_view name) {
  const std::vector<OperationRow>& rows = OperationRows();
  const auto found = std::find_if(rows.begin(), rows.end(),
                                  [name](const OperationRow& r) { return r.name == name; });
  return found == rows.end() ? nullptr : &*found;
}

absl::StatusOr<size_t> AxisOf(int dim, size_t rank) {
  const auto signed_rank = static_cast<int64_t>(rank);
  const int64_t axis = dim < 0 ? dim + signed_rank : dim;
  if (rank == 0) {
    return WrongShape(absl::StrFormat("axis %d is out of range; a scalar has no axes", dim));
  }
  if (axis < 0 || axis >= signed_rank) {
    return WrongShape(absl::StrFormat("axis %d is out of range; expected %d..%d", dim, -signed_rank,
                                      signed_rank - 1));
  }
  return static_cast<size_t>(axis);
}

uint64_t ExpertsInRun(uint64_t experts, uint64_t runs) {
  return experts / runs + (experts % runs == 0 ? 0 : 1);
}

std::vector<std::string> SizesOf(const ConversionOp& operation) {
  if (const auto* split = std::get_if<Split>(&operation)) return split->sizes;
  if (const auto* concatenate = std::get_if<Concatenate>(&operation)) return concatenate->sizes;
  if (const auto* reshape = std::get_if<Reshape>(&operation)) return reshape->shape;
  if (const auto* rope = std::get_if<PermuteForRope>(&operation)) return rope->heads;
  if (const auto* slice = std::get_if<Slice>(&operation)) {
    if (slice->end.empty()) return {slice->start};
    return {slice->start, slice->end};
  }
  return {};
}

std::vector<std::string> ExtraSizesOf(const ConversionOp& operation) {
  if (const auto* reshape = std::get_if<Reshape>(&operation)) return reshape->from;
  const auto* rope = std::get_if<PermuteForRope>(&operation);
  if (rope != nullptr && !rope->rotary.empty()) return {rope->rotary};
  return {};
}

std::string_view OverOf(const ConversionOp& operation) {
  if (const auto* merge = std::get_if<MergeModulelist>(&operation)) return merge->over;
  if (const auto* split = std::get_if<SplitModulelist>(&operation)) return split->over;
  if (const auto* fuse = std::get_if<ErnieFuseAndSplitTextVisionExperts>(&operation)) {
    return fuse->over;
  }
  if (const auto* split = std::get_if<ErnieSplitAndDecoupleTextVisionExperts>(&operation)) {
    return split->over;
  }
  return "";
}

ListEffect ListEffectOf(const ConversionOp& operation) {
  if (std::holds_alternative<MergeModulelist>(operation) ||
      std::holds_alternative<ErnieFuseAndSplitTextVisionExperts>(operation)) {
    return ListEffect::kMerges;
  }
  const bool splits = std::holds_alternative<SplitModulelist>(operation) ||
                      std::holds_alternative<ErnieSplitAndDecoupleTextVisionExperts>(operation);
  return splits ? ListEffect::kSplits : ListEffect::kNone;
}

std::string_view NameOf(const ConversionOp& operation) { return RowOf(operation).name; }

std::string_view DocOf(const ConversionOp& operation) { return RowOf(operation).doc; }

std::string TextOf(const ConversionOp& operation) {
  FieldPrinter printer;
  ConversionOp copy = operation;
  RowOf(operation).fields(copy, printer);
  return std::string(NameOf(operation)) + "(" + printer.text() + ")";
}

}  // namespace weft
