#include "formats/pytorch/object_catalog.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "diagnostic/utf8.h"

namespace weft::pytorch {
namespace {

using pickle::Kind;
using pickle::kNoValue;
using pickle::Ref;
using pickle::Tree;

bool IsReason(const absl::Status& status) {
  const std::vector<Diagnostic> found = DiagnosticsOf(status);
  return found.size() == 1 && found[0].code == ErrorCode::kUnsupportedFeature;
}

// An attribute of the root's OrderedDict, {"metadata": {text: text}}: what weft's writer keeps.
void ReadMetadata(const Tree& tree, const RoleTable& roles, Contents& contents) {
  if (roles.RoleOfObject(tree.root()) != Role::kDict) return;
  const Ref state = tree.ObjectOf(tree.root()).state;
  if (state == kNoValue || tree.KindOf(state) != Kind::kDict) return;
  const Ref metadata = tree.Find(state, "metadata");
  if (metadata == kNoValue || tree.KindOf(metadata) != Kind::kDict) return;
  const absl::Span<const Ref> items = tree.ItemsOf(metadata);
  for (size_t i = 0; i < items.size(); i += 2) {
    const bool is_text =
        tree.KindOf(items[i]) == Kind::kText && tree.KindOf(items[i + 1]) == Kind::kText;
    if (!is_text || !IsUtf8(tree.TextOf(items[i])) || !IsUtf8(tree.TextOf(items[i + 1]))) continue;
    contents.metadata.emplace(tree.TextOf(items[i]), tree.TextOf(items[i + 1]));
  }
}

}  // namespace

std::string WhereOfTensor(std::string_view where, std::string_view name) {
  if (name.empty()) return std::string(where);
  return absl::StrFormat("%s: tensor '%s'", where, Escaped(name));
}

absl::Status AddObjects(const Tree& tree, const RoleTable& roles, std::string prefix,
                        std::string_view where, const ObjectLimits& limits, StorageTable& storages,
                        Contents& contents) {
  TensorReader reader(tree, roles, storages, limits.tensor);
  Diagnostics diagnostics;
  uint64_t left_out = 0;
  Visitor visitor;
  visitor.tensor = [&](Ref ref, const std::string& name) -> absl::Status {
    if (contents.tensors.size() + contents.refused.size() >= limits.tensors) {
      return ErrorStatus(ErrorCode::kLimitExceeded, where,
                         absl::StrFormat("the file has more than %d tensors", limits.tensors));
    }
    const std::string tensor_where = WhereOfTensor(where, name);
    if (!IsUtf8(name)) {
      diagnostics.Add(ErrorCode::kBadName, tensor_where, "the name is not valid UTF-8");
      return absl::OkStatus();
    }
    absl::StatusOr<Tensor> tensor = reader.Read(ref, tensor_where);
    if (tensor.ok()) {
      tensor->name = name;
      if (tensor->has_attributes) {
        visitor.warning(absl::StrFormat("%s: its attributes in Python are left out", tensor_where));
      }
      contents.tensors.push_back(*std::move(tensor));
    } else if (IsReason(tensor.status())) {
      contents.refused.push_back(DiagnosticsOf(tensor.status()).front());
    } else {
      diagnostics.Add(tensor.status());
    }
    return absl::OkStatus();
  };
  visitor.value = [&](const std::string& name, std::string text) {
    if (contents.values.size() >= limits.values) {
      ++left_out;
      return;
    }
    contents.values.push_back({IsUtf8(name) ? name : Escaped(name), std::move(text)});
  };
  visitor.warning = [&](std::string text) {
    if (contents.warnings.size() < Diagnostics::kMost) contents.warnings.push_back(std::move(text));
  };
  const absl::Status walked =
      WalkNames(tree, roles, tree.root(), std::move(prefix), where, limits.walk, visitor);
  if (!walked.ok()) diagnostics.Add(walked);
  if (left_out > 0) {
    contents.warnings.push_back(
        absl::StrFormat("%s: %d values beside the tensors are left out", where, left_out));
  }
  ReadMetadata(tree, roles, contents);
  return diagnostics.ToStatus();
}

absl::Status CheckNamesUnique(const Contents& contents, std::string_view where) {
  std::vector<std::string_view> names;
  names.reserve(contents.tensors.size());
  for (const Tensor& tensor : contents.tensors) names.push_back(tensor.name);
  std::sort(names.begin(), names.end());
  Diagnostics diagnostics;
  for (size_t i = 1; i < names.size(); ++i) {
    if (names[i] != names[i - 1]) continue;
    diagnostics.Add(ErrorCode::kDuplicateName, WhereOfTensor(where, names[i]),
                    "two ways lead to a tensor of this name",
                    "keys that hold dots or are numbers can read like nested ones; rename one");
  }
  return diagnostics.ToStatus();
}

}  // namespace weft::pytorch
