// Where output may go, and what stands there before and after.
#include "formats/writer.h"

#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "formats/output_formats.h"
#include "formats/raw_safetensors.h"
#include "io/error_of.h"
#include "io/scratch_directory.h"
#include "weft/checkpoint.h"

namespace weft {
namespace {

namespace fs = std::filesystem;

WriterOptions Overwrite() {
  WriterOptions options;
  options.overwrite = true;
  return options;
}

// Writes one tensor of four bytes, "data".
absl::Status Write(const std::string& destination, const WriterOptions& options = {},
                   const std::vector<CatalogFile>& inputs = {}) {
  auto writer = NewWriter(destination, inputs, options);
  if (!writer.ok()) return writer.status();
  const Shape shape = {4};
  const auto extents = (*writer)->Begin({{"t", DType::kU8, &shape}}, {});
  if (!extents.ok()) return extents.status();
  absl::Status status =
      (*writer)->WriteAt((*extents)[0].file, (*extents)[0].offset_bytes, "data", 4);
  if (!status.ok()) return status;
  return (*writer)->Finish();
}

std::string Written(const std::string& path) {
  const auto checkpoint = Checkpoint::Open(path);
  if (!checkpoint.ok()) return ErrorTextOf(checkpoint);
  std::string data(4, '.');
  const absl::Status status =
      checkpoint->ReadAt(0, checkpoint->catalog()->tensors.at(0).offset_bytes, 4, data.data());
  return status.ok() ? data : ErrorTextOf(status);
}

TEST_CASE("writer: a format that knows one file only says that it was not cut", "[formats]") {
  const Shape shape = {4};
  const std::vector<OutputTensor> tensors = {{"a", DType::kU8, &shape}, {"b", DType::kU8, &shape}};
  for (const char* format : {"mindspore", "npz", "npy-dir", "safetensors"}) {
    for (const uint64_t most_bytes : {uint64_t{7}, uint64_t{8}}) {
      const ScratchDirectory scratch;
      WriterOptions options;
      options.format = format;
      options.max_shard_bytes = most_bytes;
      auto writer = NewWriter(scratch.PathOf("out"), {}, options);
      REQUIRE(writer.ok());
      REQUIRE((*writer)->Begin(tensors, {}).ok());
      const bool is_one_file = std::string(format) == "mindspore" || std::string(format) == "npz";
      REQUIRE((*writer)->warnings().size() == (is_one_file && most_bytes == 7 ? 1 : 0));
      CHECK((*writer)->format() == format);
      if ((*writer)->warnings().empty()) continue;
      CHECK((*writer)->warnings()[0].find("has more than the 7 bytes") != std::string::npos);
    }
  }
}

TEST_CASE("writer: the extension chooses file or directory; parents are made", "[formats]") {
  const ScratchDirectory scratch;
  REQUIRE(Write(scratch.PathOf("a/b/out.safetensors")).ok());
  CHECK(fs::is_regular_file(scratch.PathOf("a/b/out.safetensors")));
  REQUIRE(Write(scratch.PathOf("a/c/out/")).ok());
  CHECK(fs::is_directory(scratch.PathOf("a/c/out")));
  REQUIRE(Write(scratch.PathOf("v1.5")).ok());
  CHECK(fs::is_directory(scratch.PathOf("v1.5")));
  CHECK(Written(scratch.PathOf("a/b/out.safetensors")) == "data");
  CHECK(Written(scratch.PathOf("a/c/out")) == "data");
}

TEST_CASE("writer: names its files", "[formats]") {
  const ScratchDirectory scratch;
  const Shape shape = {4};
  const std::vector<OutputTensor> two = {{"a", DType::kU8, &shape}, {"b", DType::kU8, &shape}};
  WriterOptions options;
  options.max_shard_bytes = 4;
  auto file = NewWriter(scratch.PathOf("x.safetensors"), {}, options);
  REQUIRE((*file)->Begin(two, {}).ok());
  CHECK((*file)->files() == std::vector<std::string>{"x.safetensors"});
  auto directory = NewWriter(scratch.PathOf("x"), {}, options);
  REQUIRE((*directory)->Begin(two, {}).ok());
  CHECK((*directory)->files() == std::vector<std::string>{"model-00001-of-00002.safetensors",
                                                          "model-00002-of-00002.safetensors",
                                                          "model.safetensors.index.json"});
}

TEST_CASE("writer: formats that it cannot write, and paths without a name, are refused",
          "[formats]") {
  const ScratchDirectory scratch;
  // PyTorch and MindSpore both write .ckpt; the caller says which.
  for (const char* name : {"a.ckpt", "a.onnx", "a.gguf"}) {
    CAPTURE(name);
    CHECK(ErrorNameOf(NewWriter(scratch.PathOf(name), {}, {})) == "BAD_ARGUMENT");
  }
  for (const char* path : {"", ".", "..", "/", "a/..", "a/."}) {
    CAPTURE(path);
    CHECK(ErrorNameOf(NewWriter(path, {}, Overwrite())) == "BAD_ARGUMENT");
  }
  CHECK(ErrorNameOf(NewWriter(std::string_view("a\0b", 3), {}, {})) == "BAD_ARGUMENT");
  CHECK(scratch.Names().empty());
}

TEST_CASE("writer: the format is that of the extension, or the one that is asked for",
          "[formats]") {
  const ScratchDirectory scratch;
  const auto fits = [&](const std::string& name, const std::string& format) {
    WriterOptions options;
    options.format = format;
    const auto writer = NewWriter(scratch.PathOf(name), {}, options);
    if (!writer.ok()) CHECK(ErrorNameOf(writer) == "BAD_ARGUMENT");
    return writer.ok();
  };
  for (const std::string name : {"a.pt", "a.pth", "a.th", "a.bin", "a.npz", "a.npy", "a"}) {
    CAPTURE(name);
    CHECK(fits(name, ""));
  }
  for (const std::string name : {"a.pt", "a.bin", "a.ckpt", "a"}) {
    CAPTURE(name);
    CHECK(fits(name, "pytorch"));
  }
  for (const std::string format : {"mindspore", "mindspore-safetensors", "npz", "npy-dir"}) {
    CAPTURE(format);
    CHECK(fits("a", format));
    CHECK_FALSE(fits("a.pt", format));
  }
  CHECK(fits("a.ckpt", "mindspore"));
  CHECK(fits("a.safetensors", "mindspore-safetensors"));
  CHECK_FALSE(fits("a.npy", "npy-dir"));
  CHECK_FALSE(fits("a", "npy"));
  CHECK_FALSE(fits("a.safetensors", "pytorch"));
  CHECK_FALSE(fits("a", "tar"));
  CHECK(scratch.Names().empty());
}

TEST_CASE("writer: whatever stands at the destination stays, unless it may be replaced",
          "[formats]") {
  const ScratchDirectory scratch;
  scratch.Write("f.safetensors", "old");
  fs::create_directory(scratch.PathOf("empty"));
  fs::create_symlink("nowhere", scratch.PathOf("dangling"));
  fs::create_symlink("nowhere", scratch.PathOf("dangling.safetensors"));
  for (const char* name :
       {"f.safetensors", "empty", "empty/", "dangling", "dangling.safetensors"}) {
    CAPTURE(name);
    CHECK(ErrorNameOf(NewWriter(scratch.PathOf(name), {}, {})) == "OUTPUT_EXISTS");
  }
  CHECK(scratch.Read("f.safetensors") == "old");
  for (const char* name : {"f.safetensors", "empty", "dangling", "dangling.safetensors"}) {
    CAPTURE(name);
    CHECK(Write(scratch.PathOf(name), Overwrite()).ok());
    CHECK(Written(scratch.PathOf(name)) == "data");
  }
  CHECK(scratch.Names() ==
        std::vector<std::string>{"dangling", "dangling.safetensors", "empty", "f.safetensors"});
}

TEST_CASE("writer: a file does not replace a directory, nor a directory a file", "[formats]") {
  const ScratchDirectory scratch;
  scratch.Write("d.safetensors/keep", "");
  scratch.Write("file", "");
  CHECK(ErrorNameOf(NewWriter(scratch.PathOf("d.safetensors"), {}, Overwrite())) ==
        "OUTPUT_EXISTS");
  CHECK(ErrorNameOf(NewWriter(scratch.PathOf("file"), {}, Overwrite())) == "OUTPUT_EXISTS");
  CHECK(ErrorNameOf(NewWriter(scratch.PathOf("file/out"), {}, {})) == "CANNOT_WRITE");
}

TEST_CASE("writer: replacing a directory removes old weights and keeps other files", "[formats]") {
  const ScratchDirectory scratch;
  scratch.Write("out/model-00001-of-00002.safetensors", "old");
  scratch.Write("out/model.safetensors.index.json", "old");
  scratch.Write("out/config.json", "{}");
  scratch.Write("out/sub/notes", "n");
  REQUIRE(Write(scratch.PathOf("out"), Overwrite()).ok());
  CHECK(scratch.Names("out") ==
        std::vector<std::string>{"config.json", "model.safetensors", "sub"});
  CHECK(scratch.Names() == std::vector<std::string>{"out"});
  CHECK(Written(scratch.PathOf("out")) == "data");
}

// The warnings of one more write of that format.
std::vector<std::string> WarningsOf(const std::string& destination, const std::string& format) {
  WriterOptions options = Overwrite();
  options.format = format;
  auto writer = NewWriter(destination, {}, options);
  REQUIRE(writer.ok());
  const Shape shape = {4};
  const auto extents = (*writer)->Begin({{"t", DType::kU8, &shape}}, {});
  REQUIRE(extents.ok());
  REQUIRE((*writer)->WriteAt((*extents)[0].file, (*extents)[0].offset_bytes, "data", 4).ok());
  CHECK((*writer)->warnings().empty());
  REQUIRE((*writer)->Finish().ok());
  return (*writer)->warnings();
}

TEST_CASE("writer: replacing a directory keeps what weft does not name so", "[formats]") {
  const ScratchDirectory scratch;
  for (const char* name : {"out/labels.npy", "out/adapter.txt", "out/model-1-of-2.safetensors.bak",
                           "out/pytorch_model_ema.bin", "out/model-00001-of-00002.bin"}) {
    scratch.Write(name, "mine");
  }
  scratch.Write("out/pytorch_model-00001-of-00002.bin", "old");
  scratch.Write("out/model.npz", "old");
  scratch.Write("out/model.safetensors", "old");
  CHECK(WarningsOf(scratch.PathOf("out"), "safetensors") ==
        std::vector<std::string>{scratch.PathOf("out") +
                                 ": removed with the checkpoint that stood there: 'model.npz', "
                                 "'pytorch_model-00001-of-00002.bin'"});
  CHECK(scratch.Names("out") ==
        std::vector<std::string>{"adapter.txt", "labels.npy", "model-00001-of-00002.bin",
                                 "model-1-of-2.safetensors.bak", "model.safetensors",
                                 "pytorch_model_ema.bin"});
  CHECK(WarningsOf(scratch.PathOf("out"), "safetensors").empty());
}

TEST_CASE("writer: weights of others beside the new ones stay and are told", "[formats]") {
  const ScratchDirectory scratch;
  scratch.Write("out/adapter.safetensors", FileWith({"a"}));
  std::vector<std::string> warnings = WarningsOf(scratch.PathOf("out"), "safetensors");
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], Catch::Contains("'adapter.safetensors' and 'model.safetensors'"));
  CHECK(scratch.Names("out") ==
        std::vector<std::string>{"adapter.safetensors", "model.safetensors"});
  // Beside weights, arrays are not looked for.
  warnings = WarningsOf(scratch.PathOf("out"), "npy-dir");
  CHECK(warnings ==
        std::vector<std::string>{
            scratch.PathOf("out") +
                ": removed with the checkpoint that stood there: 'model.safetensors'",
            scratch.PathOf("out") + ": who reads the directory reads files that stood there "
                                    "before: 'adapter.safetensors'"});
}

TEST_CASE("writer: what the index of a replaced directory names goes with it", "[formats]") {
  const ScratchDirectory scratch;
  scratch.Write("out/unet-1.safetensors", FileWith({"a"}));
  scratch.Write("out/unet.safetensors.index.json",
                R"({"weight_map": {"a": "unet-1.safetensors"}})");
  CHECK(WarningsOf(scratch.PathOf("out"), "npz") ==
        std::vector<std::string>{scratch.PathOf("out") +
                                 ": removed with the checkpoint that stood there: "
                                 "'unet-1.safetensors', 'unet.safetensors.index.json'"});
  CHECK(scratch.Names("out") == std::vector<std::string>{"model.npz"});
}

TEST_CASE("writer: arrays replace a directory of arrays, and nothing else does", "[formats]") {
  const ScratchDirectory scratch;
  REQUIRE(WarningsOf(scratch.PathOf("out"), "npy-dir").empty());
  const std::string array = scratch.Read("out/t.npy");
  for (int i = 0; i < 8; ++i) scratch.Write("out/x/" + std::to_string(i) + ".npy", array);
  CHECK(WarningsOf(scratch.PathOf("out"), "npy-dir") ==
        std::vector<std::string>{scratch.PathOf("out") +
                                 ": removed with the checkpoint that stood there: 'x/0.npy', "
                                 "'x/1.npy', 'x/2.npy', 'x/3.npy', 'x/4.npy' and 3 more"});
  CHECK(scratch.Names("out") == std::vector<std::string>{"t.npy"});
  CHECK(WarningsOf(scratch.PathOf("out"), "pytorch").empty());
  CHECK(scratch.Names("out") == std::vector<std::string>{"pytorch_model.bin", "t.npy"});
}

TEST_CASE("writer: names of its own are known again, in every format", "[formats]") {
  const ScratchDirectory scratch;
  const Shape shape = {4};
  const std::vector<OutputTensor> two = {{"a", DType::kU8, &shape}, {"b", DType::kU8, &shape}};
  size_t of_several = 0;
  for (const std::string_view format : WrittenFormats()) {
    if (format == "npy" || format == "npy-dir") continue;
    for (const uint64_t most_bytes : {uint64_t{4}, uint64_t{100}}) {
      WriterOptions options;
      options.format = format;
      options.max_shard_bytes = most_bytes;
      auto writer = NewWriter(scratch.PathOf("x"), {}, options);
      REQUIRE(writer.ok());
      REQUIRE((*writer)->Begin(two, {}).ok());
      const std::vector<std::string> names = (*writer)->files();
      if (names.size() > 1) ++of_several;
      for (const std::string& name : names) {
        CAPTURE(name);
        CHECK(IsWrittenName(name));
      }
    }
  }
  CHECK(of_several == 3);
  for (const char* name :
       {"adapter.safetensors", "model.safetensors.bak", "xmodel.safetensors", "model.bin",
        "model-1-of-2.safetensors", "model-00001-of-00002.npz.safetensors", "pytorch_model.pt",
        "a.npy", "model.npy", "model.safetensors.index", ""}) {
    CAPTURE(name);
    CHECK_FALSE(IsWrittenName(name));
  }
}

TEST_CASE("writer: an input is never the destination, by whatever path", "[formats]") {
  const ScratchDirectory scratch;
  const std::string input = scratch.Write("in/model.safetensors", FileWith({"a"}));
  fs::create_directory_symlink("in", scratch.PathOf("link"));
  fs::create_symlink("in/model.safetensors", scratch.PathOf("link.safetensors"));
  fs::create_hard_link(input, scratch.PathOf("hard.safetensors"));
  const std::vector<CatalogFile> inputs = {{input, "model.safetensors", 0}};
  for (const char* name : {"in", "in/", "link", "in/model.safetensors", "link/model.safetensors",
                           "link.safetensors", "hard.safetensors", "in/../in/model.safetensors"}) {
    CAPTURE(name);
    CHECK(ErrorNameOf(NewWriter(scratch.PathOf(name), inputs, Overwrite())) == "SAME_FILE");
    CHECK(ErrorNameOf(NewWriter(scratch.PathOf(name), inputs, {})) == "SAME_FILE");
  }
  CHECK(scratch.Read("in/model.safetensors") == FileWith({"a"}));
  CHECK(Write(scratch.PathOf("in/other.safetensors"), {}, inputs).ok());
}

TEST_CASE("writer: nothing is left when it is given up, and what stood there stands", "[formats]") {
  const ScratchDirectory scratch;
  scratch.Write("out/model.safetensors", "old");
  const Shape shape = {4};
  for (const char* name : {"out", "new", "new.safetensors"}) {
    auto writer = NewWriter(scratch.PathOf(name), {}, Overwrite());
    REQUIRE(writer.ok());
    REQUIRE((*writer)->Begin({{"t", DType::kU8, &shape}}, {}).ok());
    CHECK(scratch.Names().size() == 2);
    writer->reset();
  }
  CHECK(scratch.Names() == std::vector<std::string>{"out"});
  CHECK(scratch.Read("out/model.safetensors") == "old");
}

TEST_CASE("writer: a destination that appears meanwhile is not replaced", "[formats]") {
  const ScratchDirectory scratch;
  const Shape shape = {4};
  for (const char* name : {"out", "out.safetensors"}) {
    auto writer = NewWriter(scratch.PathOf(name), {}, {});
    REQUIRE(writer.ok());
    REQUIRE((*writer)->Begin({{"t", DType::kU8, &shape}}, {}).ok());
    scratch.Write(name, "mine");
    CHECK(ErrorNameOf((*writer)->Finish()) == "OUTPUT_EXISTS");
    writer->reset();
    CHECK(scratch.Read(name) == "mine");
  }
  CHECK(scratch.Names() == std::vector<std::string>{"out", "out.safetensors"});
}

TEST_CASE("writer: side files are copied beside the weights of a directory", "[formats]") {
  const ScratchDirectory scratch;
  const std::string large(3'000'000, 'z');
  const std::string source = scratch.Write("in/vocab.txt", large);
  scratch.Write("in/empty", "");
  const Shape shape = {4};
  auto writer = NewWriter(scratch.PathOf("out"), {}, {});
  REQUIRE(writer.ok());
  REQUIRE((*writer)->Begin({{"t", DType::kU8, &shape}}, {}).ok());
  CHECK((*writer)->CopySideFile(source, "vocab.txt").ok());
  CHECK((*writer)->CopySideFile(scratch.PathOf("in/empty"), "empty").ok());
  CHECK(ErrorNameOf((*writer)->CopySideFile(source, "../escape")) == "UNSAFE_PATH");
  CHECK(ErrorNameOf((*writer)->CopySideFile(source, "model.safetensors")) == "CANNOT_WRITE");
  CHECK(ErrorNameOf((*writer)->CopySideFile(scratch.PathOf("in/none"), "none")) == "CANNOT_READ");
  REQUIRE((*writer)->Finish().ok());
  CHECK(scratch.Names("out") ==
        std::vector<std::string>{"empty", "model.safetensors", "vocab.txt"});
  CHECK(scratch.Read("out/vocab.txt") == large);

  auto file = NewWriter(scratch.PathOf("out.safetensors"), {}, {});
  REQUIRE((*file)->Begin({{"t", DType::kU8, &shape}}, {}).ok());
  CHECK(ErrorNameOf((*file)->CopySideFile(source, "vocab.txt")) == "BAD_ARGUMENT");
}

// For as long as it lives, the process may have so many descriptors.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t most) {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    rlimit limit = before_;
    limit.rlim_cur = most;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
  }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;
  ~DescriptorLimit() { (void)::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_ = {};
};

TEST_CASE("writer: there may be more files than descriptors", "[formats]") {
  const ScratchDirectory scratch;
  const DescriptorLimit limit(300);
  constexpr uint32_t kFiles = 500;
  const Shape shape = {4};
  std::vector<std::string> names;
  for (uint32_t i = 0; i < kFiles; ++i) names.push_back(std::to_string(1000 + i));
  std::vector<OutputTensor> tensors;
  for (const std::string& name : names) tensors.push_back({name, DType::kU8, &shape});
  WriterOptions options;
  options.max_shard_bytes = 4;
  for (const char* format : {"npy-dir", "safetensors", "pytorch"}) {
    INFO(format);
    options.format = format;
    auto writer = NewWriter(scratch.PathOf(format), {}, options);
    REQUIRE(writer.ok());
    const auto extents = (*writer)->Begin(tensors, {});
    REQUIRE(extents.ok());
    for (uint32_t i = kFiles; i-- > 0;) {
      const OutputExtent& extent = (*extents)[i];
      REQUIRE((*writer)->WriteAt(extent.file, extent.offset_bytes, names[i].data(), 4).ok());
    }
    REQUIRE((*writer)->Finish().ok());
    CHECK(scratch.Names(format).size() == kFiles + (options.format == "npy-dir" ? 0 : 1));
  }
  const std::string array = scratch.Read("npy-dir/1234.npy");
  CHECK(array.substr(array.size() - 4) == "1234");
}

TEST_CASE("writer: without sync the same files", "[formats]") {
  const ScratchDirectory scratch;
  WriterOptions options;
  options.sync = false;
  REQUIRE(Write(scratch.PathOf("a"), options).ok());
  REQUIRE(Write(scratch.PathOf("b")).ok());
  CHECK(scratch.Read("a/model.safetensors") == scratch.Read("b/model.safetensors"));
}

}  // namespace
}  // namespace weft
