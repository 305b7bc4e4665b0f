#include "execute/side_files.h"

#include <algorithm>
#include <array>

#include "diagnostic/status.h"
#include "formats/format.h"
#include "io/directory.h"
#include "io/path.h"

namespace weft::execute {
namespace {

// Of weights, of all formats that a checkpoint may be published in next to the one that is read.
constexpr std::array<std::string_view, 12> kWeightsEndings = {
    ".safetensors", ".bin",  ".pt",  ".pth", ".th",      ".ckpt",
    ".gguf",        ".onnx", ".npz", ".h5",  ".msgpack", ".index.json",
};

bool EndsWith(std::string_view text, std::string_view ending) {
  return text.size() >= ending.size() &&
         text.compare(text.size() - ending.size(), ending.size(), ending) == 0;
}

bool IsInCatalog(const Catalog& catalog, const std::string& name) {
  return std::any_of(catalog.files.begin(), catalog.files.end(),
                     [&](const CatalogFile& file) { return file.name == name; });
}

}  // namespace

bool IsWeightsName(std::string_view name) {
  return std::any_of(kWeightsEndings.begin(), kWeightsEndings.end(),
                     [&](std::string_view ending) { return EndsWith(name, ending); });
}

absl::StatusOr<std::vector<std::string>> CopySideFiles(std::string_view directory,
                                                       const Catalog& catalog,
                                                       CheckpointWriter& writer) {
  WEFT_ASSIGN_OR_RETURN(const Directory opened, Directory::Open(directory));
  WEFT_ASSIGN_OR_RETURN(const std::vector<std::string> names, opened.Names());
  std::vector<std::string> copied;
  for (const std::string& name : names) {
    if (name[0] == '.' || IsWeightsName(name) || IsInCatalog(catalog, name) ||
        opened.KindOf(name) != EntryKind::kFile) {
      continue;
    }
    WEFT_RETURN_IF_ERROR(writer.CopySideFile(Join(directory, name), name));
    copied.push_back(name);
  }
  return copied;
}

bool HasSideFiles(std::string_view destination) {
  return FormatOfName(Split(destination).name) == nullptr;
}

}  // namespace weft::execute
