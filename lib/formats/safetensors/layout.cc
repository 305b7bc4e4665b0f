#include "formats/safetensors/layout.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "diagnostic/utf8.h"
#include "formats/part_names.h"
#include "formats/safetensors/header.h"
#include "formats/shards.h"
#include "io/output_file.h"
#include "json/json.h"
#include "tensor/shape.h"

namespace weft::safetensors {
namespace {

// The format's own limit, which readers everywhere enforce.
constexpr uint64_t kMostHeaderBytes = 100'000'000;
constexpr size_t kHeaderAlignment = 8;

std::string WhereOf(const OutputTensor& tensor) {
  return absl::StrFormat("tensor '%s'", Escaped(tensor.name));
}

absl::Status CheckTensor(const OutputTensor& tensor) {
  if (tensor.name == kMetadataKey) {
    return ErrorStatus(ErrorCode::kBadName, WhereOf(tensor),
                       "the safetensors format reserves this name for metadata",
                       "give the tensor another name in the mapping");
  }
  if (!IsUtf8(tensor.name)) {
    return ErrorStatus(ErrorCode::kBadName, WhereOf(tensor), "the name is not valid UTF-8");
  }
  const std::optional<uint64_t> bits = CheckedBitsOf(*tensor.shape, tensor.dtype);
  if (!bits) {
    return ErrorStatus(ErrorCode::kOverflow, WhereOf(tensor),
                       absl::StrFormat("shape %s of %s has 2^63 bits or more",
                                       TextOf(*tensor.shape), NameOf(tensor.dtype)));
  }
  if (*bits % 8 != 0) {
    return ErrorStatus(ErrorCode::kNotByteAligned, WhereOf(tensor),
                       absl::StrFormat("shape %s of %s has %d bits, which is no whole number of "
                                       "bytes",
                                       TextOf(*tensor.shape), NameOf(tensor.dtype), *bits));
  }
  return absl::OkStatus();
}

// `order` is the natural order of names.
absl::Status CheckNames(const std::vector<OutputTensor>& tensors,
                        const std::vector<uint32_t>& order,
                        const std::map<std::string, std::string>& metadata) {
  Diagnostics diagnostics;
  for (const OutputTensor& tensor : tensors) diagnostics.Add(CheckTensor(tensor));
  for (size_t i = 1; i < order.size(); ++i) {
    if (tensors[order[i - 1]].name != tensors[order[i]].name) continue;
    diagnostics.Add(ErrorCode::kDuplicateName, WhereOf(tensors[order[i]]), "is written twice");
  }
  for (const auto& [key, value] : metadata) {
    if (IsUtf8(key) && IsUtf8(value)) continue;
    diagnostics.Add(ErrorCode::kBadMetadata, "`__metadata__`",
                    absl::StrFormat("the entry '%s' is not valid UTF-8", Escaped(key)));
  }
  return diagnostics.ToStatus();
}

void AppendEntry(const OutputTensor& tensor, uint64_t begin, uint64_t end, std::string& out) {
  json::AppendQuoted(tensor.name, out);
  out += ":{\"dtype\":\"";
  out += NameOf(tensor.dtype);
  out += "\",\"shape\":[";
  bool is_first = true;
  for (const int64_t size : *tensor.shape) {
    if (!std::exchange(is_first, false)) out += ',';
    out += std::to_string(size);
  }
  out += "],\"data_offsets\":[";
  out += std::to_string(begin);
  out += ',';
  out += std::to_string(end);
  out += "]}";
}

void AppendMetadata(const std::map<std::string, std::string>& metadata, std::string& out) {
  json::AppendQuoted(kMetadataKey, out);
  char separator = ':';
  for (const auto& [key, value] : metadata) {
    out += std::exchange(separator, ',') == ':' ? ":{" : ",";
    json::AppendQuoted(key, out);
    out += ':';
    json::AppendQuoted(value, out);
  }
  out += '}';
}

void AppendLittleEndian(uint64_t number, std::string& out) {
  for (size_t i = 0; i < kPrefixBytes; ++i) out += static_cast<char>(number >> (8 * i) & 0xFF);
}

// How much is to be put between a header of `header_bytes` and the data: what aligns it, and gets
// most bytes that are copied as they are to the same place of a block as where they come from.
size_t PaddingOf(const std::vector<OutputTensor>& tensors, const FileLayout& file,
                 const std::vector<OutputExtent>& extents, uint64_t header_bytes) {
  std::map<uint64_t, uint64_t> bytes_by_place;  // of the beginning of the data in a block
  for (const uint32_t i : file.tensors) {
    if (!tensors[i].copied_from) continue;
    const uint64_t place = (*tensors[i].copied_from - extents[i].offset_bytes) % kBlockBytes;
    if (place % kHeaderAlignment == 0) bytes_by_place[place] += extents[i].size_bytes;
  }
  const auto most =
      std::max_element(bytes_by_place.begin(), bytes_by_place.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  if (most == bytes_by_place.end()) return (uint64_t{0} - header_bytes) % kHeaderAlignment;
  return (most->first - header_bytes) % kBlockBytes;
}

// Orders the tensors of a file by alignment and gives them their offsets and the file its header.
// The offsets in `extents` are from the start of the data at first, as those in the header are.
absl::Status LayOutData(const std::vector<OutputTensor>& tensors,
                        const std::map<std::string, std::string>& metadata, uint32_t file_number,
                        FileLayout& file, std::vector<OutputExtent>& extents) {
  file.tensors = file.by_name;
  std::stable_sort(file.tensors.begin(), file.tensors.end(), [&](uint32_t a, uint32_t b) {
    return BitsOf(tensors[a].dtype) > BitsOf(tensors[b].dtype);
  });
  std::string json = "{";
  if (!metadata.empty()) AppendMetadata(metadata, json);
  for (const uint32_t i : file.tensors) {
    const uint64_t begin = file.data_bytes;
    extents[i] = {file_number, begin, SizeOf(tensors[i])};
    file.data_bytes += extents[i].size_bytes;
    if (json.size() > 1) json += ',';
    AppendEntry(tensors[i], begin, file.data_bytes, json);
  }
  json += '}';
  json.append(PaddingOf(tensors, file, extents, kPrefixBytes + json.size()), ' ');
  if (json.size() > kMostHeaderBytes) {
    return ErrorStatus(
        ErrorCode::kLimitExceeded, file.name,
        absl::StrFormat("the header needs %d bytes; the safetensors format allows %d", json.size(),
                        kMostHeaderBytes),
        "write a directory with smaller shards");
  }
  AppendLittleEndian(json.size(), file.header);
  file.header += json;
  for (const uint32_t i : file.tensors) extents[i].offset_bytes += file.header.size();
  return absl::OkStatus();
}

absl::StatusOr<Layout> LayOut(const std::vector<OutputTensor>& tensors,
                              const std::map<std::string, std::string>& metadata,
                              uint64_t most_bytes, std::string_view only_name) {
  const std::vector<uint32_t> order = NaturalOrder(tensors);
  WEFT_RETURN_IF_ERROR(CheckNames(tensors, order, metadata));
  uint64_t total = 0;
  for (const OutputTensor& tensor : tensors) {
    const std::optional<uint64_t> sum = CheckedAdd(total, SizeOf(tensor));
    if (!sum || *sum > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return ErrorStatus(ErrorCode::kOverflow, WhereOf(tensor),
                         "the tensors up to this one have 2^63 bytes or more");
    }
    total = *sum;
  }

  Layout layout;
  layout.data_bytes = total;
  layout.extents.resize(tensors.size());
  std::vector<std::vector<uint32_t>> pieces = CutIntoShards(tensors, order, most_bytes);
  for (size_t i = 0; i < pieces.size(); ++i) {
    FileLayout& file = layout.files.emplace_back();
    file.name = pieces.size() == 1 ? std::string(only_name)
                                   : NameOfPart("model", i + 1, pieces.size(), ".safetensors");
    file.by_name = std::move(pieces[i]);
    WEFT_RETURN_IF_ERROR(
        LayOutData(tensors, metadata, static_cast<uint32_t>(i), file, layout.extents));
  }
  return layout;
}

}  // namespace

absl::StatusOr<Layout> LayOutFile(std::string_view name, const std::vector<OutputTensor>& tensors,
                                  const std::map<std::string, std::string>& metadata) {
  return LayOut(tensors, metadata, std::numeric_limits<uint64_t>::max(), name);
}

absl::StatusOr<Layout> LayOutShards(uint64_t max_shard_bytes,
                                    const std::vector<OutputTensor>& tensors,
                                    const std::map<std::string, std::string>& metadata) {
  return LayOut(tensors, metadata, max_shard_bytes, "model.safetensors");
}

}  // namespace weft::safetensors
