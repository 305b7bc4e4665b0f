#include "mapping/lint/pattern_pairs.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace weft {
namespace {

using Kind = PatternToken::Kind;

// Texts that are written out for the alternatives at one end of a pattern.
constexpr size_t kMostTexts = 16;

// A text with which names of the pattern begin, or, read backwards, end.
struct Begin {
  std::string text;
  uint32_t pattern = 0;
};

bool IsPrefix(std::string_view prefix, std::string_view text) {
  return text.substr(0, prefix.size()) == prefix;
}

// All texts with which names begin, up to the first variable that is no alternative.
std::vector<std::string> BeginsOf(const Pattern& pattern, bool backwards) {
  std::vector<std::string> begins = {""};
  const size_t count = pattern.tokens().size();
  for (size_t i = 0; i < count; ++i) {
    const PatternToken& token = pattern.tokens()[backwards ? count - 1 - i : i];
    std::vector<std::string> texts;
    if (token.kind == Kind::kLiteral) texts.push_back(token.literal);
    if (token.kind == Kind::kText) {
      for (const auto& [canonical, written] : token.rows) texts.push_back(written);
    }
    if (texts.empty() || begins.size() * texts.size() > kMostTexts) break;
    std::vector<std::string> longer;
    for (const std::string& begin : begins) {
      for (std::string text : texts) {
        if (backwards) std::reverse(text.begin(), text.end());
        longer.push_back(begin + text);
      }
    }
    begins = std::move(longer);
  }
  return begins;
}

// For each begin the end of the run of those behind it that it is a prefix of. `begins` is sorted.
std::vector<size_t> RunsOf(const std::vector<Begin>& begins) {
  std::vector<size_t> ends(begins.size());
  std::vector<size_t> open;
  for (size_t i = 0; i < begins.size(); ++i) {
    while (!open.empty() && !IsPrefix(begins[open.back()].text, begins[i].text)) {
      ends[open.back()] = i;
      open.pop_back();
    }
    open.push_back(i);
  }
  for (const size_t i : open) ends[i] = begins.size();
  return ends;
}

struct Sorted {
  std::vector<Begin> begins;
  std::vector<size_t> ends;
  uint64_t pairs = 0;
};

Sorted SortedBegins(const std::vector<std::vector<std::string>>& texts) {
  Sorted sorted;
  for (uint32_t pattern = 0; pattern < texts.size(); ++pattern) {
    for (const std::string& text : texts[pattern]) sorted.begins.push_back({text, pattern});
  }
  std::sort(sorted.begins.begin(), sorted.begins.end(), [](const Begin& a, const Begin& b) {
    return a.text != b.text ? a.text < b.text : a.pattern < b.pattern;
  });
  sorted.ends = RunsOf(sorted.begins);
  for (size_t i = 0; i < sorted.ends.size(); ++i) sorted.pairs += sorted.ends[i] - i - 1;
  return sorted;
}

bool AnyFits(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::any_of(a.begin(), a.end(), [&b](const std::string& x) {
    return std::any_of(b.begin(), b.end(),
                       [&x](const std::string& y) { return IsPrefix(x, y) || IsPrefix(y, x); });
  });
}

}  // namespace

std::vector<std::pair<uint32_t, uint32_t>> PossiblePairs(
    const std::vector<const Pattern*>& patterns, uint64_t* steps) {
  std::vector<std::vector<std::string>> begins;
  std::vector<std::vector<std::string>> ends;
  for (const Pattern* pattern : patterns) {
    begins.push_back(BeginsOf(*pattern, false));
    ends.push_back(BeginsOf(*pattern, true));
  }
  const Sorted by_begin = SortedBegins(begins);
  const Sorted by_end = SortedBegins(ends);
  const bool from_begin = by_begin.pairs <= by_end.pairs;
  const Sorted& sorted = from_begin ? by_begin : by_end;
  const auto& others = from_begin ? ends : begins;
  std::vector<std::pair<uint32_t, uint32_t>> pairs;
  for (size_t i = 0; i < sorted.begins.size(); ++i) {
    for (size_t j = i + 1; j < sorted.ends[i]; ++j) {
      if (*steps == 0) break;
      --*steps;
      const uint32_t a = std::min(sorted.begins[i].pattern, sorted.begins[j].pattern);
      const uint32_t b = std::max(sorted.begins[i].pattern, sorted.begins[j].pattern);
      if (a != b && AnyFits(others[a], others[b])) pairs.emplace_back(a, b);
    }
  }
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  return pairs;
}

}  // namespace weft
