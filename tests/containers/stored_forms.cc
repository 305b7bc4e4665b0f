#include "containers/stored_forms.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "containers/element_layout.h"
#include "formats/raw_pickle.h"
#include "mindspore/raw_checkpoint.h"
#include "numpy/raw_array.h"
#include "protobuf/raw_fields.h"

namespace weft::test {
namespace {

using Sizes = std::vector<int64_t>;

Sizes SizesOf(const Shape& shape) { return {shape.begin(), shape.end()}; }

// Of each number in turn.
std::string Swapped(std::string bytes, uint64_t number_bytes) {
  for (size_t at = 0; at < bytes.size(); at += number_bytes) {
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                 bytes.begin() + static_cast<std::ptrdiff_t>(at + number_bytes));
  }
  return bytes;
}

struct TorchType {
  const char* storage;
  const char* dtype;
  uint64_t element_bytes;
  uint64_t number_bytes;
};

constexpr std::array<TorchType, 12> kTorchTypes = {{
    {"FloatStorage", "F32", 4, 4},
    {"DoubleStorage", "F64", 8, 8},
    {"HalfStorage", "F16", 2, 2},
    {"BFloat16Storage", "BF16", 2, 2},
    {"ByteStorage", "U8", 1, 1},
    {"CharStorage", "I8", 1, 1},
    {"ShortStorage", "I16", 2, 2},
    {"IntStorage", "I32", 4, 4},
    {"LongStorage", "I64", 8, 8},
    {"BoolStorage", "BOOL", 1, 1},
    {"ComplexFloatStorage", "C64", 8, 4},
    {"ComplexDoubleStorage", "F64", 16, 8},
}};

// ("storage", type, key, "cpu", elements), and what legacy files have behind.
std::string Reference(const TorchType& type, const std::string& key, uint64_t elements,
                      const std::string& more) {
  return PickledTuple({PickledText("storage"), PickledGlobal("torch", type.storage),
                       PickledText(key), PickledText("cpu"),
                       PickledInt(static_cast<int64_t>(elements)) + more}) +
         "Q";
}

std::string View(const std::string& reference, const ElementLayout& layout) {
  return PickledCall("torch._utils", "_rebuild_tensor_v2",
                     {reference, PickledInt(static_cast<int64_t>(layout.offset_elements)),
                      PickledSizes(SizesOf(layout.shape)), PickledSizes(SizesOf(layout.strides)),
                      "\x89", PickledCall("collections", "OrderedDict", {})});
}

// What weft makes of a view of a storage, whose numbers are little-endian here.
FileTensor Expected(const TorchType& type, const ElementLayout& layout,
                    const std::string& storage) {
  FileTensor tensor = {type.dtype, SizesOf(layout.shape), RowMajor(layout, storage)};
  if (type.element_bytes == 16) tensor.shape.push_back(2);
  return tensor;
}

// Several layouts of elements of one type, and a storage that holds them all.
std::vector<ElementLayout> LayoutsOf(const TorchType& type, Random& random, uint64_t& elements) {
  std::vector<ElementLayout> layouts;
  elements = 0;
  for (uint64_t count = random.Between(1, 4); count > 0; --count) {
    layouts.push_back(RandomLayout(random, random.Chance(6) ? 3'000 : 60, type.element_bytes, 200));
    elements = std::max(elements, layouts.back().storage_elements);
  }
  elements += random.Below(5);
  return layouts;
}

}  // namespace

StoredForm TorchViews(Random& random, const MakeMember& make_member) {
  StoredForm form = {"f.pt", "", {}};
  const bool is_big_endian = random.Chance(2);
  std::vector<std::pair<std::string, std::string>> objects;
  std::vector<RawMember> storages;
  for (int i = 0; i < 8; ++i) {
    const TorchType& type = random.Pick(kTorchTypes);
    const std::string key = std::to_string(i);
    uint64_t elements = 0;
    const std::vector<ElementLayout> layouts = LayoutsOf(type, random, elements);
    const std::string storage = random.Bytes(elements * type.element_bytes);
    for (const ElementLayout& layout : layouts) {
      const std::string name = "t" + std::to_string(objects.size());
      objects.emplace_back(name, View(Reference(type, key, elements, ""), layout));
      form.expected[name] = Expected(type, layout, storage);
    }
    storages.push_back(make_member("f/data/" + key,
                                   is_big_endian ? Swapped(storage, type.number_bytes) : storage));
  }
  std::vector<RawMember> members = {make_member("f/data.pkl", Pickle(PickledDict(objects))),
                                    make_member("f/byteorder", is_big_endian ? "big" : "little"),
                                    make_member("f/version", "3\n")};
  members.insert(members.end(), storages.begin(), storages.end());
  form.bytes = ZipBytes(std::move(members));
  return form;
}

StoredForm LegacyTorchViews(Random& random) {
  StoredForm form = {"f.pt", "", {}};
  std::vector<std::pair<std::string, std::string>> objects;
  std::vector<LegacyStorage> storages;
  for (int i = 0; i < 8; ++i) {
    const TorchType& type = random.Pick(kTorchTypes);
    const std::string key = std::to_string(1000 + i);
    uint64_t elements = 0;
    const std::vector<ElementLayout> layouts = LayoutsOf(type, random, elements);
    // A storage within the one that is written: from its `first` element on.
    const uint64_t first = random.Chance(2) ? random.Below(9) : 0;
    const std::string root = random.Bytes((first + elements) * type.element_bytes);
    const std::string part =
        first == 0
            ? "N"
            : PickledTuple({PickledText("part" + key), PickledInt(static_cast<int64_t>(first)),
                            PickledInt(static_cast<int64_t>(elements))});
    for (const ElementLayout& layout : layouts) {
      const std::string name = "t" + std::to_string(objects.size());
      objects.emplace_back(name, View(Reference(type, key, first + elements, part), layout));
      form.expected[name] = Expected(type, layout, root.substr(first * type.element_bytes));
    }
    storages.push_back({key, first + elements, root});
  }
  form.bytes = TorchLegacy(PickledDict(objects), storages);
  return form;
}

StoredForm NumpyArchive(Random& random, const MakeMember& make_member) {
  struct Type {
    const char* name;  // without byte order
    const char* dtype;
    uint64_t element_bytes;
    uint64_t number_bytes;
  };
  constexpr std::array<Type, 8> kTypes = {{{"i2", "I16", 2, 2},
                                           {"u4", "U32", 4, 4},
                                           {"i8", "I64", 8, 8},
                                           {"f2", "F16", 2, 2},
                                           {"f4", "F32", 4, 4},
                                           {"f8", "F64", 8, 8},
                                           {"c8", "C64", 8, 4},
                                           {"u1", "U8", 1, 1}}};
  StoredForm form = {"f.npz", "", {}};
  std::vector<RawMember> members;
  for (int i = 0; i < 10; ++i) {
    const Type& type = random.Pick(kTypes);
    ElementLayout layout =
        RandomLayout(random, random.Chance(8) ? 40'000 : 60, type.element_bytes, 1);
    layout.offset_elements = 0;
    const bool is_fortran = random.Chance(2);
    const auto count = static_cast<int64_t>(ElementsOf(layout.shape));
    std::string shape = "(";
    int64_t next = 1;
    int64_t rest = count;
    for (size_t axis = 0; axis < layout.shape.size(); ++axis) {
      shape += std::to_string(layout.shape[axis]) + ",";
      if (count > 0) rest /= layout.shape[axis];
      layout.strides[axis] = is_fortran ? next : rest;
      next *= layout.shape[axis];
    }
    const std::string data = random.Bytes(static_cast<uint64_t>(count) * type.element_bytes);
    const std::string name = "a" + std::to_string(i);
    form.expected[name] = {type.dtype, SizesOf(layout.shape), RowMajor(layout, data)};
    const bool is_big_endian = type.number_bytes > 1 && random.Chance(2);
    const std::string order = type.number_bytes == 1 ? "|" : is_big_endian ? ">" : "<";
    members.push_back(make_member(
        name + ".npy",
        RawArray(DictText(order + type.name, shape + ")", is_fortran ? "True" : "False"),
                 is_big_endian ? Swapped(data, type.number_bytes) : data)));
  }
  form.bytes = ZipBytes(std::move(members));
  return form;
}

StoredForm MindSporePieces(Random& random) {
  constexpr std::array<std::pair<const char*, const char*>, 4> kTypes = {
      {{"Float32", "F32"}, {"BFloat16", "BF16"}, {"Int64", "I64"}, {"Bool", "BOOL"}}};
  constexpr std::array<uint64_t, 4> kBytes = {4, 2, 8, 1};
  StoredForm form = {"f.ckpt", "", {}};
  for (int i = 0; i < 10; ++i) {
    const uint64_t type = random.Below(kTypes.size());
    Sizes shape;
    uint64_t bytes = kBytes[type];
    for (uint64_t rank = random.Between(1, 4); rank > 0; --rank) {
      shape.push_back(static_cast<int64_t>(random.Between(1, 12)));
      bytes *= static_cast<uint64_t>(shape.back());
    }
    const std::string data = random.Bytes(bytes);
    const std::string name = "p" + std::to_string(i);
    form.expected[name] = {kTypes[type].second, shape, data};
    uint64_t done = 0;
    do {
      const uint64_t size = random.Chance(5) ? 0 : random.Between(1, bytes - done);
      form.bytes += RawEntry(name, shape, kTypes[type].first, data.substr(done, size));
      done += size;
    } while (done < bytes);
  }
  return form;
}

StoredModel OnnxModel(Random& random) {
  StoredModel stored = {{"f.onnx", "", {}}, random.Bytes(random.Below(40))};
  std::string graph;
  const auto head = [](const std::string& name, uint64_t type, const Sizes& shape) {
    std::string tensor;
    for (const int64_t size : shape) tensor += RawNumber(1, static_cast<uint64_t>(size));
    return tensor + RawNumber(2, type) + RawBytes(8, name);
  };
  for (int i = 0; i < 12; ++i) {
    const std::string name = "w" + std::to_string(i);
    const Sizes shape = {static_cast<int64_t>(random.Between(1, 9)),
                         static_cast<int64_t>(random.Between(1, 9))};
    const auto count = static_cast<uint64_t>(shape[0] * shape[1]);
    const std::string data = random.Bytes(count * 4);
    std::string tensor = head(name, 1, shape);  // FLOAT
    FileTensor expected = {"F32", shape, data};
    switch (random.Below(4)) {
      case 0:
        tensor += RawBytes(9, data);
        break;
      case 1:
        tensor += RawBytes(4, data);
        break;
      case 2: {
        // INT16 in numbers of variable size; those below zero have ten bytes.
        std::string packed;
        expected = {"I16", shape, data.substr(0, count * 2)};
        for (uint64_t at = 0; at < count * 2; at += 2) {
          const auto low = static_cast<unsigned char>(data[at]);
          const auto high = static_cast<unsigned char>(data[at + 1]);
          const auto number = static_cast<int16_t>(low | high << 8);
          packed += RawVarint(static_cast<uint64_t>(static_cast<int64_t>(number)));
        }
        tensor = head(name, 5, shape) + RawBytes(5, packed);
        break;
      }
      default: {
        const auto entry = [](const std::string& key, const std::string& value) {
          return RawBytes(13, RawBytes(1, key) + RawBytes(2, value));
        };
        tensor += RawNumber(14, 1) + entry("location", "model.data") +
                  entry("offset", std::to_string(stored.data.size())) +
                  entry("length", std::to_string(data.size()));
        stored.data += data + random.Bytes(random.Below(9));
      }
    }
    stored.model.expected[name] = std::move(expected);
    graph += RawBytes(5, tensor);
  }
  stored.model.bytes = RawNumber(1, 10) + RawBytes(2, "hand") + RawBytes(7, graph);
  return stored;
}

}  // namespace weft::test
