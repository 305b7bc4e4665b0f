#include "formats/raw_pickle.h"

#include <map>

#include "formats/raw_zip.h"

namespace weft::test {
namespace {

std::string Joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += part;
  return out;
}

}  // namespace

std::string Bytes(uint64_t number, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>((number >> (8 * i)) & 0xFF);
  return out;
}

std::string PickledText(std::string_view text) {
  return "X" + Bytes(text.size(), 4) + std::string(text);
}

std::string PickledInt(int64_t number) {
  return "\x8A\10" + Bytes(static_cast<uint64_t>(number), 8);
}

std::string PickledTuple(const std::vector<std::string>& items) {
  return "(" + Joined(items) + "t";
}

std::string PickledList(const std::vector<std::string>& items) {
  return "](" + Joined(items) + "e";
}

std::string PickledDict(const std::vector<std::pair<std::string, std::string>>& items) {
  std::string out = "}(";
  for (const auto& [key, value] : items) out += PickledText(key) + value;
  return out + "u";
}

std::string PickledGlobal(std::string_view module, std::string_view name) {
  return "c" + std::string(module) + "\n" + std::string(name) + "\n";
}

std::string PickledCall(std::string_view module, std::string_view name,
                        const std::vector<std::string>& arguments) {
  return PickledGlobal(module, name) + PickledTuple(arguments) + "R";
}

std::string PickledStorage(std::string_view type, std::string_view key, int64_t elements) {
  return PickledTuple({PickledText("storage"), PickledGlobal("torch", type), PickledText(key),
                       PickledText("cpu"), PickledInt(elements)}) +
         "Q";
}

std::string PickledSizes(const std::vector<int64_t>& sizes) {
  std::vector<std::string> items;
  items.reserve(sizes.size());
  for (const int64_t size : sizes) items.push_back(PickledInt(size));
  return PickledTuple(items);
}

std::string PickledTensor(std::string_view key, int64_t elements, int64_t offset,
                          const std::vector<int64_t>& shape, const std::vector<int64_t>& strides) {
  return PickledCall(
      "torch._utils", "_rebuild_tensor_v2",
      {PickledStorage("FloatStorage", key, elements), PickledInt(offset), PickledSizes(shape),
       PickledSizes(strides), "\x89", PickledCall("collections", "OrderedDict", {})});
}

std::string Pickle(std::string_view value) { return "\x80\2" + std::string(value) + "."; }

std::string TorchZip(const std::string& data_pickle,
                     const std::vector<std::pair<std::string, std::string>>& storages,
                     const std::vector<std::pair<std::string, std::string>>& marks) {
  std::map<std::string, std::string> others = {{"byteorder", "little"}, {"version", "3\n"}};
  for (const auto& [name, content] : marks) others[name] = content;
  std::vector<RawMember> members = {Stored("f/data.pkl", data_pickle)};
  for (const auto& [key, bytes] : storages) members.push_back(Stored("f/data/" + key, bytes));
  for (const auto& [name, content] : others) {
    if (content != "absent") members.push_back(Stored("f/" + name, content));
  }
  return ZipBytes(members);
}

std::string TorchLegacy(const std::string& object, const std::vector<LegacyStorage>& storages) {
  std::vector<std::string> keys;
  std::string data;
  for (const LegacyStorage& storage : storages) {
    keys.push_back(PickledText(storage.key));
    data += Bytes(storage.elements, 8) + storage.bytes;
  }
  const std::string magic = std::string("\x8A\12") + "\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19";
  return Pickle(magic) + Pickle("M" + Bytes(1001, 2)) + Pickle("}") + Pickle(object) +
         Pickle(PickledList(keys)) + data;
}

}  // namespace weft::test
