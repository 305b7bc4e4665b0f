#include "formats/writer.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/layout_writer.h"
#include "formats/output_formats.h"
#include "formats/output_layout.h"
#include "formats/template_file.h"
#include "io/path.h"
#include "io/system_error.h"

namespace weft {
namespace {

// Extensions of weights files that a directory should not be given for.
constexpr std::array<std::string_view, 2> kOtherExtensions = {".onnx", ".gguf"};

bool Has(absl::Span<const std::string_view> extensions, std::string_view extension) {
  return std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
}

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

struct Chosen {
  const OutputFormat* format = nullptr;
  bool is_directory = false;
};

// The format that is asked for, or that of the extension.
absl::StatusOr<Chosen> Choose(std::string_view destination, std::string_view name,
                              std::string_view wanted) {
  const std::string_view extension = ExtensionOf(name);
  const auto error = [&](const std::string& what, std::string_view hint) {
    return ErrorStatus(ErrorCode::kBadArgument, Escaped(destination), what, hint);
  };
  bool is_file = false;
  for (const OutputFormat& format : AllOutputFormats())
    is_file |= Has(format.extensions, extension);
  if (Has(kOtherExtensions, extension)) {
    return error(
        absl::StrFormat("weft cannot write %s files from tensors alone", extension),
        "name a file of another format, or a directory; an ONNX model that is there can be "
        "written with other values (--into)");
  }
  if (!wanted.empty()) {
    for (const OutputFormat& format : AllOutputFormats()) {
      if (format.name != wanted) continue;
      const bool fits = is_file
                            ? Has(format.extensions, extension) && format.lay_out_file != nullptr
                            : format.lay_out_directory != nullptr;
      if (fits) return Chosen{&format, !is_file};
      return error(is_file ? absl::StrFormat("a %s file is not of format %s", extension, wanted)
                           : absl::StrFormat("format %s is written to a file", wanted),
                   is_file ? "give the file another name, or a directory"
                           : absl::StrFormat("end its name with %s", format.extensions[0]));
    }
    return error(absl::StrFormat("there is no format '%s'", Escaped(wanted)),
                 "the names are those of docs/formats.md");
  }
  if (!is_file) return Chosen{AllOutputFormats().data(), true};
  if (extension == ".ckpt") {
    return error("a .ckpt file may be of PyTorch or of MindSpore",
                 "say which: --to pytorch or --to mindspore");
  }
  const auto* const found =
      std::find_if(AllOutputFormats().begin(), AllOutputFormats().end(),
                   [&](const OutputFormat& format) { return Has(format.extensions, extension); });
  return Chosen{found, false};
}

// That of the part files. The destination is the directory that they are in.
absl::StatusOr<Chosen> ChooseOfParts(std::string_view destination, const PartFiles& files,
                                     std::string_view wanted) {
  const std::string path = files.PathOf(0).value_or(files.text());
  if (!IsBelow(path)) {
    return ErrorStatus(ErrorCode::kUnsafePath, Escaped(files.text()),
                       "the part files would not be in the directory");
  }
  WEFT_ASSIGN_OR_RETURN(const Chosen chosen, Choose(path, path, wanted));
  if (chosen.is_directory || chosen.format->lay_out_file == nullptr) {
    return ErrorStatus(ErrorCode::kBadArgument, Escaped(files.text()),
                       "no format is written to files of such names",
                       "their extension has to be that of a format");
  }
  const std::string_view extension = ExtensionOf(destination);
  for (const OutputFormat& format : AllOutputFormats()) {
    if (!Has(format.extensions, extension)) continue;
    return ErrorStatus(ErrorCode::kBadArgument, Escaped(destination),
                       absl::StrFormat("the mapping writes files '%s', which need a directory",
                                       Escaped(files.text())),
                       "give the destination another name");
  }
  return Chosen{chosen.format, true};
}

absl::Status NoSideFiles(std::string_view name) {
  return ErrorStatus(ErrorCode::kBadArgument, Escaped(name),
                     "a destination that is one file takes no side files");
}

absl::StatusOr<std::unique_ptr<CheckpointWriter>> NewWriterInto(
    SplitPath split, const std::vector<CatalogFile>& inputs, const WriterOptions& options) {
  const TemplateFile& model = FileOf(*options.into);
  const std::string path = Join(split.directory, split.name);
  const absl::Span<const std::string_view> extensions = model.facts().extensions;
  if (!Has(extensions, ExtensionOf(split.name))) {
    std::string names;
    for (const std::string_view extension : extensions) {
      names += (names.empty() ? "" : ", ") + std::string(extension);
    }
    return ErrorStatus(
        ErrorCode::kBadArgument, Escaped(path),
        absl::StrFormat("'%s' is a template for a file %s", Escaped(options.into->path()), names),
        "end the name of the output so");
  }
  if (!options.format.empty()) {
    return ErrorStatus(ErrorCode::kBadArgument, Escaped(path),
                       "a file that is written into a template has the template's format",
                       "name no other");
  }
  std::vector<CatalogFile> read = inputs;
  read.insert(read.end(), model.facts().files.begin(), model.facts().files.end());
  const auto check = [read = std::move(read),
                      overwrite = options.overwrite](const std::string& file) -> absl::Status {
    WEFT_RETURN_IF_ERROR(CheckNoInput(file, read));
    return CheckFree(file, false, overwrite);
  };
  WEFT_RETURN_IF_ERROR(check(path));
  return NewTemplateWriter(model, std::move(split), options, check);
}

}  // namespace

absl::Status CheckpointWriter::CopySideFile(std::string_view, std::string_view name) {
  return NoSideFiles(name);
}

absl::Status CheckpointWriter::WriteSideFile(std::string_view name, std::string_view) {
  return NoSideFiles(name);
}

std::vector<std::string_view> WrittenFormats() {
  std::vector<std::string_view> names;
  for (const OutputFormat& format : AllOutputFormats()) names.push_back(format.name);
  return names;
}

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
  if (options.into != nullptr) return NewWriterInto(std::move(split), inputs, options);
  WEFT_ASSIGN_OR_RETURN(const Chosen chosen,
                        options.part_files.has_value()
                            ? ChooseOfParts(destination, *options.part_files, options.format)
                            : Choose(destination, split.name, options.format));
  const std::string path = Join(split.directory, split.name);
  WEFT_RETURN_IF_ERROR(CheckNoInput(path, inputs));
  WEFT_RETURN_IF_ERROR(CheckFree(path, chosen.is_directory, options.overwrite));
  if (chosen.is_directory) return NewDirectoryWriter(*chosen.format, std::move(split), options);
  return NewFileWriter(*chosen.format, std::move(split), options);
}

}  // namespace weft
