#include "plan/random_operations.h"

#include <algorithm>
#include <functional>

namespace weft {
namespace {

using Index = std::vector<uint64_t>;

size_t Below(std::mt19937_64& random, size_t bound) { return random() % bound; }
bool Chance(std::mt19937_64& random, size_t one_in) { return Below(random, one_in) == 0; }

uint64_t Product(const Index& sizes) {
  uint64_t product = 1;
  for (const uint64_t size : sizes) product *= size;
  return product;
}

Index IndexAt(const Index& shape, uint64_t place) {
  Index index(shape.size());
  for (size_t axis = shape.size(); axis-- > 0;) {
    index[axis] = place % shape[axis];
    place /= shape[axis];
  }
  return index;
}

uint64_t PlaceOf(const Index& shape, const Index& index) {
  uint64_t place = 0;
  for (size_t axis = 0; axis < shape.size(); ++axis) place = place * shape[axis] + index[axis];
  return place;
}

const std::string& At(const KnownArray& array, const Index& index) {
  return array.elements.at(PlaceOf(array.shape, index));
}

// The array of that shape whose element at an index is what `element` says.
KnownArray Build(const Index& shape, const std::function<std::string(const Index&)>& element) {
  KnownArray array;
  array.shape = shape;
  for (uint64_t place = 0; place < Product(shape); ++place) {
    array.elements.push_back(element(IndexAt(shape, place)));
  }
  return array;
}

std::string ListOf(const Index& values) {
  std::string text;
  for (const uint64_t value : values) text += (text.empty() ? "" : ", ") + std::to_string(value);
  return "[" + text + "]";
}

struct Slot {
  std::vector<std::string> variables;
  Index sizes;
  std::vector<KnownArray> items;  // row-major over the variables
};

class Maker {
 public:
  explicit Maker(std::mt19937_64& random) : random_(random) {}

  RandomOperationRule Make() {
    const size_t sources = 1 + Below(random_, 3);
    const bool joins = sources > 1 && !Chance(random_, 3);
    MakeSources(sources, joins);
    std::vector<std::string> merges = slots_[0].variables;
    std::shuffle(merges.begin(), merges.end(), random_);
    bool joined = !joins;
    if (unequal_) {
      Concatenate();
      joined = true;
    }
    while (!merges.empty() || !joined || Chance(random_, 2)) {
      const size_t pick = Below(random_, 4);
      if (pick == 0 && !merges.empty()) {
        Merge(merges.back());
        merges.pop_back();
      } else if (pick == 1 && !joined) {
        Concatenate();
        joined = true;
      } else {
        Each();
      }
    }
    for (const char* variable : {"w", "y"}) {
      if (Chance(random_, 3)) SplitList(variable);
    }
    if (slots_.size() == 1 && Chance(random_, 3)) Cut();
    if (operations_.empty()) Unsqueeze();
    Finish(sources);
    return std::move(rule_);
  }

 private:
  void AddOperation(const std::string& name, const std::string& fields) {
    operations_ += std::string(operations_.empty() ? "" : ", ") + "{\"op\": \"" + name + "\"" +
                   (fields.empty() ? "" : ", ") + fields + "}";
  }

  // As it is or counted from the end.
  std::string Dim(const std::string& field, size_t axis, size_t rank) {
    const auto dim = static_cast<long long>(axis);
    const long long written = Chance(random_, 2) ? dim : dim - static_cast<long long>(rank);
    return "\"" + field + "\": " + std::to_string(written);
  }

  void MakeSources(size_t sources, bool joins) {
    Index shape;
    for (size_t rank = Below(random_, 4); rank > 0; --rank) {
      shape.push_back(Chance(random_, 40) ? 0 : 1 + Below(random_, 4));
    }
    if (joins && shape.empty()) shape.push_back(2);
    std::vector<std::string> variables;
    Index sizes;
    for (const char* variable : {"u", "v"}) {
      if (Chance(random_, 2)) continue;
      variables.emplace_back(variable);
      sizes.push_back(1 + Below(random_, 3));
    }
    unequal_ = joins && Chance(random_, 3);
    join_axis_ = shape.empty() ? 0 : Below(random_, shape.size());
    for (size_t s = 0; s < sources; ++s) {
      Slot slot{variables, sizes, {}};
      Index mine = shape;
      if (unequal_) mine[join_axis_] = 1 + Below(random_, 3);
      source_patterns_.push_back("s" + std::to_string(s));
      for (const std::string& variable : variables)
        source_patterns_.back() += ".{" + variable + "}";
      for (uint64_t member = 0; member < Product(sizes); ++member) {
        std::string name = "s" + std::to_string(s);
        for (const uint64_t i : IndexAt(sizes, member)) name += "." + std::to_string(i);
        const KnownArray array = Build(mine, [&](const Index& index) {
          return name + "[" + std::to_string(PlaceOf(mine, index)) + "]";
        });
        rule_.from[name] = array;
        slot.items.push_back(array);
      }
      slots_.push_back(std::move(slot));
    }
  }

  void EachItem(const std::function<KnownArray(const KnownArray&)>& change) {
    for (Slot& slot : slots_) {
      for (KnownArray& item : slot.items) item = change(item);
    }
  }

  const Index& ShapeNow() const { return slots_[0].items[0].shape; }

  void Each() {
    const size_t rank = ShapeNow().size();
    switch (Below(random_, 6)) {
      case 0:
        return Unsqueeze();
      case 1:
        return Squeeze();
      case 2:
        return rank > 0 ? Transpose() : Unsqueeze();
      case 3:
        return Permute();
      case 4:
        return Reshape();
      default:
        return Interleave();
    }
  }

  void Unsqueeze() {
    const size_t rank = ShapeNow().size();
    const size_t axis = Below(random_, rank + 1);
    AddOperation("Unsqueeze", Dim("dim", axis, rank + 1));
    EachItem([axis](const KnownArray& item) {
      KnownArray result = item;
      result.shape.insert(result.shape.begin() + static_cast<std::ptrdiff_t>(axis), 1);
      return result;
    });
  }

  void Squeeze() {
    const Index& shape = ShapeNow();
    const auto one = std::find(shape.begin(), shape.end(), uint64_t{1});
    if (one == shape.end()) return;
    const auto axis = one - shape.begin();
    AddOperation("Squeeze", Dim("dim", static_cast<size_t>(axis), shape.size()));
    EachItem([axis](const KnownArray& item) {
      KnownArray result = item;
      result.shape.erase(result.shape.begin() + axis);
      return result;
    });
  }

  void Reorder(const std::vector<size_t>& order) {
    EachItem([&order](const KnownArray& item) {
      Index shape;
      for (const size_t axis : order) shape.push_back(item.shape[axis]);
      return Build(shape, [&](const Index& index) {
        Index source(index.size());
        for (size_t i = 0; i < order.size(); ++i) source[order[i]] = index[i];
        return At(item, source);
      });
    });
  }

  std::vector<size_t> InOrder() const {
    std::vector<size_t> order(ShapeNow().size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    return order;
  }

  void Transpose() {
    const size_t rank = ShapeNow().size();
    const size_t a = Below(random_, rank);
    const size_t b = Below(random_, rank);
    AddOperation("Transpose", Dim("dim0", a, rank) + ", " + Dim("dim1", b, rank));
    std::vector<size_t> order = InOrder();
    std::swap(order[a], order[b]);
    Reorder(order);
  }

  void Permute() {
    std::vector<size_t> order = InOrder();
    std::shuffle(order.begin(), order.end(), random_);
    AddOperation("Permute", "\"dims\": " + ListOf(Index(order.begin(), order.end())));
    Reorder(order);
  }

  void Reshape() {
    const Index before = ShapeNow();
    uint64_t left = Product(before);
    if (left == 0) return;
    Index shape(1 + Below(random_, 4), 1);
    for (uint64_t prime = 2; prime <= left;) {
      if (left % prime != 0) {
        ++prime;
        continue;
      }
      left /= prime;
      shape[Below(random_, shape.size())] *= prime;
    }
    std::string written = ListOf(shape);
    if (Chance(random_, 3)) written = "[" + std::to_string(shape[0]) + ", -1]";
    std::string fields = "\"shape\": " + written;
    if (written.find("-1") != std::string::npos) shape = {shape[0], Product(before) / shape[0]};
    // A list of no sizes cannot be written, so nothing comes from a scalar.
    if (before.empty() || Chance(random_, 4)) {
      rule_.reversible = false;
    } else {
      fields += ", \"from\": " + ListOf(before);
    }
    AddOperation("Reshape", fields);
    EachItem([&shape](const KnownArray& item) {
      KnownArray result = item;
      result.shape = shape;
      return result;
    });
  }

  void Interleave() {
    const Index& shape = ShapeNow();
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      if (shape[axis] % 2 != 0) continue;
      const bool inverse = Chance(random_, 2);
      AddOperation("Interleave",
                   Dim("dim", axis, shape.size()) + (inverse ? ", \"inverse\": true" : ""));
      EachItem([axis, inverse](const KnownArray& item) {
        const uint64_t half = item.shape[axis] / 2;
        return Build(item.shape, [&](const Index& index) {
          Index source = index;
          const uint64_t i = index[axis];
          // a0 b0 a1 b1 … → a0 a1 … b0 b1 …, or back
          source[axis] = inverse ? i / 2 + i % 2 * half : i % half * 2 + i / half;
          return At(item, source);
        });
      });
      return;
    }
  }

  void Merge(const std::string& variable) {
    const size_t rank = ShapeNow().size();
    const size_t axis = Below(random_, rank + 1);
    AddOperation("MergeModulelist",
                 "\"over\": \"" + variable + "\", " + Dim("dim", axis, rank + 1));
    for (Slot& slot : slots_) {
      const auto place = static_cast<std::ptrdiff_t>(
          std::find(slot.variables.begin(), slot.variables.end(), variable) -
          slot.variables.begin());
      const Slot old = slot;
      slot.variables.erase(slot.variables.begin() + place);
      slot.sizes.erase(slot.sizes.begin() + place);
      slot.items.clear();
      for (uint64_t member = 0; member < Product(slot.sizes); ++member) {
        const Index list = IndexAt(slot.sizes, member);
        Index shape = old.items[0].shape;
        shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis),
                     old.sizes[static_cast<size_t>(place)]);
        slot.items.push_back(Build(shape, [&](const Index& index) {
          Index inner = index;
          inner.erase(inner.begin() + static_cast<std::ptrdiff_t>(axis));
          Index full = list;
          full.insert(full.begin() + place, index[axis]);
          return At(old.items[PlaceOf(old.sizes, full)], inner);
        }));
      }
    }
  }

  void Concatenate() {
    const Index first = ShapeNow();
    if (first.empty()) Unsqueeze();
    const size_t rank = ShapeNow().size();
    const size_t axis = unequal_ ? join_axis_ : Below(random_, rank);
    Index sizes;
    for (const Slot& slot : slots_) sizes.push_back(slot.items[0].shape[axis]);
    const bool equal =
        std::all_of(sizes.begin(), sizes.end(), [&](uint64_t s) { return s == sizes[0]; });
    const bool says = Chance(random_, 2);
    if (!equal && !says) rule_.reversible = false;
    AddOperation("Concatenate",
                 Dim("dim", axis, rank) + (says ? ", \"sizes\": " + ListOf(sizes) : ""));
    Slot joined = slots_[0];
    for (size_t member = 0; member < joined.items.size(); ++member) {
      Index shape = joined.items[member].shape;
      shape[axis] = 0;
      for (const uint64_t size : sizes) shape[axis] += size;
      joined.items[member] = Build(shape, [&](const Index& index) {
        Index source = index;
        size_t part = 0;
        while (source[axis] >= sizes[part]) source[axis] -= sizes[part++];
        return At(slots_[part].items[member], source);
      });
    }
    slots_ = {joined};
    unequal_ = false;
  }

  static KnownArray Block(const KnownArray& item, size_t axis, uint64_t first, uint64_t count) {
    Index shape = item.shape;
    shape[axis] = count;
    return Build(shape, [&](const Index& index) {
      Index source = index;
      source[axis] += first;
      return At(item, source);
    });
  }

  // Chunk or Split.
  void Cut() {
    const Index shape = ShapeNow();
    if (shape.empty()) return;
    const size_t axis = Below(random_, shape.size());
    Index sizes;
    if (Chance(random_, 2)) {
      const uint64_t first = Below(random_, shape[axis] + 1);
      sizes = {first, shape[axis] - first};
      AddOperation("Split", Dim("dim", axis, shape.size()) + ", \"sizes\": " + ListOf(sizes));
    } else {
      uint64_t parts = 1 + Below(random_, 3);
      while (shape[axis] % parts != 0) --parts;
      sizes.assign(parts, shape[axis] / parts);
      AddOperation("Chunk", Dim("dim", axis, shape.size()));
    }
    const Slot whole = slots_[0];
    slots_.clear();
    uint64_t first = 0;
    for (const uint64_t size : sizes) {
      Slot part = whole;
      for (KnownArray& item : part.items) item = Block(item, axis, first, size);
      slots_.push_back(std::move(part));
      first += size;
    }
  }

  void SplitList(const std::string& variable) {
    const Index shape = ShapeNow();
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      if (shape[axis] == 0 || Chance(random_, 2)) continue;
      AddOperation("SplitModulelist",
                   "\"over\": \"" + variable + "\", " + Dim("dim", axis, shape.size()));
      for (Slot& slot : slots_) {
        std::vector<KnownArray> items;
        for (const KnownArray& item : slot.items) {
          for (uint64_t i = 0; i < shape[axis]; ++i) {
            KnownArray member = Block(item, axis, i, 1);
            member.shape.erase(member.shape.begin() + static_cast<std::ptrdiff_t>(axis));
            items.push_back(std::move(member));
          }
        }
        slot.items = std::move(items);
        slot.variables.push_back(variable);
        slot.sizes.push_back(shape[axis]);
      }
      return;
    }
  }

  void Finish(size_t sources) {
    std::string from;
    for (size_t s = 0; s < sources; ++s) {
      from += (s > 0 ? ", " : "") + ("\"" + source_patterns_[s] + "\"");
    }
    const bool turned =
        Chance(random_, 2);  // the lists of a name in another order than they were made
    std::string to;
    for (size_t t = 0; t < slots_.size(); ++t) {
      const Slot& slot = slots_[t];
      std::vector<size_t> order(slot.variables.size());
      for (size_t i = 0; i < order.size(); ++i) order[i] = turned ? order.size() - 1 - i : i;
      std::string pattern = "t" + std::to_string(t);
      for (const size_t i : order) pattern += ".{" + slot.variables[i] + "}";
      to += (t > 0 ? ", " : "") + ("\"" + pattern + "\"");
      for (uint64_t member = 0; member < slot.items.size(); ++member) {
        const Index list = IndexAt(slot.sizes, member);
        std::string name = "t" + std::to_string(t);
        for (const size_t i : order) name += "." + std::to_string(list[i]);
        rule_.to[name] = slot.items[member];
      }
    }
    rule_.json = "{\"convert\": [" + from + "], \"to\": [" + to + "], \"operations\": [" +
                 operations_ + "]}";
  }

  std::mt19937_64& random_;
  RandomOperationRule rule_;
  std::vector<std::string> source_patterns_;
  std::string operations_;
  std::vector<Slot> slots_;
  bool unequal_ = false;
  size_t join_axis_ = 0;
};

}  // namespace

RandomOperationRule MakeRandomOperationRule(std::mt19937_64& random) {
  return Maker(random).Make();
}

}  // namespace weft
