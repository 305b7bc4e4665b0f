#include "formats/deepspeed/model_file.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/pickle/fields.h"
#include "formats/pytorch/catalog.h"
#include "formats/pytorch/reader.h"
#include "tensor/shape.h"

namespace weft::deepspeed {
namespace {

using pickle::Ref;
using pickle::Tree;

// What says how the weights are stored; of no use when they are whole.
constexpr std::string_view kLayoutKeys[] = {
    "module",
    "buffer_names",
    "param_shapes",
    "frozen_param_shapes",
    "frozen_param_fragments",
    "shared_params",
    "optimizer",
    "sparse_tensor_module_names",
};

// Enough to fill a line.
constexpr size_t kMostNamesBytes = 300;

bool StartsWith(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

// Of the root, so that "optimizer" stands for "optimizer.state" as well, but not "optimizers".
bool BelongsTo(std::string_view name, std::string_view key) {
  return StartsWith(name, key) && (name.size() == key.size() || name[key.size()] == '.');
}

bool IsLayout(std::string_view name) {
  return std::any_of(std::begin(kLayoutKeys), std::end(kLayoutKeys),
                     [&](std::string_view key) { return BelongsTo(name, key); });
}

// Whether it was saved beside an optimizer that has parts of the model.
bool IsModelFile(const Tree& tree) {
  const Ref root = tree.root();
  return !pickle::EntriesOf(tree, pickle::EntryOf(tree, root, "module")).empty() &&
         !pickle::ElementsOf(tree, pickle::EntryOf(tree, root, "param_shapes")).empty();
}

// `dict` says shapes of what is in the module.
absl::Status CheckWhole(const Tree& tree, Ref dict, const FileCatalog& file,
                        std::string_view where) {
  const absl::Span<const Ref> entries = pickle::EntriesOf(tree, dict);
  for (size_t i = 0; i + 1 < entries.size(); i += 2) {
    const std::optional<std::string_view> name = pickle::TextOf(tree, entries[i]);
    const auto sizes = pickle::IntsOf(tree, entries[i + 1]);
    if (!name || !sizes) continue;
    const std::string full_name = absl::StrFormat("%s%s", kModule, *name);
    const auto found = std::lower_bound(
        file.tensors.begin(), file.tensors.end(), full_name,
        [](const TensorInfo& a, const std::string& b) { return NaturalLess(a.name, b); });
    if (found == file.tensors.end() || found->name != full_name) continue;
    const Shape shape(sizes->begin(), sizes->end());
    if (found->shape == shape) continue;
    return ErrorStatus(
        ErrorCode::kMissingPart, absl::StrFormat("%s: tensor '%s'", where, Escaped(full_name)),
        absl::StrFormat("its shape is %s, and here it has %s: with ZeRO 3 the weights lie in parts "
                        "in the files of all ranks",
                        TextOf(shape), TextOf(found->shape)),
        "give the directory instead of the file");
  }
  return absl::OkStatus();
}

absl::Status CheckWhole(const Tree& tree, const FileCatalog& file, std::string_view where) {
  const Ref groups = pickle::EntryOf(tree, tree.root(), "param_shapes");
  for (const Ref group : pickle::ElementsOf(tree, groups)) {
    WEFT_RETURN_IF_ERROR(CheckWhole(tree, group, file, where));
  }
  const Ref frozen = pickle::EntryOf(tree, tree.root(), "frozen_param_shapes");
  return CheckWhole(tree, frozen, file, where);
}

}  // namespace

bool IsInModule(std::string_view name) { return StartsWith(name, kModule); }

std::map<std::string, std::string> MetadataOf(const FileCatalog& file) {
  std::map<std::string, std::string> metadata;
  std::copy_if(file.metadata.begin(), file.metadata.end(), std::inserter(metadata, metadata.end()),
               [](const auto& item) { return !IsLayout(item.first); });
  return metadata;
}

void WarnOfLeftOut(const FileCatalog& file, std::string_view where,
                   std::vector<std::string>& warnings) {
  std::set<std::string_view> names;
  for (const TensorInfo& tensor : file.tensors) {
    const std::string_view name = tensor.name;
    if (!IsLayout(name)) names.insert(name.substr(0, name.find('.')));
  }
  for (const auto& item : file.metadata) {
    if (IsInModule(item.first)) names.insert(item.first);
  }
  std::string text;
  for (const std::string_view name : names) {
    if (text.size() > kMostNamesBytes) break;
    if (!text.empty()) text += ", ";
    text += name;
  }
  if (names.empty()) return;
  warnings.push_back(absl::StrFormat("%s: is not among the tensors of 'module', and left out: %s",
                                     where, Escaped(text)));
}

absl::StatusOr<FileCatalog> ReadFile(const OpenFile& file, const OpenOptions& options) {
  WEFT_ASSIGN_OR_RETURN(const pytorch::Contents contents,
                        pytorch::Read(*file.reader, pytorch::ReadOptionsOf(options)));
  WEFT_ASSIGN_OR_RETURN(FileCatalog catalog, pytorch::CatalogOf(contents, file.reader));
  const std::string& where = file.reader->where();
  if (IsModelFile(contents.objects)) {
    WEFT_RETURN_IF_ERROR(CheckWhole(contents.objects, catalog, where));
    WarnOfLeftOut(catalog, where, catalog.warnings);
    catalog.metadata = MetadataOf(catalog);
    catalog.tensors.erase(
        std::remove_if(catalog.tensors.begin(), catalog.tensors.end(),
                       [](const TensorInfo& tensor) { return !IsInModule(tensor.name); }),
        catalog.tensors.end());
    if (catalog.wrapper.empty() && !catalog.tensors.empty()) {
      catalog.wrapper = kModule.substr(0, kModule.size() - 1);
    }
  }
  if (catalog.tensors.empty()) {
    catalog.warnings.push_back(absl::StrFormat("%s: holds no tensors", where));
  }
  return catalog;
}

}  // namespace weft::deepspeed
