#include <string>
#include <vector>

#include "formats/raw_pickle.h"
#include "formats/raw_safetensors.h"
#include "formats/raw_zip.h"
#include "hostile/corpus.h"
#include "mindspore/raw_checkpoint.h"
#include "numpy/raw_array.h"
#include "protobuf/raw_fields.h"

namespace weft::test {
namespace {

std::string Object() {
  return PickledDict({{"a", PickledTensor("0", 4, 1, {3}, {1})},
                      {"b", PickledList({"K\1", PickledTensor("0", 4, 0, {2, 2}, {1, 2})})}});
}

// References of legacy files have a sixth field, which is None.
std::string LegacyObject() {
  std::string object = Object();
  for (size_t at = 0; (at = object.find("tQ", at)) != std::string::npos; at += 3) {
    object.insert(at, "N");
  }
  return object;
}

std::string Model() {
  const auto head = [](const char* name, uint64_t type) {
    return RawNumber(1, 2) + RawNumber(2, type) + RawBytes(8, name);
  };
  const auto text = [](const char* key, const char* value) {
    return RawBytes(13, RawBytes(1, key) + RawBytes(2, value));
  };
  const std::string graph =
      RawBytes(5, head("raw", 1) + RawBytes(9, "12345678")) +
      RawBytes(5, head("typed", 6) + RawBytes(5, RawVarint(300) + RawVarint(7))) +
      RawBytes(5, head("far", 5) + RawNumber(14, 1) + text("location", "w.bin") +
                      text("offset", "4") + text("length", "4"));
  return RawNumber(1, 10) + RawBytes(2, "hand") + RawBytes(7, graph);
}

}  // namespace

std::vector<HostileFile> Controls() {
  const std::string array = RawArray(DictText(">i2", "(2, 3)", "True") + "    \n", "0123456789ab");
  return {
      {"safetensors",
       RawSafetensors(R"({"__metadata__":{"k":"v"},)"
                      R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                      R"("b":{"dtype":"U8","shape":[2,1],"data_offsets":[4,6]}})",
                      "123456"),
       "OK", "f.safetensors"},
      {"an index",
       R"({"metadata":{"note":"any text"},"weight_map":{"a":"p.safetensors"}})",
       "OK",
       "f.index.json",
       {{"p.safetensors", FileWith({"a"})}}},
      {"a PyTorch zip", TorchZip(Pickle(Object()), {{"0", "0123456789abcdef"}}), "OK", "f.pt"},
      {"a big-endian PyTorch zip",
       TorchZip(Pickle(Object()), {{"0", "0123456789abcdef"}}, {{"byteorder", "big"}}), "OK",
       "f.pt"},
      {"a legacy PyTorch file", TorchLegacy(LegacyObject(), {{"0", 4, "0123456789abcdef"}}), "OK",
       "f.pt"},
      {"MindSpore",
       RawEntry("a.w", {2, 3}, "Float16", "0123") + RawEntry("a.w", {2, 3}, "Float16", "456789ab") +
           RawEntry("s", {}, "Int64", "12345678") +
           RawEntry("t", {0}, "str", std::string("x\0\0\0", 4)) +
           RawEntry("e", {0, 2}, "Bool", "") + "crc_num" + std::string(6, '\0') + "abcd",
       "OK", "f.ckpt"},
      {"an npy file", array, "OK", "f.npy"},
      {"an npz file", ZipBytes({Stored("w.npy", array), Stored("v.npy", array)}), "OK", "f.npz"},
      {"an ONNX model", Model(), "OK", "f.onnx", {{"w.bin", "0123456789abcdef"}}},
  };
}

}  // namespace weft::test
