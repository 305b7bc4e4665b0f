// Small safetensors files, written and read without the library under test.
#ifndef WEFT_TESTS_CLI_CHECKPOINT_FILES_H_
#define WEFT_TESTS_CLI_CHECKPOINT_FILES_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace weft::test {

struct FileTensor {
  std::string dtype;
  std::vector<int64_t> shape;
  std::string data;

  bool operator==(const FileTensor& o) const {
    return dtype == o.dtype && shape == o.shape && data == o.data;
  }
};

using FileTensors = std::map<std::string, FileTensor>;

// An F32 tensor that counts up from `first`.
FileTensor Counting(const std::vector<int64_t>& shape, float first);

void WriteSafetensors(const std::string& path, const FileTensors& tensors,
                      const std::map<std::string, std::string>& metadata = {});

// A file with one F32 tensor of zeros that takes no room on the disk.
void WriteSparseSafetensors(const std::string& path, const std::string& name, int64_t rows,
                            int64_t columns);

FileTensors ReadSafetensors(const std::string& path);

// One layer of a Mixtral checkpoint as it is published: `experts` experts of [2, 3], a router, a
// norm.
FileTensors MixtralLayer(int experts);

// The same after the built-in mapping `mixtral`.
FileTensors FusedMixtralLayer(int experts);

// A directory with the layer in model.safetensors and a config.json that says "mixtral".
void WriteMixtralDirectory(const std::string& path, const FileTensors& tensors);

}  // namespace weft::test

#endif  // WEFT_TESTS_CLI_CHECKPOINT_FILES_H_
