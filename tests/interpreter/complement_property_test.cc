// Whatever a random mapping loses, the complement gives it back.
#include <catch2/catch.hpp>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "interpreter/random_mapping.h"
#include "mapping/errors_of.h"
#include "weft/checkpoint.h"
#include "weft/complement.h"
#include "weft/convert.h"
#include "weft/load.h"
#include "weft/mapping_library.h"
#include "weft/verify.h"

namespace weft::interpreter {
namespace {

test::FileTensors FileOf(const Tensors& tensors) {
  test::FileTensors file;
  for (const auto& [name, array] : tensors) {
    test::FileTensor& tensor = file[name];
    tensor.dtype = array.dtype;
    tensor.shape.assign(array.shape.begin(), array.shape.end());
    tensor.data.resize(array.elements.size() * sizeof(uint32_t));
    if (!tensor.data.empty()) {
      std::memcpy(tensor.data.data(), array.elements.data(), tensor.data.size());
    }
  }
  return file;
}

// Elements that differ in all their bits; equal ones stay equal.
void Scramble(Tensors& tensors) {
  for (auto& [name, array] : tensors) {
    if (array.dtype != "F32") continue;
    for (uint32_t& element : array.elements) {
      if (element != 0) element *= 2654435761u;
    }
  }
}

uint64_t BytesOf(const Catalog& catalog) {
  uint64_t bytes = 0;
  for (const TensorInfo& tensor : catalog.tensors) bytes += tensor.size_bytes;
  return bytes;
}

struct Counts {
  int converted = 0;
  int one_way = 0;
  int rounded = 0;
  int without_loss = 0;
};

// Converts with a complement and back; nothing when the mapping does not fit.
void RoundTrip(Random& random, const RandomCase& made, bool casts, Counts* counts) {
  MappingLibrary library;
  for (const auto& [name, json] : made.library) library.Add(name, json.dump());
  const absl::StatusOr<Mapping> mapping = library.FromJson(made.mapping.dump(), "m.json");
  REQUIRE(mapping.ok());
  const test::TemporaryDirectory directory;
  const test::FileTensors source_tensors = FileOf(made.tensors);
  test::WriteSafetensors(directory / "in.safetensors", source_tensors, {{"format", "pt"}});
  const absl::StatusOr<Checkpoint> source = Checkpoint::Open(directory / "in.safetensors");
  REQUIRE(source.ok());
  CompileOptions options;
  options.direction = Direction::kForward;
  for (const auto& [name, value] : made.set) options.set[name] = std::to_string(value);
  if (casts) options.dtype = random.Chance(2) ? DType::kBF16 : DType::kF16;
  const absl::StatusOr<Plan> plan = Compile({*mapping}, source->catalog(), options);
  if (!plan.ok()) return;
  const absl::StatusOr<Complement> complement = ComplementOf(*plan, options);
  if (!complement.ok()) FAIL(MessageOf(complement.status()));
  ConvertOptions convert;
  convert.threads = 1 + static_cast<int>(random.Below(3));
  convert.sync = false;
  convert.complement = &*complement;
  convert.complement_path = directory / "lost.safetensors";
  const absl::StatusOr<ConvertReport> report =
      Convert(*plan, *source, directory / "out.safetensors", convert);
  if (!report.ok()) {
    REQUIRE(DiagnosticsOf(report.status()).front().code == ErrorCode::kValuesDiffer);
    return;
  }
  ++counts->converted;
  counts->one_way += plan->exactness == Exactness::kOneWay ? 1 : 0;
  counts->rounded += complement->cast.empty() ? 0 : 1;

  const absl::StatusOr<Checkpoint> output = Checkpoint::Open(directory / "out.safetensors");
  const absl::StatusOr<Checkpoint> kept = Checkpoint::Open(directory / "lost.safetensors");
  REQUIRE(output.ok());
  REQUIRE(kept.ok());
  CHECK(BytesOf(*kept->catalog()) == report->complement_bytes);
  CHECK(BytesOf(*kept->catalog()) <= BytesOf(*source->catalog()));
  if (plan->exactness == Exactness::kExact) {
    CHECK(kept->catalog()->tensors.empty());
    ++counts->without_loss;
  }
  const absl::StatusOr<Plan> back =
      CompileBack({*mapping}, *output->catalog(), *kept->catalog(), Direction::kReverse);
  if (!back.ok()) FAIL(MessageOf(back.status()));
  CHECK(back->exactness == Exactness::kExact);
  CHECK(back->warnings.empty());
  const Checkpoint both = Checkpoint::Join(*output, *kept);
  ConvertOptions convert_back;
  convert_back.threads = convert.threads;
  convert_back.sync = false;
  const absl::StatusOr<ConvertReport> returned =
      Convert(*back, both, directory / "back.safetensors", convert_back);
  if (!returned.ok()) FAIL(MessageOf(returned.status()));
  test::CheckSame(test::ReadSafetensors(directory / "back.safetensors"), source_tensors);
  CHECK(test::ReadMetadata(directory / "back.safetensors") ==
        std::map<std::string, std::string>{{"format", "pt"}});

  // The same through the other ways to carry out a plan.
  const absl::StatusOr<VerifyReport> verified = Verify(*back, both, *source);
  REQUIRE(verified.ok());
  CHECK(verified->equal());
  LoadOptions load;
  load.borrow = random.Chance(2);
  const absl::StatusOr<LoadedCheckpoint> loaded = Load(*back, both, load);
  REQUIRE(loaded.ok());
  for (const LoadedTensor& tensor : loaded->tensors) {
    const test::FileTensor& expected = source_tensors.at(tensor.name);
    CHECK(expected.data == std::string(tensor.data, tensor.size_bytes));
  }
}

TEST_CASE("complement: random mappings and back, bit for bit", "[interpreter]") {
  Counts counts;
  for (uint64_t seed = 0; seed < 1500; ++seed) {
    Random random(seed);
    const RandomCase made = MakeRandomCase(random);
    INFO("seed " << seed << "\n" << made.mapping.dump());
    RoundTrip(random, made, /*casts=*/false, &counts);
  }
  CHECK(counts.converted > 1350);
  CHECK(counts.one_way > 300);
  CHECK(counts.without_loss > 600);
}

TEST_CASE("complement: random mappings with casts and back, bit for bit", "[interpreter]") {
  Counts counts;
  for (uint64_t seed = 5000; seed < 6000; ++seed) {
    Random random(seed);
    RandomCase made = MakeRandomCase(random);
    Scramble(made.tensors);
    INFO("seed " << seed << "\n" << made.mapping.dump());
    RoundTrip(random, made, /*casts=*/true, &counts);
  }
  CHECK(counts.converted > 800);
  CHECK(counts.rounded > 700);
}

}  // namespace
}  // namespace weft::interpreter
