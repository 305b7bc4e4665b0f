// Rules by named operations: each operation turns slots into slots.
#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "mapping/operation_table.h"
#include "plan/axis_view.h"
#include "plan/rule_run.h"
#include "plan/size_solver.h"
#include "tensor/shape.h"

namespace weft {
namespace {

using internal::CheckedOperation;
using internal::CheckedTensor;
using internal::ListVariable;

// A tensor on its way through the chain.
struct Item {
  Shape shape;
  DType dtype = DType::kF32;
  View view;
  std::string name;  // of a source tensor in it, for messages
};

// One tensor, or a list over some variables, row-major.
struct Slot {
  std::vector<int> variables;
  std::vector<uint64_t> sizes;
  std::vector<Item> items;
};

class OperationRun {
 public:
  explicit OperationRun(RuleRun& run) : run_(run), expressions_(run) {}

  absl::StatusOr<std::vector<Entry>> Run() {
    const internal::CheckedRule& rule = run_.view.rule();
    if (run_.view.turned() && !rule.reverse_error.ok()) {
      return WithPlace(run_, "", rule.reverse_error);
    }
    if (!rule.reverse_error.ok()) {
      run_.one_way_reason = DiagnosticsOf(rule.reverse_error).front().what;
    }
    WEFT_RETURN_IF_ERROR(CheckListSizes());
    TakeSources();
    for (const CheckedOperation& operation : run_.view.operations()) {
      WEFT_RETURN_IF_ERROR(Apply(operation));
    }
    return GiveTargets();
  }

 private:
  // `sizes` may say how long a list is.
  absl::Status CheckListSizes() const {
    const internal::CheckedRule& rule = run_.view.rule();
    const std::vector<CheckedTensor>& read = run_.view.read();
    for (size_t t = 0; t < read.size(); ++t) {
      for (size_t i = 0; i < read[t].lists.size(); ++i) {
        const std::string& name = rule.variables.name(read[t].lists[i].variable);
        const auto size = rule.sizes.find(name);
        if (size == rule.sizes.end()) continue;
        absl::StatusOr<int64_t> given = expressions_.Evaluate(size->second);
        if (IsUnknownParam(given.status())) continue;
        if (!given.ok()) return WithPlace(run_, "", given.status());
        if (static_cast<uint64_t>(*given) == run_.read[t].sizes[i]) continue;
        return ErrorStatus(
            ErrorCode::kIncompleteList, run_.where,
            absl::StrFormat("the list over %s has %d tensors; the config or params say %d", name,
                            run_.read[t].sizes[i], *given),
            "is a part of the checkpoint missing?");
      }
    }
    return absl::OkStatus();
  }

  void TakeSources() {
    const std::vector<CheckedTensor>& read = run_.view.read();
    for (size_t t = 0; t < read.size(); ++t) {
      Slot slot;
      for (const ListVariable& list : read[t].lists) slot.variables.push_back(list.variable);
      slot.sizes = run_.read[t].sizes;
      for (const uint32_t index : run_.read[t].entries) {
        const Entry& entry = run_.entries[index];
        slot.items.push_back({entry.shape, entry.dtype, entry.view, entry.name});
      }
      slots_.push_back(std::move(slot));
    }
  }

  absl::StatusOr<std::vector<Entry>> GiveTargets() {
    const std::vector<CheckedTensor>& written = run_.view.written();
    std::vector<Entry> outputs;
    for (uint32_t t = 0; t < written.size(); ++t) {
      Slot& slot = slots_[t];
      // The slot's lists may stand in another order than the variables of the name.
      std::vector<size_t> places;
      for (const ListVariable& list : written[t].lists) {
        const auto found = std::find(slot.variables.begin(), slot.variables.end(), list.variable);
        places.push_back(static_cast<size_t>(found - slot.variables.begin()));
      }
      std::vector<uint64_t> position(slot.sizes.size(), 0);
      for (Item& item : slot.items) {
        std::vector<uint64_t> indices;
        indices.reserve(places.size());
        for (const size_t place : places) indices.push_back(position[place]);
        Entry entry;
        entry.dtype = item.dtype;
        entry.shape = std::move(item.shape);
        entry.view = std::move(item.view);
        WEFT_RETURN_IF_ERROR(AddNamed(run_, t, indices, std::move(entry), &outputs).status());
        NextIndices(slot.sizes, position);
      }
    }
    return outputs;
  }

  // --- One operation.

  absl::Status Apply(const CheckedOperation& checked) {
    const ConversionOp& operation = checked.operation;
    ShapeContext context;
    context.parts = run_.view.written().size();
    WEFT_ASSIGN_OR_RETURN(context.sizes, EvaluateAll(checked.sizes));
    WEFT_ASSIGN_OR_RETURN(context.extra_sizes, EvaluateAll(checked.extra_sizes));
    switch (RowOf(operation).effect) {
      case SlotEffect::kJoin:
        return Join(operation, context);
      case SlotEffect::kSplit:
        return Split(operation, context);
      case SlotEffect::kRegroup:
        return std::holds_alternative<ErnieFuseAndSplitTextVisionExperts>(operation)
                   ? FuseExperts(operation, context)
                   : DecoupleExperts(operation, context);
      case SlotEffect::kEach:
        break;
    }
    for (context.slot = 0; context.slot < slots_.size(); ++context.slot) {
      Slot& slot = slots_[context.slot];
      if (std::holds_alternative<MergeModulelist>(operation)) {
        WEFT_RETURN_IF_ERROR(Merge(operation, context, &slot));
      } else if (std::holds_alternative<SplitModulelist>(operation)) {
        WEFT_RETURN_IF_ERROR(SplitList(operation, context, &slot));
      } else {
        for (Item& item : slot.items) {
          const Shape before = item.shape;
          WEFT_RETURN_IF_ERROR(Transform(operation, context, &item));
          WEFT_RETURN_IF_ERROR(CheckComesFrom(operation, context, before, item));
        }
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<int64_t>> EvaluateAll(const std::vector<Expression>& sizes) const {
    std::vector<int64_t> values;
    values.reserve(sizes.size());
    for (const Expression& size : sizes) {
      absl::StatusOr<int64_t> value = expressions_.Evaluate(size);
      if (!value.ok()) return WithPlace(run_, "", value.status());
      values.push_back(*value);
    }
    return values;
  }

  // The shape rule, with the operation and the tensor in its errors.
  absl::StatusOr<std::vector<Shape>> Shapes(const ConversionOp& operation,
                                            const std::vector<const Item*>& items,
                                            const ShapeContext& context) const {
    std::vector<Shape> inputs;
    inputs.reserve(items.size());
    for (const Item* item : items) inputs.push_back(item->shape);
    auto shapes = RowOf(operation).shapes(operation, inputs, context);
    if (shapes.ok() && !std::all_of(shapes->begin(), shapes->end(), [](const Shape& shape) {
          return CheckedElementsOf(shape).has_value();
        })) {
      shapes = ErrorStatus(ErrorCode::kOverflow, "",
                           "a tensor would have more elements than 64 bits count");
    }
    if (shapes.ok()) return shapes;
    std::vector<Diagnostic> diagnostics = DiagnosticsOf(shapes.status());
    for (Diagnostic& d : diagnostics) d.what = TextOf(operation) + ": " + d.what;
    return WithPlace(run_, items.front()->name, StatusOf(std::move(diagnostics)));
  }

  absl::Status CheckDtypes(const std::vector<const Item*>& items) const {
    for (const Item* item : items) {
      if (item->dtype == items.front()->dtype) continue;
      return ErrorStatus(ErrorCode::kDtypesDiffer, run_.where,
                         absl::StrFormat("one tensor would mix dtypes: '%s' is %s, '%s' is %s",
                                         Escaped(items.front()->name), NameOf(items.front()->dtype),
                                         Escaped(item->name), NameOf(item->dtype)));
    }
    return absl::OkStatus();
  }

  // All slots → one, member by member of their lists.
  absl::Status Join(const ConversionOp& operation, const ShapeContext& context) {
    const Slot& first = slots_.front();
    for (const Slot& slot : slots_) {
      if (slot.variables == first.variables && slot.sizes == first.sizes) continue;
      return ErrorStatus(ErrorCode::kIndexSetsDiffer, run_.where,
                         absl::StrFormat("%s joins lists of different lengths", TextOf(operation)));
    }
    Slot joined{first.variables, first.sizes, {}};
    for (size_t member = 0; member < first.items.size(); ++member) {
      std::vector<const Item*> parts;
      parts.reserve(slots_.size());
      for (const Slot& slot : slots_) parts.push_back(&slot.items[member]);
      WEFT_ASSIGN_OR_RETURN(std::vector<Shape> shapes, Shapes(operation, parts, context));
      WEFT_RETURN_IF_ERROR(CheckDtypes(parts));
      if (std::holds_alternative<Tie>(operation)) {
        joined.items.push_back(TieParts(parts));
        continue;
      }
      WEFT_ASSIGN_OR_RETURN(const size_t axis,
                            AxisOf(std::get<Concatenate>(operation).dim, shapes[0].size()));
      std::vector<Box> boxes;
      uint64_t at = 0;
      for (const Item* part : parts) {
        AxisBlock block;
        block.split = SplitAt(part->shape, axis);
        block.source_size = block.split.size;
        block.target_size = static_cast<uint64_t>(shapes[0][axis]);
        block.target_at = at;
        ComposeBlock(block, part->view, &boxes);
        at += block.split.size;
        if (part->shape[axis] != parts.front()->shape[axis] && context.sizes.empty()) {
          run_.one_way_reason = absl::StrFormat(
              "%s joins parts of unequal size without saying the sizes", TextOf(operation));
        }
      }
      if (boxes.size() > 1) Coalesce(boxes);
      joined.items.push_back({std::move(shapes[0]), parts.front()->dtype,
                              View::OfBoxes(std::move(boxes)), parts.front()->name});
    }
    slots_.clear();
    slots_.push_back(std::move(joined));
    return absl::OkStatus();
  }

  // The first part; the others must be equal.
  Item TieParts(const std::vector<const Item*>& parts) {
    const Item& first = *parts.front();
    for (const Item* part : parts) {
      if (part == &first) continue;
      run_.parts.AddCheck(run_.where,
                          absl::StrFormat("what becomes of tensor '%s' must equal what becomes of "
                                          "'%s'",
                                          Escaped(part->name), Escaped(first.name)),
                          first.dtype, ElementsOf(first.shape), part->view, first.view);
    }
    return first;
  }

  // One slot → many, member by member of its lists.
  absl::Status Split(const ConversionOp& operation, const ShapeContext& context) {
    const Slot whole = std::move(slots_.front());
    if (std::holds_alternative<Repeat>(operation)) {
      slots_.assign(context.parts, whole);
      return absl::OkStatus();
    }
    slots_.assign(context.parts, Slot{whole.variables, whole.sizes, {}});
    const auto* chunk = std::get_if<Chunk>(&operation);
    const int dim = chunk != nullptr ? chunk->dim : std::get<weft::Split>(operation).dim;
    for (const Item& item : whole.items) {
      WEFT_ASSIGN_OR_RETURN(std::vector<Shape> shapes, Shapes(operation, {&item}, context));
      WEFT_ASSIGN_OR_RETURN(const size_t axis, AxisOf(dim, item.shape.size()));
      uint64_t at = 0;
      for (size_t part = 0; part < shapes.size(); ++part) {
        AxisBlock block;
        block.split = SplitAt(shapes[part], axis);
        block.source_size = static_cast<uint64_t>(item.shape[axis]);
        block.source_at = at;
        block.target_size = block.split.size;
        std::vector<Box> boxes;
        ComposeBlock(block, item.view, &boxes);
        if (boxes.size() > 1) Coalesce(boxes);
        at += block.split.size;
        slots_[part].items.push_back(
            {std::move(shapes[part]), item.dtype, View::OfBoxes(std::move(boxes)), item.name});
      }
    }
    return absl::OkStatus();
  }

  absl::Status Merge(const ConversionOp& operation, ShapeContext context, Slot* slot) {
    const int variable = run_.view.rule().variables.Find(OverOf(operation));
    const auto found = std::find(slot->variables.begin(), slot->variables.end(), variable);
    if (found == slot->variables.end()) return absl::OkStatus();  // another slot's list
    const auto place = static_cast<size_t>(found - slot->variables.begin());
    context.list_size = slot->sizes[place];
    // Members of the list are `stride` apart; `groups` of lists are merged, each on its own.
    const uint64_t stride = std::accumulate(
        slot->sizes.begin() + static_cast<std::ptrdiff_t>(place) + 1, slot->sizes.end(),
        uint64_t{1}, [](uint64_t a, uint64_t b) { return a * b; });
    std::vector<Item> merged;
    for (size_t start = 0; start < slot->items.size(); start += stride * context.list_size) {
      for (size_t inner = 0; inner < stride; ++inner) {
        std::vector<const Item*> members;
        members.reserve(context.list_size);
        for (size_t k = 0; k < context.list_size; ++k) {
          members.push_back(&slot->items[start + inner + k * stride]);
        }
        WEFT_ASSIGN_OR_RETURN(Item item, MergeMembers(operation, context, members));
        merged.push_back(std::move(item));
      }
    }
    slot->items = std::move(merged);
    slot->variables.erase(found);
    slot->sizes.erase(slot->sizes.begin() + static_cast<std::ptrdiff_t>(place));
    return absl::OkStatus();
  }

  absl::Status CheckAlike(const Item& first, const Item& member) const {
    if (member.shape == first.shape) return absl::OkStatus();
    return ErrorStatus(
        ErrorCode::kWrongShape,
        absl::StrFormat("%s, tensor '%s'", run_.where, Escaped(member.name)),
        absl::StrFormat("all members of a list have one shape; expected %s as '%s', got %s",
                        TextOf(first.shape), Escaped(first.name), TextOf(member.shape)));
  }

  // Of the members begin … begin+count−1, as far as there are any.
  absl::Status CheckMembersAlike(const Slot& slot, uint64_t begin, uint64_t count) const {
    const uint64_t end = std::min<uint64_t>(begin + count, slot.items.size());
    for (uint64_t k = begin; k < end; ++k) {
      WEFT_RETURN_IF_ERROR(CheckAlike(slot.items[begin], slot.items[k]));
      WEFT_RETURN_IF_ERROR(CheckDtypes({&slot.items[begin], &slot.items[k]}));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Item> MergeMembers(const ConversionOp& operation, const ShapeContext& context,
                                    const std::vector<const Item*>& members) const {
    WEFT_RETURN_IF_ERROR(CheckDtypes(members));
    for (const Item* member : members) {
      WEFT_RETURN_IF_ERROR(CheckAlike(*members.front(), *member));
    }
    WEFT_ASSIGN_OR_RETURN(std::vector<Shape> shapes, Shapes(operation, {members.front()}, context));
    WEFT_ASSIGN_OR_RETURN(const size_t axis,
                          AxisOf(std::get<MergeModulelist>(operation).dim, shapes[0].size()));
    std::vector<Box> boxes;
    boxes.reserve(members.size());
    for (size_t k = 0; k < members.size(); ++k) {
      AxisBlock block;
      block.split = SplitAt(shapes[0], axis);
      block.split.size = 1;
      block.source_size = 1;
      block.target_size = context.list_size;
      block.target_at = k;
      ComposeBlock(block, members[k]->view, &boxes);
    }
    if (boxes.size() > 1) Coalesce(boxes);
    return Item{std::move(shapes[0]), members.front()->dtype, View::OfBoxes(std::move(boxes)),
                members.front()->name};
  }

  absl::Status SplitList(const ConversionOp& operation, const ShapeContext& context, Slot* slot) {
    std::vector<Item> items;
    uint64_t count = 0;
    for (const Item& item : slot->items) {
      WEFT_ASSIGN_OR_RETURN(std::vector<Shape> shapes, Shapes(operation, {&item}, context));
      WEFT_ASSIGN_OR_RETURN(const size_t axis,
                            AxisOf(std::get<SplitModulelist>(operation).dim, item.shape.size()));
      count = static_cast<uint64_t>(item.shape[axis]);
      WEFT_RETURN_IF_ERROR(CheckListLength(run_, {slot->items.size(), count}));
      if (count == 0) run_.one_way_reason = "an axis of size 0 becomes a list of no tensors";
      for (uint64_t k = 0; k < count; ++k) {
        AxisBlock block;
        block.split = SplitAt(item.shape, axis);
        block.split.size = 1;
        block.source_size = count;
        block.source_at = k;
        block.target_size = 1;
        std::vector<Box> boxes;
        ComposeBlock(block, item.view, &boxes);
        if (boxes.size() > 1) Coalesce(boxes);
        items.push_back({shapes[0], item.dtype, View::OfBoxes(std::move(boxes)), item.name});
      }
    }
    // The new list runs fastest: it is the last variable.
    slot->variables.push_back(run_.view.rule().variables.Find(OverOf(operation)));
    slot->sizes.push_back(count);
    slot->items = std::move(items);
    return absl::OkStatus();
  }

  absl::Status Transform(const ConversionOp& operation, const ShapeContext& context,
                         Item* item) const {
    WEFT_ASSIGN_OR_RETURN(std::vector<Shape> shapes, Shapes(operation, {item}, context));
    const size_t rank = item->shape.size();
    if (const auto* transpose = std::get_if<Transpose>(&operation)) {
      std::vector<size_t> order(rank);
      std::iota(order.begin(), order.end(), size_t{0});
      WEFT_ASSIGN_OR_RETURN(const size_t a, AxisOf(transpose->dim0, rank));
      WEFT_ASSIGN_OR_RETURN(const size_t b, AxisOf(transpose->dim1, rank));
      std::swap(order[a], order[b]);
      item->view = Reorder(item->view, item->shape, order);
    } else if (const auto* permute = std::get_if<Permute>(&operation)) {
      std::vector<size_t> order;
      for (const int dim : permute->dims) {
        WEFT_ASSIGN_OR_RETURN(const size_t axis, AxisOf(dim, rank));
        order.push_back(axis);
      }
      item->view = Reorder(item->view, item->shape, order);
    } else if (const auto* interleave = std::get_if<Interleave>(&operation)) {
      WEFT_ASSIGN_OR_RETURN(const size_t axis, AxisOf(interleave->dim, rank));
      const AxisSplit split = SplitAt(item->shape, axis);
      const auto half = static_cast<int64_t>(split.size / 2);
      const auto outer = static_cast<int64_t>(split.outer);
      const auto inner = static_cast<int64_t>(split.inner);
      const Shape pairs =
          interleave->inverse ? Shape{outer, 2, half, inner} : Shape{outer, half, 2, inner};
      item->view = Reorder(item->view, pairs, {0, 2, 1, 3});
    } else if (const auto* rope = std::get_if<PermuteForRope>(&operation)) {
      WEFT_ASSIGN_OR_RETURN(const size_t axis, AxisOf(rope->dim, rank));
      const AxisSplit split = SplitAt(item->shape, axis);
      const auto heads = static_cast<uint64_t>(
          context.sizes.size() == 1 ? context.sizes[0] : context.sizes[context.slot]);
      if (heads > 0) {
        const uint64_t rotary = context.extra_sizes.empty()
                                    ? split.size / heads
                                    : static_cast<uint64_t>(context.extra_sizes[0]);
        item->view = PermuteHeads(item->view, split, heads, rotary, rope->inverse);
      }
    } else if (const auto* slice = std::get_if<Slice>(&operation)) {
      WEFT_ASSIGN_OR_RETURN(const size_t axis, AxisOf(slice->dim, rank));
      AxisBlock block;
      block.split = SplitAt(shapes[0], axis);
      block.source_size = static_cast<uint64_t>(item->shape[axis]);
      block.source_at = static_cast<uint64_t>(context.sizes[0]);
      block.target_size = block.split.size;
      std::vector<Box> boxes;
      ComposeBlock(block, item->view, &boxes);
      item->view = View::OfBoxes(std::move(boxes));
    }
    // Reshape, Unsqueeze and Squeeze leave every element at its linear coordinate.
    item->shape = std::move(shapes[0]);
    return absl::OkStatus();
  }

  // `from` of a Reshape is what its reverse makes: the shape that was there before.
  absl::Status CheckComesFrom(const ConversionOp& operation, const ShapeContext& context,
                              const Shape& before, const Item& item) const {
    if (!std::holds_alternative<Reshape>(operation) || context.extra_sizes.empty()) {
      return absl::OkStatus();
    }
    ShapeContext reversed;
    reversed.sizes = context.extra_sizes;
    const auto shapes = RowOf(operation).shapes(operation, {item.shape}, reversed);
    if (shapes.ok() && shapes->front() == before) return absl::OkStatus();
    const Shape from(reversed.sizes.begin(), reversed.sizes.end());
    return WithPlace(run_, item.name,
                     ErrorStatus(ErrorCode::kWrongShape, "",
                                 absl::StrFormat("%s: comes from shape %s by its \"from\"; got "
                                                 "shape %s",
                                                 TextOf(operation), TextOf(from), TextOf(before))));
  }

  // --- ERNIE's experts: lists of N sources ↔ one stacked tensor for each of M targets.

  absl::Status FuseExperts(const ConversionOp& operation, ShapeContext context) {
    const auto& fuse = std::get<ErnieFuseAndSplitTextVisionExperts>(operation);
    const int variable = run_.view.rule().variables.Find(fuse.over);
    for (const Slot& slot : slots_) {
      if (slot.variables != std::vector<int>{variable} || slot.sizes != slots_[0].sizes) {
        return ErrorStatus(
            ErrorCode::kIndexSetsDiffer, run_.where,
            absl::StrFormat("%s takes lists of one length over %s", TextOf(operation), fuse.over));
      }
    }
    context.list_size = slots_[0].sizes[0];
    if (context.list_size == 0) {
      return ErrorStatus(ErrorCode::kIncompleteList, run_.where,
                         absl::StrFormat("%s takes lists; these are empty", TextOf(operation)));
    }
    const uint64_t run = ExpertsInRun(context.list_size, context.parts);
    std::vector<const Item*> first;  // of each run, one of each source
    for (uint64_t part = 0; part < context.parts; ++part) {
      for (const Slot& slot : slots_) {
        WEFT_RETURN_IF_ERROR(CheckMembersAlike(slot, part * run, run));
        first.push_back(&slot.items[std::min(part * run, context.list_size - 1)]);
      }
      WEFT_RETURN_IF_ERROR(
          CheckDtypes({first.end() - static_cast<std::ptrdiff_t>(slots_.size()), first.end()}));
    }
    WEFT_ASSIGN_OR_RETURN(std::vector<Shape> shapes, Shapes(operation, first, context));
    std::vector<Slot> targets;
    for (uint64_t part = 0; part < context.parts; ++part) {
      Shape& shape = shapes[part];
      WEFT_ASSIGN_OR_RETURN(const size_t stack, AxisOf(fuse.stack_dim, shape.size()));
      WEFT_ASSIGN_OR_RETURN(const size_t axis, AxisOf(fuse.concat_dim, shape.size()));
      std::vector<Box> boxes;
      const auto members = static_cast<uint64_t>(shape[stack]);
      for (size_t s = 0; s < slots_.size(); ++s) {
        for (uint64_t k = 0; k < members; ++k) {
          ComposeExpert({shape, stack, k, axis, s, slots_.size()}, false,
                        slots_[s].items[part * run + k].view, &boxes);
        }
      }
      Coalesce(boxes);
      const Item& one = *first[part * slots_.size()];
      Slot& target = targets.emplace_back();
      target.items.push_back(
          {std::move(shape), one.dtype, View::OfBoxes(std::move(boxes)), one.name});
    }
    slots_ = std::move(targets);
    return absl::OkStatus();
  }

  absl::Status DecoupleExperts(const ConversionOp& operation, const ShapeContext& context) {
    const auto& split = std::get<ErnieSplitAndDecoupleTextVisionExperts>(operation);
    std::vector<const Item*> sources;
    sources.reserve(slots_.size());
    for (const Slot& slot : slots_) sources.push_back(&slot.items.front());
    WEFT_ASSIGN_OR_RETURN(const std::vector<Shape> shapes, Shapes(operation, sources, context));
    uint64_t members = 0;
    for (const Item* source : sources) {
      WEFT_ASSIGN_OR_RETURN(const size_t stack, AxisOf(split.stack_dim, source->shape.size()));
      const auto count = static_cast<uint64_t>(source->shape[stack]);
      WEFT_RETURN_IF_ERROR(CheckListLength(run_, {context.parts, count}));
      members += count;
    }
    WEFT_RETURN_IF_ERROR(CheckListLength(run_, {context.parts, members}));
    if (members == 0) run_.one_way_reason = "an axis of size 0 becomes a list of no tensors";
    const uint64_t run = ExpertsInRun(members, sources.size());
    std::vector<Slot> targets(context.parts);
    for (size_t t = 0; t < targets.size(); ++t) {
      targets[t].variables = {run_.view.rule().variables.Find(split.over)};
      targets[t].sizes = {members};
      uint64_t done = 0;
      for (size_t s = 0; s < sources.size(); ++s) {
        const Item& source = *sources[s];
        WEFT_ASSIGN_OR_RETURN(const size_t stack, AxisOf(split.stack_dim, source.shape.size()));
        WEFT_ASSIGN_OR_RETURN(const size_t axis, AxisOf(split.concat_dim, source.shape.size()));
        const auto count = static_cast<uint64_t>(source.shape[stack]);
        if (count != std::min(run, members - done)) {
          run_.one_way_reason = absl::StrFormat(
              "%s: the runs of experts are not those that the way "
              "back makes",
              TextOf(operation));
        }
        for (uint64_t k = 0; k < count; ++k) {
          std::vector<Box> boxes;
          ComposeExpert({source.shape, stack, k, axis, t, targets.size()}, true, source.view,
                        &boxes);
          Coalesce(boxes);
          targets[t].items.push_back({shapes[s * targets.size() + t], source.dtype,
                                      View::OfBoxes(std::move(boxes)), source.name});
        }
        done += count;
      }
    }
    slots_ = std::move(targets);
    return absl::OkStatus();
  }

  // One expert of one source in the stacked tensor.
  struct ExpertPlace {
    const Shape& stacked;
    size_t stack;
    uint64_t member;
    size_t axis;
    size_t part;
    size_t parts;
  };

  // From the expert to its place, or with `out` from its place.
  static void ComposeExpert(const ExpertPlace& place, bool out, const View& view,
                            std::vector<Box>* boxes) {
    std::vector<uint64_t> strides(place.stacked.size(), 1);
    for (size_t a = place.stacked.size(); a-- > 1;) {
      strides[a - 1] = strides[a] * static_cast<uint64_t>(place.stacked[a]);
    }
    const uint64_t length = static_cast<uint64_t>(place.stacked[place.axis]) / place.parts;
    Box step;
    step.target_offset =
        place.member * strides[place.stack] + place.part * length * strides[place.axis];
    uint64_t stride = 1;  // in the expert
    for (size_t a = place.stacked.size(); a-- > 0;) {
      if (a == place.stack) continue;
      const uint64_t size = a == place.axis ? length : static_cast<uint64_t>(place.stacked[a]);
      step.factors.push_back({size, stride, strides[a]});
      stride *= size;
    }
    if (stride == 0) return;
    if (out) {
      std::swap(step.source_offset, step.target_offset);
      for (Factor& factor : step.factors) std::swap(factor.source_stride, factor.target_stride);
    }
    Normalize(step);
    Compose(step, view, boxes);
  }

  RuleRun& run_;
  SizeSolver expressions_;
  std::vector<Slot> slots_;
};

}  // namespace

absl::StatusOr<std::vector<Entry>> RunOperations(RuleRun& run) { return OperationRun(run).Run(); }

}  // namespace weft
