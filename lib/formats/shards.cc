#include "formats/shards.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "json/json.h"

namespace weft {

uint64_t SizeOf(const OutputTensor& tensor) {
  return ElementsOf(*tensor.shape) * static_cast<uint64_t>(BitsOf(tensor.dtype)) / 8;
}

std::vector<uint32_t> NaturalOrder(const std::vector<OutputTensor>& tensors) {
  std::vector<uint32_t> order(tensors.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto comes_before = [&](uint32_t a, uint32_t b) {
    return NaturalLess(tensors[a].name, tensors[b].name);
  };
  if (!std::is_sorted(order.begin(), order.end(), comes_before)) {
    std::sort(order.begin(), order.end(), comes_before);
  }
  return order;
}

std::vector<std::vector<uint32_t>> CutIntoShards(const std::vector<OutputTensor>& tensors,
                                                 const std::vector<uint32_t>& order,
                                                 uint64_t most_bytes) {
  std::vector<std::vector<uint32_t>> pieces(1);
  std::vector<uint32_t> piece_of(tensors.size());
  uint64_t used = 0;
  for (const uint32_t i : order) {
    if (tensors[i].alias_of.has_value()) continue;
    const uint64_t size = SizeOf(tensors[i]);
    if (!pieces.back().empty() && (used > most_bytes || size > most_bytes - used)) {
      pieces.emplace_back();
      used = 0;
    }
    piece_of[i] = static_cast<uint32_t>(pieces.size() - 1);
    pieces.back().push_back(i);
    used += size;
  }
  for (const uint32_t i : order) {
    if (tensors[i].alias_of.has_value()) pieces[piece_of[*tensors[i].alias_of]].push_back(i);
  }
  return pieces;
}

std::vector<std::string> NotCutWarnings(const std::vector<OutputTensor>& tensors,
                                        uint64_t most_bytes, std::string_view file_name) {
  if (CutIntoShards(tensors, NaturalOrder(tensors), most_bytes).size() == 1) return {};
  return {absl::StrFormat(
      "%s has more than the %d bytes that a file was to have: the format has no index for several",
      file_name, most_bytes)};
}

std::string IndexText(const std::vector<OutputTensor>& tensors,
                      const std::vector<std::string>& files, uint64_t total_bytes) {
  std::vector<uint32_t> order(tensors.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return tensors[a].name < tensors[b].name; });
  std::string text = absl::StrFormat(
      "{\n  \"metadata\": {\n    \"total_size\": %d\n  },\n  \"weight_map\": {", total_bytes);
  bool is_first = true;
  for (const uint32_t i : order) {
    text += std::exchange(is_first, false) ? "\n    " : ",\n    ";
    json::AppendQuoted(tensors[i].name, text);
    text += ": ";
    json::AppendQuoted(files[i], text);
  }
  text += "\n  }\n}\n";
  return text;
}

}  // namespace weft
