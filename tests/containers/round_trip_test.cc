// A checkpoint through every pair of containers, and what each container refuses.
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "containers/containers.h"
#include "containers/random.h"
#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "io/error_of.h"

namespace weft {
namespace {

using test::CheckSame;
using test::Container;
using test::Containers;
using test::Family;
using test::FileTensors;
using test::Random;
using test::TemporaryDirectory;

// In a directory of its own, for the names of containers are the same.
std::string PlaceOf(const TemporaryDirectory& directory, const std::string& step,
                    const Container& container) {
  return directory / (step + "/" + container.file);
}

void CheckRewrite(const std::string& source, const std::string& destination,
                  const Container& container, const FileTensors& expected, Random& random) {
  const absl::Status status = test::Rewrite(source, destination, container, random);
  INFO(status);
  REQUIRE(status.ok());
  CheckSame(test::LoadTensors(destination, random), expected);
}

void RoundTrip(const Container& a, const Container& b, const FileTensors& tensors, Random& random) {
  const TemporaryDirectory directory;
  const std::string source = directory / "source.safetensors";
  test::WriteSafetensors(source, tensors);
  CheckRewrite(source, PlaceOf(directory, "1", a), a, tensors, random);
  CheckRewrite(PlaceOf(directory, "1", a), PlaceOf(directory, "2", b), b, tensors, random);
  CheckRewrite(PlaceOf(directory, "2", b), PlaceOf(directory, "3", a), a, tensors, random);
}

TEST_CASE("containers: any to any and back, bit for bit", "[containers]") {
  Random random(11);
  size_t tensors = 0;
  for (const Container& a : Containers()) {
    for (const Container& b : Containers()) {
      INFO(a.name << ", " << b.name);
      const FileTensors source = test::RandomTensors({a.family, b.family}, random, 60);
      REQUIRE(source.size() > 5);
      tensors += source.size();
      RoundTrip(a, b, source, random);
    }
  }
  CHECK(tensors > 1'500);
}

TEST_CASE("containers: tensors larger than the memory of a conversion", "[containers]") {
  Random random(12);
  const FileTensors source = {
      {"large", {"F32", {1'100'001}, random.Bytes(4'400'004)}},
      {"rows", {"BF16", {3, 500'009}, random.Bytes(3'000'054)}},
      {"small", {"U8", {7}, random.Bytes(7)}},
  };
  // Each to the next one.
  const std::vector<Container>& containers = Containers();
  for (size_t i = 0; i < containers.size(); ++i) {
    const Container& a = containers[i];
    const Container& b = containers[(i + 1) % containers.size()];
    INFO(a.name << ", " << b.name);
    RoundTrip(a, b, source, random);
  }
}

TEST_CASE("containers: every odd name is kept, or refused as documented", "[containers]") {
  Random random(13);
  for (const std::string& name : test::OddNames()) {
    const FileTensors source = {{name, {"I16", {3}, random.Bytes(6)}},
                                {"beside", {"U8", {1}, random.Bytes(1)}}};
    for (const Container& container : Containers()) {
      CAPTURE(name, container.name);
      const std::string verdict = test::VerdictOf(container.family, name, source.at(name));
      const TemporaryDirectory directory;
      test::WriteSafetensors(directory / "source.safetensors", source);
      const std::string out = PlaceOf(directory, "out", container);
      const absl::Status status =
          test::Rewrite(directory / "source.safetensors", out, container, random);
      CHECK(ErrorNameOf(status) == verdict);
      if (status.ok()) CheckSame(test::LoadTensors(out, random), source);
      if (!status.ok()) CHECK_FALSE(std::filesystem::exists(out));
    }
  }
}

TEST_CASE("containers: every dtype is kept, or refused as documented", "[containers]") {
  Random random(14);
  const std::vector<std::vector<int64_t>> shapes = {{},     {0},    {8},          {0, 4},
                                                    {4, 0}, {2, 4}, {3, 1, 1, 8}, {2, 2, 2, 2, 2}};
  int refused = 0;
  for (int number = 0; number < kDTypeCount; ++number) {
    const auto dtype = static_cast<DType>(number);
    for (const std::vector<int64_t>& shape : shapes) {
      uint64_t bits = static_cast<uint64_t>(BitsOf(dtype));
      for (const int64_t size : shape) bits *= static_cast<uint64_t>(size);
      if (bits % 8 != 0) continue;
      const FileTensors source = {
          {"t", {std::string(NameOf(dtype)), shape, random.Bytes(bits / 8)}}};
      for (const Container& container : Containers()) {
        CAPTURE(NameOf(dtype), shape, container.name);
        const TemporaryDirectory directory;
        test::WriteSafetensors(directory / "source.safetensors", source);
        const std::string out = PlaceOf(directory, "out", container);
        const absl::Status status =
            test::Rewrite(directory / "source.safetensors", out, container, random);
        CHECK(ErrorNameOf(status) == test::VerdictOf(container.family, "t", source.at("t")));
        if (status.ok()) CheckSame(test::LoadTensors(out, random), source);
        refused += status.ok() ? 0 : 1;
      }
    }
  }
  CHECK(refused > 100);
}

TEST_CASE("containers: a checkpoint of no tensors", "[containers]") {
  Random random(15);
  for (const Container& container : Containers()) {
    if (container.family == Family::kNpyDirectory) continue;  // a directory without files is none
    if (container.family == Family::kMindSpore) continue;     // nor is an empty file
    CAPTURE(container.name);
    const TemporaryDirectory directory;
    test::WriteSafetensors(directory / "source.safetensors", {});
    const std::string out = PlaceOf(directory, "out", container);
    CheckRewrite(directory / "source.safetensors", out, container, {}, random);
  }
  const TemporaryDirectory directory;
  test::WriteSafetensors(directory / "source.safetensors", {});
  const Container mindspore = {Family::kMindSpore, "", "", "mindspore", UINT64_MAX};
  CHECK(ErrorNameOf(test::Rewrite(directory / "source.safetensors", directory / "out.ckpt",
                                  mindspore, random)) == "UNSUPPORTED_FEATURE");
}

TEST_CASE("containers: an npy file is one tensor, named after it", "[containers]") {
  Random random(16);
  const Container npy = {Family::kNpyDirectory, "npy file", "", "", UINT64_MAX};
  const FileTensors source = {{"w", {"F16", {3, 2}, random.Bytes(12)}}};
  const TemporaryDirectory directory;
  test::WriteSafetensors(directory / "source.safetensors", source);
  CheckRewrite(directory / "source.safetensors", directory / "w.npy", npy, source, random);
  CheckRewrite(directory / "source.safetensors", directory / "other.npy", npy,
               {{"other", source.at("w")}}, random);
  test::WriteSafetensors(directory / "two.safetensors",
                         {{"v", source.at("w")}, {"w", source.at("w")}});
  CHECK(ErrorNameOf(test::Rewrite(directory / "two.safetensors", directory / "two.npy", npy,
                                  random)) == "UNSUPPORTED_FEATURE");
}

TEST_CASE("containers: what replaces a directory is all that is read", "[containers]") {
  Random random(18);
  const FileTensors before = {{"old.a", {"U8", {1}, "x"}},
                              {"old.b", {"U8", {900}, random.Bytes(900)}}};
  const FileTensors after = {{"new/a", {"U8", {2}, "yz"}},
                             {"new.b", {"U8", {800}, random.Bytes(800)}}};
  for (const Container& a : Containers()) {
    for (const Container& b : Containers()) {
      if (a.file != "c" || b.file != "c") continue;
      INFO(a.name << ", then " << b.name);
      const TemporaryDirectory directory;
      test::WriteSafetensors(directory / "before.safetensors", before);
      test::WriteSafetensors(directory / "after.safetensors", after);
      REQUIRE(test::Rewrite(directory / "before.safetensors", directory / "c", a, random).ok());
      test::WriteFile(directory / "c/notes.txt", "kept");
      const auto checkpoint = Checkpoint::Open(directory / "after.safetensors");
      const auto plan = Compile({Mapping::Identity()}, checkpoint->catalog());
      ConvertOptions options;
      options.format = b.format;
      options.max_shard_bytes = b.max_shard_bytes;
      options.overwrite = true;
      options.sync = false;
      REQUIRE(Convert(*plan, *checkpoint, directory / "c", options).ok());
      CheckSame(test::LoadTensors(directory / "c", random), after);
      CHECK(test::ReadFile(directory / "c/notes.txt") == "kept");
    }
  }
}

}  // namespace
}  // namespace weft
