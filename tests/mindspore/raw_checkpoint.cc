#include "mindspore/raw_checkpoint.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "protobuf/raw_fields.h"

namespace weft::test {
namespace {

std::string FromHex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

std::vector<int64_t> ShapeOf(const std::string& text) {
  std::vector<int64_t> shape;
  std::istringstream sizes(text.substr(1, text.size() - 2));
  std::string size;
  while (std::getline(sizes, size, ',')) shape.push_back(std::stoll(size));
  return shape;
}

}  // namespace

std::string RawTensor(const std::vector<int64_t>& dims, std::string_view type,
                      std::string_view content) {
  std::string tensor;
  for (const int64_t size : dims) tensor += RawNumber(1, static_cast<uint64_t>(size));
  return tensor + RawBytes(2, type) + RawBytes(3, content);
}

std::string RawValue(std::string_view tag, std::string_view tensor) {
  return RawBytes(1, RawBytes(1, tag) + RawBytes(2, tensor));
}

std::string RawEntry(std::string_view tag, const std::vector<int64_t>& dims, std::string_view type,
                     std::string_view content) {
  return RawValue(tag, RawTensor(dims, type, content));
}

Loaded LoadAll(const ByteReader& reader, const mindspore::Contents& contents) {
  Loaded loaded;
  loaded.texts = contents.texts;
  for (const mindspore::Parameter& parameter : contents.parameters) {
    FileTensor& tensor = loaded.tensors[parameter.name];
    tensor.dtype = NameOf(parameter.dtype);
    tensor.shape.assign(parameter.shape.begin(), parameter.shape.end());
    for (const FileRange& piece : parameter.pieces) {
      std::string data(piece.size_bytes, '.');
      REQUIRE(reader.ReadAt(piece.offset_bytes, data.size(), data.data()).ok());
      tensor.data += data;
    }
  }
  return loaded;
}

absl::StatusOr<mindspore::Contents> ReadBytes(std::string_view bytes, const Limits& limits) {
  const TextReader reader(bytes, "f.ckpt");
  absl::StatusOr<mindspore::Contents> contents = mindspore::Read(reader, limits);
  if (contents.ok()) LoadAll(reader, *contents);
  return contents;
}

Loaded ReadListing(const std::string& name) {
  Loaded loaded;
  std::ifstream lines(PathOfFile(name + ".txt"));
  REQUIRE(lines.is_open());
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string kind;
    std::string key;
    words >> kind >> key;
    if (kind == "text") {
      std::string hex;
      words >> hex;
      loaded.texts[key] = FromHex(hex);
      continue;
    }
    std::string dtype;
    std::string shape;
    std::string hex;
    words >> dtype >> shape >> hex;
    loaded.tensors[key] = {dtype, ShapeOf(shape), FromHex(hex)};
  }
  return loaded;
}

std::string PathOfFile(const std::string& name) {
  return std::string(WEFT_SOURCE_DIR) + "/tests/mindspore/files/" + name;
}

}  // namespace weft::test
