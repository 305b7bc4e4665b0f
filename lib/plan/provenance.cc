#include "weft/provenance.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "plan/box_range.h"
#include "weft/name_report.h"

namespace weft {
namespace {

constexpr size_t kMostNearest = 3;

// Elements from one index of each axis to the next.
absl::InlinedVector<uint64_t, 4> StridesOf(const Shape& shape) {
  absl::InlinedVector<uint64_t, 4> strides(shape.size());
  uint64_t stride = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= static_cast<uint64_t>(shape[i]);
  }
  return strides;
}

// Names are in natural order, but may have been made by hand: all are looked at.
template <typename Tensor>
absl::StatusOr<const Tensor*> FindNamed(const std::vector<Tensor>& tensors, std::string_view name,
                                        std::string_view where) {
  for (const Tensor& tensor : tensors) {
    if (tensor.name == name) return &tensor;
  }
  std::vector<std::string_view> names;
  names.reserve(tensors.size());
  for (const Tensor& tensor : tensors) names.push_back(tensor.name);
  std::vector<std::string_view> nearest = NameIndex(names).Nearest(name, kMostNearest);
  if (nearest.empty() && !name.empty()) {
    // The end of a name says which is meant.
    for (const std::string_view whole : names) {
      if (nearest.size() == kMostNearest) break;
      if (whole.find(name) != std::string_view::npos) nearest.push_back(whole);
    }
  }
  std::string hint;
  for (const std::string_view near : nearest) {
    hint += absl::StrFormat("%s'%s'", hint.empty() ? "did you mean " : " or ", Escaped(near));
  }
  if (!hint.empty()) hint += '?';
  return ErrorStatus(ErrorCode::kBadArgument, where,
                     absl::StrFormat("expected the name of one of its %d tensors, got '%s'",
                                     tensors.size(), Escaped(name)),
                     hint);
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::optional<uint64_t> NumberOf(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<AxisRange> ParseAxis(std::string_view text, uint64_t size) {
  text = Trimmed(text);
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    const std::optional<uint64_t> index = NumberOf(text);
    if (!index || *index >= size) return std::nullopt;
    return AxisRange{*index, *index + 1};
  }
  const std::string_view begin_text = Trimmed(text.substr(0, colon));
  const std::string_view end_text = Trimmed(text.substr(colon + 1));
  const std::optional<uint64_t> begin = begin_text.empty() ? 0 : NumberOf(begin_text);
  const std::optional<uint64_t> end = end_text.empty() ? size : NumberOf(end_text);
  if (!begin || !end || *begin > *end || *end > size) return std::nullopt;
  return AxisRange{*begin, *end};
}

// The elements of a region as a box from the tensor onto itself; nullopt when there are none.
std::optional<Box> BoxOf(const Region& region, const Shape& shape) {
  const auto strides = StridesOf(shape);
  Box box;
  for (size_t i = 0; i < region.size(); ++i) {
    const uint64_t count = region[i].end - region[i].begin;
    if (count == 0) return std::nullopt;
    box.source_offset += region[i].begin * strides[i];
    if (count > 1) box.factors.push_back({count, strides[i], strides[i]});
  }
  box.target_offset = box.source_offset;
  return box;
}

struct Loop {
  uint64_t count = 1;
  uint64_t stride = 0;
};

// The loops of a box as a range and a step of each axis; nullopt where it is no such block.
std::optional<std::string> BlockText(uint64_t offset, const std::vector<Loop>& loops,
                                     const Shape& shape) {
  struct Axis {
    uint64_t begin = 0;
    uint64_t count = 1;
    uint64_t step = 1;
  };
  const auto strides = StridesOf(shape);
  std::vector<Axis> axes(shape.size());
  for (size_t i = 0; i < axes.size(); ++i) {
    if (shape[i] == 0) return std::nullopt;
    axes[i].begin = offset / strides[i];
    offset %= strides[i];
  }
  for (Loop loop : loops) {
    if (loop.stride == 0) return std::nullopt;
    // The first axis whose stride goes into that of the loop; a loop that runs over the whole of it
    // goes on with the axis before.
    size_t axis = 0;
    while (axis < axes.size() && (loop.stride % strides[axis] != 0 || shape[axis] == 1)) ++axis;
    while (loop.count > 1) {
      if (axis == axes.size() || axes[axis].count > 1) return std::nullopt;
      const auto size = static_cast<uint64_t>(shape[axis]);
      const uint64_t step = loop.stride / strides[axis];
      const bool goes_on = step == 1 && axes[axis].begin == 0 && loop.count > size;
      if (goes_on && loop.count % size != 0) return std::nullopt;
      const uint64_t count = goes_on ? size : loop.count;
      if (axes[axis].begin + (count - 1) * step >= size) return std::nullopt;
      axes[axis].count = count;
      axes[axis].step = step;
      loop.count /= count;
      if (loop.count == 1) break;
      do {
        if (axis == 0) return std::nullopt;
        --axis;
      } while (shape[axis] == 1);
      loop.stride = strides[axis];
    }
  }
  std::string text;
  for (size_t i = 0; i < axes.size(); ++i) {
    const auto& [begin, count, step] = axes[i];
    text += text.empty() ? "" : ", ";
    if (count == static_cast<uint64_t>(shape[i]) && step == 1 && count > 1) {
      text += ':';
    } else if (count == 1) {
      text += std::to_string(begin);
    } else {
      text += absl::StrFormat("%d:%d", begin, begin + (count - 1) * step + 1);
      if (step > 1) text += absl::StrFormat(":%d", step);
    }
  }
  return "[" + text + "]";
}

// The elements that loops reach, in whatever order.
std::string TextOf(uint64_t offset, std::vector<Loop> loops, const Shape& shape) {
  std::sort(loops.begin(), loops.end(),
            [](const Loop& a, const Loop& b) { return a.stride > b.stride; });
  size_t kept = 0;
  for (size_t i = 1; i < loops.size(); ++i) {
    const bool runs_on = loops[kept].stride == loops[i].count * loops[i].stride;
    if (runs_on) {
      loops[kept] = {loops[kept].count * loops[i].count, loops[i].stride};
    } else {
      loops[++kept] = loops[i];
    }
  }
  if (!loops.empty()) loops.resize(kept + 1);
  if (std::optional<std::string> block = BlockText(offset, loops, shape)) return *std::move(block);
  std::string text = std::to_string(offset);
  for (const Loop& loop : loops) text += absl::StrFormat(" + %d×%d", loop.count, loop.stride);
  return text;
}

}  // namespace

Region WholeOf(const Shape& shape) {
  Region region;
  for (const int64_t size : shape) region.push_back({0, static_cast<uint64_t>(size)});
  return region;
}

Region ElementAt(const Shape& shape, uint64_t element) {
  const auto strides = StridesOf(shape);
  Region region;
  for (const uint64_t stride : strides) {
    region.push_back({element / stride, element / stride + 1});
    element %= stride;
  }
  return region;
}

absl::StatusOr<Region> ParseRegion(std::string_view text, const Shape& shape) {
  Region region = WholeOf(shape);
  const auto error = [&](size_t axis) {
    const std::string expected =
        axis < shape.size() ? absl::StrFormat("an index or a range within 0:%d", shape[axis])
                            : std::string("no more axes");
    return ErrorStatus(
        ErrorCode::kBadArgument, absl::StrFormat("[%s]", Escaped(text)),
        absl::StrFormat("axis %d of shape %s: expected %s", axis, weft::TextOf(shape), expected),
        "write an index, begin:end or : for each axis, such as [3,:,0:5]");
  };
  if (Trimmed(text).empty()) return region;
  std::string_view rest = text;
  for (size_t axis = 0;; ++axis) {
    const size_t comma = std::min(rest.find(','), rest.size());
    if (axis >= shape.size()) return error(axis);
    const std::optional<AxisRange> range =
        ParseAxis(rest.substr(0, comma), static_cast<uint64_t>(shape[axis]));
    if (!range) return error(axis);
    region[axis] = *range;
    if (comma == rest.size()) return region;
    rest.remove_prefix(comma + 1);
  }
}

absl::StatusOr<const PlannedTensor*> FindTarget(const Plan& plan, std::string_view name) {
  return FindNamed(plan.tensors, name, "target");
}

std::vector<Origin> OriginsOf(const Plan& plan, const PlannedTensor& target, const Region& region) {
  std::vector<Origin> origins;
  const std::optional<Box> part = BoxOf(region, target.shape);
  if (!part) return origins;
  const Catalog& catalog = *plan.catalog;
  for (Box& box : BoxesOfPart(target.boxes, *part)) {
    Origin& origin = origins.emplace_back();
    if (box.source < catalog.tensors.size()) {
      origin.tensor = &catalog.tensors[box.source];
      origin.file = &catalog.files[origin.tensor->file];
      origin.offset_bytes =
          origin.tensor->offset_bytes +
          box.source_offset * static_cast<uint64_t>(BitsOf(origin.tensor->dtype)) / 8;
    } else {
      origin.constant = &plan.constants[box.source - catalog.tensors.size()];
    }
    origin.box = std::move(box);
  }
  return origins;
}

absl::StatusOr<Uses> UsesOf(const Plan& plan, std::string_view source) {
  const Catalog& catalog = *plan.catalog;
  WEFT_ASSIGN_OR_RETURN(const TensorInfo* tensor, FindNamed(catalog.tensors, source, "source"));
  const auto number = static_cast<uint32_t>(tensor - catalog.tensors.data());
  Uses uses;
  uses.tensor = tensor;
  uses.file = &catalog.files[tensor->file];
  for (const PlannedTensor& target : plan.tensors) {
    Uses::Use use;
    for (const Box& box : target.boxes) {
      if (box.source == number) use.boxes.push_back(box);
    }
    if (use.boxes.empty()) continue;
    use.target = &target;
    uses.uses.push_back(std::move(use));
  }
  for (const DroppedTensor& dropped : plan.dropped) {
    if (dropped.source == number) uses.dropped = &dropped;
  }
  const auto reads = [number](const Box& box) { return box.source == number; };
  for (const Check& check : plan.checks) {
    if (std::any_of(check.found.begin(), check.found.end(), reads) ||
        std::any_of(check.expected.begin(), check.expected.end(), reads)) {
      uses.checks.push_back(&check);
    }
  }
  return uses;
}

std::string TargetText(const Box& box, const Shape& shape) {
  std::vector<Loop> loops;
  for (const Factor& factor : box.factors) loops.push_back({factor.count, factor.target_stride});
  return TextOf(box.target_offset, std::move(loops), shape);
}

bool KeepsOrder(const Box& box) {
  // Factors are ordered by falling target stride.
  return std::is_sorted(
      box.factors.begin(), box.factors.end(),
      [](const Factor& a, const Factor& b) { return a.source_stride > b.source_stride; });
}

std::string SourceText(const Box& box, const Shape& shape) {
  std::vector<Loop> loops;
  for (const Factor& factor : box.factors) loops.push_back({factor.count, factor.source_stride});
  return TextOf(box.source_offset, std::move(loops), shape);
}

}  // namespace weft
