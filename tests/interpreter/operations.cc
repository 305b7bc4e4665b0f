#include "interpreter/operations.h"

#include <algorithm>
#include <utility>

namespace weft::interpreter {
namespace {

[[noreturn]] void WrongShape(const std::string& what) {
  throw Refusal{ErrorCode::kWrongShape, what};
}

size_t AxisOf(const Json& operation, const char* field, size_t rank) {
  const int64_t dim = operation.value(field, field == std::string("dim1") ? 1 : 0);
  const int64_t axis = dim < 0 ? dim + static_cast<int64_t>(rank) : dim;
  if (axis < 0 || axis >= static_cast<int64_t>(rank)) WrongShape("no such axis");
  return static_cast<size_t>(axis);
}

Sizes Inserted(Sizes sizes, size_t place, uint64_t value) {
  sizes.insert(sizes.begin() + static_cast<std::ptrdiff_t>(place), value);
  return sizes;
}

Sizes Erased(Sizes sizes, size_t place) {
  sizes.erase(sizes.begin() + static_cast<std::ptrdiff_t>(place));
  return sizes;
}

std::vector<int64_t> Numbers(const Json& list, const Lookup& lookup) {
  std::vector<int64_t> numbers;
  for (const Json& item : list) numbers.push_back(Evaluate(item, lookup));
  return numbers;
}

// Elements first … first+count−1 of an axis.
Array Block(const Array& array, size_t axis, uint64_t first, uint64_t count) {
  Sizes shape = array.shape;
  shape[axis] = count;
  return Build(array.dtype, shape, [&](Sizes index) {
    index[axis] += first;
    return At(array, index);
  });
}

Array Joined(const std::vector<Array>& parts, size_t axis) {
  Sizes shape = parts.front().shape;
  shape[axis] = 0;
  for (const Array& part : parts) {
    Sizes alike = part.shape;
    if (alike.size() != shape.size()) WrongShape("parts of different rank");
    shape[axis] += alike[axis];
    alike[axis] = parts.front().shape[axis];
    if (alike != parts.front().shape) WrongShape("parts differ in another axis");
    if (part.dtype != parts.front().dtype) throw Refusal{ErrorCode::kDtypesDiffer, "parts"};
  }
  return Build(parts.front().dtype, shape, [&](Sizes index) {
    size_t part = 0;
    while (index[axis] >= parts[part].shape[axis]) index[axis] -= parts[part++].shape[axis];
    return At(parts[part], index);
  });
}

// The array whose axis i is axis order[i] of this one.
Array Reordered(const Array& array, const std::vector<size_t>& order) {
  Sizes shape;
  for (const size_t axis : order) shape.push_back(array.shape.at(axis));
  return Build(array.dtype, shape, [&](const Sizes& index) {
    Sizes source(index.size());
    for (size_t i = 0; i < order.size(); ++i) source[order[i]] = index[i];
    return At(array, source);
  });
}

// Along an axis, in each of `heads` heads: of the first `rotary` elements, pairs → halves.
Array Rotated(const Array& array, size_t axis, uint64_t heads, uint64_t rotary, bool inverse) {
  const uint64_t head = array.shape[axis] / heads;
  return Build(array.dtype, array.shape, [&](Sizes index) {
    const uint64_t i = index[axis] % head;
    const uint64_t half = rotary / 2;
    uint64_t from = i;
    if (i < rotary) from = inverse ? i / 2 + i % 2 * half : i % half * 2 + i / half;
    index[axis] += from;
    index[axis] -= i;
    return At(array, index);
  });
}

Array Reshaped(const Json& operation, Array array, const Lookup& lookup) {
  const std::vector<int64_t> sizes = Numbers(operation.at("shape"), lookup);
  uint64_t known = 1;
  for (const int64_t size : sizes) {
    if (size >= 0) known *= static_cast<uint64_t>(size);
  }
  if (operation.contains("from")) {
    const std::vector<int64_t> before = Numbers(operation.at("from"), lookup);
    const bool comes_from_it = std::equal(
        before.begin(), before.end(), array.shape.begin(), array.shape.end(),
        [](int64_t size, uint64_t is) { return size < 0 || static_cast<uint64_t>(size) == is; });
    if (!comes_from_it) WrongShape("Reshape from");
  }
  const uint64_t elements = array.elements.size();
  array.shape.clear();
  for (const int64_t size : sizes) {
    array.shape.push_back(size >= 0 ? static_cast<uint64_t>(size)
                                    : (known == 0 ? 0 : elements / known));
  }
  if (Product(array.shape) != elements) WrongShape("Reshape");
  return array;
}

// An operation on each tensor alone.
Array Each(const Json& operation, size_t slot, const Array& array, const Lookup& lookup) {
  const std::string name = operation.at("op");
  const size_t rank = array.shape.size();
  if (name == "Transpose" || name == "Permute") {
    std::vector<size_t> order;
    for (size_t i = 0; i < rank; ++i) order.push_back(i);
    if (name == "Transpose") {
      std::swap(order[AxisOf(operation, "dim0", rank)], order[AxisOf(operation, "dim1", rank)]);
    } else {
      order.clear();
      for (const int64_t dim : Numbers(operation.at("dims"), lookup)) {
        order.push_back(static_cast<size_t>(dim < 0 ? dim + static_cast<int64_t>(rank) : dim));
      }
      if (order.size() != rank) WrongShape("Permute");
    }
    return Reordered(array, order);
  }
  if (name == "Reshape") return Reshaped(operation, array, lookup);
  if (name == "Unsqueeze") {
    Array result = array;
    result.shape = Inserted(array.shape, AxisOf(operation, "dim", rank + 1), 1);
    return result;
  }
  const size_t axis = AxisOf(operation, "dim", rank);
  if (name == "Squeeze") {
    if (array.shape[axis] != 1) WrongShape("Squeeze");
    Array result = array;
    result.shape = Erased(array.shape, axis);
    return result;
  }
  if (name == "Slice") {
    const auto start = static_cast<uint64_t>(
        Evaluate(operation.contains("start") ? operation.at("start") : Json(0), lookup));
    const auto end = operation.contains("end")
                         ? static_cast<uint64_t>(Evaluate(operation.at("end"), lookup))
                         : array.shape[axis];
    if (start > end || end > array.shape[axis]) WrongShape("Slice");
    return Block(array, axis, start, end - start);
  }
  const bool inverse = operation.value("inverse", false);
  if (name == "Interleave") {
    if (array.shape[axis] % 2 != 0) WrongShape("Interleave");
    return Rotated(array, axis, 1, array.shape[axis], inverse);
  }
  // PermuteForRope
  const std::vector<int64_t> all = Numbers(operation.at("heads"), lookup);
  const auto heads = static_cast<uint64_t>(all.size() == 1 ? all[0] : all.at(slot));
  if (heads == 0) return array;
  if (array.shape[axis] % heads != 0) WrongShape("PermuteForRope");
  uint64_t rotary = array.shape[axis] / heads;
  if (operation.contains("rotary")) {
    rotary = static_cast<uint64_t>(Numbers(operation.at("rotary"), lookup)[0]);
  }
  if (rotary % 2 != 0 || rotary > array.shape[axis] / heads) WrongShape("PermuteForRope");
  return Rotated(array, axis, heads, rotary, inverse);
}

Slot Merge(const Json& operation, const Slot& slot) {
  const auto found = std::find(slot.variables.begin(), slot.variables.end(), operation.at("over"));
  const auto place = static_cast<size_t>(found - slot.variables.begin());
  Slot result;
  result.variables = slot.variables;
  result.variables.erase(result.variables.begin() + static_cast<std::ptrdiff_t>(place));
  std::map<Sizes, std::vector<Array>> lists;
  for (const auto& [index, item] : slot.items) {  // in order of the index
    const size_t axis = AxisOf(operation, "dim", item.shape.size() + 1);
    Array layer = item;
    layer.shape = Inserted(item.shape, axis, 1);
    lists[Erased(index, place)].push_back(layer);
  }
  for (const auto& [index, layers] : lists) {
    result.items[index] = Joined(layers, AxisOf(operation, "dim", layers.front().shape.size()));
  }
  return result;
}

Slot SplitList(const Json& operation, const Slot& slot) {
  Slot result;
  result.variables = slot.variables;
  result.variables.push_back(operation.at("over"));
  for (const auto& [index, item] : slot.items) {
    const size_t axis = AxisOf(operation, "dim", item.shape.size());
    for (uint64_t i = 0; i < item.shape[axis]; ++i) {
      Array member = Block(item, axis, i, 1);
      member.shape = Erased(member.shape, axis);
      result.items[Inserted(index, index.size(), i)] = member;
    }
  }
  return result;
}

// Concatenate, Tie
std::vector<Slot> Join(const Json& operation, const std::vector<Slot>& slots,
                       const ChainContext& context) {
  Slot result = slots.front();
  for (auto& [index, item] : result.items) {
    std::vector<Array> parts;
    for (const Slot& slot : slots) parts.push_back(slot.items.at(index));
    if (operation.at("op") == "Tie") {
      for (const Array& part : parts) {
        if (part.shape != item.shape) WrongShape("Tie");
        if (part.dtype != item.dtype) throw Refusal{ErrorCode::kDtypesDiffer, "Tie"};
        if (part.elements != item.elements) *context.values_differ = true;
      }
      continue;
    }
    const size_t axis = AxisOf(operation, "dim", item.shape.size());
    if (operation.contains("sizes")) {
      const std::vector<int64_t> sizes = Numbers(operation.at("sizes"), *context.lookup);
      for (size_t i = 0; i < parts.size(); ++i) {
        if (parts[i].shape.at(axis) != static_cast<uint64_t>(sizes.at(i))) WrongShape("sizes");
      }
    }
    item = Joined(parts, axis);
  }
  return {result};
}

// Chunk, Split, Repeat
std::vector<Slot> Cut(const Json& operation, const Slot& whole, const ChainContext& context) {
  std::vector<Slot> slots(context.targets, whole);
  if (operation.at("op") == "Repeat") return slots;
  for (const auto& [index, item] : whole.items) {
    const size_t axis = AxisOf(operation, "dim", item.shape.size());
    std::vector<int64_t> sizes;
    if (operation.at("op") == "Split") {
      sizes = Numbers(operation.at("sizes"), *context.lookup);
    } else {
      if (item.shape[axis] % context.targets != 0) WrongShape("Chunk");
      sizes.assign(context.targets, static_cast<int64_t>(item.shape[axis] / context.targets));
    }
    uint64_t first = 0;
    for (size_t part = 0; part < slots.size(); ++part) {
      const auto size = static_cast<uint64_t>(sizes.at(part));
      if (first + size > item.shape[axis]) WrongShape("sizes");
      slots[part].items[index] = Block(item, axis, first, size);
      first += size;
    }
    if (first != item.shape[axis]) WrongShape("sizes");
  }
  return slots;
}

}  // namespace

std::vector<Slot> ApplyOperation(const Json& operation, const std::vector<Slot>& slots,
                                 const ChainContext& context) {
  const std::string name = operation.at("op");
  if (name == "Concatenate" || name == "Tie") return Join(operation, slots, context);
  if (name == "Chunk" || name == "Split" || name == "Repeat") {
    return Cut(operation, slots.front(), context);
  }
  std::vector<Slot> result;
  for (size_t s = 0; s < slots.size(); ++s) {
    if (name == "MergeModulelist") {
      result.push_back(Merge(operation, slots[s]));
    } else if (name == "SplitModulelist") {
      result.push_back(SplitList(operation, slots[s]));
    } else {
      result.push_back(slots[s]);
      for (auto& [index, item] : result.back().items) {
        item = Each(operation, s, item, *context.lookup);
      }
    }
  }
  return result;
}

Json ReverseOperations(const Json& operations) {
  const std::map<std::string, std::string> reverses = {{"Chunk", "Concatenate"},
                                                       {"Split", "Concatenate"},
                                                       {"MergeModulelist", "SplitModulelist"},
                                                       {"SplitModulelist", "MergeModulelist"},
                                                       {"Unsqueeze", "Squeeze"},
                                                       {"Squeeze", "Unsqueeze"},
                                                       {"Repeat", "Tie"},
                                                       {"Tie", "Repeat"}};
  Json reversed = Json::array();
  for (const Json& operation : operations) {
    Json reverse = operation;
    const std::string name = operation.at("op");
    const auto found = reverses.find(name);
    if (found != reverses.end()) reverse["op"] = found->second;
    if (name == "Concatenate") reverse["op"] = operation.contains("sizes") ? "Split" : "Chunk";
    if (name == "Interleave" || name == "PermuteForRope") {
      reverse["inverse"] = !operation.value("inverse", false);
    }
    if (name == "Reshape") {
      if (!operation.contains("from")) throw Refusal{ErrorCode::kNotReversible, "Reshape"};
      std::swap(reverse["shape"], reverse["from"]);
    }
    if (name == "Slice") throw Refusal{ErrorCode::kNotReversible, "Slice"};
    if (name == "Permute") {
      const auto rank = static_cast<int>(operation.at("dims").size());
      for (int i = 0; i < rank; ++i) {
        const int dim = operation.at("dims").at(static_cast<size_t>(i));
        reverse["dims"].at(static_cast<size_t>(dim < 0 ? dim + rank : dim)) = i;
      }
    }
    reversed.insert(reversed.begin(), reverse);
  }
  return reversed;
}

}  // namespace weft::interpreter
