#include "formats/index.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "io/path.h"
#include "json/json.h"
#include "weft/catalog.h"

namespace weft {
namespace {

// The names of the files, each once, and which of them each tensor is in.
absl::StatusOr<Index> ReadWeightMap(json::Value weight_map, std::string_view text,
                                    std::string_view path, const Limits& limits) {
  const auto where = [&](size_t offset) {
    const json::LineColumn position = json::PositionOf(text, offset);
    return absl::StrFormat("%s:%d:%d", Escaped(path), position.line, position.column);
  };
  // Numbers in the order of first use; the views are of strings in `weight_map`.
  absl::flat_hash_map<std::string_view, uint32_t> numbers;
  std::vector<std::string_view> names;
  Diagnostics diagnostics;
  for (const json::Member& member : weight_map.members) {
    if (member.value.kind != json::Kind::kString) {
      diagnostics.Add(ErrorCode::kBadMetadata, where(member.value.offset),
                      absl::StrFormat("the file of tensor '%s' is %s; expected a string",
                                      Escaped(member.key), json::NameOf(member.value.kind)));
      continue;
    }
    const std::string& name = member.value.string;
    if (!numbers.try_emplace(name, static_cast<uint32_t>(names.size())).second) continue;
    names.push_back(name);
    if (!IsPlainName(name)) {
      diagnostics.Add(ErrorCode::kUnsafePath, where(member.value.offset),
                      absl::StrFormat("the file name '%s' leads out of the directory of the index",
                                      Escaped(name)),
                      "the files of a checkpoint stand beside its index, under plain names");
    }
    if (names.size() > limits.shards) {
      return ErrorStatus(ErrorCode::kLimitExceeded, Escaped(path),
                         absl::StrFormat("the index names more than %d files", limits.shards));
    }
  }
  WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());

  std::vector<uint32_t> order(names.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return NaturalLess(names[a], names[b]); });
  std::vector<uint32_t> rank(names.size());
  Index index;
  for (uint32_t i = 0; i < order.size(); ++i) {
    rank[order[i]] = i;
    index.files.emplace_back(names[order[i]]);
  }
  index.tensors.reserve(weight_map.members.size());
  for (json::Member& member : weight_map.members) {
    const uint32_t file = rank[numbers.find(std::string_view(member.value.string))->second];
    index.tensors.push_back({std::move(member.key), file});
  }
  return index;
}

}  // namespace

bool MayBeJsonObject(std::string_view first_bytes) {
  const size_t start = first_bytes.find_first_not_of(" \t\r\n");
  return start != std::string_view::npos && first_bytes[start] == '{';
}

absl::StatusOr<Index> ParseIndex(std::string_view text, std::string_view path,
                                 const Limits& limits) {
  const std::string file_name = Escaped(path);
  json::Options options;
  options.file_name = file_name;
  options.max_depth = limits.json_depth;
  options.syntax_code = ErrorCode::kBadHeaderSyntax;
  options.duplicate_code = ErrorCode::kDuplicateName;
  WEFT_ASSIGN_OR_RETURN(json::Value root, json::ParseTree(text, options));
  for (json::Member& member : root.members) {
    if (member.key != "weight_map") continue;
    if (member.value.kind != json::Kind::kObject) {
      return ErrorStatus(ErrorCode::kBadMetadata, file_name,
                         absl::StrFormat("`weight_map` is %s; expected an object",
                                         json::NameOf(member.value.kind)));
    }
    if (member.value.members.empty()) {
      return ErrorStatus(ErrorCode::kBadMetadata, file_name, "`weight_map` is empty");
    }
    if (member.value.members.size() > limits.tensors) {
      return ErrorStatus(ErrorCode::kLimitExceeded, file_name,
                         absl::StrFormat("the index names %d tensors; the limit is %d",
                                         member.value.members.size(), limits.tensors));
    }
    return ReadWeightMap(std::move(member.value), text, path, limits);
  }
  return ErrorStatus(ErrorCode::kUnknownFormat, file_name,
                     "the file is JSON, but no index: it has no `weight_map`",
                     "give the weights file, the index file or the directory");
}

}  // namespace weft
