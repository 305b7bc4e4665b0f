// The ceiling of loading: copy_ceiling WAY THREADS FILE...
//
// Brings every byte of the files into fresh memory, with nothing else to do, and prints the time
// and the bytes as one JSON document. WAY is one of
//   pread, pread-huge  read(2) at an offset, into small or huge pages
//   mmap, mmap-huge    copied out of a mapping of the file
// The files should be in the page cache; to have them there, run it once before.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr uint64_t kPieceBytes = 8ull << 20;

struct Way {
  bool maps;
  bool huge_pages;
};

std::optional<Way> WayOf(const std::string& name) {
  if (name == "pread") return Way{false, false};
  if (name == "pread-huge") return Way{false, true};
  if (name == "mmap") return Way{true, false};
  if (name == "mmap-huge") return Way{true, true};
  return std::nullopt;
}

struct Source {
  int descriptor;
  uint64_t size_bytes;
  const char* mapping;  // null unless the way maps
};

// A part of a file, and its place in memory.
struct Piece {
  const Source* source;
  uint64_t offset;
  uint64_t size_bytes;
  char* target;
};

bool CopyPiece(const Piece& piece) {
  if (piece.source->mapping != nullptr) {
    std::memcpy(piece.target, piece.source->mapping + piece.offset, piece.size_bytes);
    return true;
  }
  for (uint64_t done = 0; done < piece.size_bytes;) {
    const ssize_t count = ::pread(piece.source->descriptor, piece.target + done,
                                  piece.size_bytes - done, static_cast<off_t>(piece.offset + done));
    if (count <= 0) return false;
    done += static_cast<uint64_t>(count);
  }
  return true;
}

char* NewMemory(uint64_t bytes, bool huge_pages) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  if (huge_pages) ::madvise(memory, bytes, MADV_HUGEPAGE);
  return static_cast<char*>(memory);
}

bool OpenAll(const std::vector<std::string>& paths, std::vector<Source>* sources) {
  for (const std::string& path : paths) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status = {};
    if (descriptor < 0 || ::fstat(descriptor, &status) != 0) return false;
    sources->push_back({descriptor, static_cast<uint64_t>(status.st_size), nullptr});
  }
  return true;
}

bool MapAll(std::vector<Source>* sources) {
  for (Source& source : *sources) {
    void* mapping = ::mmap(nullptr, source.size_bytes, PROT_READ, MAP_SHARED, source.descriptor, 0);
    if (mapping == MAP_FAILED) return false;
    source.mapping = static_cast<const char*>(mapping);
  }
  return true;
}

// The threads take pieces in the order of the files, one after the other.
bool CopyAll(const std::vector<Source>& sources, int threads, char* memory) {
  std::vector<Piece> pieces;
  for (const Source& source : sources) {
    for (uint64_t offset = 0; offset < source.size_bytes; offset += kPieceBytes) {
      const uint64_t size = std::min(kPieceBytes, source.size_bytes - offset);
      pieces.push_back({&source, offset, size, memory});
      memory += size;
    }
  }
  std::atomic<size_t> next{0};
  std::atomic<bool> ok{true};
  const auto work = [&] {
    for (size_t i = next++; i < pieces.size() && ok; i = next++) {
      if (!CopyPiece(pieces[i])) ok = false;
    }
  };
  std::vector<std::thread> helpers;
  for (int i = 1; i < threads; ++i) helpers.emplace_back(work);
  work();
  for (std::thread& helper : helpers) helper.join();
  return ok;
}

}  // namespace

int main(int argc, char** argv) {
  const std::optional<Way> way = argc > 3 ? WayOf(argv[1]) : std::nullopt;
  const int threads = argc > 3 ? std::atoi(argv[2]) : 0;
  if (!way || threads < 1) {
    std::cerr << "usage: copy_ceiling pread|pread-huge|mmap|mmap-huge THREADS FILE...\n";
    return 2;
  }
  std::vector<Source> sources;
  const auto begin = std::chrono::steady_clock::now();
  if (!OpenAll({argv + 3, argv + argc}, &sources) || (way->maps && !MapAll(&sources))) {
    std::cerr << "copy_ceiling: cannot read the files\n";
    return 3;
  }
  uint64_t bytes = 0;
  for (const Source& source : sources) bytes += source.size_bytes;
  char* const memory = NewMemory(bytes, way->huge_pages);
  if (memory == nullptr || !CopyAll(sources, threads, memory)) {
    std::cerr << "copy_ceiling: cannot copy the files\n";
    return 3;
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  std::cout << nlohmann::ordered_json{{"way", argv[1]},
                                      {"seconds", elapsed.count()},
                                      {"bytes", bytes}}
                   .dump()
            << '\n';
  return 0;
}
