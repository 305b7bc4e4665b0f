#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "tensor/name_form.h"
#include "weft/name_report.h"

namespace weft {
namespace {

using IndexSet = std::set<uint64_t>;
using Members = std::set<NameIndices>;

// "7", "{0..59}", "{0..3,5}"
std::string TextOf(const IndexSet& indices) {
  if (indices.size() == 1) return std::to_string(*indices.begin());
  std::string text = "{";
  for (auto it = indices.begin(); it != indices.end();) {
    const uint64_t first = *it;
    uint64_t last = first;
    for (++it; it != indices.end() && *it == last + 1; ++it) last = *it;
    if (text.size() > 1) text += ',';
    text += std::to_string(first);
    if (last > first) text += (last == first + 1 ? "," : "..") + std::to_string(last);
  }
  return text + "}";
}

std::string TextOf(std::string_view form, const std::vector<IndexSet>& sets) {
  // A name without indices may hold the byte of the mark.
  if (sets.empty()) return std::string(form);
  std::string text;
  size_t at = 0;
  for (const char c : form) {
    if (c == kIndexMark) {
      text += TextOf(sets[at++]);
    } else {
      text += c;
    }
  }
  return text;
}

// The names of one form. An index that has got its set stands as 0 in all members.
class FormGroup {
 public:
  FormGroup(std::string_view form, size_t indices, std::vector<std::string>& out)
      : form_(form), fixed_(indices), out_(out) {}

  // Goes one level deeper for each index at most.
  void Append(const Members& members) {
    std::vector<IndexSet> sets = fixed_;
    for (size_t i = 0; i < sets.size(); ++i) {
      if (!fixed_[i].empty()) continue;
      for (const NameIndices& indices : members) sets[i].insert(indices[i]);
    }
    if (IsProduct(sets, members.size())) {
      out_.push_back(TextOf(form_, sets));
      return;
    }
    // The free index with the most values gets its sets: one for each combination of the others;
    // combinations with the same set stay together.
    size_t longest = sets.size();
    for (size_t i = 0; i < sets.size(); ++i) {
      if (!fixed_[i].empty()) continue;
      if (longest == sets.size() || sets[i].size() > sets[longest].size()) longest = i;
    }
    std::map<NameIndices, IndexSet> set_of;
    for (NameIndices rest : members) {
      const uint64_t index = std::exchange(rest[longest], 0);
      set_of[std::move(rest)].insert(index);
    }
    std::map<IndexSet, Members> parts;
    std::vector<const IndexSet*> order;
    for (auto& [rest, set] : set_of) {
      const auto [it, is_new] = parts.try_emplace(std::move(set));
      if (is_new) order.push_back(&it->first);
      it->second.insert(rest);
    }
    for (const IndexSet* set : order) {
      fixed_[longest] = *set;
      Append(parts.at(*set));
    }
    fixed_[longest].clear();
  }

 private:
  // Distinct members that number as many as the product of the free sets are that product.
  bool IsProduct(const std::vector<IndexSet>& sets, size_t members) const {
    size_t product = 1;
    for (size_t i = 0; i < sets.size(); ++i) {
      if (!fixed_[i].empty()) continue;
      product *= sets[i].size();
      if (product > members) return false;
    }
    return true;
  }

  const std::string_view form_;
  std::vector<IndexSet> fixed_;  // empty: free
  std::vector<std::string>& out_;
};

}  // namespace

std::vector<std::string> GroupNames(const std::vector<std::string_view>& names) {
  struct Group {
    std::string form;
    size_t indices;
    Members members;
  };
  std::vector<Group> groups;
  absl::flat_hash_map<std::pair<std::string, size_t>, size_t> group_of;
  for (const std::string_view name : names) {
    NameForm form = FormOf(name);
    const auto [it, is_new] = group_of.try_emplace({form.text, form.indices.size()}, groups.size());
    if (is_new) groups.push_back({std::move(form.text), form.indices.size(), {}});
    groups[it->second].members.insert(std::move(form.indices));
  }
  std::vector<std::string> texts;
  for (const Group& group : groups) {
    FormGroup(group.form, group.indices, texts).Append(group.members);
  }
  return texts;
}

}  // namespace weft
