#include "tensor/name_distance.h"

#include <algorithm>
#include <array>

#include "tensor/name_form.h"

namespace weft {
namespace {

constexpr int kOtherIndexCost = 20;
constexpr size_t kMostLetters = 64;  // of a segment, that count

bool IsIndexText(std::string_view segment) {
  if (segment.size() == 1 && segment[0] == kIndexMark) return true;
  return !segment.empty() &&
         std::all_of(segment.begin(), segment.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

uint32_t SegmentTable::Intern(std::string_view segment) {
  const auto [it, is_new] =
      number_.try_emplace(std::string(segment), static_cast<uint32_t>(letters_.size()));
  if (!is_new) return it->second;
  Letters& letters = letters_.emplace_back();
  letters.is_index = IsIndexText(segment);
  // A word is what stands between underscores; its ends count as the letter '_'.
  uint16_t before = '_';
  for (const char c : segment.substr(0, kMostLetters)) {
    const uint16_t letter = static_cast<unsigned char>(c);
    if (letter != '_' || before != '_')
      letters.pairs.push_back(static_cast<uint16_t>(before << 8 | letter));
    before = letter;
  }
  letters.pairs.push_back(static_cast<uint16_t>(before << 8 | '_'));
  std::sort(letters.pairs.begin(), letters.pairs.end());
  return it->second;
}

Segments SegmentTable::Split(std::string_view name) {
  Segments segments;
  while (segments.size() + 1 < kMostSegments) {
    const size_t dot = name.find('.');
    if (dot == std::string_view::npos) break;
    segments.push_back(Intern(name.substr(0, dot)));
    name.remove_prefix(dot + 1);
  }
  segments.push_back(Intern(name));
  return segments;
}

int SegmentTable::RenameCost(uint32_t a, uint32_t b) const {
  if (a == b) return 0;
  const Letters& x = letters_[a];
  const Letters& y = letters_[b];
  if (x.is_index != y.is_index) return kWhole;
  if (x.is_index) return kOtherIndexCost;
  size_t common = 0;
  for (auto i = x.pairs.begin(), j = y.pairs.begin(); i != x.pairs.end() && j != y.pairs.end();) {
    if (*i == *j) {
      ++common;
      ++i;
      ++j;
    } else if (*i < *j) {
      ++i;
    } else {
      ++j;
    }
  }
  return kWhole - static_cast<int>(kWhole * common / (x.pairs.size() + y.pairs.size()));
}

int SegmentTable::Distance(const Segments& a, const Segments& b) const {
  size_t begin = 0;
  size_t a_end = a.size();
  size_t b_end = b.size();
  while (begin < a_end && begin < b_end && a[begin] == b[begin]) ++begin;
  while (begin < a_end && begin < b_end && a[a_end - 1] == b[b_end - 1]) {
    --a_end;
    --b_end;
  }
  // One row of the table of costs; `row[j]` is of a up to i and b up to j.
  std::array<int, kMostSegments + 1> row{};
  const size_t width = b_end - begin;
  for (size_t j = 0; j <= width; ++j) row[j] = static_cast<int>(j) * kWhole;
  for (size_t i = begin; i < a_end; ++i) {
    int diagonal = row[0];
    row[0] += kWhole;
    for (size_t j = 0; j < width; ++j) {
      const int renamed = diagonal + RenameCost(a[i], b[begin + j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({renamed, row[j] + kWhole, row[j + 1] + kWhole});
    }
  }
  return row[width];
}

}  // namespace weft
