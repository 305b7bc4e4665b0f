// weft load: what it reports, and that it leaves nothing behind.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/checkpoint_files.h"
#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "process/process.h"

namespace weft::test {
namespace {

nlohmann::json LoadJson(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "load");
  arguments.emplace_back("--json");
  const Outcome outcome = Weft(arguments);
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  CHECK(outcome.err.empty());
  return nlohmann::json::parse(outcome.out);
}

}  // namespace

TEST_CASE("load: --json reports time, bytes and a digest", "[cli]") {
  TemporaryDirectory directory;
  WriteMixtralDirectory(directory / "m", 3, MixtralLayer(3));
  const std::vector<std::string> before = ListTree(directory.path());
  const auto document = LoadJson({directory / "m"});
  CHECK(document["mapping"] == "mixtral");
  CHECK(document["direction"] == "forward");
  CHECK(document["tensors"] == 4);
  CHECK(document["seconds"].get<double>() > 0);
  // 3 experts of 3 × 24 bytes, 36 of the router, 12 of the norm.
  CHECK(document["bytes"] == 264);
  CHECK(document["bytes_read"] == 264);
  CHECK(document["bytes_borrowed"] == 0);
  CHECK(document["gib_per_s"].get<double>() > 0);
  CHECK(document["peak_rss_bytes"].get<uint64_t>() > 1'000'000);
  CHECK(document["digest"].get<std::string>().size() == 32);
  CHECK(ListTree(directory.path()) == before);
}

TEST_CASE("load: the digest is that of the content, however it is loaded", "[cli]") {
  TemporaryDirectory directory;
  WriteMixtralDirectory(directory / "m", 3, MixtralLayer(3));
  WriteSafetensors(directory / "fused.safetensors", FusedMixtralLayer(3));
  WriteSafetensors(directory / "other.safetensors", FusedMixtralLayer(4));
  std::set<nlohmann::json> digests;
  for (const std::string threads : {"1", "2", "4"}) {
    digests.insert(LoadJson({directory / "m", "--threads", threads})["digest"]);
    digests.insert(LoadJson({directory / "m", "--threads", threads, "--borrow"})["digest"]);
  }
  for (const std::string io : {"auto", "pread", "mmap", "direct"}) {
    digests.insert(LoadJson({directory / "m", "--io", io})["digest"]);
  }
  // The same content, made by the test.
  digests.insert(LoadJson({directory / "fused.safetensors", "--map", "identity"})["digest"]);
  CHECK(digests.size() == 1);
  digests.insert(LoadJson({directory / "other.safetensors", "--map", "identity"})["digest"]);
  digests.insert(LoadJson({directory / "m", "--map", "identity"})["digest"]);
  CHECK(digests.size() == 3);
}

TEST_CASE("load: --borrow takes views of what need not be moved", "[cli]") {
  TemporaryDirectory directory;
  WriteMixtralDirectory(directory / "m", 3, MixtralLayer(3));
  const auto fused = LoadJson({directory / "m", "--borrow"});
  CHECK(fused["bytes"] == 264);
  CHECK(fused["bytes_borrowed"] == 48);  // the router and the norm
  const auto passed = LoadJson({directory / "m", "--borrow", "--map", "identity"});
  CHECK(passed["bytes_borrowed"] == 264);
  CHECK(passed["bytes_read"] == 0);
}

TEST_CASE("load: takes convert's options", "[cli]") {
  TemporaryDirectory directory;
  WriteMixtralDirectory(directory / "m", 3, MixtralLayer(3));
  WriteSafetensors(directory / "fused.safetensors", FusedMixtralLayer(3));
  const auto back = LoadJson({directory / "fused.safetensors", "--reverse", "--map", "mixtral",
                              "--set", "num_experts=3", "--memory", "1MiB", "--no-sync",
                              "--no-progress", "--strict", "--force", "--to", "safetensors"});
  CHECK(back["direction"] == "reverse");
  CHECK(back["tensors"] == 11);
  CHECK(back["digest"] == LoadJson({directory / "m", "--map", "identity"})["digest"]);
  CHECK(LoadJson({directory / "m", "--dtype", "BF16"})["bytes"] == 132);
  CHECK(LoadJson({directory / "m", "--dtype", "keep"})["bytes"] == 264);
  const auto dry = LoadJson({directory / "m", "--dry-run"});
  CHECK(dry["bytes"] == 264);
  CHECK(dry["dry_run"] == true);
  CHECK(dry["digest"].get<std::string>().empty());
}

TEST_CASE("load: the report for people", "[cli]") {
  TemporaryDirectory directory;
  WriteMixtralDirectory(directory / "m", 3, MixtralLayer(3));
  const Outcome outcome = Weft({"load", directory / "m", "--borrow", "--threads", "1"});
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.err.empty());
  for (const std::string line :
       {"mapping: mixtral (hub → transformers5), detected from config.json and the tensor names\n",
        "\ntensors: 11 → 4\n", "\nbytes: 264 B, of which 48 B borrowed; ",
        "\ntime: ", "\npeak memory: ", "\ndigest: "}) {
    INFO(line);
    CHECK(outcome.out.find(line) != std::string::npos);
  }
  const Outcome dry = Weft({"load", directory / "m", "--dry-run"});
  CHECK(dry.out.find("\nbytes: 264 B; dry run: nothing was loaded\n") != std::string::npos);
}

TEST_CASE("load: what cannot be loaded is refused like by convert", "[cli]") {
  TemporaryDirectory directory;
  WriteMixtralDirectory(directory / "m", 3, MixtralLayer(3));
  const Outcome missing = Weft({"load", directory / "none"});
  CHECK(missing.exit_code == 3);
  CHECK(missing.err.rfind("error[CANNOT_READ] ", 0) == 0);
  const Outcome already = Weft({"load", directory / "m", "--map", "mixtral", "--reverse"});
  CHECK(already.exit_code != 0);
  CHECK(already.out.empty());
  CHECK(Weft({"load"}).exit_code == 2);
  const Outcome io = Weft({"load", directory / "m", "--io", "magic"});
  CHECK(io.exit_code == 2);
  CHECK(
      io.err.rfind("error[BAD_ARGUMENT] weft load: --io: expected auto, pread, mmap or direct, got "
                   "'magic'",
                   0) == 0);
  CHECK(Weft({"load", directory / "m", directory / "n"}).exit_code == 2);
}

}  // namespace weft::test
