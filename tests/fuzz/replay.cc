// Runs a fuzzer over files and over small changes of them, for builds without libFuzzer.
//
//   pickle_fuzz tests/fuzz/corpus/pickle     # files, or directories of files
//
// Each file is tried as it is; then cut at every byte, and with each of its bytes changed, as far
// as the file is short; then with random changes, always the same ones. Prints how many inputs
// there were. A crash, or a sanitizer, ends it otherwise.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr size_t kMostBytesToChange = 4096;
constexpr int kRandomChanges = 2000;

uint64_t input_count = 0;

void Try(const std::string& bytes) {
  ++input_count;
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

void TryChanges(const std::string& bytes) {
  for (size_t i = 0; i < std::min(bytes.size(), kMostBytesToChange); ++i) {
    Try(bytes.substr(0, i));
    for (const int change : {0x00, 0xFF, bytes[i] ^ 0x01, bytes[i] ^ 0x80}) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(change);
      Try(changed);
    }
  }
}

void TryRandomChanges(const std::string& bytes, std::mt19937& random) {
  if (bytes.empty()) return;
  for (int i = 0; i < kRandomChanges; ++i) {
    std::string changed = bytes;
    for (auto left = random() % 4 + 1; left > 0; --left) {
      const size_t at = random() % changed.size();
      const size_t size = std::min<size_t>(random() % 16 + 1, changed.size() - at);
      switch (random() % 4) {
        case 0:
          changed[at] = static_cast<char>(random());
          break;
        case 1:  // a part of it once more
          changed.insert(random() % changed.size(), changed.substr(at, size));
          break;
        case 2:
          changed.erase(at, std::min(size, changed.size() - 1));
          break;
        default:  // a large number
          changed.replace(at, size, std::string(size, '\xFF'));
          break;
      }
    }
    Try(changed);
  }
}

std::vector<std::filesystem::path> FilesOf(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) return {path};
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(path)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  std::mt19937 random(1);
  size_t file_count = 0;
  for (int i = 1; i < argc; ++i) {
    for (const std::filesystem::path& path : FilesOf(argv[i])) {
      std::ifstream stream(path, std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
      Try(bytes);
      TryChanges(bytes);
      TryRandomChanges(bytes, random);
      ++file_count;
    }
  }
  std::cout << input_count << " inputs from " << file_count << " files\n";
  return file_count == 0 ? 1 : 0;
}
