#include "mutation/pattern_edit.h"

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace weft::mutation {
namespace {

using Texts = std::vector<std::string>;

// Cuts at `separator` where no bracket is open.
Texts CutOutside(const std::string& text, char separator) {
  Texts parts(1);
  int depth = 0;
  for (const char c : text) {
    if (c == '{' || c == '[' || c == '(') ++depth;
    if (c == '}' || c == ']' || c == ')') --depth;
    if (c == separator && depth == 0) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::string Join(const Texts& parts, const std::string& separator) {
  return absl::StrJoin(parts, separator);
}

// Places in `parts` of those that `is` says.
template <typename Is>
std::vector<size_t> PlacesOf(const Texts& parts, const Is& is) {
  std::vector<size_t> places;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (is(parts[i])) places.push_back(i);
  }
  return places;
}

bool Holds(const std::string& text, char c) { return text.find(c) != std::string::npos; }

// Changes the inside of one pair of braces, one for which `is` holds.
template <typename Is, typename Change>
std::string ChangeBraces(const std::string& pattern, Random& random, const Is& is,
                         const Change& change) {
  std::vector<std::pair<size_t, size_t>> ranges;
  for (size_t begin = pattern.find('{'); begin != std::string::npos;
       begin = pattern.find('{', begin + 1)) {
    const size_t end = pattern.find('}', begin);
    if (is(pattern.substr(begin + 1, end - begin - 1))) ranges.emplace_back(begin + 1, end);
  }
  if (ranges.empty()) return pattern;
  const auto [begin, end] = random.Pick(ranges);
  return pattern.substr(0, begin) + change(pattern.substr(begin, end - begin)) +
         pattern.substr(end);
}

std::string NameOfVariable(const std::string& braces) {
  return braces.substr(0, braces.find_first_of(":=*@+-"));
}

bool IsIndex(const std::string& braces) { return braces.find_first_of(":*@") == std::string::npos; }

// The two texts of an alternative: "0=fc1", or "weight" for both.
std::pair<std::string, std::string> SidesOf(const std::string& alternative) {
  const size_t equals = alternative.find('=');
  if (equals == std::string::npos) return {alternative, alternative};
  return {alternative.substr(0, equals), alternative.substr(equals + 1)};
}

// What stands behind the last label, or all of it.
size_t BeginOfSize(const std::string& part) {
  const size_t colon = part.find(':');
  return colon == std::string::npos ? 0 : colon + 1;
}

}  // namespace

std::string LoseVariable(const std::string& pattern, Random& random) {
  Texts segments = CutOutside(pattern, '.');
  const std::vector<size_t> places =
      PlacesOf(segments, [](const std::string& segment) { return Holds(segment, '{'); });
  if (places.empty()) return pattern;
  const size_t place = random.Pick(places);
  if (random.Half() || segments.size() == 1) {
    segments[place] = "0";
  } else {
    segments.erase(segments.begin() + static_cast<std::ptrdiff_t>(place));
  }
  return Join(segments, ".");
}

std::string ChangeLiteral(const std::string& pattern, Random& random) {
  Texts segments = CutOutside(pattern, '.');
  const std::vector<size_t> places =
      PlacesOf(segments, [](const std::string& segment) { return !Holds(segment, '{'); });
  if (places.empty()) return pattern;
  const size_t place = random.Pick(places);
  const size_t way = random.Below(3);
  if (way == 0 && segments.size() > 1) {
    segments.erase(segments.begin() + static_cast<std::ptrdiff_t>(place));
  } else if (way == 1 && places.size() > 1) {
    const auto [first, second] = random.Two(places.size());
    std::swap(segments[places[first]], segments[places[second]]);
  } else {
    segments[place] += "_x";
  }
  return Join(segments, ".");
}

std::string ChangeIndexSet(const std::string& pattern, Random& random) {
  return ChangeBraces(pattern, random, IsIndex, [&random](const std::string& braces) {
    const std::string name = NameOfVariable(braces);
    const size_t dots = braces.find("..");
    if (dots == std::string::npos) {
      if (Holds(braces, '=')) return random.Half() ? name : braces + "|2";
      return name + random.Pick(Texts{"=1..", "=0", "=0..1", "+1"});
    }
    const size_t equals = braces.find('=');
    const size_t slash = braces.find('/');
    const int first = std::stoi(braces.substr(equals + 1));
    const int last = std::stoi(braces.substr(dots + 2));
    const std::string step = slash == std::string::npos ? "" : braces.substr(slash);
    const int by = step.empty() ? 1 : std::stoi(step.substr(1));
    const auto range = [&name](int from, int to, const std::string& by_step) {
      return name + "=" + std::to_string(from) + ".." + std::to_string(to) + by_step;
    };
    switch (random.Below(4)) {
      case 0:
        return range(first, last, "");
      case 1:
        return range(first + by, last, step);
      case 2:
        return range(first, last - by, step);
      default:
        return range(first + 1, last + 1, step);
    }
  });
}

std::string ChangeKind(const std::string& pattern, Random& random) {
  const auto any = [](const std::string&) { return true; };
  return ChangeBraces(pattern, random, any, [&random](const std::string& braces) {
    const std::string name = NameOfVariable(braces);
    if (braces.back() == '*') return random.Half() ? name + ":seg" : name;
    if (braces == name + ":seg") return random.Half() ? name + "*" : name;
    return random.Half() ? name + ":seg" : name + "*";
  });
}

std::string ChangeAlternatives(const std::string& pattern, Random& random) {
  const auto is = [](const std::string& braces) {
    return Holds(braces, ':') && Holds(braces, '|');
  };
  return ChangeBraces(pattern, random, is, [&random](const std::string& braces) {
    const size_t colon = braces.find(':');
    Texts entries = absl::StrSplit(braces.substr(colon + 1), '|');
    const auto [one, other] = random.Two(entries.size());
    const size_t way = random.Below(4);
    if (way == 0) {
      entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(one));
    } else if (way == 1) {
      entries.push_back(SidesOf(entries[one]).first + "_x");
    } else if (way == 2) {
      entries[one] += "_x";
    } else {
      const auto [left, right] = SidesOf(entries[one]);
      const auto [other_left, other_right] = SidesOf(entries[other]);
      entries[one] = left + "=" + other_right;
      entries[other] = other_left + "=" + right;
    }
    return braces.substr(0, colon + 1) + Join(entries, "|");
  });
}

std::string ChangeLayout(const std::string& layout, Random& random) {
  Texts axes = CutOutside(layout, ' ');
  const std::vector<size_t> sums =
      PlacesOf(axes, [](const std::string& axis) { return Holds(axis, '['); });
  const std::vector<size_t> products =
      PlacesOf(axes, [](const std::string& axis) { return axis[0] == '(' && !Holds(axis, '['); });
  const size_t way = random.Below(6);
  if (way == 0 && axes.size() > 1) {
    const auto [first, second] = random.Two(axes.size());
    std::swap(axes[first], axes[second]);
  } else if (way == 1 && axes.size() > 1) {
    axes.erase(axes.begin() + static_cast<std::ptrdiff_t>(random.Below(axes.size())));
  } else if (way == 2 && axes.size() > 1) {
    const size_t first = random.Below(axes.size() - 1);
    axes[first] = "(" + axes[first] + " " + axes[first + 1] + ")";
    axes.erase(axes.begin() + static_cast<std::ptrdiff_t>(first) + 1);
  } else if (way == 3 && !products.empty()) {
    std::string& axis = axes[random.Pick(products)];
    Texts factors = CutOutside(axis.substr(1, axis.size() - 2), ' ');
    std::rotate(factors.begin(), factors.begin() + 1, factors.end());
    axis = random.Half() ? "(" + Join(factors, " ") + ")" : Join(factors, " ");
  } else if (!sums.empty()) {
    std::string& axis = axes[random.Pick(sums)];
    const size_t open = axis.find('[');
    const size_t close = axis.find(']');
    Texts parts = absl::StrSplit(axis.substr(open + 1, close - open - 1), " | ");
    const auto [one, other] = random.Two(parts.size());
    const size_t change = random.Below(3);
    if (change == 0) {
      std::swap(parts[one], parts[other]);
    } else if (change == 1) {
      parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(one));
    } else {  // the labels change places, the sizes stay
      const std::string label = parts[one].substr(0, BeginOfSize(parts[one]));
      const std::string other_label = parts[other].substr(0, BeginOfSize(parts[other]));
      parts[one] = other_label + parts[one].substr(label.size());
      parts[other] = label + parts[other].substr(other_label.size());
    }
    axis = axis.substr(0, open + 1) + Join(parts, " | ") + axis.substr(close);
  } else {
    axes.insert(axes.begin() + static_cast<std::ptrdiff_t>(random.Below(axes.size() + 1)), "1");
  }
  return Join(axes, " ");
}

}  // namespace weft::mutation
