#include "formats/numpy/array_path.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "diagnostic/utf8.h"
#include "io/directory.h"
#include "io/path.h"
#include "weft/catalog.h"

namespace weft::numpy {
namespace {

constexpr std::string_view kExtension = ".npy";
constexpr std::string_view kDigits = "0123456789ABCDEF";
constexpr size_t kMostComponentBytes = 255;
constexpr size_t kMostDepth = 64;

// How many entries are looked at that are no arrays, directories included.
constexpr size_t kMostOthers = 10'000;
constexpr size_t kMostOthersPerArray = 64;

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

void AppendEscape(char c, std::string& out) {
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += kDigits[byte >> 4];
  out += kDigits[byte & 0xF];
}

// Whether the slash at `at` parts two components that are not empty.
bool IsSeparator(std::string_view name, size_t at) {
  return at > 0 && at + 1 < name.size() && name[at - 1] != '/' && name[at + 1] != '/';
}

bool IsEscaped(std::string_view name, size_t at) {
  const char c = name[at];
  if (c == '/') return !IsSeparator(name, at);
  if (c == '.') {
    const bool is_first = at == 0 || (name[at - 1] == '/' && IsSeparator(name, at - 1));
    const size_t end = at + kExtension.size();
    const bool ends_directory = name.substr(at, kExtension.size()) == kExtension &&
                                end < name.size() && name[end] == '/' && IsSeparator(name, end);
    return is_first || ends_directory;
  }
  return c == '%' || c == '\\' || c == ':' || static_cast<unsigned char>(c) < 0x20 || c == '\x7F';
}

size_t LongestComponent(std::string_view path) {
  size_t longest = 0;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    longest = std::max(longest, end - begin);
    begin = end + 1;
  }
  return longest;
}

struct Subdirectory {
  std::string path;  // relative, with a slash at its end; empty for the first
  size_t depth = 0;
};

}  // namespace

absl::StatusOr<std::string> PathOfName(std::string_view name) {
  const std::string where = absl::StrFormat("tensor '%s'", Escaped(name));
  if (name.empty()) {
    return ErrorStatus(ErrorCode::kBadName, where, "the empty name is no name of a file",
                       "give the tensor another name in the mapping");
  }
  if (!IsUtf8(name)) {
    return ErrorStatus(ErrorCode::kBadName, where, "the name is not valid UTF-8");
  }
  std::string path;
  for (size_t i = 0; i < name.size(); ++i) {
    if (IsEscaped(name, i)) {
      AppendEscape(name[i], path);
    } else {
      path += name[i];
    }
  }
  path += kExtension;
  if (LongestComponent(path) > kMostComponentBytes) {
    return ErrorStatus(ErrorCode::kBadName, where,
                       absl::StrFormat("the name of its file would have %d bytes; file systems "
                                       "hold %d",
                                       LongestComponent(path), kMostComponentBytes),
                       "write one .npz file instead");
  }
  if (static_cast<size_t>(std::count(path.begin(), path.end(), '/')) > kMostDepth) {
    return ErrorStatus(ErrorCode::kBadName, where,
                       absl::StrFormat("its file would be more than %d directories deep, where "
                                       "weft would not look for it",
                                       kMostDepth),
                       "write one .npz file instead");
  }
  return path;
}

std::string NameOfPath(std::string_view path) {
  if (EndsWith(path, kExtension)) path.remove_suffix(kExtension.size());
  std::string name;
  for (size_t i = 0; i < path.size(); ++i) {
    const size_t high = i + 2 < path.size() ? kDigits.find(path[i + 1]) : std::string_view::npos;
    const size_t low = i + 2 < path.size() ? kDigits.find(path[i + 2]) : std::string_view::npos;
    if (path[i] != '%' || high == std::string_view::npos || low == std::string_view::npos) {
      name += path[i];
      continue;
    }
    name += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return name;
}

absl::StatusOr<std::vector<ArrayPath>> ListArrays(std::string_view directory,
                                                  const Limits& limits) {
  std::vector<ArrayPath> arrays;
  std::deque<Subdirectory> open(1);
  size_t others = 0;
  while (!open.empty()) {
    const Subdirectory here = std::move(open.front());
    open.pop_front();
    if (here.depth > kMostDepth) {
      return ErrorStatus(
          ErrorCode::kLimitExceeded, Escaped(Join(directory, here.path)),
          absl::StrFormat("directories are nested more than %d levels deep", kMostDepth));
    }
    WEFT_ASSIGN_OR_RETURN(const Directory entries, Directory::Open(Join(directory, here.path)));
    WEFT_ASSIGN_OR_RETURN(const std::vector<std::string> names, entries.Names());
    for (const std::string& name : names) {
      if (name[0] == '.') continue;
      const bool is_array = EndsWith(name, kExtension);
      if (!is_array && ++others > kMostOthers + kMostOthersPerArray * arrays.size()) {
        if (arrays.empty()) return arrays;
        return ErrorStatus(ErrorCode::kLimitExceeded, Escaped(directory),
                           absl::StrFormat("%d arrays are found among %d other entries, and there "
                                           "are more of them",
                                           arrays.size(), others),
                           "give the directory that holds the arrays alone");
      }
      if (entries.OwnKindOf(name) == EntryKind::kDirectory) {
        open.push_back({here.path + name + '/', here.depth + 1});
        continue;
      }
      if (!is_array) continue;
      if (arrays.size() >= limits.tensors) {
        return ErrorStatus(
            ErrorCode::kLimitExceeded, Escaped(directory),
            absl::StrFormat("the directory has more than %d arrays", limits.tensors));
      }
      ArrayPath& array = arrays.emplace_back();
      array.path = here.path + name;
      array.name = NameOfPath(array.path);
    }
  }
  std::sort(arrays.begin(), arrays.end(),
            [](const ArrayPath& a, const ArrayPath& b) { return NaturalLess(a.name, b.name); });
  Diagnostics diagnostics;
  for (size_t i = 0; i < arrays.size(); ++i) {
    if (!IsUtf8(arrays[i].name)) {
      diagnostics.Add(ErrorCode::kBadName, Escaped(arrays[i].path), "the name is not valid UTF-8");
    } else if (i > 0 && arrays[i - 1].name == arrays[i].name) {
      diagnostics.Add(ErrorCode::kDuplicateName, Escaped(arrays[i].path),
                      absl::StrFormat("is a second tensor '%s', after '%s'",
                                      Escaped(arrays[i].name), Escaped(arrays[i - 1].path)));
    }
  }
  WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
  return arrays;
}

}  // namespace weft::numpy
