#include "weft/mapping_library.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "io/directory.h"
#include "io/input_file.h"
#include "io/path.h"
#include "mapping/builtin_mappings.h"
#include "mapping/json_fields.h"
#include "mapping/mapping_file.h"

namespace weft {
namespace {

constexpr std::string_view kExtension = ".json";

bool IsFileName(std::string_view reference) {
  return reference.size() > kExtension.size() &&
         reference.substr(reference.size() - kExtension.size()) == kExtension;
}

absl::StatusOr<MappingText> ReadFile(std::string_view path, uint64_t limit_bytes) {
  SplitPath split = SplitAtName(path);
  MappingText text;
  WEFT_ASSIGN_OR_RETURN(text.json, ReadTextFile(path, limit_bytes));
  text.name = std::move(split.name);
  text.directory = std::move(split.directory);
  text.identity = Join(text.directory, text.name);
  return text;
}

}  // namespace

// Names are looked up in the library, files beside the including one.
class MappingLibrary::Source : public MappingSource {
 public:
  explicit Source(const MappingLibrary& library) : library_(library) {}

  absl::StatusOr<MappingText> Open(std::string_view reference,
                                   std::string_view directory) const override {
    if (!IsFileName(reference)) return Named(reference);
    if (reference.front() == '/') return ReadFile(reference, library_.limits_.json_bytes);
    if (directory.empty()) {
      return ErrorStatus(ErrorCode::kUnknownMapping, Escaped(reference),
                         "a mapping that is no file includes this file",
                         "include a mapping by its name, or open the file by its path");
    }
    return ReadFile(Join(directory, reference), library_.limits_.json_bytes);
  }

  absl::StatusOr<MappingText> Named(std::string_view name) const {
    const auto found = library_.entries_.find(name);
    if (found != library_.entries_.end()) {
      const std::string file = found->first + std::string(kExtension);
      return MappingText{
          found->second.json, file, found->second.directory,
          found->second.directory.empty() ? found->first : Join(found->second.directory, file)};
    }
    std::vector<std::string_view> names;
    std::string list;
    for (const auto& [known, entry] : library_.entries_) {
      names.push_back(known);
      list += (list.empty() ? "" : ", ") + known;
    }
    const std::string nearest = NearestWord(name, names);
    return ErrorStatus(
        ErrorCode::kUnknownMapping, Escaped(name), "there is no mapping of this name",
        (nearest.empty() ? "" : "did you mean \"" + nearest + "\"? ") + ("there are: " + list));
  }

 private:
  const MappingLibrary& library_;
};

MappingLibrary::MappingLibrary(const Limits& limits) : limits_(limits) {
  for (const BuiltinMapping& builtin : BuiltinMappings()) {
    entries_[std::string(builtin.name)] = {std::string(builtin.json), "", true};
  }
}

void MappingLibrary::Add(std::string_view name, std::string json) {
  entries_[std::string(name)] = {std::move(json), ""};
}

absl::Status MappingLibrary::AddDirectory(std::string_view path) {
  WEFT_ASSIGN_OR_RETURN(const Directory directory, Directory::Open(path));
  WEFT_ASSIGN_OR_RETURN(const std::vector<std::string> names, directory.Names());
  for (const std::string& name : names) {
    if (!IsFileName(name) || name[0] == '.' || directory.KindOf(name) != EntryKind::kFile) continue;
    WEFT_ASSIGN_OR_RETURN(std::string json, ReadTextFile(Join(path, name), limits_.json_bytes));
    entries_[name.substr(0, name.size() - kExtension.size())] = {std::move(json),
                                                                 std::string(path)};
  }
  return absl::OkStatus();
}

std::vector<std::string> MappingLibrary::names() const {
  std::vector<std::string> names;
  names.reserve(entries_.size());
  for (const auto& [name, entry] : entries_) names.push_back(name);
  return names;
}

const std::string* MappingLibrary::JsonOf(std::string_view name) const {
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : &found->second.json;
}

absl::StatusOr<Mapping> MappingLibrary::Find(std::string_view name) const {
  const Source source(*this);
  WEFT_ASSIGN_OR_RETURN(const MappingText text, source.Named(name));
  WEFT_ASSIGN_OR_RETURN(auto document, ParseMappingFile(text, source, limits_));
  return Mapping(std::move(document));
}

// What a mapping says of detection, at least. What is built in is right as a whole; in other files
// every error is to be found.
absl::StatusOr<std::shared_ptr<const internal::MappingDocument>> MappingLibrary::ReadDetection(
    std::string_view name) const {
  const Source source(*this);
  WEFT_ASSIGN_OR_RETURN(const MappingText text, source.Named(name));
  const auto entry = entries_.find(name);
  return entry->second.is_builtin ? ParseDetection(text, source, limits_)
                                  : ParseMappingFile(text, source, limits_);
}

std::vector<PartFiles> MappingLibrary::part_files() const {
  std::vector<PartFiles> found;
  for (const auto& [name, entry] : entries_) {
    if (entry.json.find("\"files\"") == std::string::npos) continue;  // spares parsing it
    const absl::StatusOr<Mapping> mapping = Find(name);
    if (!mapping.ok() || mapping->part_files() == nullptr) continue;
    const PartFiles& files = *mapping->part_files();
    if (std::none_of(found.begin(), found.end(),
                     [&files](const PartFiles& other) { return other.text() == files.text(); })) {
      found.push_back(files);
    }
  }
  return found;
}

absl::StatusOr<Mapping> MappingLibrary::FromFile(std::string_view path) const {
  WEFT_ASSIGN_OR_RETURN(const MappingText text, ReadFile(path, limits_.json_bytes));
  WEFT_ASSIGN_OR_RETURN(auto document, ParseMappingFile(text, Source(*this), limits_));
  return Mapping(std::move(document));
}

absl::StatusOr<Mapping> MappingLibrary::FromJson(std::string_view json,
                                                 std::string_view file_name) const {
  const MappingText text = {std::string(json), std::string(file_name), "", std::string(file_name)};
  WEFT_ASSIGN_OR_RETURN(auto document, ParseMappingFile(text, Source(*this), limits_));
  return Mapping(std::move(document));
}

}  // namespace weft
