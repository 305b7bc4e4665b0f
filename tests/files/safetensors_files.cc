#include "files/safetensors_files.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "files/temporary_directory.h"

namespace weft::test {
namespace {

constexpr const char* kIndexName = "/model.safetensors.index.json";

std::string LengthPrefix(size_t length) {
  std::string prefix;
  for (int byte = 0; byte < 8; ++byte) {
    prefix += static_cast<char>(length & 0xFF);
    length >>= 8;
  }
  return prefix;
}

std::string HeaderBytes(const nlohmann::json& header) {
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return LengthPrefix(text.size()) + text;
}

struct Parsed {
  nlohmann::json header;
  size_t data_begin = 0;
};

Parsed Parse(const std::string& path, const std::string& content) {
  INFO(path);
  REQUIRE(content.size() >= 8);
  uint64_t length = 0;
  std::memcpy(&length, content.data(), sizeof(length));
  REQUIRE(length <= content.size() - 8);
  return {nlohmann::json::parse(content.substr(8, length)), 8 + static_cast<size_t>(length)};
}

}  // namespace

FileTensor Counting(const std::vector<int64_t>& shape, float first) {
  int64_t elements = 1;
  for (const int64_t size : shape) elements *= size;
  FileTensor tensor{"F32", shape, ""};
  for (int64_t i = 0; i < elements; ++i) {
    const float value = first + static_cast<float>(i);
    char bytes[sizeof(value)];
    std::memcpy(bytes, &value, sizeof(value));
    tensor.data.append(bytes, sizeof(bytes));
  }
  return tensor;
}

std::string SafetensorsBytes(const FileTensors& tensors,
                             const std::map<std::string, std::string>& metadata) {
  nlohmann::json header = nlohmann::json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::string data;
  for (const auto& [name, tensor] : tensors) {
    const size_t begin = data.size();
    data += tensor.data;
    header[name] = {
        {"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {begin, data.size()}}};
  }
  return HeaderBytes(header) + data;
}

void WriteSafetensors(const std::string& path, const FileTensors& tensors,
                      const std::map<std::string, std::string>& metadata) {
  WriteFile(path, SafetensorsBytes(tensors, metadata));
}

void WriteSparseSafetensors(const std::string& path, const std::string& name, int64_t rows,
                            int64_t columns) {
  const int64_t bytes = rows * columns * 4;
  const std::string header = HeaderBytes(
      {{name, {{"dtype", "F32"}, {"shape", {rows, columns}}, {"data_offsets", {0, bytes}}}}});
  WriteFile(path, header);
  std::filesystem::resize_file(path, header.size() + static_cast<uintmax_t>(bytes));
}

void WriteShards(const std::string& directory, const std::vector<FileTensors>& shards) {
  std::filesystem::create_directories(directory);
  nlohmann::json index = {{"metadata", nlohmann::json::object()},
                          {"weight_map", nlohmann::json::object()}};
  size_t total = 0;
  for (size_t i = 0; i < shards.size(); ++i) {
    char name[48];
    std::snprintf(name, sizeof(name), "model-%05zu-of-%05zu.safetensors", i + 1, shards.size());
    WriteSafetensors(directory + "/" + name, shards[i]);
    for (const auto& [tensor, content] : shards[i]) {
      index["weight_map"][tensor] = name;
      total += content.data.size();
    }
  }
  index["metadata"]["total_size"] = total;
  WriteFile(directory + kIndexName, index.dump(2));
}

FileTensors ReadSafetensors(const std::string& path) {
  const std::string content = ReadFile(path);
  const Parsed parsed = Parse(path, content);
  FileTensors tensors;
  for (const auto& [name, entry] : parsed.header.items()) {
    if (name == "__metadata__") continue;
    const auto begin = entry["data_offsets"][0].get<size_t>();
    const auto end = entry["data_offsets"][1].get<size_t>();
    INFO(path << ": " << name);
    REQUIRE(begin <= end);
    REQUIRE(end <= content.size() - parsed.data_begin);
    tensors[name] = {entry["dtype"].get<std::string>(), entry["shape"].get<std::vector<int64_t>>(),
                     content.substr(parsed.data_begin + begin, end - begin)};
  }
  return tensors;
}

std::map<std::string, std::string> ReadMetadata(const std::string& path) {
  const nlohmann::json header = Parse(path, ReadFile(path)).header;
  if (!header.contains("__metadata__")) return {};
  return header["__metadata__"].get<std::map<std::string, std::string>>();
}

FileTensors ReadDirectory(const std::string& directory) {
  if (!std::filesystem::exists(directory + kIndexName)) {
    return ReadSafetensors(directory + "/model.safetensors");
  }
  const auto index = nlohmann::json::parse(ReadFile(directory + kIndexName));
  const auto places = index["weight_map"].get<std::map<std::string, std::string>>();
  std::set<std::string> files;
  for (const auto& place : places) files.insert(place.second);
  const std::string prefix = directory + "/";
  FileTensors all;
  for (const std::string& file : files) {
    for (auto& [name, tensor] : ReadSafetensors(prefix + file)) {
      INFO(file << ": " << name);
      REQUIRE(places.count(name) == 1);
      REQUIRE(places.at(name) == file);
      all[name] = std::move(tensor);
    }
  }
  REQUIRE(all.size() == places.size());
  return all;
}

void CheckSame(const FileTensors& got, const FileTensors& expected) {
  std::ostringstream differences;
  for (const auto& [name, tensor] : expected) {
    const auto found = got.find(name);
    if (found == got.end()) {
      differences << name << ": missing\n";
    } else if (found->second.dtype != tensor.dtype) {
      differences << name << ": another dtype\n";
    } else if (found->second.shape != tensor.shape) {
      differences << name << ": another shape\n";
    } else if (found->second.data != tensor.data) {
      differences << name << ": other bytes\n";
    }
  }
  for (const auto& entry : got) {
    if (expected.count(entry.first) == 0) differences << entry.first << ": unexpected\n";
  }
  INFO(differences.str());
  CHECK(differences.str().empty());
}

}  // namespace weft::test
