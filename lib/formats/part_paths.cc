#include "formats/part_paths.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "io/directory.h"
#include "io/path.h"

namespace weft {

absl::StatusOr<std::map<uint64_t, std::string>> ListParts(const std::string& directory,
                                                          const PartFiles& files, uint64_t most) {
  const std::string example = files.PathOf(0).value_or(files.PathOf(1).value_or(""));
  if (!IsBelow(example)) {
    return ErrorStatus(ErrorCode::kUnsafePath, Escaped(files.text()),
                       "part files are in the directory, or in directories in it");
  }
  // All have as many directories before their names.
  const auto depth = static_cast<size_t>(std::count(example.begin(), example.end(), '/'));
  std::vector<std::string> inner = {""};  // directories, each with a slash at its end
  std::map<uint64_t, std::string> parts;
  for (size_t level = 0; level <= depth; ++level) {
    std::vector<std::string> next;
    for (const std::string& prefix : inner) {
      WEFT_ASSIGN_OR_RETURN(const Directory opened, Directory::Open(Join(directory, prefix)));
      WEFT_ASSIGN_OR_RETURN(const std::vector<std::string> names, opened.Names());
      for (const std::string& name : names) {
        const std::string path = prefix + name;
        if (level < depth) {
          if (opened.KindOf(name) == EntryKind::kDirectory) next.push_back(path + "/");
          continue;
        }
        const std::optional<uint64_t> part = files.PartOf(path);
        if (part.has_value()) parts.emplace(*part, path);
      }
      if (parts.size() > most) {
        return ErrorStatus(ErrorCode::kLimitExceeded, Escaped(directory),
                           absl::StrFormat("more than %d files '%s'", most, Escaped(files.text())));
      }
    }
    inner = std::move(next);
  }
  return parts;
}

}  // namespace weft
