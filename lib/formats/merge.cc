#include "formats/merge.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"

namespace weft {
namespace {

bool ComesBefore(const TensorInfo& a, const TensorInfo& b) { return NaturalLess(a.name, b.name); }

// Sorts numbers and then moves each tensor once: a TensorInfo is costly to swap.
void SortByName(std::vector<TensorInfo>& tensors) {
  if (std::is_sorted(tensors.begin(), tensors.end(), ComesBefore)) return;
  std::vector<uint32_t> order(tensors.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return ComesBefore(tensors[a], tensors[b]); });
  std::vector<TensorInfo> sorted;
  sorted.reserve(tensors.size());
  for (const uint32_t i : order) sorted.push_back(std::move(tensors[i]));
  tensors = std::move(sorted);
}

// `catalog.tensors` is sorted.
absl::Status CheckNamesUnique(const Catalog& catalog) {
  Diagnostics diagnostics;
  for (size_t i = 1; i < catalog.tensors.size(); ++i) {
    const TensorInfo& a = catalog.tensors[i - 1];
    const TensorInfo& b = catalog.tensors[i];
    if (a.name != b.name) continue;
    const std::string first = Escaped(catalog.files[std::min(a.file, b.file)].name);
    const std::string second = Escaped(catalog.files[std::max(a.file, b.file)].name);
    diagnostics.Add(ErrorCode::kDuplicateName,
                    absl::StrFormat("%s: tensor '%s'", second, Escaped(a.name)),
                    a.file == b.file ? std::string("stands twice in the header")
                                     : absl::StrFormat("stands in %s too", first));
  }
  return diagnostics.ToStatus();
}

}  // namespace

absl::StatusOr<Catalog> Merge(std::string_view format, std::vector<CatalogFile> files,
                              std::vector<FileCatalog> parts) {
  Catalog catalog;
  catalog.format = format;
  catalog.files = std::move(files);
  size_t count = 0;
  for (const FileCatalog& part : parts) count += part.tensors.size();
  if (!parts.empty()) catalog.tensors = std::move(parts[0].tensors);
  catalog.tensors.reserve(count);
  for (size_t i = 0; i < parts.size(); ++i) {
    catalog.metadata.merge(parts[i].metadata);  // keeps what is there already
    if (i == 0) continue;
    for (TensorInfo& tensor : parts[i].tensors) {
      tensor.file = static_cast<uint32_t>(i);
      catalog.tensors.push_back(std::move(tensor));
    }
  }
  SortByName(catalog.tensors);
  WEFT_RETURN_IF_ERROR(CheckNamesUnique(catalog));
  return catalog;
}

}  // namespace weft
