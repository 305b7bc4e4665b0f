// Pickles instruction by instruction, and PyTorch files around them.
#ifndef WEFT_TESTS_FORMATS_RAW_PICKLE_H_
#define WEFT_TESTS_FORMATS_RAW_PICKLE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::test {

// Little-endian.
std::string Bytes(uint64_t number, int bytes);

// Instructions that push one value each.
std::string PickledText(std::string_view text);
std::string PickledInt(int64_t number);
std::string PickledTuple(const std::vector<std::string>& items);
std::string PickledList(const std::vector<std::string>& items);
std::string PickledDict(const std::vector<std::pair<std::string, std::string>>& items);
std::string PickledGlobal(std::string_view module, std::string_view name);
std::string PickledCall(std::string_view module, std::string_view name,
                        const std::vector<std::string>& arguments);

// A reference to a storage, as torch's zips have it.
std::string PickledStorage(std::string_view type, std::string_view key, int64_t elements);

std::string PickledSizes(const std::vector<int64_t>& sizes);

// torch._utils._rebuild_tensor_v2 of a FloatStorage.
std::string PickledTensor(std::string_view key, int64_t elements, int64_t offset,
                          const std::vector<int64_t>& shape, const std::vector<int64_t>& strides);

// A whole pickle of protocol 2.
std::string Pickle(std::string_view value);

// A PyTorch zip with members data/KEY. Of `marks`, those that are there replace or add members.
std::string TorchZip(const std::string& data_pickle,
                     const std::vector<std::pair<std::string, std::string>>& storages,
                     const std::vector<std::pair<std::string, std::string>>& marks = {});

// A PyTorch file from before 1.6: storages are keys, counts of elements and bytes.
struct LegacyStorage {
  std::string key;
  uint64_t elements = 0;
  std::string bytes;
};
std::string TorchLegacy(const std::string& object, const std::vector<LegacyStorage>& storages);

}  // namespace weft::test

#endif  // WEFT_TESTS_FORMATS_RAW_PICKLE_H_
