#include "formats/replaced_files.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/discovery.h"
#include "formats/output_formats.h"
#include "formats/part_paths.h"
#include "io/directory.h"

namespace weft {
namespace {

// The paths of what is found in a directory, relative to it.
std::set<std::string> FilesOf(const Discovery& found) {
  const size_t cut = found.directory.size() + 1;
  std::set<std::string> files;
  for (const std::string& path : found.paths) files.insert(path.substr(cut));
  if (!found.index_path.empty()) files.insert(found.index_path.substr(cut));
  return files;
}

// "'a', 'b' and 7 more"
std::string ListText(const std::vector<std::string>& names) {
  constexpr size_t kMostNamed = 6;
  std::string text;
  const size_t named = names.size() > kMostNamed ? kMostNamed - 1 : names.size();
  for (size_t i = 0; i < named; ++i) {
    text += absl::StrFormat("%s'%s'", i == 0 ? "" : ", ", Escaped(names[i]));
  }
  if (named < names.size()) text += absl::StrFormat(" and %d more", names.size() - named);
  return text;
}

std::vector<std::string> Without(const std::set<std::string>& files,
                                 const std::set<std::string>& others) {
  std::vector<std::string> rest;
  std::set_difference(files.begin(), files.end(), others.begin(), others.end(),
                      std::back_inserter(rest));
  return rest;
}

}  // namespace

std::set<std::string> ReplacedFiles(const std::string& path, const OutputFormat& format,
                                    const std::optional<PartFiles>& part_files) {
  std::set<std::string> files;
  const absl::StatusOr<Directory> directory = Directory::Open(path);
  if (!directory.ok()) return files;
  const absl::StatusOr<std::vector<std::string>> names = directory->Names();
  if (!names.ok()) return files;
  for (const std::string& name : *names) {
    if (IsWrittenName(name)) files.insert(name);
  }
  if (part_files.has_value()) {
    const absl::StatusOr<std::map<uint64_t, std::string>> parts =
        ListParts(path, *part_files, Limits().shards);
    if (parts.ok()) {
      for (const auto& [part, file] : *parts) files.insert(file);
    }
  }
  const absl::StatusOr<Discovery> found = Discover(path, {});
  if (!found.ok()) return files;
  const bool is_of_arrays = !found->names.empty();
  if (found->index.has_value() || (is_of_arrays && format.read_as == "npy")) {
    files.merge(FilesOf(*found));
  }
  return files;
}

std::vector<std::string> WarnOfReplaced(const std::string& path,
                                        const std::set<std::string>& replaced,
                                        const std::vector<std::string>& written,
                                        const std::optional<PartFiles>& part_files) {
  std::vector<std::string> warnings;
  const std::set<std::string> now(written.begin(), written.end());
  const std::vector<std::string> gone = Without(replaced, now);
  if (!gone.empty()) {
    warnings.push_back(absl::StrFormat("%s: removed with the checkpoint that stood there: %s",
                                       Escaped(path), ListText(gone)));
  }
  if (part_files.has_value()) return warnings;  // found by their names alone
  const absl::StatusOr<Discovery> found = Discover(path, {});
  if (!found.ok()) {
    warnings.push_back(absl::StrFormat(
        "the directory cannot be read as what was written, because of what stood there: %s",
        TextOf(DiagnosticsOf(found.status())[0])));
    return warnings;
  }
  const std::vector<std::string> others = Without(FilesOf(*found), now);
  if (!others.empty()) {
    warnings.push_back(
        absl::StrFormat("%s: who reads the directory reads files that stood there before: %s",
                        Escaped(path), ListText(others)));
  }
  return warnings;
}

}  // namespace weft
