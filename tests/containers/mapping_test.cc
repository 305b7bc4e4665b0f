// A mapping works alike from and to every container.
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <utility>

#include "containers/containers.h"
#include "containers/random.h"
#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "weft/weft.h"

namespace weft {
namespace {

using test::Container;
using test::Containers;
using test::Random;
using test::TemporaryDirectory;

constexpr const char* kSource = WEFT_SOURCE_DIR "/examples/checkpoints/mixtral-tiny";

struct Opened {
  Checkpoint checkpoint;
  Plan plan;
};

Opened OpenWith(const std::string& path, const Mapping& mapping, Direction direction) {
  absl::StatusOr<Checkpoint> checkpoint = Checkpoint::Open(path);
  INFO(checkpoint.status());
  REQUIRE(checkpoint.ok());
  CompileOptions options;
  options.direction = direction;
  options.config_json = test::ReadFile(std::string(kSource) + "/config.json");
  absl::StatusOr<Plan> plan = Compile({mapping}, checkpoint->catalog(), options);
  INFO(plan.status());
  REQUIRE(plan.ok());
  return {*std::move(checkpoint), *std::move(plan)};
}

std::string DigestOf(const std::string& path, const Mapping& mapping,
                     Direction direction = Direction::kForward) {
  const Opened opened = OpenWith(path, mapping, direction);
  LoadOptions options;
  options.threads = 2;
  const absl::StatusOr<LoadedCheckpoint> loaded = Load(opened.plan, opened.checkpoint, options);
  INFO(loaded.status());
  REQUIRE(loaded.ok());
  return *Digest(loaded->tensors);
}

TEST_CASE("containers: a mapping reads from each and writes to each, with one result",
          "[containers]") {
  Random random(51);
  const Mapping mixtral = *Mapping::Builtin("mixtral");
  const Mapping identity = Mapping::Identity();
  const std::string source = DigestOf(kSource, identity);
  const std::string fused = DigestOf(kSource, mixtral);
  REQUIRE(source != fused);
  for (const Container& a : Containers()) {
    const TemporaryDirectory directory;
    const std::string from = directory / ("from/" + a.file);
    REQUIRE(test::Rewrite(kSource, from, a, random).ok());
    CAPTURE(a.name);
    CHECK(DigestOf(from, mixtral) == fused);
    for (const Container& b : Containers()) {
      CAPTURE(b.name);
      const std::string to = directory / ("to-" + b.name + "/" + b.file);
      const Opened opened = OpenWith(from, mixtral, Direction::kForward);
      ConvertOptions options;
      options.format = b.format;
      options.max_shard_bytes = 20'000;
      options.sync = false;
      const auto report = Convert(opened.plan, opened.checkpoint, to, options);
      INFO(report.status());
      REQUIRE(report.ok());
      CHECK(DigestOf(to, identity) == fused);
      CHECK(DigestOf(to, mixtral, Direction::kReverse) == source);
    }
  }
}

TEST_CASE("containers: metadata are kept where there is a place for them", "[containers]") {
  Random random(52);
  const std::map<std::string, std::string> metadata = {
      {"note", "two\nlines, \"quoted\""}, {"empty", ""}, {"\xE5\xB1\xA4", "\xF0\x9F\xA7\xB5"}};
  for (const Container& a : Containers()) {
    CAPTURE(a.name);
    const TemporaryDirectory directory;
    test::WriteSafetensors(directory / "source.safetensors", {{"w", {"U8", {1}, "x"}}}, metadata);
    const std::string out = directory / ("out/" + a.file);
    REQUIRE(test::Rewrite(directory / "source.safetensors", out, a, random).ok());
    const auto checkpoint = Checkpoint::Open(out);
    REQUIRE(checkpoint.ok());
    const bool has_place =
        a.family != test::Family::kNpz && a.family != test::Family::kNpyDirectory;
    for (const auto& [key, text] : metadata) {
      const auto found = checkpoint->catalog()->metadata.find(key);
      CAPTURE(key);
      const bool is_kept = found != checkpoint->catalog()->metadata.end();
      CHECK(is_kept == has_place);
      if (is_kept) CHECK(found->second == text);
    }
  }
}

}  // namespace
}  // namespace weft
