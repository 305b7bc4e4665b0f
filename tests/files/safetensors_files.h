// Small safetensors files, written and read without the library under test.
#ifndef WEFT_TESTS_FILES_SAFETENSORS_FILES_H_
#define WEFT_TESTS_FILES_SAFETENSORS_FILES_H_

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
  bool operator!=(const FileTensor& o) const { return !(*this == o); }
};

using FileTensors = std::map<std::string, FileTensor>;

// An F32 tensor that counts up from `first`.
FileTensor Counting(const std::vector<int64_t>& shape, float first);

// The file as bytes; the data begins where the header ends, at a multiple of 8 bytes.
std::string SafetensorsBytes(const FileTensors& tensors,
                             const std::map<std::string, std::string>& metadata = {});

void WriteSafetensors(const std::string& path, const FileTensors& tensors,
                      const std::map<std::string, std::string>& metadata = {});

// A file with one F32 tensor of zeros that takes no room on the disk.
void WriteSparseSafetensors(const std::string& path, const std::string& name, int64_t rows,
                            int64_t columns);

// A directory with model-00001-of-0000N.safetensors … and their index.
void WriteShards(const std::string& directory, const std::vector<FileTensors>& shards);

FileTensors ReadSafetensors(const std::string& path);

std::map<std::string, std::string> ReadMetadata(const std::string& path);

// The tensors of a directory with model.safetensors, or with an index and all shards that it names.
// Fails the test when a tensor is not where the index says.
FileTensors ReadDirectory(const std::string& directory);

// Checks that the two are equal in names, dtypes, shapes and bytes; says which tensors differ, and
// in what.
void CheckSame(const FileTensors& got, const FileTensors& expected);

}  // namespace weft::test

#endif  // WEFT_TESTS_FILES_SAFETENSORS_FILES_H_
