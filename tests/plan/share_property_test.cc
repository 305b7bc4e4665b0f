// Random layouts, split along random axes: what each rank gets, against a slow reference that looks
// at the coordinates of every element.
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "plan/compiled.h"
#include "plan/random_layouts.h"

namespace weft {
namespace {

using nlohmann::json;

// What is asked of one tensor of the `to` side.
struct Split {
  std::set<std::string> axes;    // of the layout
  std::string index;             // of the name; empty for none
  std::set<std::string> shared;  // of `axes`
};

bool Lies(uint64_t unit, uint64_t units, bool shared, uint64_t rank, uint64_t ranks) {
  const uint64_t begin = rank * units / ranks;
  const uint64_t end =
      shared ? ((rank + 1) * units + ranks - 1) / ranks : (rank + 1) * units / ranks;
  return begin <= unit && unit < end;
}

// The index of an atom in "label|a=0,b=1,"; −1 where it has none.
int64_t IndexOf(const std::string& coordinates, const std::string& atom) {
  const std::string text = "," + coordinates.substr(coordinates.find('|') + 1);
  const size_t at = text.find("," + atom + "=");
  return at == std::string::npos ? -1 : std::stoll(text.substr(at + atom.size() + 2));
}

void CollectAtoms(const std::vector<RandomAxis>& axes, std::set<std::string>* atoms) {
  for (const RandomAxis& axis : axes) {
    if (axis.kind == RandomAxis::Kind::kAtom && axis.atom[0] == 'x') atoms->insert(axis.atom);
    CollectAtoms(axis.parts, atoms);
  }
}

class Case {
 public:
  explicit Case(uint64_t seed) : random_(seed), rule_(MakeRandomLayoutRule(random_)) {
    spelled_ = SpelledOut(rule_, false);
    const json to = json::parse(rule_.json).at("to");
    for (const RandomTensor& tensor : rule_.to) {
      const json& named = to.is_array() ? to : to.at(tensor.label);
      AddEntry(tensor, named.at(0), named.at(1));
    }
  }

  const RandomLayoutRule& rule() const { return rule_; }
  std::string section() const { return json{{"to", entries_}}.dump(); }
  size_t splits() const { return splits_count_; }

  // The elements of `whole`, a tensor of the unsharded plan, that the rank has.
  std::vector<Element> Expected(const std::string& name, const std::vector<Element>& whole,
                                uint64_t rank, uint64_t ranks) const {
    const std::vector<std::string>& coordinates = spelled_.at(name).coordinates;
    const Split& split = splits_.at(name.substr(0, name.find('.', name.find('.') + 1)));
    std::vector<Element> kept;
    for (size_t i = 0; i < whole.size(); ++i) {
      bool lies = true;
      for (const std::string& axis : split.axes) {
        const int64_t unit = IndexOf(coordinates[i], axis);
        lies = lies && (unit < 0 || Lies(static_cast<uint64_t>(unit), rule_.sizes.at(axis),
                                         split.shared.count(axis) != 0, rank, ranks));
      }
      if (!split.index.empty()) {
        lies = Lies(static_cast<uint64_t>(IndexOf(coordinates[i], split.index)),
                    rule_.sizes.at(split.index), false, rank, ranks);
      }
      if (lies) kept.push_back(whole[i]);
    }
    return kept;
  }

 private:
  size_t Below(size_t bound) { return random_() % bound; }

  void AddEntry(const RandomTensor& tensor, const std::string& name, const std::string& layout) {
    const std::string key = "to." + tensor.label;
    Split& split = splits_[key];
    json entry = {{"names", name}};
    std::set<std::string> candidates;
    CollectAtoms(tensor.axes, &candidates);
    const size_t kind = Below(4);
    if (kind == 0 && !tensor.lists.empty()) {
      split.index = tensor.lists[Below(tensor.lists.size())];
      entry["split"] = split.index;
    } else if (kind > 1 && !candidates.empty()) {
      std::vector<std::string> order(candidates.begin(), candidates.end());
      std::shuffle(order.begin(), order.end(), random_);
      json list = json::array();
      for (const std::string& atom : order) {
        if (!split.axes.empty() && (Below(2) == 0 || MeetsOthers(key, split.axes, atom))) continue;
        split.axes.insert(atom);
        const bool shared = Below(3) == 0;
        if (shared) split.shared.insert(atom);
        list.push_back(shared ? json{{"axis", atom}, {"shared", true}} : json(atom));
      }
      entry["layout"] = layout;
      entry["split"] = list.size() == 1 ? list[0] : list;
    } else {
      entry["replicate"] = true;
      entries_.push_back(entry);
      return;
    }
    entry["uneven"] = true;
    entry["sizes"] = json::object();
    for (const auto& [atom, size] : rule_.sizes) {
      if (atom[0] == 'x') entry["sizes"][atom] = size;
    }
    entries_.push_back(entry);
    ++splits_count_;
  }

  // Whether some element has the atom and one of the others.
  bool MeetsOthers(const std::string& key, const std::set<std::string>& others,
                   const std::string& atom) const {
    // What has no element shows nothing.
    for (const auto& [name, size] : rule_.sizes) {
      if (size == 0) return true;
    }
    for (const auto& [name, tensor] : spelled_) {
      if (name != key && name.rfind(key + ".", 0) != 0) continue;
      for (const std::string& coordinates : tensor.coordinates) {
        if (IndexOf(coordinates, atom) < 0) continue;
        for (const std::string& other : others) {
          if (IndexOf(coordinates, other) >= 0) return true;
        }
      }
    }
    return false;
  }

  std::mt19937_64 random_;
  RandomLayoutRule rule_;
  std::map<std::string, SpelledTensor> spelled_;
  std::map<std::string, Split> splits_;  // by "to.LABEL"
  json entries_ = json::array();
  size_t splits_count_ = 0;
};

Shape ShapeOf(const SpelledTensor& tensor) {
  Shape shape;
  for (const uint64_t size : tensor.shape) shape.push_back(static_cast<int64_t>(size));
  return shape;
}

TEST_CASE("shards: random layouts, split along random axes, element by element", "[plan]") {
  size_t splits = 0;
  size_t compared = 0;
  for (uint64_t seed = 0; seed < 3000; ++seed) {
    const Case random(seed);
    INFO("seed " << seed << ": " << random.rule().json << "\n" << random.section());
    std::vector<NamedShape> tensors;
    for (const auto& [name, tensor] : SpelledOut(random.rule(), true)) {
      tensors.push_back({name, ShapeOf(tensor)});
    }
    const Mapping mapping =
        MappingOfRules({random.rule().json}, "\"sharding\": " + random.section() + ",");
    const absl::StatusOr<Plan> whole = Compile({mapping}, CatalogOf(tensors));
    if (!whole.ok()) {
      if (MessageOf(whole.status()).rfind("SIZE_UNKNOWN", 0) != 0) FAIL(MessageOf(whole.status()));
      continue;
    }
    splits += random.splits();
    const auto elements = ElementsOf(*whole);
    const uint64_t ranks = 1 + seed % 5;
    for (uint64_t rank = 0; rank < ranks; ++rank) {
      CompileOptions options;
      options.shard = Shard{rank, ranks};
      const absl::StatusOr<Plan> part = Compile({mapping}, whole->catalog, options);
      if (!part.ok()) FAIL(MessageOf(part.status()));
      const auto made = ElementsOf(*part);
      for (const auto& [name, all] : elements) {
        const std::vector<Element> expected = random.Expected(name, all, rank, ranks);
        const auto found = made.find(name);
        if (found == made.end() && !expected.empty()) FAIL("rank " << rank << " lacks " << name);
        if (found != made.end() && found->second != expected) {
          FAIL("rank " << rank << " of " << ranks << " has other elements of " << name);
        }
        compared += expected.size();
      }
    }
  }
  CHECK(splits > 1000);
  CHECK(compared > 100'000);
}

}  // namespace
}  // namespace weft
