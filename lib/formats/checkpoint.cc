#include "weft/checkpoint.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/checkpoint_files.h"
#include "formats/discovery.h"
#include "formats/format.h"
#include "formats/merge.h"
#include "formats/metadata.h"
#include "io/input_file.h"
#include "io/path.h"

namespace weft {
namespace {

// Before every name of a model in torch's DistributedDataParallel or DataParallel.
constexpr std::string_view kParallelPrefix = "module.";

// Opens all files, and reports all that are absent.
absl::StatusOr<std::vector<OpenFile>> OpenFiles(const Discovery& discovery) {
  std::vector<OpenFile> files;
  files.reserve(discovery.paths.size());
  Diagnostics diagnostics;
  for (const std::string& path : discovery.paths) {
    absl::StatusOr<InputFile> opened = InputFile::Open(path);
    if (opened.ok()) {
      files.push_back(OpenFileOf(*std::move(opened)));
    } else if (discovery.index && !Exists(path)) {
      diagnostics.Add(ErrorCode::kMissingPart, Escaped(discovery.index_path),
                      absl::StrFormat("the file '%s', which the index names, is missing",
                                      Escaped(SplitAtName(path).name)),
                      "fetch the missing file");
    } else {
      diagnostics.Add(opened.status());
    }
  }
  WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
  return files;
}

// The format of all files; they must agree.
absl::StatusOr<const Format*> FormatOfAll(const std::vector<OpenFile>& files) {
  const Format* format = nullptr;
  for (const OpenFile& file : files) {
    WEFT_ASSIGN_OR_RETURN(const Format* own, FormatOf(file));
    if (format != nullptr && own != format) {
      return ErrorStatus(
          ErrorCode::kUnknownFormat, Escaped(file.path),
          absl::StrFormat("the file is %s; the files before it are %s", own->name, format->name));
    }
    format = own;
  }
  return format;
}

absl::StatusOr<std::vector<FileCatalog>> ReadCatalogs(const Format& format,
                                                      const std::vector<OpenFile>& files,
                                                      const OpenOptions& options) {
  std::vector<FileCatalog> parts;
  parts.reserve(files.size());
  Diagnostics diagnostics;
  uint64_t tensors = 0;
  for (const OpenFile& file : files) {
    absl::StatusOr<FileCatalog> part = format.read_catalog(file, options);
    if (!part.ok()) {
      diagnostics.Add(part.status());
      continue;
    }
    tensors += part->tensors.size();
    if (tensors > options.limits.tensors) {
      return ErrorStatus(
          ErrorCode::kLimitExceeded, Escaped(file.path),
          absl::StrFormat("the checkpoint has more than %d tensors", options.limits.tensors));
    }
    parts.push_back(*std::move(part));
  }
  WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
  return parts;
}

// Every tensor that the index names is where it says; tensors that it does not name are counted.
absl::Status CheckIndex(const Discovery& discovery, const Catalog& catalog,
                        std::vector<std::string>& warnings) {
  absl::flat_hash_map<std::string_view, uint32_t> file_of;
  file_of.reserve(catalog.tensors.size());
  for (const TensorInfo& tensor : catalog.tensors) file_of.emplace(tensor.name, tensor.file);

  Diagnostics diagnostics;
  const Index& index = *discovery.index;
  size_t found = 0;
  for (const IndexEntry& entry : index.tensors) {
    const auto it = file_of.find(std::string_view(entry.tensor));
    if (it != file_of.end()) ++found;
    if (it != file_of.end() && (it->second == entry.file ||
                                catalog.files[it->second].path == catalog.files[entry.file].path)) {
      continue;
    }
    const std::string where =
        it == file_of.end()
            ? "is in none of the files"
            : absl::StrFormat("is in '%s'", Escaped(catalog.files[it->second].name));
    diagnostics.Add(ErrorCode::kMissingPart,
                    absl::StrFormat("%s: tensor '%s'", Escaped(catalog.files[entry.file].name),
                                    Escaped(entry.tensor)),
                    absl::StrFormat("the index places the tensor in this file, but it %s", where),
                    "the index and the files are not of one checkpoint; fetch both again");
  }
  if (found < catalog.tensors.size()) {
    warnings.push_back(absl::StrFormat("%s: the files hold %d tensors that the index does not name",
                                       Escaped(discovery.index_path),
                                       catalog.tensors.size() - found));
  }
  return diagnostics.ToStatus();
}

// What is in the files.
struct Content {
  Catalog catalog;
  std::vector<std::shared_ptr<const ByteReader>> decoded;  // in the order of the catalog
  std::vector<std::string> warnings;
  std::string wrapper;  // FileCatalog::wrapper of all files; empty when they differ
};

// The path of a file, relative to the directory that it is in or below.
std::string NameIn(std::string_view directory, const std::string& path) {
  const bool is_below = path.size() > directory.size() && path[directory.size()] == '/' &&
                        path.compare(0, directory.size(), directory) == 0;
  return is_below ? path.substr(directory.size() + 1) : SplitAtName(path).name;
}

std::vector<CatalogFile> CatalogFilesOf(const std::string& directory,
                                        const std::vector<OpenFile>& files) {
  std::vector<CatalogFile> listed;
  listed.reserve(files.size());
  for (const OpenFile& file : files) {
    listed.push_back({file.path, NameIn(directory, file.path), file.file->size_bytes()});
  }
  return listed;
}

// Names a tensor, and a note of it in the metadata of its file, after the part that it is in.
void NameByPart(uint64_t part, TensorInfo& tensor, std::map<std::string, std::string>& metadata) {
  std::string name = NameInPart(part, tensor.name);
  const auto note = metadata.find(tensor.name);
  if (note != metadata.end() && IsTensorNote(note->second, tensor.dtype)) {
    auto renamed = metadata.extract(note);
    renamed.key() = name;
    metadata.insert(std::move(renamed));
  }
  tensor.name = std::move(name);
}

// Files that each hold whole tensors.
absl::StatusOr<Content> ReadFiles(const Discovery& discovery, const std::vector<OpenFile>& files,
                                  const OpenOptions& options) {
  WEFT_ASSIGN_OR_RETURN(const Format* format, FormatOfAll(files));
  WEFT_ASSIGN_OR_RETURN(std::vector<FileCatalog> parts, ReadCatalogs(*format, files, options));
  Content content;
  if (!parts.empty() && !discovery.has_parts) content.wrapper = parts.front().wrapper;
  for (size_t i = 0; i < parts.size(); ++i) {
    FileCatalog& part = parts[i];
    for (std::string& warning : part.warnings) content.warnings.push_back(std::move(warning));
    for (const DecodedPart& decoded : part.decoded) content.decoded.push_back(decoded.reader);
    if (part.wrapper != content.wrapper) content.wrapper.clear();
    if (i < discovery.names.size() && part.tensors.size() == 1) {
      part.tensors[0].name = discovery.names[i];
    }
    if (discovery.has_parts) {
      for (TensorInfo& tensor : part.tensors) NameByPart(i, tensor, part.metadata);
    }
  }
  WEFT_ASSIGN_OR_RETURN(
      content.catalog,
      Merge(format->name, CatalogFilesOf(discovery.directory, files), std::move(parts)));
  return content;
}

// Files that hold tensors together only.
absl::StatusOr<Content> ReadDirectory(const Discovery& discovery,
                                      const std::vector<OpenFile>& files,
                                      const OpenOptions& options) {
  const DirectoryFormat& format = *discovery.directory_format;
  WEFT_ASSIGN_OR_RETURN(FileCatalog part, format.read_catalog(files, options));
  if (part.tensors.size() > options.limits.tensors) {
    return ErrorStatus(
        ErrorCode::kLimitExceeded, Escaped(discovery.parts_directory),
        absl::StrFormat("the checkpoint has more than %d tensors", options.limits.tensors));
  }
  Content content;
  content.warnings = std::move(part.warnings);
  content.wrapper = std::move(part.wrapper);
  for (const DecodedPart& decoded : part.decoded) content.decoded.push_back(decoded.reader);
  WEFT_ASSIGN_OR_RETURN(
      content.catalog, MergeDirectory(format.name, discovery.parts_directory,
                                      CatalogFilesOf(discovery.directory, files), std::move(part)));
  return content;
}

}  // namespace

struct Checkpoint::Files {
  // As in the catalog.
  struct File {
    std::shared_ptr<const ByteReader> reader;
    std::shared_ptr<const InputFile> file;  // null: decoded
  };
  std::vector<File> files;
  std::string wrapper;  // FileCatalog::wrapper
};

const InputFile* FileOf(const Checkpoint& checkpoint, uint32_t file) {
  return checkpoint.files_->files[file].file.get();
}

absl::StatusOr<Checkpoint> Checkpoint::Open(std::string_view path, const OpenOptions& options) {
  WEFT_ASSIGN_OR_RETURN(const Discovery discovery,
                        options.part_files.has_value()
                            ? DiscoverParts(path, *options.part_files, options.limits)
                            : Discover(path, options.limits));
  WEFT_ASSIGN_OR_RETURN(const std::vector<OpenFile> opened, OpenFiles(discovery));
  WEFT_ASSIGN_OR_RETURN(Content content, discovery.directory_format != nullptr
                                             ? ReadDirectory(discovery, opened, options)
                                             : ReadFiles(discovery, opened, options));
  Checkpoint checkpoint;
  checkpoint.warnings_ = discovery.warnings;
  for (std::string& warning : content.warnings) checkpoint.warnings_.push_back(std::move(warning));
  if (discovery.index) {
    WEFT_RETURN_IF_ERROR(CheckIndex(discovery, content.catalog, checkpoint.warnings_));
  }
  Files files;
  files.wrapper = std::move(content.wrapper);
  for (const OpenFile& file : opened) files.files.push_back({file.reader, file.file});
  for (auto& reader : content.decoded) files.files.push_back({std::move(reader), nullptr});
  checkpoint.catalog_ = std::make_shared<const Catalog>(std::move(content.catalog));
  checkpoint.files_ = std::make_shared<const Files>(std::move(files));
  checkpoint.directory_ = discovery.directory;
  checkpoint.is_directory_ = discovery.is_directory;
  return checkpoint;
}

std::string Checkpoint::wrapper() const {
  // Other formats have no programs' objects in them.
  if (catalog_->format != "pytorch" && catalog_->format != "dcp") return "";
  const auto all_begin_with = [&](const std::string& prefix) {
    return !catalog_->tensors.empty() &&
           std::all_of(catalog_->tensors.begin(), catalog_->tensors.end(),
                       [&](const TensorInfo& tensor) {
                         return tensor.name.size() > prefix.size() &&
                                tensor.name.compare(0, prefix.size(), prefix) == 0;
                       });
  };
  std::string prefix = files_->wrapper.empty() ? "" : files_->wrapper + ".";
  // Of two that were joined, the wrapper is that of the first.
  if (!all_begin_with(prefix)) return "";
  std::string with_module = absl::StrFormat("%s%s", prefix, kParallelPrefix);
  return all_begin_with(with_module) ? with_module : prefix;
}

Checkpoint Checkpoint::Unwrapped() const {
  Checkpoint unwrapped = *this;
  const size_t prefix_bytes = wrapper().size();
  if (prefix_bytes == 0) return unwrapped;
  Catalog catalog = *catalog_;
  for (TensorInfo& tensor : catalog.tensors) tensor.name.erase(0, prefix_bytes);
  unwrapped.catalog_ = std::make_shared<const Catalog>(std::move(catalog));
  Files files = *files_;
  files.wrapper.clear();
  unwrapped.files_ = std::make_shared<const Files>(std::move(files));
  return unwrapped;
}

Checkpoint Checkpoint::Join(const Checkpoint& first, const Checkpoint& second) {
  Checkpoint joined = first;
  joined.catalog_ = std::make_shared<const Catalog>(weft::Join(*first.catalog_, *second.catalog_));
  Files files = *first.files_;
  files.files.insert(files.files.end(), second.files_->files.begin(), second.files_->files.end());
  joined.files_ = std::make_shared<const Files>(std::move(files));
  joined.warnings_.insert(joined.warnings_.end(), second.warnings_.begin(), second.warnings_.end());
  return joined;
}

absl::Status Checkpoint::CheckFile(uint32_t file) const {
  if (file < files_->files.size()) return absl::OkStatus();
  return ErrorStatus(ErrorCode::kBadArgument, directory_,
                     absl::StrFormat("file %d does not exist; the checkpoint has %d files", file,
                                     files_->files.size()));
}

absl::Status Checkpoint::ReadAt(uint32_t file, uint64_t offset_bytes, uint64_t size_bytes,
                                char* out) const {
  WEFT_RETURN_IF_ERROR(CheckFile(file));
  const ByteReader& reader = *files_->files[file].reader;
  const uint64_t all = reader.size_bytes();
  if (offset_bytes > all || size_bytes > all - offset_bytes) {
    return ErrorStatus(ErrorCode::kBadArgument, reader.where(),
                       absl::StrFormat("%d bytes at byte %d are beyond its end; it has %d bytes",
                                       size_bytes, offset_bytes, all));
  }
  return reader.ReadAt(offset_bytes, size_bytes, out);
}

absl::StatusOr<std::shared_ptr<const char>> Checkpoint::Map(uint32_t file) const {
  WEFT_RETURN_IF_ERROR(CheckFile(file));
  const Files::File& mapped = files_->files[file];
  if (mapped.file != nullptr) return mapped.file->Map();
  return ErrorStatus(ErrorCode::kBadArgument, mapped.reader->where(),
                     "is decoded while it is read, and so lies in no file that could be mapped");
}

absl::Status Checkpoint::CheckUnchanged() const {
  for (const Files::File& file : files_->files) {
    if (file.file != nullptr) WEFT_RETURN_IF_ERROR(file.file->CheckUnchanged());
  }
  return absl::OkStatus();
}

}  // namespace weft
