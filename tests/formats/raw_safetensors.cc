#include "formats/raw_safetensors.h"

namespace weft {

std::string LittleEndian(uint64_t number) {
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(number >> shift & 0xFF);
  return bytes;
}

std::string RawSafetensors(std::string_view header, std::string_view data) {
  std::string bytes = LittleEndian(header.size());
  bytes += header;
  bytes += data;
  return bytes;
}

std::string FileWith(const std::vector<std::string>& names, std::string_view content) {
  std::string header = "{";
  std::string data;
  for (const std::string& name : names) {
    if (header.size() > 1) header += ',';
    header += '"' + name + R"(":{"dtype":"U8","shape":[)" + std::to_string(content.size()) +
              R"(],"data_offsets":[)" + std::to_string(data.size()) + ',';
    data += content;
    header += std::to_string(data.size()) + "]}";
  }
  header += '}';
  return RawSafetensors(header, data);
}

std::string IndexWith(const std::vector<std::pair<std::string, std::string>>& weight_map) {
  std::string text = R"({"metadata":{"total_size":-1.5},"weight_map":{)";
  const char* separator = "";
  for (const auto& [name, file] : weight_map) {
    text.append(separator).append("\"").append(name).append("\":\"").append(file).append("\"");
    separator = ",";
  }
  return text + "}}";
}

}  // namespace weft
