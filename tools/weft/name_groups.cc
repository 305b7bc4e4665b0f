#include "name_groups.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "quantity.h"

namespace weft::cli {
namespace {

constexpr std::string_view kDigits = "0123456789";

using Texts = std::vector<std::string_view>;  // around the indices: one more than there are indices
using Indices = std::vector<uint64_t>;
using IndexSets = std::vector<std::set<uint64_t>>;  // one for each index of a name

struct SplitName {
  Texts texts;
  Indices indices;
};

// The digits [begin, end) of `name` are an index when they stand between dots, underscores and the
// ends of the name ("w1" is a word), and print back as they stood ("007" does not).
bool IsIndex(std::string_view name, size_t begin, size_t end) {
  const auto separates = [](char c) { return c == '.' || c == '_'; };
  if (begin > 0 && !separates(name[begin - 1])) return false;
  if (end < name.size() && !separates(name[end])) return false;
  const std::string_view digits = name.substr(begin, end - begin);
  return (digits == "0" || digits[0] != '0') && ParseInteger(digits).has_value();
}

SplitName Split(std::string_view name) {
  SplitName split;
  size_t text_begin = 0;
  size_t begin = name.find_first_of(kDigits);
  while (begin != std::string_view::npos) {
    const size_t end = std::min(name.find_first_not_of(kDigits, begin), name.size());
    if (IsIndex(name, begin, end)) {
      split.texts.push_back(name.substr(text_begin, begin - text_begin));
      split.indices.push_back(*ParseInteger(name.substr(begin, end - begin)));
      text_begin = end;
    }
    begin = name.find_first_of(kDigits, end);
  }
  split.texts.push_back(name.substr(text_begin));
  return split;
}

// "7", "{0..59}", "{0..3,5}"
std::string TextOf(const std::set<uint64_t>& indices) {
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

std::string TextOf(const Texts& texts, const IndexSets& sets) {
  std::string text(texts[0]);
  for (size_t i = 0; i < sets.size(); ++i) {
    text += TextOf(sets[i]);
    text += texts[i + 1];
  }
  return text;
}

IndexSets SetsOf(const std::set<Indices>& members) {
  IndexSets sets(members.begin()->size());
  for (const Indices& indices : members) {
    for (size_t i = 0; i < indices.size(); ++i) sets[i].insert(indices[i]);
  }
  return sets;
}

// Distinct members that number as many as the product of their sets are that product.
bool IsProduct(const IndexSets& sets, size_t members) {
  size_t product = 1;
  for (const std::set<uint64_t>& set : sets) {
    product *= set.size();
    if (product > members) return false;
  }
  return true;
}

void AppendTexts(const Texts& texts, const std::set<Indices>& members,
                 std::vector<std::string>& out) {
  const IndexSets sets = SetsOf(members);
  if (IsProduct(sets, members.size())) {
    out.push_back(TextOf(texts, sets));
    return;
  }
  // No product: the index with the most values becomes a set, in one text for each of the rest.
  const auto longest = std::max_element(
      sets.begin(), sets.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
  const auto free = static_cast<size_t>(longest - sets.begin());
  std::map<Indices, std::set<Indices>> parts;
  for (const Indices& indices : members) {
    Indices rest = indices;
    rest[free] = 0;
    parts[std::move(rest)].insert(indices);
  }
  for (const auto& [rest, part] : parts) out.push_back(TextOf(texts, SetsOf(part)));
}

}  // namespace

std::vector<std::string> GroupNames(const std::vector<std::string_view>& names) {
  std::map<Texts, size_t> group_of;
  std::vector<std::pair<Texts, std::set<Indices>>> groups;
  for (const std::string_view name : names) {
    SplitName split = Split(name);
    const auto [it, is_new] = group_of.emplace(split.texts, groups.size());
    if (is_new) groups.emplace_back(std::move(split.texts), std::set<Indices>());
    groups[it->second].second.insert(std::move(split.indices));
  }
  std::vector<std::string> texts;
  for (const auto& [around, members] : groups) AppendTexts(around, members, texts);
  return texts;
}

}  // namespace weft::cli
