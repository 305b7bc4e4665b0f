#include "formats/merge.h"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/name_order.h"
#include "io/path.h"
#include "tensor/shard_record.h"

namespace weft {
namespace {

// Puts the tensors in order.
absl::Status Order(Catalog& catalog) {
  SortByName(catalog.tensors);
  Diagnostics diagnostics;
  ForEachRepeatedName(catalog.tensors, [&](const TensorInfo& a, const TensorInfo& b) {
    diagnostics.Add(
        ErrorCode::kDuplicateName,
        absl::StrFormat("%s: tensor '%s'", Escaped(catalog.files[b.file].name), Escaped(b.name)),
        absl::StrFormat("stands in '%s' too", Escaped(catalog.files[a.file].name)),
        "remove or rename one of the two; files that each hold a part of every tensor are read by "
        "a mapping that names them, with \"files\"");
  });
  return diagnostics.ToStatus();
}

// Shards of several ranks are no shard together.
bool HoldsSeveralRanks(const std::vector<FileCatalog>& parts) {
  std::set<std::string_view> ranks;
  for (const FileCatalog& part : parts) {
    const auto rank = part.metadata.find(std::string(kShardRankKey));
    if (rank != part.metadata.end()) ranks.insert(rank->second);
  }
  return ranks.size() > 1;
}

}  // namespace

absl::StatusOr<Catalog> Merge(std::string_view format, std::vector<CatalogFile> files,
                              std::vector<FileCatalog> parts) {
  Catalog catalog;
  catalog.format = format;
  catalog.files = std::move(files);
  const bool is_no_shard = HoldsSeveralRanks(parts);
  size_t count = 0;
  for (const FileCatalog& part : parts) count += part.tensors.size();
  catalog.tensors.reserve(count);
  for (uint32_t file = 0; file < parts.size(); ++file) {
    const auto first_decoded = static_cast<uint32_t>(catalog.files.size());
    for (const DecodedPart& part : parts[file].decoded) {
      const CatalogFile& from = catalog.files[file];
      catalog.files.push_back({from.path, from.name, part.reader->size_bytes(), part.name});
    }
    catalog.metadata.merge(parts[file].metadata);  // keeps what is there already
    for (TensorInfo& tensor : parts[file].tensors) {
      tensor.file = tensor.file == 0 ? file : first_decoded + tensor.file - 1;
      catalog.tensors.push_back(std::move(tensor));
    }
  }
  if (is_no_shard) {
    catalog.metadata.erase(std::string(kShardRankKey));
    catalog.metadata.erase(std::string(kShardWorldSizeKey));
  }
  WEFT_RETURN_IF_ERROR(Order(catalog));
  return catalog;
}

absl::StatusOr<Catalog> MergeDirectory(std::string_view format, std::string_view directory,
                                       std::vector<CatalogFile> files, FileCatalog part) {
  Catalog catalog;
  catalog.format = format;
  catalog.files = std::move(files);
  const std::string name = SplitAtName(directory).name;
  for (const DecodedPart& decoded : part.decoded) {
    catalog.files.push_back(
        {std::string(directory), name, decoded.reader->size_bytes(), decoded.name});
  }
  catalog.metadata = std::move(part.metadata);
  catalog.tensors = std::move(part.tensors);
  WEFT_RETURN_IF_ERROR(Order(catalog));
  return catalog;
}

}  // namespace weft
