#include "training/written_dcp.h"

#include <utility>

#include "formats/raw_pickle.h"

namespace weft::test {
namespace {

const char* const kModule = "torch.distributed.checkpoint.metadata";

std::string Joined(const std::vector<std::string>& keys) {
  std::string name;
  for (const std::string& key : keys) name += (name.empty() ? "" : ".") + key;
  return name;
}

}  // namespace

std::string PickledBuilt(const std::string& module, const std::string& name,
                         const std::string& state) {
  return PickledGlobal(module, name) + ")\x81" + state + "b";
}

std::string PickledItems(const std::vector<std::string>& keys,
                         const std::vector<std::string>& values) {
  std::string out = "}(";
  for (size_t i = 0; i < keys.size(); ++i) out += keys[i] + values[i];
  return out + "u";
}

std::string PickledProperties() {
  return PickledBuilt(kModule, "TensorProperties",
                      PickledTuple({PickledGlobal("torch", "float32")}));
}

std::string PickledPlace(uint64_t offset_bytes, uint64_t size_bytes) {
  return PickledBuilt("torch.distributed.checkpoint.filesystem", "_StorageInfo",
                      PickledDict({{"relative_path", PickledText("__0_0.distcp")},
                                   {"offset", PickledInt(static_cast<int64_t>(offset_bytes))},
                                   {"length", PickledInt(static_cast<int64_t>(size_bytes))}}));
}

std::string SavedObject(const std::string& object) {
  return TorchZip(Pickle(object), {{"0", "0123456789abcdef"}});
}

DcpItem TensorItem(const std::vector<std::string>& keys) {
  return {Joined(keys), keys, SavedObject(PickledTensor("0", 4, 0, {2, 2}, {2, 1})), true};
}

DcpItem ValueItem(const std::vector<std::string>& keys, const std::string& object) {
  return {Joined(keys), keys, SavedObject(object)};
}

WrittenDcp::WrittenDcp(const std::vector<DcpItem>& items) {
  std::string file;
  std::vector<std::string> names;
  std::vector<std::string> entries;
  std::vector<std::string> ways;
  std::vector<std::string> indices;
  std::vector<std::string> places;
  for (const DcpItem& item : items) {
    names.push_back(PickledText(item.name));
    std::vector<std::pair<std::string, std::string>> index = {{"fqn", names.back()}};
    if (item.is_tensor) {
      const std::string chunk = PickledBuilt(
          kModule, "ChunkStorageMetadata",
          PickledDict({{"offsets", PickledSizes({0, 0})}, {"sizes", PickledSizes({2, 2})}}));
      entries.push_back(PickledBuilt(kModule, "TensorStorageMetadata",
                                     PickledDict({{"properties", PickledProperties()},
                                                  {"size", PickledSizes({2, 2})},
                                                  {"chunks", PickledList({chunk})}})));
      index.emplace_back("offset", PickledSizes({0, 0}));
    } else {
      entries.push_back(PickledBuilt(kModule, "BytesStorageMetadata", PickledDict({})));
    }
    std::vector<std::string> keys;
    for (const std::string& key : item.keys) keys.push_back(PickledText(key));
    ways.push_back(PickledTuple(keys));
    indices.push_back(PickledBuilt(kModule, "MetadataIndex", PickledDict(index)));
    const auto [offset_bytes, size_bytes] =
        item.place.value_or(std::make_pair(file.size(), item.object.size()));
    places.push_back(PickledPlace(offset_bytes, size_bytes));
    file += item.object;
  }
  WriteFile(directory / ".metadata",
            Pickle(PickledBuilt(kModule, "Metadata",
                                PickledDict({{"state_dict_metadata", PickledItems(names, entries)},
                                             {"planner_data", PickledItems(names, ways)},
                                             {"storage_data", PickledItems(indices, places)}}))));
  WriteFile(directory / "__0_0.distcp", file);
}

}  // namespace weft::test
