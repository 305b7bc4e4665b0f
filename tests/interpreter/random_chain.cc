// Random rules by chains of operations.
#include <algorithm>

#include "interpreter/operations.h"
#include "interpreter/rule_maker.h"

namespace weft::interpreter {
namespace {

class Chain {
 public:
  Chain(Vocabulary& vocabulary, const Unit& unit, const std::string& root)
      : vocabulary_(vocabulary), random_(vocabulary.random), unit_(unit), root_(root) {}

  std::optional<MadeRule> Make() {
    TakeSlots();
    std::vector<std::string> lists = slots_.front().variables;
    random_.Shuffle(lists);
    while (!lists.empty() || random_.Chance(2) || operations_.empty()) {
      if (!lists.empty() && random_.Chance(2)) {
        Merge(lists.back());
        lists.pop_back();
      } else if (slots_.size() > 1 && random_.Chance(3)) {
        Join();
      } else {
        Each();
      }
    }
    if (slots_.size() == 1 && random_.Chance(3)) Cut();
    if (random_.Chance(5)) SplitList();
    return Finish();
  }

 private:
  // The same shapes without values.
  void TakeSlots() {
    for (const Member& member : unit_.members) {
      Slot slot;
      Sizes sizes;
      for (const Variable& variable : unit_.variables) {
        if (!IsList(variable)) continue;
        slot.variables.push_back(variable.name);
        sizes.push_back(variable.values.size());
      }
      const Array array{unit_.dtype, member.shape, std::vector<uint32_t>(Product(member.shape))};
      for (const Sizes& index : AllIndices(sizes)) slot.items[index] = array;
      slots_.push_back(slot);
    }
    for (const Variable& variable : unit_.variables) {
      if (!IsList(variable)) made_.variables.push_back(variable);
    }
  }

  // Every second one.
  bool IsList(const Variable& variable) {
    if (!IsComplete(variable) || variable.padded || variable.name == unit_.equal_over) return false;
    return lists_.emplace(variable.name, random_.Chance(2)).first->second;
  }

  const Sizes& ShapeOf(size_t slot) const { return slots_[slot].items.begin()->second.shape; }

  size_t LeastRank() const {
    size_t rank = ShapeOf(0).size();
    for (size_t s = 1; s < slots_.size(); ++s) rank = std::min(rank, ShapeOf(s).size());
    return rank;
  }

  // Applies the operation, if the shapes allow it.
  bool Add(const Json& operation, size_t targets = 1) {
    bool values_differ = false;
    const Lookup lookup = [&](const std::string& name) -> int64_t {
      for (const auto& [param, value] : vocabulary_.params) {
        if (param == name) return value;
      }
      throw Refusal{ErrorCode::kUnknownParam, name};
    };
    try {
      slots_ = ApplyOperation(operation, slots_, {targets, &lookup, &values_differ});
    } catch (const Refusal&) {
      return false;
    }
    operations_.push_back(operation);
    return true;
  }

  // As it is or counted from the end.
  int64_t Dim(size_t axis, size_t rank) {
    const auto dim = static_cast<int64_t>(axis);
    return random_.Chance(2) ? dim : dim - static_cast<int64_t>(rank);
  }

  void Merge(const std::string& variable) {
    const size_t rank = LeastRank() + 1;
    Add({{"op", "MergeModulelist"},
         {"over", variable},
         {"dim", static_cast<int64_t>(random_.Below(rank))}});
  }

  void Join() {
    if (unit_.tied && operations_.empty() && random_.Chance(2)) {
      Add({{"op", "Tie"}});
      return;
    }
    if (LeastRank() == 0) return;
    const size_t axis = random_.Below(LeastRank());
    Json join = {{"op", "Concatenate"}, {"dim", axis}};
    if (!random_.Chance(3)) {
      for (size_t s = 0; s < slots_.size(); ++s) {
        if (axis >= ShapeOf(s).size()) return;
        join["sizes"].push_back(vocabulary_.Number(static_cast<int64_t>(ShapeOf(s)[axis])));
      }
    }
    Add(join);
  }

  void Each() {
    const size_t rank = LeastRank();
    const size_t choice = random_.Below(rank == 0 ? 1 : 8);
    const size_t axis = rank == 0 ? 0 : random_.Below(rank);
    switch (choice) {
      case 0:
        Add({{"op", "Unsqueeze"}, {"dim", static_cast<int64_t>(random_.Below(rank + 1))}});
        return;
      case 1:
        Add({{"op", "Squeeze"}, {"dim", axis}});
        return;
      case 2:
        Add({{"op", "Transpose"}, {"dim0", axis}, {"dim1", Dim(random_.Below(rank), rank)}});
        return;
      case 3: {
        std::vector<int64_t> order;
        for (size_t i = 0; i < rank; ++i) order.push_back(static_cast<int64_t>(i));
        random_.Shuffle(order);
        Add({{"op", "Permute"}, {"dims", order}});
        return;
      }
      case 4:
        Add({{"op", "Interleave"}, {"dim", axis}, {"inverse", random_.Chance(2)}});
        return;
      case 5:
        Reshape();
        return;
      case 6:
        if (random_.Chance(4)) Add({{"op", "Slice"}, {"dim", axis}, {"start", 0}, {"end", 1}});
        return;
      default:
        Rope(axis);
    }
  }

  void Rope(size_t axis) {
    Json rope = {{"op", "PermuteForRope"}, {"dim", axis}, {"inverse", random_.Chance(2)}};
    const bool alone = slots_.size() == 1 || random_.Chance(3);
    for (size_t s = 0; s < (alone ? 1 : slots_.size()); ++s) {
      rope["heads"].push_back(vocabulary_.Number(static_cast<int64_t>(random_.Below(3))));
    }
    if (random_.Chance(3)) rope["rotary"] = Json::array({vocabulary_.Number(2)});
    Add(rope);
  }

  void Reshape() {
    const Sizes before = ShapeOf(0);
    if (Product(before) == 0 || before.empty()) return;
    for (size_t s = 1; s < slots_.size(); ++s) {
      if (ShapeOf(s) != before) return;
    }
    Json after = Json::array();
    uint64_t left = Product(before);
    for (uint64_t factor = 2; factor < 4; ++factor) {
      if (left % factor != 0) continue;
      after.push_back(vocabulary_.Number(static_cast<int64_t>(factor)));
      left /= factor;
    }
    after.push_back(random_.Chance(3) ? Json(-1) : Json(left));
    Json reshape = {{"op", "Reshape"}, {"shape", after}};
    if (!random_.Chance(4)) reshape["from"] = before;
    Add(reshape);
  }

  void Cut() {
    if (random_.Chance(4)) {
      Add({{"op", "Repeat"}}, 1 + random_.Below(3));
      tied_ = slots_.size() > 1;
      return;
    }
    if (LeastRank() == 0) return;
    const size_t axis = random_.Below(LeastRank());
    const uint64_t size = ShapeOf(0)[axis];
    if (random_.Chance(2)) {
      Add({{"op", "Chunk"}, {"dim", axis}}, 1 + random_.Below(3));
      return;
    }
    const uint64_t first = random_.Below(size + 1);
    Json split = {{"op", "Split"}, {"dim", axis}};
    split["sizes"] = {vocabulary_.Number(static_cast<int64_t>(first)),
                      vocabulary_.Number(static_cast<int64_t>(size - first))};
    Add(split, 2);
  }

  void SplitList() {
    const size_t rank = LeastRank();
    if (rank == 0 || made_.variables.size() > 2) return;
    const size_t axis = random_.Below(rank);
    const uint64_t size = ShapeOf(0)[axis];
    for (size_t s = 0; s < slots_.size(); ++s) {
      if (ShapeOf(s)[axis] != size) return;
    }
    if (size == 0 || size > 4) return;
    Variable variable;
    variable.name = vocabulary_.NewName("w");
    for (uint64_t value = 0; value < size; ++value)
      variable.values.push_back(std::to_string(value));
    Add({{"op", "SplitModulelist"}, {"over", variable.name}, {"dim", axis}});
    made_.variables.push_back(variable);
  }

  MadeRule Finish() {
    std::vector<std::string> pieces;
    for (const Variable& variable : made_.variables) pieces.push_back("{" + variable.name + "}");
    random_.Shuffle(pieces);
    MadeRule result;
    for (const Member& member : unit_.members) {
      result.rule["convert"].push_back(NameOf(member.pieces, PlainSpelling(unit_.variables)));
    }
    for (size_t s = 0; s < slots_.size(); ++s) {
      Member member{pieces, ShapeOf(s)};
      const std::string root = s == 0 ? root_ : root_ + "s" + std::to_string(s);
      const size_t place = root_[0] == '$' ? 0 : random_.Below(pieces.size() + 1);
      member.pieces.insert(member.pieces.begin() + static_cast<std::ptrdiff_t>(place), root);
      result.rule["to"].push_back(NameOf(member.pieces, PlainSpelling(made_.variables)));
      made_.members.push_back(member);
    }
    if (made_.members.size() == 1 && random_.Chance(2)) {
      const std::string only = result.rule["to"][0];
      result.rule["to"] = only;
    }
    result.rule["operations"] = operations_;
    made_.dtype = unit_.dtype;
    made_.tied = tied_;
    made_.temporary = root_[0] == '$';
    result.made.push_back(made_);
    return result;
  }

  Vocabulary& vocabulary_;
  Random& random_;
  const Unit& unit_;
  const std::string root_;
  std::map<std::string, bool> lists_;
  std::vector<Slot> slots_;
  Json operations_ = Json::array();
  bool tied_ = false;
  Unit made_;
};

}  // namespace

std::optional<MadeRule> MakeOperationRule(Vocabulary& vocabulary, const Unit& unit,
                                          const std::string& root) {
  return Chain(vocabulary, unit, root).Make();
}

}  // namespace weft::interpreter
