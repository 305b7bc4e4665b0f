// Checkpoints of torch.distributed.checkpoint, written byte by byte.
#ifndef WEFT_TESTS_TRAINING_WRITTEN_DCP_H_
#define WEFT_TESTS_TRAINING_WRITTEN_DCP_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "files/temporary_directory.h"

namespace weft::test {

// An object whose attributes are `state`.
std::string PickledBuilt(const std::string& module, const std::string& name,
                         const std::string& state);

// A dict whose keys are values.
std::string PickledItems(const std::vector<std::string>& keys,
                         const std::vector<std::string>& values);

// The properties of a tensor of F32.
std::string PickledProperties();

// Where an object lies in "__0_0.distcp".
std::string PickledPlace(uint64_t offset_bytes, uint64_t size_bytes);

struct DcpItem {
  std::string name;
  std::vector<std::string> keys;  // from the root
  std::string object;             // what torch.save wrote
  bool is_tensor = false;         // of 2 x 2 F32, in one chunk
  // Where the list of places says that it lies; where it does, when nothing is said.
  std::optional<std::pair<uint64_t, uint64_t>> place = std::nullopt;
};

// What torch.save writes of an object that has one storage of 4 F32.
std::string SavedObject(const std::string& object);

// A tensor of 2 x 2 F32.
DcpItem TensorItem(const std::vector<std::string>& keys);

// A value; of tensors in it all have one storage.
DcpItem ValueItem(const std::vector<std::string>& keys, const std::string& object);

// A directory with one file of them, in this order.
struct WrittenDcp {
  explicit WrittenDcp(const std::vector<DcpItem>& items);
  std::string path() const { return directory.path().string(); }

  TemporaryDirectory directory;
};

}  // namespace weft::test

#endif  // WEFT_TESTS_TRAINING_WRITTEN_DCP_H_
