// Files of MindSpore byte by byte, right and wrong ones, and the listings beside those that
// MindSpore made.
#ifndef WEFT_TESTS_MINDSPORE_RAW_CHECKPOINT_H_
#define WEFT_TESTS_MINDSPORE_RAW_CHECKPOINT_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "files/safetensors_files.h"
#include "formats/byte_reader.h"
#include "formats/mindspore/reader.h"

namespace weft::test {

// A TensorProto, a Checkpoint.Value with it, and the file's field around that; nothing is checked.
std::string RawTensor(const std::vector<int64_t>& dims, std::string_view type,
                      std::string_view content);
std::string RawValue(std::string_view tag, std::string_view tensor);
std::string RawEntry(std::string_view tag, const std::vector<int64_t>& dims, std::string_view type,
                     std::string_view content);

// What a file holds, with the data of its tensors.
struct Loaded {
  FileTensors tensors;
  std::map<std::string, std::string> texts;
};

// Fails the test when a piece cannot be read.
Loaded LoadAll(const ByteReader& reader, const mindspore::Contents& contents);

// The status of reading a file with these bytes; what it holds is read too.
absl::StatusOr<mindspore::Contents> ReadBytes(std::string_view bytes, const Limits& limits = {});

// tests/mindspore/files/NAME.txt, by recipe.py: what MindSpore's load_checkpoint reads.
Loaded ReadListing(const std::string& name);

std::string PathOfFile(const std::string& name);

}  // namespace weft::test

#endif  // WEFT_TESTS_MINDSPORE_RAW_CHECKPOINT_H_
