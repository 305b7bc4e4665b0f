#include "execute/side_files.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "io/directory.h"
#include "io/input_file.h"
#include "io/path.h"
#include "json/edit.h"

namespace weft::execute {
namespace {

// Of weights, of all formats that a checkpoint may be published in next to the one that is read.
constexpr std::array<std::string_view, 13> kWeightsEndings = {
    ".safetensors", ".bin", ".pt", ".pth",     ".th",         ".ckpt",   ".gguf",
    ".onnx",        ".npz", ".h5", ".msgpack", ".index.json", ".distcp",
};

// The index of MindSpore's safetensors files, and what leads to a folder of DeepSpeed.
constexpr std::string_view kIndexes[] = {"param_name_map.json", "latest"};

bool EndsWith(std::string_view text, std::string_view ending) {
  return text.size() >= ending.size() &&
         text.compare(text.size() - ending.size(), ending.size(), ending) == 0;
}

bool IsInCatalog(const Catalog& catalog, const std::string& name) {
  return std::any_of(catalog.files.begin(), catalog.files.end(),
                     [&](const CatalogFile& file) { return file.name == name; });
}

// The edits of one file, in their order.
std::vector<json::Edit> EditsOf(const std::vector<SideFileEdit>& edits, const std::string& name) {
  std::vector<json::Edit> of_file;
  for (const SideFileEdit& edit : edits) {
    if (edit.file != name) continue;
    const bool is_merge = edit.kind == SideFileEdit::Kind::kMerge;
    of_file.push_back(
        {is_merge ? json::EditKind::kMerge : json::EditKind::kPatch, edit.json, edit.where});
  }
  return of_file;
}

// One for each file that is to be changed and was not.
std::vector<std::string> Unapplied(const std::vector<SideFileEdit>& edits,
                                   const std::vector<std::string>& patched) {
  std::vector<std::string> warnings;
  std::vector<std::string> told = patched;
  for (const SideFileEdit& edit : edits) {
    if (std::find(told.begin(), told.end(), edit.file) != told.end()) continue;
    told.push_back(edit.file);
    warnings.push_back(
        absl::StrFormat("%s: the source has no side file '%s' to change; the edit was left out",
                        edit.where, Escaped(edit.file)));
  }
  return warnings;
}

}  // namespace

bool IsWeightsName(std::string_view name) {
  return std::find(std::begin(kIndexes), std::end(kIndexes), name) != std::end(kIndexes) ||
         std::any_of(kWeightsEndings.begin(), kWeightsEndings.end(),
                     [&](std::string_view ending) { return EndsWith(name, ending); });
}

absl::StatusOr<SideFileReport> CopySideFiles(std::string_view directory, const Catalog& catalog,
                                             const std::vector<SideFileEdit>& edits,
                                             CheckpointWriter& writer) {
  WEFT_ASSIGN_OR_RETURN(const Directory opened, Directory::Open(directory));
  WEFT_ASSIGN_OR_RETURN(const std::vector<std::string> names, opened.Names());
  SideFileReport report;
  for (const std::string& name : names) {
    if (name[0] == '.' || IsWeightsName(name) || IsInCatalog(catalog, name) ||
        opened.KindOf(name) != EntryKind::kFile) {
      continue;
    }
    const std::string path = Join(directory, name);
    const std::vector<json::Edit> of_file = EditsOf(edits, name);
    if (of_file.empty()) {
      WEFT_RETURN_IF_ERROR(writer.CopySideFile(path, name));
      report.copied.push_back(name);
      continue;
    }
    WEFT_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path, json::EditLimits().bytes));
    WEFT_ASSIGN_OR_RETURN(const std::string edited, json::EditJson(text, path, of_file));
    WEFT_RETURN_IF_ERROR(writer.WriteSideFile(name, edited));
    report.patched.push_back(name);
  }
  report.warnings = Unapplied(edits, report.patched);
  return report;
}

}  // namespace weft::execute
