// Which files are a checkpoint, and how they become one.
#include "weft/checkpoint.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "formats/raw_safetensors.h"
#include "io/error_of.h"
#include "io/scratch_directory.h"

namespace weft {
namespace {

namespace fs = std::filesystem;

constexpr const char* kIndex = "model.safetensors.index.json";

// "a@model-1 b@model-2": tensors and their files.
std::string Placement(const absl::StatusOr<Checkpoint>& checkpoint) {
  if (!checkpoint.ok()) return ErrorNameOf(checkpoint) + " " + ErrorTextOf(checkpoint);
  const Catalog& catalog = *checkpoint->catalog();
  std::string text;
  for (const TensorInfo& tensor : catalog.tensors) {
    if (!text.empty()) text += ' ';
    text += tensor.name + '@' + catalog.files[tensor.file].name;
  }
  return text;
}

void WriteTwoShards(const ScratchDirectory& scratch) {
  scratch.Write("s1", FileWith({"b", "d"}));
  scratch.Write("s2", FileWith({"a", "c"}));
  scratch.Write(kIndex, IndexWith({{"a", "s2"}, {"b", "s1"}, {"c", "s2"}, {"d", "s1"}}));
}

TEST_CASE("checkpoint: an index and its files, by the index or by the directory", "[formats]") {
  const ScratchDirectory scratch;
  WriteTwoShards(scratch);
  scratch.Write("config.json", "{}");
  scratch.Write("other.safetensors", FileWith({"z"}));
  for (const std::string& path : {scratch.path(), scratch.path() + "/", scratch.PathOf(kIndex)}) {
    const auto checkpoint = Checkpoint::Open(path);
    CHECK(Placement(checkpoint) == "a@s2 b@s1 c@s2 d@s1");
    CHECK(checkpoint->is_directory());
    CHECK(checkpoint->directory() == scratch.path());
    // Of the other one a directory has to be told.
    CHECK(checkpoint->warnings().empty() == (path == scratch.PathOf(kIndex)));
  }
}

TEST_CASE("checkpoint: an index is known by its content, whatever its name", "[formats]") {
  const ScratchDirectory scratch;
  scratch.Write("part", FileWith({"a"}));
  scratch.Write("list", IndexWith({{"a", "part"}}));
  scratch.Write("tokenizer.json", R"({"vocab":{"weight_map":7}})");
  CHECK(Placement(Checkpoint::Open(scratch.path())) == "a@part");
  CHECK(Placement(Checkpoint::Open(scratch.PathOf("list"))) == "a@part");
}

TEST_CASE("checkpoint: a weights file is known by its content, whatever its name", "[formats]") {
  const ScratchDirectory scratch;
  scratch.Write("weights.bin", FileWith({"a"}));
  CHECK(Placement(Checkpoint::Open(scratch.PathOf("weights.bin"))) == "a@weights.bin");
  CHECK(Placement(Checkpoint::Open(scratch.path())) == "a@weights.bin");
}

TEST_CASE("checkpoint: files of no format are refused", "[formats]") {
  const ScratchDirectory scratch;
  CHECK(ErrorNameOf(Checkpoint::Open(scratch.Write("a", "hello"))) == "UNKNOWN_FORMAT");
  CHECK(ErrorNameOf(Checkpoint::Open(scratch.Write("b", ""))) == "UNKNOWN_FORMAT");
  CHECK(ErrorNameOf(Checkpoint::Open(scratch.Write("c.json", "{}"))) == "UNKNOWN_FORMAT");
  CHECK(ErrorNameOf(Checkpoint::Open(scratch.path())) == "UNKNOWN_FORMAT");
  CHECK(ErrorNameOf(Checkpoint::Open(scratch.Write("d.json", "{\"weight_map\""))) ==
        "BAD_HEADER_SYNTAX");
  CHECK(ErrorNameOf(Checkpoint::Open(scratch.PathOf("missing"))) == "CANNOT_READ");
  CHECK(ErrorNameOf(Checkpoint::Open("")) == "CANNOT_READ");
}

TEST_CASE("checkpoint: a damaged weights file or index in a directory is not passed over",
          "[formats]") {
  const ScratchDirectory scratch;
  scratch.Write("model.safetensors", "");
  CHECK(ErrorNameOf(Checkpoint::Open(scratch.path())) == "TRUNCATED");
  scratch.Write("x.safetensors.index.json", "{\"weight_map\": ");
  CHECK(ErrorNameOf(Checkpoint::Open(scratch.path())) == "BAD_HEADER_SYNTAX");
}

TEST_CASE("checkpoint: without an index, all parts by number", "[formats]") {
  const ScratchDirectory scratch;
  scratch.Write("model-00001-of-00002.safetensors", FileWith({"b"}));
  scratch.Write("model-00002-of-00002.safetensors", FileWith({"a"}));
  CHECK(Placement(Checkpoint::Open(scratch.path())) ==
        "a@model-00002-of-00002.safetensors b@model-00001-of-00002.safetensors");
  CHECK(Placement(Checkpoint::Open(scratch.PathOf("model-00002-of-00002.safetensors"))) ==
        "a@model-00002-of-00002.safetensors");
}

TEST_CASE("checkpoint: a part that is missing by its number", "[formats]") {
  const ScratchDirectory scratch;
  scratch.Write("model-00001-of-00003.safetensors", FileWith({"b"}));
  scratch.Write("model-00003-of-00003.safetensors", FileWith({"a"}));
  CHECK(Placement(Checkpoint::Open(scratch.path())) ==
        "MISSING_PART " + scratch.path() +
            ": part 2 of the checkpoint 'model-00001-of-00003.safetensors' is missing: 2 of 3 "
            "files are there");
  fs::create_symlink("gone", scratch.PathOf("model-00002-of-00003.safetensors"));
  CHECK(ErrorNameOf(Checkpoint::Open(scratch.path())) == "CANNOT_READ");
}

TEST_CASE("checkpoint: files that the index names and that are missing are all named",
          "[formats]") {
  const ScratchDirectory scratch;
  scratch.Write("s1", FileWith({"a"}));
  scratch.Write(kIndex, IndexWith({{"a", "s1"}, {"b", "s2"}, {"c", "s3"}}));
  const auto checkpoint = Checkpoint::Open(scratch.path());
  const std::vector<Diagnostic> errors = DiagnosticsOf(checkpoint.status());
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].code == ErrorCode::kMissingPart);
  CHECK(errors[0].what == "the file 's2', which the index names, is missing");
  CHECK(errors[1].what == "the file 's3', which the index names, is missing");
}

TEST_CASE("checkpoint: a tensor that is not in the file where the index places it", "[formats]") {
  const ScratchDirectory scratch;
  scratch.Write("s1", FileWith({"a", "b"}));
  scratch.Write("s2", FileWith({"c"}));
  scratch.Write(kIndex, IndexWith({{"a", "s1"}, {"b", "s2"}, {"c", "s2"}, {"d", "s1"}}));
  const auto checkpoint = Checkpoint::Open(scratch.path());
  const std::vector<Diagnostic> errors = DiagnosticsOf(checkpoint.status());
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].code == ErrorCode::kMissingPart);
  CHECK(TextOf(errors[0]) ==
        "s2: tensor 'b': the index places the tensor in this file, but it is in 's1'");
  CHECK(TextOf(errors[1]) ==
        "s1: tensor 'd': the index places the tensor in this file, but it is in none of the files");
}

TEST_CASE("checkpoint: tensors that the index does not name are read, with a warning",
          "[formats]") {
  const ScratchDirectory scratch;
  scratch.Write("s1", FileWith({"a", "extra"}));
  scratch.Write(kIndex, IndexWith({{"a", "s1"}}));
  const auto checkpoint = Checkpoint::Open(scratch.path());
  CHECK(Placement(checkpoint) == "a@s1 extra@s1");
  CHECK(checkpoint->warnings() ==
        std::vector<std::string>{scratch.PathOf(kIndex) +
                                 ": the files hold 1 tensors that the index does not name"});
}

TEST_CASE("checkpoint: one tensor in two files is refused, with both named", "[formats]") {
  const ScratchDirectory scratch;
  scratch.Write("m-1-of-2.safetensors", FileWith({"a", "b"}));
  scratch.Write("m-2-of-2.safetensors", FileWith({"b", "c"}));
  CHECK(Placement(Checkpoint::Open(scratch.path())) ==
        "DUPLICATE_NAME m-2-of-2.safetensors: tensor 'b': stands in 'm-1-of-2.safetensors' too");
}

TEST_CASE("checkpoint: two checkpoints in one directory are refused, with both named",
          "[formats]") {
  const std::string part = FileWith({"a"});
  const std::vector<std::vector<std::string>> cases = {
      {"adapter.safetensors", "model.safetensors"},
      {"model.safetensors", "model-00001-of-00001.safetensors"},
      {"model-00001-of-00001.safetensors", "model-00001-of-00002.safetensors"},
  };
  for (const std::vector<std::string>& names : cases) {
    const ScratchDirectory scratch;
    for (const std::string& name : names) scratch.Write(name, part);
    const auto checkpoint = Checkpoint::Open(scratch.path());
    CHECK(ErrorNameOf(checkpoint) == "SEVERAL_CHECKPOINTS");
    for (const std::string& name : names) {
      CHECK(ErrorTextOf(checkpoint).find("'" + name + "'") != std::string::npos);
    }
  }
  const ScratchDirectory scratch;
  scratch.Write("m", part);
  scratch.Write("a.index.json", IndexWith({{"a", "m"}}));
  scratch.Write("b.index.json", IndexWith({{"a", "m"}}));
  const auto two = Checkpoint::Open(scratch.path());
  CHECK(ErrorNameOf(two) == "SEVERAL_CHECKPOINTS");
  CHECK(ErrorTextOf(two).find("'a.index.json' and 'b.index.json'") != std::string::npos);
  CHECK(Placement(Checkpoint::Open(scratch.PathOf("b.index.json"))) == "a@m");
}

TEST_CASE("checkpoint: weights that the index does not name are left out, with a warning",
          "[formats]") {
  const ScratchDirectory scratch;
  scratch.Write("part0.safetensors", FileWith({"a"}));
  scratch.Write("hyper_param.safetensors", FileWith({"epoch"}));
  scratch.Write("optimizer.bin", "\x80\x02.");
  scratch.Write("param_name_map.json", IndexWith({{"a", "part0.safetensors"}}));
  const auto checkpoint = Checkpoint::Open(scratch.path());
  CHECK(Placement(checkpoint) == "a@part0.safetensors");
  CHECK(checkpoint->warnings() ==
        std::vector<std::string>{scratch.PathOf("param_name_map.json") +
                                 ": the index does not name 'hyper_param.safetensors'; neither "
                                 "read nor copied"});
  // Who gives the index has chosen.
  CHECK(Checkpoint::Open(scratch.PathOf("param_name_map.json"))->warnings().empty());
  for (int i = 0; i < 6; ++i) {
    scratch.Write("x" + std::to_string(i) + ".safetensors", FileWith({"x"}));
  }
  const auto many = Checkpoint::Open(scratch.path());
  REQUIRE(many.ok());
  REQUIRE(many->warnings().size() == 1);
  CHECK(many->warnings()[0].find("'x3.safetensors' and 2 more;") != std::string::npos);
}

TEST_CASE("checkpoint: what training leaves beside the weights is no checkpoint", "[formats]") {
  const ScratchDirectory scratch;
  scratch.Write("model.safetensors", FileWith({"a"}));
  for (const char* name :
       {"optimizer.bin", "optimizer_1.bin", "scheduler.bin", "scheduler_12.bin", "scaler.pt",
        "sampler.bin", "sampler_1.bin", "dl_state_dict.bin", "dl_state_dict_1.bin",
        "training_args.bin", "rng_state.pth", "rng_state_0.pth"}) {
    scratch.Write(name, "\x80\x02.");
  }
  CHECK(Placement(Checkpoint::Open(scratch.path())) == "a@model.safetensors");
  // Names that only begin so are others'.
  for (const char* name : {"optimizer_a.bin", "samplers.bin", "optimizer_1b.bin"}) {
    const ScratchDirectory other;
    other.Write("model.safetensors", FileWith({"a"}));
    other.Write(name, "\x80\x02.");
    CHECK(ErrorNameOf(Checkpoint::Open(other.path())) == "SEVERAL_CHECKPOINTS");
  }
}

TEST_CASE("checkpoint: a file latest that names a folder that is not there is told", "[formats]") {
  const ScratchDirectory scratch;
  scratch.Write("latest", "global_step7\n");
  for (const std::string& path : {scratch.path(), scratch.PathOf("latest")}) {
    const auto checkpoint = Checkpoint::Open(path);
    CHECK(ErrorNameOf(checkpoint) == "MISSING_PART");
    CHECK(ErrorTextOf(checkpoint) ==
          scratch.PathOf("latest") + ": names the folder 'global_step7', which is not there");
  }
  // Where there are weights it is of no interest.
  scratch.Write("model.safetensors", FileWith({"a"}));
  CHECK(Placement(Checkpoint::Open(scratch.path())) == "a@model.safetensors");
}

TEST_CASE("checkpoint: hidden files and directories are no weights", "[formats]") {
  const ScratchDirectory scratch;
  scratch.Write(".model.safetensors.weft-abcdef", FileWith({"z"}));
  scratch.Write("old.safetensors/file", "");
  scratch.Write("model.safetensors", FileWith({"a"}));
  CHECK(Placement(Checkpoint::Open(scratch.path())) == "a@model.safetensors");
}

TEST_CASE("checkpoint: files reached by links are read, pipes are refused", "[formats]") {
  const ScratchDirectory scratch;
  scratch.Write("blobs/1", FileWith({"a"}));
  fs::create_directory(scratch.PathOf("snapshot"));
  fs::create_symlink("../blobs/1", scratch.PathOf("snapshot/model.safetensors"));
  CHECK(Placement(Checkpoint::Open(scratch.PathOf("snapshot"))) == "a@model.safetensors");

  const std::string pipe = scratch.PathOf("pipes/model.safetensors");
  fs::create_directory(scratch.PathOf("pipes"));
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(ErrorNameOf(Checkpoint::Open(pipe)) == "NOT_REGULAR_FILE");
  CHECK(ErrorNameOf(Checkpoint::Open(scratch.PathOf("pipes"))) == "NOT_REGULAR_FILE");
}

TEST_CASE("checkpoint: shards of several ranks are no shard together", "[formats]") {
  const ScratchDirectory scratch;
  const auto metadata_of = [&](const std::string& second, const std::string& third) {
    const auto file = [](const std::string& rank) {
      return RawSafetensors(
          R"({"__metadata__":{"weft.rank":")" + rank + R"(","weft.world_size":"3","k":"1"}})", "");
    };
    scratch.Write("m-1-of-3", file("0"));
    scratch.Write("m-2-of-3", file(second));
    scratch.Write("m-3-of-3", file(third));
    const auto checkpoint = Checkpoint::Open(scratch.path());
    REQUIRE(checkpoint.ok());
    return checkpoint->catalog()->metadata;
  };
  using Metadata = std::map<std::string, std::string>;
  CHECK(metadata_of("0", "0") ==
        Metadata{{"k", "1"}, {"weft.rank", "0"}, {"weft.world_size", "3"}});
  CHECK(metadata_of("1", "2") == Metadata{{"k", "1"}});
  CHECK(metadata_of("0", "2") == Metadata{{"k", "1"}});
}

TEST_CASE("checkpoint: the metadata of the first file wins", "[formats]") {
  const ScratchDirectory scratch;
  scratch.Write("m-1-of-2", RawSafetensors(R"({"__metadata__":{"k":"1","a":"x"}})", ""));
  scratch.Write("m-2-of-2", RawSafetensors(R"({"__metadata__":{"k":"2","b":"y"}})", ""));
  const auto checkpoint = Checkpoint::Open(scratch.path());
  REQUIRE(checkpoint.ok());
  CHECK(checkpoint->catalog()->metadata ==
        std::map<std::string, std::string>{{"a", "x"}, {"b", "y"}, {"k", "1"}});
}

TEST_CASE("checkpoint: errors of all files are reported", "[formats]") {
  const ScratchDirectory scratch;
  scratch.Write("m-1-of-2.safetensors", RawSafetensors("{}", "x"));
  scratch.Write("m-2-of-2.safetensors", "");
  const auto checkpoint = Checkpoint::Open(scratch.path());
  const std::vector<Diagnostic> errors = DiagnosticsOf(checkpoint.status());
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].code == ErrorCode::kTrailingData);
  CHECK(errors[1].code == ErrorCode::kTruncated);
}

TEST_CASE("checkpoint: the number of files and of all tensors is limited", "[formats]") {
  const ScratchDirectory scratch;
  scratch.Write("m-1-of-2", FileWith({"a"}));
  scratch.Write("m-2-of-2", FileWith({"b"}));
  OpenOptions options;
  options.limits.tensors = 1;
  CHECK(ErrorNameOf(Checkpoint::Open(scratch.path(), options)) == "LIMIT_EXCEEDED");
  options.limits.tensors = 2;
  CHECK(Checkpoint::Open(scratch.path(), options).ok());
  options.limits.shards = 1;
  CHECK(ErrorNameOf(Checkpoint::Open(scratch.path(), options)) == "LIMIT_EXCEEDED");
}

TEST_CASE("checkpoint: copies share the files, which outlive their names", "[formats]") {
  const ScratchDirectory scratch;
  scratch.Write("model.safetensors", FileWith({"a"}, "data"));
  auto original = Checkpoint::Open(scratch.path());
  REQUIRE(original.ok());
  const Checkpoint copy = *original;
  CHECK(original->catalog() == copy.catalog());
  original = absl::CancelledError();
  fs::remove(scratch.PathOf("model.safetensors"));
  std::string data(4, '.');
  REQUIRE(copy.ReadAt(0, copy.catalog()->tensors[0].offset_bytes, 4, data.data()).ok());
  CHECK(data == "data");
}

TEST_CASE("checkpoint: a file written to after it was opened has changed", "[formats]") {
  const ScratchDirectory scratch;
  scratch.Write("model.safetensors", FileWith({"a"}));
  const auto checkpoint = Checkpoint::Open(scratch.path());
  REQUIRE(checkpoint.ok());
  scratch.Write("model.safetensors", FileWith({"a", "b"}));
  CHECK(ErrorNameOf(checkpoint->CheckUnchanged()) == "INPUT_CHANGED");
}

}  // namespace
}  // namespace weft
