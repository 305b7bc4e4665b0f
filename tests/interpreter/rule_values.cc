#include "interpreter/rule_values.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "interpreter/axis_layout.h"

namespace weft::interpreter {
namespace {

uint32_t BitsOf(const std::string& constant, const std::string& dtype) {
  if (constant.empty()) return kAnything;
  if (constant == "0") return 0;
  if (constant == "1") return dtype == "F32" ? 0x3f800000u : 1u;
  if (constant == "-inf" && dtype == "F32") return 0xff800000u;
  throw Refusal{ErrorCode::kUnsupportedFeature, dtype + " has no element " + constant};
}

// A rule by layouts: a dictionary of all elements, written and looked up.
class LayoutValues {
 public:
  explicit LayoutValues(const RuleGroup& group) : group_(group) {
    for (const RuleTensor& tensor : Read()) read_.emplace_back(tensor.layout);
    for (const RuleTensor& tensor : Written()) written_.emplace_back(tensor.layout);
  }

  std::vector<Slot> Run() {
    ExpandRest();
    SolveSizes();
    uint64_t read_cells = 0;
    uint64_t written_cells = 0;
    for (const AxisLayout& layout : read_) read_cells += layout.Cells();
    for (const AxisLayout& layout : written_) written_cells += layout.Cells();
    one_cell_ = read_cells == 1 && written_cells == 1;
    for (size_t t = 0; t < read_.size(); ++t) ReadTensor(t);
    std::vector<Slot> slots;
    for (size_t t = 0; t < written_.size(); ++t) slots.push_back(WriteTensor(t));
    return slots;
  }

 private:
  const std::vector<RuleTensor>& Read() const {
    return group_.turned ? group_.rule->to : group_.rule->from;
  }
  const std::vector<RuleTensor>& Written() const {
    return group_.turned ? group_.rule->from : group_.rule->to;
  }

  static const Array& First(const Slot& slot) { return slot.items.begin()->second; }

  void ExpandRest() {
    size_t rank = 0;
    for (size_t t = 0; t < read_.size(); ++t) {
      if (!read_[t].HasRest()) continue;
      const Sizes& shape = First(group_.read[t]).shape;
      if (shape.size() + 1 < read_[t].rank()) throw Refusal{ErrorCode::kWrongShape, "rank"};
      rank = shape.size() + 1 - read_[t].rank();
      read_[t].ExpandRest(rank);
    }
    for (AxisLayout& layout : written_) {
      if (layout.HasRest()) layout.ExpandRest(rank);
    }
  }

  int64_t LookUp(const std::string& name) const {
    const auto known = sizes_.find(name);
    if (known != sizes_.end()) return static_cast<int64_t>(known->second);
    const Json& json = group_.rule->json;
    if (json.contains("sizes") && json.at("sizes").contains(name)) {
      return Evaluate(json.at("sizes").at(name), Here());
    }
    return (*group_.lookup)(name);
  }

  Lookup Here() const {
    return [this](const std::string& name) { return LookUp(name); };
  }

  std::set<std::string> AllUnknown() const {
    std::set<std::string> names;
    for (const auto* side : {&read_, &written_}) {
      for (const AxisLayout& layout : *side) {
        for (size_t axis = 0; axis < layout.rank(); ++axis) {
          names.merge(layout.Unknown(axis, sizes_));
        }
      }
    }
    for (const auto& lists : group_.written_lists) names.insert(lists.begin(), lists.end());
    for (const auto& known : sizes_) names.erase(known.first);
    return names;
  }

  // What `sizes` and params say; true if it is news.
  bool TakeGiven() {
    bool news = false;
    for (const std::string& name : AllUnknown()) {
      try {
        sizes_[name] = static_cast<uint64_t>(LookUp(name));
        news = true;
      } catch (const Refusal& refusal) {
        if (refusal.code != ErrorCode::kUnknownParam) throw;
        sizes_.erase(name);
      }
    }
    return news;
  }

  // What the shapes say; true if it is news.
  bool TakeShapes() {
    bool news = false;
    for (size_t t = 0; t < read_.size(); ++t) {
      const Sizes& shape = First(group_.read[t]).shape;
      if (shape.size() != read_[t].rank()) throw Refusal{ErrorCode::kWrongShape, "rank"};
      for (size_t axis = 0; axis < shape.size(); ++axis) {
        const std::set<std::string> unknown = read_[t].Unknown(axis, sizes_);
        if (unknown.size() != 1) continue;
        std::vector<uint64_t> fitting;
        for (uint64_t size = 0; size <= shape[axis] + 1; ++size) {
          AxisSizes tried = sizes_;
          tried[*unknown.begin()] = size;
          if (read_[t].SizeOfAxis(axis, tried) == shape[axis]) fitting.push_back(size);
        }
        if (fitting.empty()) throw Refusal{ErrorCode::kWrongShape, "no size fits"};
        if (fitting.size() > 1) continue;
        sizes_[*unknown.begin()] = fitting.front();
        news = true;
      }
    }
    return news;
  }

  void SolveSizes() {
    for (const Slot& slot : group_.read) {
      for (size_t i = 0; i < slot.variables.size(); ++i) {
        uint64_t& size = sizes_[slot.variables[i]];
        for (const auto& item : slot.items) size = std::max(size, item.first[i] + 1);
      }
      for (const auto& item : slot.items) {
        if (item.second.shape != First(slot).shape) throw Refusal{ErrorCode::kWrongShape, "list"};
      }
    }
    while (TakeGiven() || TakeShapes()) {
    }
    for (const std::string& name : AllUnknown()) {
      const auto recorded = group_.recorded->find(name);
      if (recorded == group_.recorded->end()) throw Refusal{ErrorCode::kSizeUnknown, name};
      sizes_[name] = recorded->second;
      while (TakeShapes()) {
      }
    }
    for (size_t t = 0; t < read_.size(); ++t) {
      const Sizes& shape = First(group_.read[t]).shape;
      for (size_t axis = 0; axis < shape.size(); ++axis) {
        if (read_[t].SizeOfAxis(axis, sizes_) != shape[axis]) {
          throw Refusal{ErrorCode::kWrongShape, "size"};
        }
      }
    }
    CheckGiven();
    for (const auto& [name, size] : sizes_) (*group_.recorded)[name] = size;
  }

  void CheckGiven() {
    const AxisSizes solved = std::exchange(sizes_, {});
    for (const auto& [name, size] : solved) {
      try {
        if (LookUp(name) != static_cast<int64_t>(size)) {
          throw Refusal{ErrorCode::kSizeConflict, name};
        }
      } catch (const Refusal& refusal) {
        if (refusal.code != ErrorCode::kUnknownParam) throw;
      }
    }
    sizes_ = solved;
  }

  using Key = std::pair<std::vector<std::string>, std::map<std::string, uint64_t>>;

  // What element this is, in words that both sides share.
  Key KeyOf(const ElementPlace& place, const std::string& label,
            const std::vector<std::string>& variables, const Sizes& index) const {
    Key key{place.labels, place.axes};
    if (key.first.empty()) key.first = {label};
    if (one_cell_) key.first.clear();
    std::sort(key.first.begin(), key.first.end());
    for (size_t i = 0; i < variables.size(); ++i) key.second[variables[i]] = index[i];
    return key;
  }

  void ReadTensor(size_t t) {
    const Slot& slot = group_.read[t];
    for (const auto& [list_index, array] : slot.items) {
      if (dtype_.empty()) dtype_ = array.dtype;
      if (array.dtype != dtype_) throw Refusal{ErrorCode::kDtypesDiffer, "group"};
      for (const Sizes& index : AllIndices(array.shape)) {
        const ElementPlace place = read_[t].PlaceOf(index, sizes_);
        const uint32_t element = At(array, index);
        if (!place.filler) {
          elements_[KeyOf(place, Read()[t].label, slot.variables, list_index)] = element;
          continue;
        }
        const uint32_t expected = BitsOf(*place.filler, dtype_);
        if (expected != kAnything && element != expected) *group_.values_differ = true;
      }
    }
  }

  Slot WriteTensor(size_t t) {
    Slot slot;
    slot.variables = group_.written_lists[t];
    Sizes list;
    for (const std::string& variable : slot.variables) list.push_back(sizes_.at(variable));
    Sizes shape;
    for (size_t axis = 0; axis < written_[t].rank(); ++axis) {
      shape.push_back(*written_[t].SizeOfAxis(axis, sizes_));
    }
    for (const Sizes& list_index : AllIndices(list)) {
      slot.items[list_index] = Build(dtype_, shape, [&](const Sizes& index) {
        const ElementPlace place = written_[t].PlaceOf(index, sizes_);
        if (place.filler) return BitsOf(*place.filler, dtype_);
        return elements_.at(KeyOf(place, Written()[t].label, slot.variables, list_index));
      });
    }
    return slot;
  }

  const RuleGroup& group_;
  std::vector<AxisLayout> read_;
  std::vector<AxisLayout> written_;
  AxisSizes sizes_;
  bool one_cell_ = false;
  std::string dtype_;
  std::map<Key, uint32_t> elements_;
};

std::vector<Slot> OperationValues(const RuleGroup& group) {
  const Json& json = group.rule->json;
  Lookup lookup = [&](const std::string& name) -> int64_t {
    if (json.contains("sizes") && json.at("sizes").contains(name)) {
      return Evaluate(json.at("sizes").at(name), lookup);
    }
    return (*group.lookup)(name);
  };
  ChainContext context;
  context.targets = group.written_lists.size();
  context.lookup = &lookup;
  context.values_differ = group.values_differ;
  std::vector<Slot> slots = group.read;
  const Json& operations = json.at("operations");
  for (const Json& operation : group.turned ? ReverseOperations(operations) : operations) {
    slots = ApplyOperation(operation, slots, context);
  }
  for (size_t t = 0; t < slots.size(); ++t) {  // the lists in the order that names want
    const std::vector<std::string>& wanted = group.written_lists[t];
    Slot ordered{wanted, {}};
    for (const auto& [index, item] : slots[t].items) {
      Sizes place;
      for (const std::string& variable : wanted) {
        const auto& variables = slots[t].variables;
        const auto found = std::find(variables.begin(), variables.end(), variable);
        place.push_back(index.at(static_cast<size_t>(found - variables.begin())));
      }
      ordered.items[place] = item;
    }
    slots[t] = ordered;
  }
  return slots;
}

}  // namespace

std::vector<Slot> ValuesOfRule(const RuleGroup& group) {
  if (group.rule->has_layouts) return LayoutValues(group).Run();
  if (group.rule->has_operations) return OperationValues(group);
  return group.read;
}

}  // namespace weft::interpreter
