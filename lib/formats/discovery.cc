#include "formats/discovery.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/format.h"
#include "formats/numpy/array_path.h"
#include "formats/part_names.h"
#include "formats/part_paths.h"
#include "io/directory.h"
#include "io/input_file.h"
#include "io/path.h"
#include "weft/catalog.h"

namespace weft {
namespace {

// DeepSpeed keeps the name of the folder that it saved last in such a file.
constexpr std::string_view kLatest = "latest";
constexpr uint64_t kMostLatestBytes = 4096;

// What is in the files of torch.distributed.checkpoint.
constexpr std::string_view kDistributedIndex = ".metadata";

struct FoundIndex {
  std::string name;
  Index index;
};

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// The first bytes of an entry; nullopt when it is no regular file or cannot be read. A side file
// that cannot be read is no reason to refuse the checkpoint beside it.
std::optional<std::string> FirstBytesOf(const std::string& path) {
  const absl::StatusOr<InputFile> file = InputFile::Open(path);
  if (!file.ok()) return std::nullopt;
  absl::StatusOr<std::string> bytes = ReadFirstBytes(*file);
  if (!bytes.ok()) return std::nullopt;
  return *std::move(bytes);
}

// The index in a JSON file; nullopt when the file is none, which most JSON files beside a
// checkpoint are. The search for the word spares parsing them.
absl::StatusOr<std::optional<Index>> ReadIfIndex(const std::string& path, const Limits& limits) {
  const absl::StatusOr<std::string> text = ReadTextFile(path, limits.json_bytes);
  const bool is_named_so = EndsWith(path, ".index.json") || EndsWith(path, "/param_name_map.json");
  if (!text.ok()) {
    if (is_named_so) return text.status();
    return std::nullopt;
  }
  if (!is_named_so && text->find("weight_map") == std::string::npos) return std::nullopt;
  absl::StatusOr<Index> index = ParseIndex(*text, path, limits);
  if (index.ok()) return std::optional<Index>(*std::move(index));
  if (DiagnosticsOf(index.status())[0].code == ErrorCode::kUnknownFormat) return std::nullopt;
  return index.status();
}

// What training leaves beside the weights, in files of a format of weights: "optimizer.bin", and of
// a second one "optimizer_1.bin".
bool IsTrainingState(std::string_view name) {
  constexpr std::string_view kRandom = "rng_state";
  if (name.substr(0, kRandom.size()) == kRandom) return true;
  std::string_view stem = name.substr(0, name.find('.'));
  const size_t end = stem.find_last_not_of("0123456789");
  if (end != std::string_view::npos && end + 1 < stem.size() && stem[end] == '_') {
    stem = stem.substr(0, end);
  }
  for (const std::string_view state :
       {"training_args", "optimizer", "scheduler", "scaler", "sampler", "dl_state_dict"}) {
    if (stem == state && stem.size() < name.size()) return true;
  }
  return false;
}

// Whether a file of a directory is one of weights, by its name and its content. Of most formats it
// needs both: other programs have files that begin like a pickle or a protocol buffer.
bool IsWeights(std::string_view name, const Format* named, const Format* format) {
  if (format == nullptr || format->is_named_by_path || IsTrainingState(name)) return false;
  return named != nullptr || format->name == "safetensors";
}

// What a directory offers.
struct Candidates {
  std::vector<FoundIndex> indexes;
  std::vector<std::string> weights;  // in natural order
};

absl::StatusOr<Candidates> FindCandidates(const Directory& directory,
                                          const std::vector<std::string>& names,
                                          const Limits& limits) {
  Candidates candidates;
  for (const std::string& name : names) {
    // Hidden files are no candidates: unfinished output has such names.
    if (name[0] == '.' || IsDirectoryPart(name)) continue;
    const EntryKind kind = directory.KindOf(name);
    const Format* const named = FormatOfName(name);
    // A name such as this is given to nothing else, so what is wrong with the file is to be told.
    const bool is_only_weights = EndsWith(name, ".safetensors");
    if (kind != EntryKind::kFile && !(is_only_weights && kind != EntryKind::kDirectory)) continue;
    const std::string path = Join(directory.path(), name);
    const std::optional<std::string> first_bytes = FirstBytesOf(path);
    const Format* const format = first_bytes ? FormatOfContent(*first_bytes) : nullptr;
    if (is_only_weights || IsWeights(name, named, format)) {
      candidates.weights.push_back(name);
    } else if (first_bytes && MayBeJsonObject(*first_bytes)) {
      WEFT_ASSIGN_OR_RETURN(std::optional<Index> index, ReadIfIndex(path, limits));
      if (index) candidates.indexes.push_back({name, *std::move(index)});
    }
  }
  std::sort(candidates.weights.begin(), candidates.weights.end(), NaturalLess);
  return candidates;
}

absl::Status SeveralCheckpoints(const std::string& directory, std::string_view a,
                                std::string_view b) {
  return ErrorStatus(ErrorCode::kSeveralCheckpoints, Escaped(directory),
                     absl::StrFormat("the directory holds several checkpoints, '%s' and '%s'",
                                     Escaped(a), Escaped(b)),
                     "give the file, or the index file, instead of the directory");
}

// The weights files of a directory without an index, when they are one checkpoint.
absl::Status CheckOneCheckpoint(const std::vector<std::string>& weights,
                                const std::string& directory) {
  if (weights.empty()) {
    return ErrorStatus(ErrorCode::kUnknownFormat, Escaped(directory),
                       "the directory holds no weights files that this build reads", kFormatsHint);
  }
  const std::string family = FamilyOf(weights.front());
  for (const std::string& name : weights) {
    if (FamilyOf(name) != family) return SeveralCheckpoints(directory, weights.front(), name);
  }
  return CheckAllParts(weights, directory);
}

std::vector<std::string> PathsOf(const std::string& directory,
                                 const std::vector<std::string>& names) {
  std::vector<std::string> paths;
  paths.reserve(names.size());
  for (const std::string& name : names) paths.push_back(Join(directory, name));
  return paths;
}

Discovery WithIndex(std::string directory, std::string index_path, Index index) {
  Discovery discovery;
  discovery.paths = PathsOf(directory, index.files);
  discovery.directory = std::move(directory);
  discovery.is_directory = true;
  discovery.index_path = std::move(index_path);
  discovery.index = std::move(index);
  return discovery;
}

// A directory of .npy files, each of which is a tensor; nullopt when there is none.
absl::StatusOr<std::optional<Discovery>> DiscoverArrays(const std::string& path,
                                                        const Limits& limits) {
  WEFT_ASSIGN_OR_RETURN(const std::vector<numpy::ArrayPath> arrays,
                        numpy::ListArrays(path, limits));
  if (arrays.empty()) return std::nullopt;
  Discovery discovery;
  discovery.directory = path;
  discovery.is_directory = true;
  for (const numpy::ArrayPath& array : arrays) {
    discovery.paths.push_back(Join(path, array.path));
    discovery.names.push_back(array.name);
  }
  return discovery;
}

// The folder of a training run that its file "latest" names, which need not be there; empty where
// it names none.
std::string LatestName(const Directory& directory) {
  if (directory.KindOf(std::string(kLatest)) != EntryKind::kFile) return "";
  const std::string path = Join(directory.path(), kLatest);
  const absl::StatusOr<std::string> text = ReadTextFile(path, kMostLatestBytes);
  if (!text.ok()) return "";
  std::string name(absl::StripAsciiWhitespace(*text));
  return IsPlainName(name) ? name : "";
}

// Of a directory that holds nothing else: the folder that "latest" names is there.
absl::Status CheckLatest(const Directory& directory) {
  const std::string name = LatestName(directory);
  if (name.empty() || directory.KindOf(name) == EntryKind::kDirectory) return absl::OkStatus();
  return ErrorStatus(ErrorCode::kMissingPart, Escaped(Join(directory.path(), kLatest)),
                     absl::StrFormat("names the folder '%s', which is not there", Escaped(name)),
                     "fetch the folder, or give one that is there");
}

// The checkpoint of training in a directory with these entries, or in the folder that is the
// latest of its run; nullopt when there is none.
absl::StatusOr<std::optional<Discovery>> DiscoverTraining(const Directory& directory,
                                                          const std::vector<std::string>& names) {
  Discovery discovery;
  discovery.directory = directory.path();
  discovery.is_directory = true;
  discovery.parts_directory = directory.path();
  std::vector<DirectoryParts> found = DirectoryPartsOf(names);
  if (found.empty()) {
    const std::string latest = LatestName(directory);
    if (latest.empty() || directory.KindOf(latest) != EntryKind::kDirectory) return std::nullopt;
    discovery.parts_directory = Join(directory.path(), latest);
    WEFT_ASSIGN_OR_RETURN(const Directory folder, Directory::Open(discovery.parts_directory));
    WEFT_ASSIGN_OR_RETURN(const std::vector<std::string> entries, folder.Names());
    found = DirectoryPartsOf(entries);
    if (found.empty()) return std::nullopt;
  }
  if (found.size() > 1) {
    return SeveralCheckpoints(directory.path(), found[0].names[0], found[1].names[0]);
  }
  discovery.directory_format = found[0].format;
  discovery.paths = PathsOf(discovery.parts_directory, found[0].names);
  return discovery;
}

// What there is to say of weights files that are not part of the checkpoint beside them.
std::vector<std::string> WarningsOf(const std::vector<std::string>& weights, const Index& index,
                                    const std::string& index_path) {
  constexpr size_t kMostNamed = 5;
  std::string names;
  size_t count = 0;
  for (const std::string& name : weights) {
    if (std::find(index.files.begin(), index.files.end(), name) != index.files.end()) continue;
    if (++count <= kMostNamed) names += (names.empty() ? "'" : ", '") + Escaped(name) + "'";
  }
  if (count == 0) return {};
  if (count > kMostNamed) names += absl::StrFormat(" and %d more", count - kMostNamed);
  return {absl::StrFormat("%s: the index does not name %s; neither read nor copied",
                          Escaped(index_path), names)};
}

absl::Status CheckFileCount(const std::string& path, uint64_t count, const Limits& limits) {
  if (count <= limits.shards) return absl::OkStatus();
  return ErrorStatus(
      ErrorCode::kLimitExceeded, Escaped(path),
      absl::StrFormat("the checkpoint has %d files; the limit is %d", count, limits.shards));
}

absl::StatusOr<Discovery> DiscoverInDirectory(std::string path, const Limits& limits) {
  WEFT_ASSIGN_OR_RETURN(const Directory directory, Directory::Open(path));
  WEFT_ASSIGN_OR_RETURN(const std::vector<std::string> names, directory.Names());
  WEFT_ASSIGN_OR_RETURN(Candidates candidates, FindCandidates(directory, names, limits));
  WEFT_ASSIGN_OR_RETURN(std::optional<Discovery> training, DiscoverTraining(directory, names));
  if (candidates.indexes.size() > 1) {
    return SeveralCheckpoints(path, candidates.indexes[0].name, candidates.indexes[1].name);
  }
  if (training) {
    if (!candidates.indexes.empty() || !candidates.weights.empty()) {
      return SeveralCheckpoints(
          path, candidates.indexes.empty() ? candidates.weights[0] : candidates.indexes[0].name,
          SplitAtName(training->paths[0]).name);
    }
    WEFT_RETURN_IF_ERROR(CheckFileCount(path, training->paths.size(), limits));
    return *std::move(training);
  }
  if (candidates.indexes.size() == 1) {
    FoundIndex& found = candidates.indexes[0];
    std::string index_path = Join(path, found.name);
    std::vector<std::string> warnings = WarningsOf(candidates.weights, found.index, index_path);
    Discovery discovery = WithIndex(std::move(path), std::move(index_path), std::move(found.index));
    discovery.warnings = std::move(warnings);
    return discovery;
  }
  if (candidates.weights.empty()) {
    WEFT_ASSIGN_OR_RETURN(std::optional<Discovery> arrays, DiscoverArrays(path, limits));
    if (arrays) return *std::move(arrays);
    WEFT_RETURN_IF_ERROR(CheckLatest(directory));
  }
  WEFT_RETURN_IF_ERROR(CheckOneCheckpoint(candidates.weights, path));
  WEFT_RETURN_IF_ERROR(CheckFileCount(path, candidates.weights.size(), limits));
  Discovery discovery;
  discovery.paths = PathsOf(path, candidates.weights);
  discovery.directory = std::move(path);
  discovery.is_directory = true;
  return discovery;
}

// A file that leads to a checkpoint of training: ".metadata" beside its files, and "latest".
absl::StatusOr<std::optional<Discovery>> DiscoverByIndex(const std::string& path,
                                                         const Limits& limits) {
  const SplitPath split = SplitAtName(path);
  if ((split.name != kLatest && split.name != kDistributedIndex) || !Exists(path)) {
    return std::nullopt;
  }
  WEFT_ASSIGN_OR_RETURN(const Directory directory, Directory::Open(split.directory));
  WEFT_ASSIGN_OR_RETURN(const std::vector<std::string> names, directory.Names());
  WEFT_ASSIGN_OR_RETURN(std::optional<Discovery> training, DiscoverTraining(directory, names));
  if (training) {
    WEFT_RETURN_IF_ERROR(CheckFileCount(split.directory, training->paths.size(), limits));
  } else if (split.name == kLatest) {
    WEFT_RETURN_IF_ERROR(CheckLatest(directory));
  }
  return training;
}

absl::StatusOr<Discovery> DiscoverFile(const std::string& path, const Limits& limits) {
  WEFT_ASSIGN_OR_RETURN(const InputFile file, InputFile::Open(path));
  WEFT_ASSIGN_OR_RETURN(const std::string first_bytes, ReadFirstBytes(file));
  std::string directory = SplitAtName(path).directory;
  const bool is_weights = FormatOfContent(first_bytes) != nullptr || FormatOfName(path) != nullptr;
  if (!is_weights && MayBeJsonObject(first_bytes)) {
    WEFT_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path, limits.json_bytes));
    WEFT_ASSIGN_OR_RETURN(Index index, ParseIndex(text, path, limits));
    return WithIndex(std::move(directory), path, std::move(index));
  }
  Discovery discovery;
  discovery.directory = std::move(directory);
  discovery.paths = {path};
  return discovery;
}

}  // namespace

absl::StatusOr<Discovery> Discover(std::string_view path, const Limits& limits) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  std::string text(path);
  struct stat info;
  if (text.find('\0') == std::string::npos && ::stat(text.c_str(), &info) == 0 &&
      S_ISDIR(info.st_mode)) {
    return DiscoverInDirectory(std::move(text), limits);
  }
  WEFT_ASSIGN_OR_RETURN(std::optional<Discovery> training, DiscoverByIndex(text, limits));
  if (training) return *std::move(training);
  return DiscoverFile(text, limits);
}

absl::StatusOr<Discovery> DiscoverParts(std::string_view path, const PartFiles& files,
                                        const Limits& limits) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  Discovery discovery;
  discovery.directory = std::string(path);
  discovery.is_directory = true;
  discovery.has_parts = true;
  const auto missing = [&](const std::string& what) {
    return ErrorStatus(ErrorCode::kMissingPart, Escaped(path), what,
                       "the mapping reads files of these names, all of them");
  };
  WEFT_ASSIGN_OR_RETURN(const auto parts, ListParts(discovery.directory, files, limits.shards));
  if (parts.empty()) {
    return missing(absl::StrFormat("the directory holds no files '%s'", Escaped(files.text())));
  }
  for (const auto& [part, file] : parts) {
    if (part != discovery.paths.size()) {
      return missing(absl::StrFormat("'%s' is there, and no file for part %d", Escaped(file),
                                     discovery.paths.size()));
    }
    discovery.paths.push_back(Join(discovery.directory, file));
  }
  return discovery;
}

}  // namespace weft
