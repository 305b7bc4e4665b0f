// Files changed at every byte: an error or a right read, and never a crash. The sanitizer builds
// see what a plain one cannot.
#include <array>
#include <catch2/catch.hpp>
#include <string>

#include "formats/index.h"
#include "formats/raw_safetensors.h"
#include "io/error_of.h"
#include "io/scratch_directory.h"
#include "weft/checkpoint.h"

namespace weft {
namespace {

// The byte as zero, as 0xFF, and with each one of its bits turned.
std::array<char, 10> ChangesOf(char byte) {
  std::array<char, 10> changes = {'\0', '\xFF'};
  for (size_t bit = 0; bit < 8; ++bit) {
    changes[2 + bit] = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << bit));
  }
  return changes;
}

// Every tensor lies in the file and can be read.
void CheckReadable(const Checkpoint& checkpoint) {
  const Catalog& catalog = *checkpoint.catalog();
  for (const TensorInfo& tensor : catalog.tensors) {
    const uint64_t file_bytes = catalog.files[tensor.file].size_bytes;
    REQUIRE(tensor.offset_bytes <= file_bytes);
    REQUIRE(tensor.size_bytes <= file_bytes - tensor.offset_bytes);
    std::string data(tensor.size_bytes, '.');
    REQUIRE(checkpoint.ReadAt(tensor.file, tensor.offset_bytes, data.size(), data.data()).ok());
  }
}

std::string Control() {
  return RawSafetensors(R"({"__metadata__":{"format":"pt"},)"
                        R"("a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},)"
                        R"("b.1":{"dtype":"F4","shape":[2],"data_offsets":[8,9]},)"
                        R"("c":{"dtype":"BOOL","shape":[0],"data_offsets":[9,9]},)"
                        R"("\u00e9":{"dtype":"F8_E4M3","shape":[],"data_offsets":[9,10]}} )",
                        "0123456789");
}

TEST_CASE("hostile: a file cut at any byte is refused", "[formats]") {
  const ScratchDirectory scratch;
  const std::string control = Control();
  REQUIRE(Checkpoint::Open(scratch.Write("f.safetensors", control)).ok());
  for (size_t size = 0; size < control.size(); ++size) {
    const auto cut = Checkpoint::Open(scratch.Write("f.safetensors", control.substr(0, size)));
    CAPTURE(size);
    CHECK(ErrorNameOf(cut) == "TRUNCATED");
  }
}

TEST_CASE("hostile: a file changed at any byte is refused or read right", "[formats]") {
  const ScratchDirectory scratch;
  const std::string control = Control();
  int refused = 0;
  int accepted = 0;
  for (size_t i = 0; i < control.size(); ++i) {
    for (const char change : ChangesOf(control[i])) {
      std::string bytes = control;
      bytes[i] = change;
      const auto checkpoint = Checkpoint::Open(scratch.Write("f.safetensors", bytes));
      if (!checkpoint.ok()) {
        ++refused;
        REQUIRE(checkpoint.status().code() != absl::StatusCode::kInternal);
        continue;
      }
      ++accepted;
      CheckReadable(*checkpoint);
    }
  }
  CHECK(refused > 1000);
  CHECK(accepted > 100);  // names, metadata and data may say anything
}

TEST_CASE("hostile: an index changed or cut at any byte is refused or names plain files",
          "[formats]") {
  const std::string control = IndexWith({{"a", "m-1.safetensors"}, {"b.c", "m-2.safetensors"}});
  const auto whole = ParseIndex(control, "index.json", {});
  REQUIRE(whole.ok());
  CHECK(whole->files == std::vector<std::string>{"m-1.safetensors", "m-2.safetensors"});
  const auto check = [](const std::string& text) {
    const auto index = ParseIndex(text, "index.json", {});
    if (!index.ok()) {
      REQUIRE(index.status().code() != absl::StatusCode::kInternal);
      return;
    }
    for (const std::string& file : index->files) {
      REQUIRE(file.find('/') == std::string::npos);
      REQUIRE(file != "..");
    }
    for (const IndexEntry& entry : index->tensors) REQUIRE(entry.file < index->files.size());
  };
  for (size_t i = 0; i < control.size(); ++i) {
    CHECK_FALSE(ParseIndex(control.substr(0, i), "index.json", {}).ok());
    for (const char change : ChangesOf(control[i])) {
      std::string text = control;
      text[i] = change;
      check(text);
    }
  }
}

}  // namespace
}  // namespace weft
