// weft convert: what it writes, what it refuses, and what it leaves behind.
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/checkpoint_files.h"
#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "process/process.h"

namespace weft::test {
namespace {

namespace fs = std::filesystem;

bool HasLine(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

// A lower limit on what this process and its children may use.
class SoftLimit {
 public:
  SoftLimit(__rlimit_resource resource, rlim_t most) : resource_(resource) {
    REQUIRE(::getrlimit(resource_, &before_) == 0);
    const rlimit limited = {most, before_.rlim_max};
    REQUIRE(::setrlimit(resource_, &limited) == 0);
  }
  SoftLimit(const SoftLimit&) = delete;
  SoftLimit& operator=(const SoftLimit&) = delete;
  ~SoftLimit() { ::setrlimit(resource_, &before_); }

 private:
  __rlimit_resource resource_;
  rlimit before_ = {};
};

}  // namespace

TEST_CASE("convert: a directory is converted, and converted back", "[cli]") {
  TemporaryDirectory directory;
  WriteMixtralDirectory(directory / "m", 3, MixtralLayer(3));
  WriteFile(directory / "m/tokenizer.json", "{}");

  const Outcome forward = Weft({"convert", directory / "m", directory / "deep/er/fused"});
  CHECK(forward.exit_code == 0);
  CHECK(forward.err.empty());
  CHECK(HasLine(forward.out,
                "mapping: mixtral (hub → transformers5), "
                "detected from config.json and the tensor names"));
  CHECK(HasLine(forward.out, "tensors: 11 → 4"));
  // 3 experts of 3 × 24 bytes, 36 of the router, 12 of the norm.
  CHECK(HasLine(forward.out, "bytes: 264 B read, 264 B written"));
  CHECK(HasLine(forward.out, "reversible: exact"));
  CHECK(HasLine(forward.out, "written: " + directory / "deep/er/fused" + " (model.safetensors)"));
  CHECK(HasLine(forward.out, "copied: config.json, tokenizer.json"));
  CHECK(ListTree(directory / "deep/er/fused") ==
        std::vector<std::string>{"config.json", "model.safetensors", "tokenizer.json"});
  CHECK(ReadSafetensors(directory / "deep/er/fused/model.safetensors") == FusedMixtralLayer(3));

  const Outcome back =
      Weft({"convert", directory / "deep/er/fused", directory / "back.safetensors", "--reverse"});
  CHECK(back.exit_code == 0);
  CHECK(HasLine(back.out, "direction: reverse"));
  CHECK(ReadSafetensors(directory / "back.safetensors") == MixtralLayer(3));
}

TEST_CASE("convert: each --io gives the same file", "[cli]") {
  TemporaryDirectory directory;
  WriteMixtralDirectory(directory / "m", 3, MixtralLayer(3));
  for (const std::string io : {"auto", "pread", "mmap", "direct"}) {
    const std::string path = directory / io + ".safetensors";
    const Outcome outcome = Weft({"convert", directory / "m", path, "--io", io});
    INFO(outcome.err);
    CHECK(outcome.exit_code == 0);
    CHECK(ReadSafetensors(path) == FusedMixtralLayer(3));
  }
}

TEST_CASE("convert: --json is one document", "[cli]") {
  TemporaryDirectory directory;
  WriteMixtralDirectory(directory / "m", 2, MixtralLayer(2));
  const Outcome outcome = Weft(
      {"convert", directory / "m", directory / "out", "--json", "--no-sync", "--threads", "1"});
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.err.empty());
  const auto document = nlohmann::json::parse(outcome.out);
  CHECK(document["mapping"] == "mixtral");
  CHECK(document["direction"] == "forward");
  CHECK(document["reversible"] == "exact");
  CHECK(document["dry_run"] == false);
  CHECK(document["tensors_read"] == 8);
  CHECK(document["tensors_written"] == 4);
  CHECK(document["bytes_written"] == 180);
  CHECK(document["files"] == nlohmann::json::array({"model.safetensors"}));
  CHECK(document["side_files"] == nlohmann::json::array({"config.json"}));
  CHECK(document["seconds"].get<double>() > 0);
}

TEST_CASE("convert: small shards get an index", "[cli]") {
  TemporaryDirectory directory;
  WriteMixtralDirectory(directory / "m", 2, MixtralLayer(2));
  const Outcome outcome = Weft(
      {"convert", directory / "m", directory / "out", "--map", "identity", "--max-shard-size=100"});
  CHECK(outcome.exit_code == 0);
  const auto index =
      nlohmann::json::parse(ReadFile(directory / "out/model.safetensors.index.json"));
  FileTensors all;
  for (const auto& [name, file] : index["weight_map"].items()) {
    const FileTensors shard = ReadSafetensors(directory / "out/" + file.get<std::string>());
    REQUIRE(shard.count(name) == 1);
    all[name] = shard.at(name);
  }
  CHECK(all == MixtralLayer(2));
}

TEST_CASE("convert: a file is not cut into shards, and who asks for it is told", "[cli]") {
  TemporaryDirectory directory;
  WriteMixtralDirectory(directory / "m", 2, MixtralLayer(2));
  const std::string file = directory / "out.safetensors";
  const Outcome asked = Weft(
      {"convert", directory / "m", file, "--map", "identity", "--max-shard-size=100", "--json"});
  CHECK(asked.exit_code == 0);
  CHECK(HasLine(asked.err, "warning: --max-shard-size: '" + file +
                               "' is one file, whatever its size; a directory would be cut into "
                               "shards"));
  CHECK(nlohmann::json::parse(asked.out)["warnings"].size() == 1);
  CHECK(ReadSafetensors(file) == MixtralLayer(2));
  const Outcome unasked = Weft({"convert", directory / "m", file, "--map", "identity", "--force"});
  CHECK(unasked.err.empty());
}

TEST_CASE("convert: a dry run writes nothing, not even a directory", "[cli]") {
  TemporaryDirectory directory;
  WriteMixtralDirectory(directory / "m", 2, MixtralLayer(2));
  const std::vector<std::string> before = ListTree(directory.path());
  const Outcome text = Weft({"convert", directory / "m", directory / "new/out", "--dry-run"});
  CHECK(text.exit_code == 0);
  CHECK(HasLine(text.out, "tensors: 8 → 4"));
  CHECK(HasLine(text.out, "dry run: nothing was written to " + directory / "new/out"));
  const Outcome json =
      Weft({"convert", directory / "m", directory / "new/out", "--dry-run", "--json"});
  CHECK(json.exit_code == 0);
  CHECK(nlohmann::json::parse(json.out)["dry_run"] == true);
  CHECK(ListTree(directory.path()) == before);

  CHECK(Weft({"convert", directory / "m", directory / "m", "--dry-run"}).first_error_line() ==
        "error[OUTPUT_EXISTS] " + directory / "m" + ": the destination exists");
}

TEST_CASE("convert: an existing destination stands unless --force is given", "[cli]") {
  TemporaryDirectory directory;
  WriteMixtralDirectory(directory / "m", 2, MixtralLayer(2));
  WriteFile(directory / "out.safetensors", "precious");
  const Outcome refused = Weft({"convert", directory / "m", directory / "out.safetensors"});
  CHECK(refused.exit_code == 2);
  CHECK(refused.out.empty());
  CHECK(refused.err.rfind("error[OUTPUT_EXISTS] ", 0) == 0);
  CHECK(ReadFile(directory / "out.safetensors") == "precious");

  const Outcome forced =
      Weft({"convert", directory / "m", directory / "out.safetensors", "--force"});
  CHECK(forced.exit_code == 0);
  CHECK(ReadSafetensors(directory / "out.safetensors") == FusedMixtralLayer(2));
}

TEST_CASE("convert: a failed --force leaves what stood there", "[cli]") {
  TemporaryDirectory directory;
  FileTensors tensors = MixtralLayer(3);
  tensors.erase("model.layers.0.block_sparse_moe.experts.1.w1.weight");
  WriteMixtralDirectory(directory / "m", 3, tensors);
  WriteFile(directory / "out.safetensors", "precious");
  const Outcome outcome =
      Weft({"convert", directory / "m", directory / "out.safetensors", "--force"});
  CHECK(outcome.exit_code == 1);
  CHECK(outcome.out.empty());
  CHECK(ReadFile(directory / "out.safetensors") == "precious");
}

TEST_CASE("convert: a directory may hold more arrays than files may be open at first", "[cli]") {
  TemporaryDirectory directory;
  FileTensors tensors;
  for (int i = 0; i < 200; ++i) {
    tensors["w" + std::to_string(i)] = Counting({2}, static_cast<float>(i));
  }
  WriteSafetensors(directory / "m.safetensors", tensors);
  const SoftLimit limit(RLIMIT_NOFILE, 100);
  const Outcome out = Weft({"convert", directory / "m.safetensors", directory / "arrays", "--map",
                            "identity", "--to", "npy-dir"});
  INFO(out.err);
  CHECK(out.exit_code == 0);
  const Outcome back =
      Weft({"convert", directory / "arrays", directory / "back.safetensors", "--map", "identity"});
  INFO(back.err);
  CHECK(back.exit_code == 0);
  CHECK(ReadSafetensors(directory / "back.safetensors") == tensors);
}

TEST_CASE("convert: --force leaves no array of before, and all else", "[cli]") {
  TemporaryDirectory directory;
  WriteSafetensors(
      directory / "a.safetensors",
      {{"a/old", Counting({2}, 0)}, {"a/both", Counting({3}, 0)}, {"gone/w", Counting({2}, 0)}});
  WriteSafetensors(directory / "b.safetensors",
                   {{"a/both", Counting({4}, 1)}, {"new", Counting({2}, 3)}});
  const auto write = [&](const std::string& source) {
    return Weft({"convert", source, directory / "arrays", "--map", "identity", "--to", "npy-dir",
                 "--force"})
        .exit_code;
  };
  CHECK(write(directory / "a.safetensors") == 0);
  WriteFile(directory / "arrays/a/notes.txt", "mine");
  CHECK(write(directory / "b.safetensors") == 0);
  CHECK(ListTree(directory / "arrays") ==
        std::vector<std::string>{"a", "a/both.npy", "a/notes.txt", "new.npy"});
  // Beside weights of another format, an array is somebody's own.
  CHECK(Weft({"convert", directory / "b.safetensors", directory / "samples", "--map", "identity",
              "--to", "npy-dir"})
            .exit_code == 0);
  CHECK(Weft({"convert", directory / "b.safetensors", directory / "samples", "--map", "identity",
              "--force"})
            .exit_code == 0);
  CHECK(ListTree(directory / "samples") ==
        std::vector<std::string>{"a", "a/both.npy", "model.safetensors", "new.npy"});
  const auto report = nlohmann::json::parse(Weft({"inspect", directory / "arrays", "--json"}).out);
  CHECK(report["files"] == nlohmann::json::array({"a/both.npy", "new.npy"}));
}

TEST_CASE("convert: input and output are never the same file", "[cli]") {
  TemporaryDirectory directory;
  const std::string source = directory / "m.safetensors";
  WriteSafetensors(source, MixtralLayer(2));
  fs::create_hard_link(source, directory / "hard.safetensors");
  fs::create_symlink("m.safetensors", directory / "soft.safetensors");
  const std::string before = ReadFile(source);
  for (const std::string& destination :
       {source, directory / "hard.safetensors", directory / "soft.safetensors",
        directory / "./m.safetensors"}) {
    const Outcome outcome = Weft({"convert", source, destination, "--map", "mixtral", "--force"});
    INFO(destination);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.err.rfind("error[SAME_FILE] ", 0) == 0);
    CHECK(ReadFile(source) == before);
  }
}

TEST_CASE("convert: no way back from a directory that does not exist leads to an input", "[cli]") {
  TemporaryDirectory directory;
  const std::string source = directory / "m.safetensors";
  WriteSafetensors(source, MixtralLayer(2));
  const std::string before = ReadFile(source);
  for (const std::vector<std::string>& output :
       {std::vector<std::string>{directory / "none/../m.safetensors"},
        std::vector<std::string>{directory / "out.safetensors", "--complement",
                                 directory / "none/../m.safetensors"}}) {
    std::vector<std::string> arguments = {"convert", source, "--map", "mixtral", "--force"};
    arguments.insert(arguments.end(), output.begin(), output.end());
    const Outcome outcome = Weft(arguments);
    INFO(output.back());
    CHECK(outcome.exit_code == 3);
    CHECK(outcome.err.find("leads back by '..'") != std::string::npos);
    CHECK(ReadFile(source) == before);
    CHECK(ListTree(directory.path()) == std::vector<std::string>{"m.safetensors"});
  }
}

TEST_CASE("convert: a missing expert is refused before any output exists", "[cli]") {
  TemporaryDirectory directory;
  FileTensors tensors = MixtralLayer(3);
  tensors.erase("model.layers.0.block_sparse_moe.experts.1.w1.weight");
  tensors.erase("model.layers.0.block_sparse_moe.experts.1.w2.weight");
  tensors.erase("model.layers.0.block_sparse_moe.experts.1.w3.weight");
  WriteMixtralDirectory(directory / "m", 3, tensors);
  const Outcome outcome = Weft({"convert", directory / "m", directory / "out", "--json"});
  CHECK(outcome.exit_code == 1);
  CHECK(outcome.out.empty());
  CHECK(outcome.err.rfind("error[INCOMPLETE_LIST] ", 0) == 0);
  CHECK_FALSE(fs::exists(directory / "out"));
}

TEST_CASE("convert: what is in the target layout already is refused", "[cli]") {
  TemporaryDirectory directory;
  WriteMixtralDirectory(directory / "m", 2, FusedMixtralLayer(2));
  const Outcome outcome = Weft({"convert", directory / "m", directory / "out"});
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.err.rfind("error[ALREADY_CONVERTED] ", 0) == 0);
  CHECK_FALSE(fs::exists(directory / "out"));
}

TEST_CASE("convert: errors of the mapping exit 2", "[cli]") {
  TemporaryDirectory directory;
  WriteSafetensors(directory / "m.safetensors", {{"w", Counting({2}, 0)}});
  WriteFile(directory / "bad.json", "{\"weft\": 1,\n \"stages\": [[{\"rename\": \"a.{\"}]]}");
  const Outcome syntax = Weft(
      {"convert", directory / "m.safetensors", directory / "out", "--map", directory / "bad.json"});
  CHECK(syntax.exit_code == 2);
  CHECK(syntax.out.empty());
  CHECK(syntax.first_error_line().find("bad.json:2:") != std::string::npos);

  const Outcome param = Weft({"convert", directory / "m.safetensors", directory / "out", "--map",
                              "identity", "--set", "heads=[1,2]"});
  CHECK(param.exit_code == 2);
  CHECK(param.err.rfind("error[BAD_PARAM] ", 0) == 0);

  const Outcome undetected = Weft({"convert", directory / "m.safetensors", directory / "out"});
  CHECK(undetected.exit_code == 2);
  CHECK(undetected.err.rfind("error[MAPPING_NOT_DETECTED] ", 0) == 0);

  const Outcome missing = Weft({"convert", directory / "m.safetensors", directory / "out", "--map",
                                directory / "missing.json"});
  CHECK(missing.exit_code == 3);
  CHECK(missing.err.rfind("error[CANNOT_READ] ", 0) == 0);
  CHECK(ListTree(directory.path()) == std::vector<std::string>{"bad.json", "m.safetensors"});
}

TEST_CASE("convert: --set takes JSON and plain text", "[cli]") {
  TemporaryDirectory directory;
  WriteSafetensors(directory / "m.safetensors", {{"w", Counting({6, 2}, 0)}});
  WriteFile(directory / "split.json",
            R"({"weft": 1, "name": "split", "stages": [[
                {"from": ["w", "[a:n | b:m] d"], "to": {"a": ["a", "n d"], "b": ["b", "m d"]}}]]})");
  const auto convert = [&](const std::string& assignment) {
    return Weft({"convert", directory / "m.safetensors", directory / "out.safetensors", "--map",
                 directory / "split.json", "--set", assignment, "--force"});
  };
  CHECK(convert("n=4").exit_code == 0);
  const FileTensors written = ReadSafetensors(directory / "out.safetensors");
  CHECK(written.at("a") == Counting({4, 2}, 0));
  CHECK(written.at("b") == Counting({2, 2}, 8));
  CHECK(convert("n=four").exit_code == 2);
}

TEST_CASE("convert: a tensor that the mapping refuses is a warning with --lenient", "[cli]") {
  TemporaryDirectory directory;
  const FileTensors tensors = {{"a", Counting({2}, 0)}, {"stray", Counting({2}, 5)}};
  WriteSafetensors(directory / "m.safetensors", tensors);
  WriteFile(directory / "ab.json",
            R"({"weft": 1, "others": "error", "stages": [[{"rename": "a", "to": "b"}]]})");
  const std::vector<std::string> arguments = {"convert", directory / "m.safetensors",
                                              directory / "out.safetensors", "--map",
                                              directory / "ab.json"};
  const Outcome strict = Weft(arguments);
  CHECK(strict.exit_code == 1);
  CHECK(strict.err.rfind("error[UNEXPECTED_TENSOR] ", 0) == 0);
  CHECK_FALSE(fs::exists(directory / "out.safetensors"));

  std::vector<std::string> leniently = arguments;
  leniently.push_back("--lenient");
  const Outcome lenient = Weft(leniently);
  CHECK(lenient.exit_code == 0);
  CHECK(lenient.err.rfind("warning: ", 0) == 0);
  CHECK(lenient.err.find("'stray'") != std::string::npos);
  CHECK(ReadSafetensors(directory / "out.safetensors") ==
        FileTensors{{"b", Counting({2}, 0)}, {"stray", Counting({2}, 5)}});
}

TEST_CASE("convert: mappings are composed left to right, and reversed as a whole", "[cli]") {
  TemporaryDirectory directory;
  WriteSafetensors(directory / "m.safetensors", {{"a", Counting({2}, 0)}});
  WriteFile(directory / "ab.json",
            R"({"weft": 1, "name": "ab", "stages": [[{"rename": "a", "to": "b"}]]})");
  WriteFile(directory / "bc.json",
            R"({"weft": 1, "name": "bc", "stages": [[{"rename": "b", "to": "c"}]]})");
  const Outcome there =
      Weft({"convert", "--map", directory / "ab.json", "--map", directory / "bc.json",
            directory / "m.safetensors", directory / "c.safetensors"});
  CHECK(there.exit_code == 0);
  CHECK(HasLine(there.out, "mapping: ab + bc, given by --map"));
  CHECK(ReadSafetensors(directory / "c.safetensors") == FileTensors{{"c", Counting({2}, 0)}});
  const Outcome back =
      Weft({"convert", "--map", directory / "ab.json", "--map", directory / "bc.json", "--reverse",
            directory / "c.safetensors", directory / "a.safetensors"});
  CHECK(back.exit_code == 0);
  CHECK(ReadSafetensors(directory / "a.safetensors") == FileTensors{{"a", Counting({2}, 0)}});
}

TEST_CASE("convert: a config beyond the limit exits 4, a missing one 3", "[cli]") {
  TemporaryDirectory directory;
  WriteSafetensors(directory / "m.safetensors", {{"w", Counting({2}, 0)}});
  WriteFile(directory / "huge.json", "");
  fs::resize_file(directory / "huge.json", (64u << 20) + 1);
  const Outcome huge = Weft({"convert", directory / "m.safetensors", directory / "out", "--map",
                             "identity", "--config", directory / "huge.json"});
  CHECK(huge.exit_code == 4);
  CHECK(huge.first_error_line() == "error[LIMIT_EXCEEDED] " + directory / "huge.json" +
                                       ": expected at most 64.0 MiB of JSON, got 64.0 MiB");
  const Outcome missing = Weft({"convert", directory / "m.safetensors", directory / "out", "--map",
                                "identity", "--config", directory / "none.json"});
  CHECK(missing.exit_code == 3);
  CHECK(missing.first_error_line() ==
        "error[CANNOT_READ] " + directory / "none.json" + ": no such file");
  CHECK_FALSE(fs::exists(directory / "out"));
}

TEST_CASE("convert: a destination that cannot be written exits 3 and leaves nothing", "[cli]") {
  TemporaryDirectory directory;
  WriteSafetensors(directory / "m.safetensors", {{"w", Counting({64, 1024}, 0)}});
  WriteFile(directory / "file", "");
  const std::vector<std::string> before = ListTree(directory.path());
  const Outcome no_directory = Weft({"convert", directory / "m.safetensors",
                                     directory / "file/out.safetensors", "--map", "identity"});
  CHECK(no_directory.exit_code == 3);
  CHECK(no_directory.err.rfind("error[CANNOT_WRITE] ", 0) == 0);
  Outcome full;
  {
    const SoftLimit limit(RLIMIT_FSIZE, 64 << 10);
    full = Weft({"convert", directory / "m.safetensors", directory / "out.safetensors", "--map",
                 "identity"});
  }
  CHECK(full.exit_code == 3);
  CHECK(full.err.rfind("error[CANNOT_WRITE] ", 0) == 0);
  CHECK(ListTree(directory.path()) == before);
}

}  // namespace weft::test
