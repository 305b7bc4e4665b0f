// Files that nobody vouches for, opened and read as any checkpoint is.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "files/temporary_directory.h"
#include "hostile/corpus.h"
#include "io/error_of.h"
#include "weft/weft.h"

namespace weft {
namespace {

using test::HostileFile;
using test::TemporaryDirectory;

constexpr uint64_t kMostRead = 4096;

// Opens the checkpoint and reads the first and the last bytes of every tensor. What is read is what
// the shape needs.
absl::Status OpenAndRead(const std::string& path) {
  const absl::StatusOr<Checkpoint> checkpoint = Checkpoint::Open(path);
  if (!checkpoint.ok()) return checkpoint.status();
  const Catalog& catalog = *checkpoint->catalog();
  std::string out(kMostRead, '\0');
  for (const TensorInfo& tensor : catalog.tensors) {
    const uint64_t needed = ElementsOf(tensor.shape) * static_cast<uint64_t>(BitsOf(tensor.dtype));
    if (tensor.size_bytes * 8 != needed) FAIL("'" << tensor.name << "' has another size");
    if (tensor.size_bytes == 0) continue;
    if (tensor.file >= catalog.files.size()) FAIL("'" << tensor.name << "' is in no file");
    const uint64_t all = catalog.files[tensor.file].size_bytes;
    if (tensor.offset_bytes > all || tensor.size_bytes > all - tensor.offset_bytes) {
      FAIL("'" << tensor.name << "' lies beyond its file");
    }
    const uint64_t count = std::min(tensor.size_bytes, kMostRead);
    for (const uint64_t at : {uint64_t{0}, tensor.size_bytes - count}) {
      const absl::Status status =
          checkpoint->ReadAt(tensor.file, tensor.offset_bytes + at, count, out.data());
      if (!status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

std::vector<HostileFile> Corpus() {
  std::vector<HostileFile> all;
  for (const auto& make :
       {test::HostileSafetensors, test::HostileIndexes, test::HostileZips, test::HostilePickles,
        test::HostileLegacyTorch, test::HostileMindSpore, test::HostileArrays,
        test::HostileArchives, test::HostileModels, test::Controls}) {
    for (HostileFile& file : make()) all.push_back(std::move(file));
  }
  return all;
}

std::string Write(const TemporaryDirectory& directory, const HostileFile& file) {
  for (const auto& [name, content] : file.beside) test::WriteFile(directory / name, content);
  test::WriteFile(directory / file.file, file.bytes);
  return directory / file.file;
}

TEST_CASE("hostile: every file is refused with its error, or read", "[hostile]") {
  const std::vector<HostileFile> corpus = Corpus();
  CHECK(corpus.size() >= 200);
  std::set<std::string> names;
  std::map<std::string, int> refused;
  for (const HostileFile& file : corpus) {
    CHECK(names.insert(file.what).second);
    const TemporaryDirectory directory;
    const absl::Status status = OpenAndRead(Write(directory, file));
    INFO(file.what << ": " << status.message());
    CHECK(ErrorNameOf(status) == file.verdict);
    if (status.ok()) continue;
    // A message says where.
    for (const Diagnostic& diagnostic : DiagnosticsOf(status)) {
      CHECK_FALSE(diagnostic.where.empty());
      CHECK_FALSE(diagnostic.what.empty());
    }
    ++refused[file.verdict];
  }
  CHECK(refused.size() >= 18);  // kinds of errors
}

// The allocator of a sanitizer keeps what was freed.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

// The most memory that the process had since it was last asked; 0 where the system does not tell.
uint64_t PeakBytes() {
  std::ifstream status("/proc/self/status");
  std::string word;
  uint64_t kilobytes = 0;
  while (status >> word) {
    if (word == "VmHWM:") status >> kilobytes;
  }
  return kilobytes * 1024;
}

TEST_CASE("hostile: no file takes much memory", "[hostile]") {
  const std::vector<HostileFile> corpus = Corpus();
  for (const HostileFile& file : corpus) {
    const TemporaryDirectory directory;
    const std::string path = Write(directory, file);
    std::ofstream("/proc/self/clear_refs") << "5";
    const uint64_t before = PeakBytes();
    const absl::Status status = OpenAndRead(path);
    INFO(file.what << ": " << status.message());
    CHECK(before > 0);
    CHECK(PeakBytes() - before < uint64_t{64} << 20U);
  }
}
#endif

struct Counts {
  int refused = 0;
  int accepted = 0;

  void Add(const absl::Status& status) {
    REQUIRE(ErrorNameOf(status) != "INTERNAL");
    ++(status.ok() ? accepted : refused);
  }
};

// A file that is changed in place.
class ChangingFile {
 public:
  ChangingFile(const std::string& path, std::string bytes)
      : descriptor_(::open(path.c_str(), O_WRONLY | O_CLOEXEC)), bytes_(std::move(bytes)) {
    REQUIRE(descriptor_ >= 0);
  }
  ChangingFile(const ChangingFile&) = delete;
  ChangingFile& operator=(const ChangingFile&) = delete;
  ~ChangingFile() { ::close(descriptor_); }

  void Set(size_t at, char byte) {
    REQUIRE(::pwrite(descriptor_, &byte, 1, static_cast<off_t>(at)) == 1);
  }
  void Reset(size_t at) { Set(at, bytes_[at]); }
  void Cut(size_t size) { REQUIRE(::ftruncate(descriptor_, static_cast<off_t>(size)) == 0); }

 private:
  int descriptor_;
  std::string bytes_;
};

TEST_CASE("hostile: a file changed at any byte is refused or read right", "[hostile]") {
  for (const HostileFile& control : test::Controls()) {
    INFO(control.what);
    const TemporaryDirectory directory;
    const std::string path = Write(directory, control);
    ChangingFile file(path, control.bytes);
    Counts counts;
    for (size_t at = 0; at < control.bytes.size(); ++at) {
      const auto bit = static_cast<unsigned char>(1U << (at % 8));
      const auto flipped = static_cast<char>(static_cast<unsigned char>(control.bytes[at]) ^ bit);
      for (const char change : std::array<char, 3>{'\0', '\xFF', flipped}) {
        CAPTURE(at, static_cast<int>(change));
        file.Set(at, change);
        counts.Add(OpenAndRead(path));
      }
      file.Reset(at);
    }
    CHECK(OpenAndRead(path).ok());
    CHECK(counts.refused > 40);
    CHECK(counts.accepted > 4);  // data may say anything
  }
}

TEST_CASE("hostile: a file cut at any byte is refused or read right", "[hostile]") {
  for (const HostileFile& control : test::Controls()) {
    INFO(control.what);
    const TemporaryDirectory directory;
    const std::string path = Write(directory, control);
    ChangingFile file(path, control.bytes);
    Counts counts;
    for (size_t size = control.bytes.size(); size-- > 0;) {
      CAPTURE(size);
      file.Cut(size);
      counts.Add(OpenAndRead(path));
    }
    // MindSpore's files have no end: after each of four tensors there could be one.
    CHECK(counts.accepted == (control.what == "MindSpore" ? 4 : 0));
  }
}

}  // namespace
}  // namespace weft
