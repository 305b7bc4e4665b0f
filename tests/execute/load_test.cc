#include "weft/load.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "execute/mixed_checkpoint.h"
#include "files/safetensors_files.h"
#include "io/error_of.h"
#include "weft/digest.h"

namespace weft {
namespace {

std::string BytesOf(const LoadedTensor& tensor) {
  return tensor.size_bytes == 0 ? "" : std::string(tensor.data, tensor.size_bytes);
}

LoadedCheckpoint MustLoad(MixedCheckpoint& mixed, const LoadOptions& options = {}) {
  absl::StatusOr<LoadedCheckpoint> loaded = Load(mixed.plan(), mixed.checkpoint(), options);
  INFO(loaded.status());
  REQUIRE(loaded.ok());
  return *std::move(loaded);
}

void CheckContent(const MixedCheckpoint& mixed, const Plan& plan, const LoadedCheckpoint& loaded) {
  REQUIRE(loaded.tensors.size() == plan.tensors.size());
  for (size_t i = 0; i < plan.tensors.size(); ++i) {
    const LoadedTensor& tensor = loaded.tensors[i];
    CAPTURE(tensor.name);
    CHECK(tensor.name == plan.tensors[i].name);
    CHECK(tensor.dtype == plan.tensors[i].dtype);
    CHECK(tensor.shape == plan.tensors[i].shape);
    CHECK((BytesOf(tensor) == mixed.Expected(i)));
  }
}

std::vector<std::string> BorrowedNames(const LoadedCheckpoint& loaded) {
  std::vector<std::string> names;
  for (const LoadedTensor& tensor : loaded.tensors) {
    if (tensor.borrowed) names.push_back(tensor.name);
  }
  return names;
}

TEST_CASE("load: into weft's own memory, aligned", "[execute]") {
  MixedCheckpoint mixed;
  for (const int threads : {1, 2, 4}) {
    LoadOptions options;
    options.threads = threads;
    const LoadedCheckpoint loaded = MustLoad(mixed, options);
    CheckContent(mixed, mixed.plan(), loaded);
    CHECK(loaded.bytes == mixed.plan().bytes_written);
    CHECK(loaded.bytes_borrowed == 0);
    CHECK(loaded.bytes_read >= 420'000);
    CHECK(BorrowedNames(loaded).empty());
    CHECK(loaded.memory.size() == 1);
    for (const LoadedTensor& tensor : loaded.tensors) {
      CHECK(reinterpret_cast<uintptr_t>(tensor.data) % 64 == 0);
      CHECK((tensor.data == nullptr) == (tensor.name == "empty"));
    }
  }
}

TEST_CASE("load: with a smaller alignment, tensors lie as in the mapped file", "[execute]") {
  MixedCheckpoint mixed;
  LoadOptions options;
  options.alignment_bytes = 8;
  for (const Io io : {Io::kMmap, Io::kPread}) {
    options.io = io;
    const LoadedCheckpoint loaded = MustLoad(mixed, options);
    CheckContent(mixed, mixed.plan(), loaded);
    for (size_t i = 0; i < loaded.tensors.size(); ++i) {
      const LoadedTensor& tensor = loaded.tensors[i];
      CAPTURE(tensor.name);
      const auto shift = reinterpret_cast<uintptr_t>(tensor.data) % 64;
      if (tensor.name == "pass" && io == Io::kMmap) {
        const Box& box = mixed.plan().tensors[i].boxes[0];
        CHECK(shift == mixed.checkpoint().catalog()->tensors[box.source].offset_bytes % 64);
        CHECK(shift != 0);  // or the case shows nothing
      }
      CHECK(shift % (io == Io::kMmap ? 8 : 64) == 0);
    }
  }
}

TEST_CASE("load: what is written later does not reach memory that was copied", "[execute]") {
  MixedCheckpoint mixed;
  const std::string expected = mixed.Expected(4);
  const LoadedCheckpoint loaded = MustLoad(mixed);
  std::filesystem::resize_file(mixed.source_path(), 0);
  CHECK((BytesOf(loaded.tensors[4]) == expected));
}

TEST_CASE("load: a borrowed tensor is a view of the file", "[execute]") {
  MixedCheckpoint mixed;
  LoadOptions options;
  options.borrow = true;
  const LoadedCheckpoint loaded = MustLoad(mixed, options);
  CheckContent(mixed, mixed.plan(), loaded);
  CHECK(BorrowedNames(loaded) == std::vector<std::string>{"pass", "slice", "u8"});
  CHECK(loaded.bytes_borrowed == 96 + 48 + 3);
  CHECK(loaded.bytes == mixed.plan().bytes_written);
  // One file, mapped once: the slice lies in what passes.
  CHECK(loaded.memory.size() == 2);
  CHECK(loaded.tensors[5].data == loaded.tensors[4].data + 48);
}

TEST_CASE("load: what was loaded outlives plan and checkpoint", "[execute]") {
  std::optional<LoadedCheckpoint> copy;
  std::string expected;
  {
    MixedCheckpoint mixed;
    LoadOptions options;
    options.borrow = true;
    expected = mixed.Expected(4) + mixed.Expected(6);
    const LoadedCheckpoint loaded = MustLoad(mixed, options);
    copy = loaded;
  }
  CHECK((BytesOf(copy->tensors[4]) + BytesOf(copy->tensors[6]) == expected));
}

TEST_CASE("load: a plan that only borrows reads nothing", "[execute]") {
  MixedCheckpoint mixed;
  auto& tensors = mixed.plan().tensors;
  tensors = {tensors[4], tensors[5], tensors[7]};
  LoadOptions options;
  options.borrow = true;
  const LoadedCheckpoint loaded = MustLoad(mixed, options);
  CheckContent(mixed, mixed.plan(), loaded);
  CHECK(loaded.bytes_read == 0);
  CHECK(loaded.bytes_borrowed == loaded.bytes);
}

TEST_CASE("load: into the caller's buffers, whatever their alignment", "[execute]") {
  MixedCheckpoint mixed;
  std::map<std::string, std::string> buffers;
  std::vector<std::string> asked;
  LoadOptions options;
  options.borrow = true;  // for what the caller leaves to weft, and that is nothing
  options.destination = [&](const PlannedTensor& tensor, uint64_t size_bytes) {
    CHECK(size_bytes == ElementsOf(tensor.shape) * static_cast<uint64_t>(BitsOf(tensor.dtype)) / 8);
    asked.push_back(tensor.name);
    std::string& buffer = buffers[tensor.name];
    buffer.assign(size_bytes + 2, '.');
    return buffer.data() + 1;
  };
  const LoadedCheckpoint loaded = MustLoad(mixed, options);
  CheckContent(mixed, mixed.plan(), loaded);
  CHECK(asked == std::vector<std::string>{"cast", "misaligned", "padded", "pass", "slice",
                                          "transposed", "u8"});
  CHECK(loaded.memory.empty());
  CHECK(loaded.bytes_borrowed == 0);
  for (const LoadedTensor& tensor : loaded.tensors) {
    if (tensor.size_bytes == 0) continue;
    const std::string& buffer = buffers[tensor.name];
    CHECK(tensor.data == buffer.data() + 1);
    CHECK(buffer.front() == '.');
    CHECK(buffer.back() == '.');
  }
}

TEST_CASE("load: what the caller has no buffer for is left to weft", "[execute]") {
  MixedCheckpoint mixed;
  std::string buffer(96, '.');
  LoadOptions options;
  options.destination = [&](const PlannedTensor& tensor, uint64_t) {
    return tensor.name == "pass" ? buffer.data() : nullptr;
  };
  for (const bool borrow : {false, true}) {
    options.borrow = borrow;
    const LoadedCheckpoint loaded = MustLoad(mixed, options);
    CheckContent(mixed, mixed.plan(), loaded);
    CHECK(loaded.tensors[4].data == buffer.data());
    CHECK(BorrowedNames(loaded) ==
          (borrow ? std::vector<std::string>{"slice", "u8"} : std::vector<std::string>{}));
  }
}

TEST_CASE("load: the digest does not depend on how it was loaded", "[execute]") {
  MixedCheckpoint mixed;
  const std::string digest = *Digest(MustLoad(mixed).tensors);
  for (const int threads : {1, 2, 4}) {
    for (const Io io : {Io::kAuto, Io::kPread, Io::kMmap, Io::kDirect}) {
      for (const bool borrow : {false, true}) {
        LoadOptions options;
        options.threads = threads;
        options.io = io;
        options.borrow = borrow;
        CHECK(*Digest(MustLoad(mixed, options).tensors, threads) == digest);
      }
    }
  }
}

TEST_CASE("load: a buffer that the caller refuses ends the load with the caller's error",
          "[execute]") {
  MixedCheckpoint mixed;
  LoadOptions options;
  options.progress = [](const Progress&) -> bool { throw std::logic_error("nothing is read"); };
  options.destination = [](const PlannedTensor& tensor, uint64_t) -> absl::StatusOr<char*> {
    if (tensor.name != "padded") return nullptr;
    return absl::ResourceExhaustedError("no room on the device");
  };
  const absl::Status status = Load(mixed.plan(), mixed.checkpoint(), options).status();
  CHECK(status.code() == absl::StatusCode::kResourceExhausted);
  CHECK(status.message() == "no room on the device");
}

TEST_CASE("load: an exception from the caller becomes an error", "[execute]") {
  MixedCheckpoint mixed;
  LoadOptions options;
  options.destination = [](const PlannedTensor&, uint64_t) -> absl::StatusOr<char*> {
    throw std::runtime_error("out of paper");
  };
  auto loaded = Load(mixed.plan(), mixed.checkpoint(), options);
  CHECK(ErrorTextOf(loaded) == "destination callback: it threw: out of paper");
  options.destination = [](const PlannedTensor&, uint64_t) -> absl::StatusOr<char*> { throw 7; };
  CHECK(ErrorNameOf(Load(mixed.plan(), mixed.checkpoint(), options)) == "INTERNAL");
  options.destination = nullptr;
  options.progress = [](const Progress&) -> bool { throw std::runtime_error("out of ink"); };
  CHECK(ErrorNameOf(Load(mixed.plan(), mixed.checkpoint(), options)) == "INTERNAL");
}

TEST_CASE("load: the caller can cancel", "[execute]") {
  MixedCheckpoint mixed;
  LoadOptions options;
  options.progress = [](const Progress&) { return false; };
  CHECK(ErrorNameOf(Load(mixed.plan(), mixed.checkpoint(), options)) == "CANCELLED");
}

TEST_CASE("load: progress ends at what is not borrowed", "[execute]") {
  MixedCheckpoint mixed;
  LoadOptions options;
  options.borrow = true;
  Progress last;
  options.progress = [&](const Progress& progress) {
    last = progress;
    return true;
  };
  const LoadedCheckpoint loaded = MustLoad(mixed, options);
  CHECK(last.bytes_total == loaded.bytes - loaded.bytes_borrowed);
  CHECK(last.bytes_done == last.bytes_total);
}

TEST_CASE("load: a file that was cut after it was opened is noticed", "[execute]") {
  MixedCheckpoint mixed;
  std::filesystem::resize_file(mixed.source_path(), 1000);
  CHECK(ErrorNameOf(Load(mixed.plan(), mixed.checkpoint())) == "INPUT_CHANGED");
}

TEST_CASE("load: a check that fails ends the load before anything is filled", "[execute]") {
  MixedCheckpoint mixed;
  const std::vector<Box>& pass = mixed.plan().tensors[4].boxes;
  Box seven;
  seven.source = 4;
  seven.factors = {{24, 0, 1}};
  mixed.plan().checks.push_back({"rule", "'a' must be 7", DType::kF32, 24, 0, pass, {seven}});
  std::string buffer(420'000, '.');
  LoadOptions options;
  options.destination = [&](const PlannedTensor& tensor, uint64_t) {
    return tensor.name == "transposed" ? buffer.data() : nullptr;
  };
  const auto loaded = Load(mixed.plan(), mixed.checkpoint(), options);
  CHECK(ErrorNameOf(loaded) == "VALUES_DIFFER");
  CHECK(ErrorTextOf(loaded) ==
        "rule: 'a' must be 7; element 0 is 1 (0x3F800000), expected 7 (0x40E00000)");
  CHECK(buffer.find_first_not_of('.') == std::string::npos);
  // The numbers of "d" come again after 127. What is read for a check that passes counts.
  Box first;
  first.source = 3;
  first.factors = {{100, 1, 1}};
  Box again = first;
  again.source_offset = 127;
  mixed.plan().checks = {{"rule", "what", DType::kBF16, 100, 0, {first}, {again}}};
  const uint64_t bytes_read = MustLoad(mixed).bytes_read;
  mixed.plan().checks.clear();
  CHECK(bytes_read >= MustLoad(mixed).bytes_read + 400);
}

TEST_CASE("load: more bytes than there is memory are refused", "[execute]") {
  MixedCheckpoint mixed;
  Box seven;
  seven.source = 4;
  seven.factors = {{uint64_t{1} << 58, 0, 1}};
  mixed.plan().tensors = {{"huge", DType::kF32, DType::kF32, {int64_t{1} << 58}, {seven}, {}}};
  CHECK(ErrorNameOf(Load(mixed.plan(), mixed.checkpoint())) == "LIMIT_EXCEEDED");
  mixed.plan().tensors.resize(40, mixed.plan().tensors[0]);
  CHECK(ErrorNameOf(Load(mixed.plan(), mixed.checkpoint())) == "LIMIT_EXCEEDED");
}

TEST_CASE("load: a plan for another checkpoint, and a wrong number of threads, are refused",
          "[execute]") {
  MixedCheckpoint mixed;
  test::WriteSafetensors(mixed.PathOf("other.safetensors"), {{"a", test::Counting({2}, 1)}});
  const auto other = Checkpoint::Open(mixed.PathOf("other.safetensors"));
  REQUIRE(other.ok());
  CHECK(ErrorNameOf(Load(mixed.plan(), *other)) == "BAD_ARGUMENT");
  LoadOptions options;
  options.threads = -1;
  CHECK(ErrorNameOf(Load(mixed.plan(), mixed.checkpoint(), options)) == "BAD_ARGUMENT");
  for (const uint64_t alignment : {uint64_t{0}, uint64_t{3}, uint64_t{128}}) {
    LoadOptions aligned;
    aligned.alignment_bytes = alignment;
    CHECK(ErrorNameOf(Load(mixed.plan(), mixed.checkpoint(), aligned)) == "BAD_ARGUMENT");
  }
}

}  // namespace
}  // namespace weft
