#include "formats/writer.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/safetensors/writer.h"
#include "io/path.h"
#include "io/system_error.h"

namespace weft {
namespace {

// Extensions of weights files that a directory should not be given for.
constexpr std::array<std::string_view, 9> kOtherExtensions = {
    ".pt", ".pth", ".th", ".bin", ".ckpt", ".npz", ".npy", ".onnx", ".gguf"};

// From the last dot of the name; empty without one.
std::string_view ExtensionOf(std::string_view name) {
  const size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(dot);
}

bool IsSameEntry(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

// The destination, whatever links lead to it, is no input and no directory of inputs.
absl::Status CheckNoInput(const std::string& path, const std::vector<CatalogFile>& inputs) {
  struct stat destination;
  if (::stat(path.c_str(), &destination) != 0) return absl::OkStatus();
  for (const CatalogFile& input : inputs) {
    for (const std::string& read : {input.path, SplitAtName(input.path).directory}) {
      struct stat info;
      if (::stat(read.c_str(), &info) != 0 || !IsSameEntry(destination, info)) continue;
      return ErrorStatus(ErrorCode::kSameFile, Escaped(path),
                         absl::StrFormat("the destination is an input, '%s'", Escaped(read)),
                         "choose another destination; a checkpoint is never converted in place");
    }
  }
  return absl::OkStatus();
}

// What stands at the destination, if anything, may be replaced by what will be written.
absl::Status CheckFree(const std::string& path, bool is_directory, bool overwrite) {
  struct stat info;
  if (::lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return absl::OkStatus();
    return SystemError(ErrorCode::kCannotWrite, path, "cannot write there", errno);
  }
  if (!overwrite) {
    return ErrorStatus(ErrorCode::kOutputExists, Escaped(path), "exists already",
                       "choose another destination, or allow to overwrite it (--force)");
  }
  if (S_ISLNK(info.st_mode) || static_cast<bool>(S_ISDIR(info.st_mode)) == is_directory) {
    return absl::OkStatus();
  }
  return ErrorStatus(ErrorCode::kOutputExists, Escaped(path),
                     is_directory ? "is a file; a directory does not replace it"
                                  : "is a directory; a file does not replace it",
                     "choose another destination, or remove it");
}

}  // namespace

absl::StatusOr<std::unique_ptr<CheckpointWriter>> NewWriter(std::string_view destination,
                                                            const std::vector<CatalogFile>& inputs,
                                                            const WriterOptions& options) {
  SplitPath split = SplitAtName(destination);
  if (split.name.empty() || split.name == "." || split.name == ".." ||
      destination.find('\0') != std::string_view::npos) {
    return ErrorStatus(ErrorCode::kBadArgument, Escaped(destination),
                       "the destination has no name of its own",
                       "give the path that the output is to have, such as out/model");
  }
  const std::string_view extension = ExtensionOf(split.name);
  if (std::find(kOtherExtensions.begin(), kOtherExtensions.end(), extension) !=
      kOtherExtensions.end()) {
    return ErrorStatus(ErrorCode::kBadArgument, Escaped(destination),
                       absl::StrFormat("this build cannot write %s files", extension),
                       "name a .safetensors file, or a directory");
  }
  const std::string path = Join(split.directory, split.name);
  const bool is_directory = extension != ".safetensors";
  WEFT_RETURN_IF_ERROR(CheckNoInput(path, inputs));
  WEFT_RETURN_IF_ERROR(CheckFree(path, is_directory, options.overwrite));
  if (is_directory) return safetensors::NewDirectoryWriter(std::move(split), options);
  return safetensors::NewFileWriter(std::move(split), options);
}

}  // namespace weft
