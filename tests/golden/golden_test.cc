// What weft makes of a checkpoint is what the original program makes of it, bit for bit, and back.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <iostream>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "golden/cases.h"
#include "weft/weft.h"

namespace weft::test {
namespace {

FileTensors ReadCheckpoint(const std::string& path) {
  return std::filesystem::is_directory(path) ? ReadDirectory(path) : ReadSafetensors(path);
}

// The mapping that `golden` names, or the detected one.
enum class Choice { kNamed, kDetected };

struct Conversion {
  std::string source;
  std::string destination;
  Direction direction = Direction::kForward;
  Choice choice = Choice::kNamed;
  std::optional<DType> dtype = std::nullopt;
  ConvertOptions options = {};
};

// What all plans of the case's two directions are.
Exactness ExactnessOf(const GoldenCase& golden, Direction direction) {
  const bool drops = !golden.lost.empty() && direction == Direction::kForward;
  return drops ? Exactness::kOneWay : Exactness::kExact;
}

absl::StatusOr<Mapping> Choose(const GoldenCase& golden, const Conversion& conversion,
                               const Catalog& catalog, const std::string& config) {
  if (conversion.choice == Choice::kNamed) return Mapping::Builtin(golden.mapping);
  return Mapping::Detect(catalog, config, conversion.direction);
}

// Converts and returns the exactness of the plan.
Exactness Run(const GoldenCase& golden, const Conversion& conversion) {
  const absl::StatusOr<Checkpoint> checkpoint = Checkpoint::Open(conversion.source);
  INFO(checkpoint.status());
  REQUIRE(checkpoint.ok());
  CompileOptions compile;
  compile.direction = conversion.direction;
  compile.config_json = ReadFile(golden.config);
  compile.dtype = conversion.dtype;
  const absl::StatusOr<Mapping> mapping =
      Choose(golden, conversion, *checkpoint->catalog(), compile.config_json);
  INFO(mapping.status());
  REQUIRE(mapping.ok());
  CHECK(mapping->name() == golden.mapping);
  const absl::StatusOr<Plan> plan = Compile({*mapping}, checkpoint->catalog(), compile);
  INFO(plan.status());
  REQUIRE(plan.ok());
  ConvertOptions options = conversion.options;
  options.sync = false;
  const absl::StatusOr<ConvertReport> report =
      Convert(*plan, *checkpoint, conversion.destination, options);
  INFO(report.status());
  REQUIRE(report.ok());
  return plan->exactness;
}

// A checkpoint, the plan of a golden case for it, and what loading gives.
struct Loading {
  explicit Loading(const GoldenCase& golden) : checkpoint(Checkpoint::Open(golden.source)) {
    INFO(checkpoint.status());
    REQUIRE(checkpoint.ok());
    CompileOptions compile;
    compile.config_json = ReadFile(golden.config);
    const absl::StatusOr<Mapping> mapping = Mapping::Builtin(golden.mapping);
    REQUIRE(mapping.ok());
    plan = Compile({*mapping}, checkpoint->catalog(), compile);
    INFO(plan.status());
    REQUIRE(plan.ok());
  }

  LoadedCheckpoint Load(const LoadOptions& options) const {
    absl::StatusOr<LoadedCheckpoint> loaded = weft::Load(*plan, *checkpoint, options);
    INFO(loaded.status());
    REQUIRE(loaded.ok());
    return *std::move(loaded);
  }

  absl::StatusOr<Checkpoint> checkpoint;
  absl::StatusOr<Plan> plan;
};

FileTensors TensorsOf(const LoadedCheckpoint& loaded) {
  FileTensors tensors;
  for (const LoadedTensor& tensor : loaded.tensors) {
    FileTensor& copy = tensors[tensor.name];
    copy.dtype = NameOf(tensor.dtype);
    copy.shape.assign(tensor.shape.begin(), tensor.shape.end());
    if (tensor.size_bytes > 0) copy.data.assign(tensor.data, tensor.size_bytes);
  }
  return tensors;
}

}  // namespace

TEST_CASE("golden: the shared cases are run where they are found", "[golden]") {
  const std::string shared = SharedGoldenFolder();
  const auto& cases = GoldenCases();
  const auto is_shared = [](const GoldenCase& golden) {
    return golden.name.find("(shared)") != std::string::npos;
  };
  const auto count = std::count_if(cases.begin(), cases.end(), is_shared);
  if (shared.empty()) {
    std::cout << "shared golden cases: not there, so only the project's own are run\n";
    CHECK(count == 0);
  } else {
    std::cout << "shared golden cases: " << count << " run, from " << shared << '\n';
    CHECK(count > 0);
  }
}

TEST_CASE("golden: forward gives what the original program made, bit for bit", "[golden]") {
  for (const GoldenCase& golden : GoldenCases()) {
    for (const Choice choice : {Choice::kNamed, Choice::kDetected}) {
      DYNAMIC_SECTION(golden.name << (choice == Choice::kNamed ? ", named" : ", detected")) {
        const TemporaryDirectory directory;
        Conversion conversion{golden.source, directory / "out"};
        conversion.choice = choice;
        CHECK(Run(golden, conversion) == ExactnessOf(golden, Direction::kForward));
        CheckSame(ReadDirectory(directory / "out"), ReadSafetensors(golden.expected));
      }
    }
  }
}

TEST_CASE("golden: a cast to BF16 rounds as the original program does", "[golden]") {
  for (const GoldenCase& golden : GoldenCases()) {
    if (golden.expected_bf16.empty()) continue;
    DYNAMIC_SECTION(golden.name) {
      const TemporaryDirectory directory;
      Conversion conversion{golden.source, directory / "out"};
      conversion.dtype = DType::kBF16;
      CHECK(Run(golden, conversion) == Exactness::kRounding);
      CheckSame(ReadDirectory(directory / "out"), ReadSafetensors(golden.expected_bf16));
    }
  }
}

TEST_CASE("golden: loading gives what the original program made, however it is loaded",
          "[golden]") {
  for (const GoldenCase& golden : GoldenCases()) {
    DYNAMIC_SECTION(golden.name) {
      const FileTensors expected = ReadSafetensors(golden.expected);
      const Loading loading(golden);
      std::set<std::string> digests;
      for (const int threads : {1, 2, 4}) {
        for (const bool borrow : {false, true}) {
          LoadOptions options;
          options.threads = threads;
          options.borrow = borrow;
          const LoadedCheckpoint loaded = loading.Load(options);
          CheckSame(TensorsOf(loaded), expected);
          digests.insert(*Digest(loaded.tensors, threads));
        }
      }
      CHECK(digests.size() == 1);

      const absl::StatusOr<Checkpoint> candidate = Checkpoint::Open(golden.expected);
      REQUIRE(candidate.ok());
      const auto verified = Verify(*loading.plan, *loading.checkpoint, *candidate);
      REQUIRE(verified.ok());
      CHECK(verified->equal());
    }
  }
}

TEST_CASE("golden: the way back gives the source, bit for bit", "[golden]") {
  for (const GoldenCase& golden : GoldenCases()) {
    for (const Choice choice : {Choice::kNamed, Choice::kDetected}) {
      DYNAMIC_SECTION(golden.name << (choice == Choice::kNamed ? ", named" : ", detected")) {
        const TemporaryDirectory directory;
        Run(golden, {golden.source, directory / "there.safetensors"});
        Conversion back{directory / "there.safetensors", directory / "back.safetensors",
                        Direction::kReverse, choice};
        CHECK(Run(golden, back) == ExactnessOf(golden, Direction::kReverse));
        FileTensors source = ReadCheckpoint(golden.source);
        source.erase(golden.lost);
        CheckSame(ReadSafetensors(directory / "back.safetensors"), source);

        // What the original program wrote tells as much as what weft wrote.
        back.source = golden.expected;
        back.destination = directory / "back2.safetensors";
        CHECK(Run(golden, back) == ExactnessOf(golden, Direction::kReverse));
        CheckSame(ReadSafetensors(directory / "back2.safetensors"), source);
      }
    }
  }
}

TEST_CASE("golden: neither threads nor memory change a byte of the output", "[golden]") {
  for (const GoldenCase& golden : GoldenCases()) {
    DYNAMIC_SECTION(golden.name) {
      const TemporaryDirectory directory;
      std::optional<std::string> first;
      for (const int threads : {1, 2, 4}) {
        for (const uint64_t memory : {1ull << 20, 64ull << 20}) {
          Conversion conversion{golden.source, directory / "out.safetensors"};
          conversion.options.threads = threads;
          conversion.options.memory_bytes = memory;
          conversion.options.overwrite = true;
          Run(golden, conversion);
          const std::string written = ReadFile(directory / "out.safetensors");
          if (!first.has_value()) first = written;
          INFO(threads << " threads, " << memory << " bytes");
          CHECK(written.size() == first->size());
          CHECK((written == *first));
        }
      }
    }
  }
}

}  // namespace weft::test
