#include "weft/verify.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "execute/mixed_checkpoint.h"
#include "files/safetensors_files.h"
#include "io/error_of.h"
#include "weft/convert.h"

namespace weft {
namespace {

// What the plan makes, written to a file after `change`.
Checkpoint Candidate(MixedCheckpoint& mixed,
                     const std::function<void(test::FileTensors&)>& change = nullptr) {
  const std::string path = mixed.PathOf("candidate.safetensors");
  ConvertOptions options;
  options.overwrite = true;
  options.sync = false;
  REQUIRE(Convert(mixed.plan(), mixed.checkpoint(), path, options).ok());
  if (change != nullptr) {
    test::FileTensors tensors = test::ReadSafetensors(path);
    change(tensors);
    test::WriteSafetensors(path, tensors);
  }
  absl::StatusOr<Checkpoint> candidate = Checkpoint::Open(path);
  REQUIRE(candidate.ok());
  return *std::move(candidate);
}

VerifyReport MustVerify(MixedCheckpoint& mixed, const Checkpoint& candidate,
                        const VerifyOptions& options = {}) {
  absl::StatusOr<VerifyReport> report =
      Verify(mixed.plan(), mixed.checkpoint(), candidate, options);
  INFO(report.status());
  REQUIRE(report.ok());
  return *std::move(report);
}

TEST_CASE("verify: what convert made is equal, however it is cut and ordered", "[execute]") {
  MixedCheckpoint mixed;
  for (const int threads : {1, 2, 4}) {
    VerifyOptions options;
    options.threads = threads;
    const VerifyReport report = MustVerify(mixed, Candidate(mixed), options);
    CHECK(report.equal());
    CHECK(report.findings.empty());
    CHECK(report.tensors == 8);
    CHECK(report.bytes_compared == mixed.plan().bytes_written);
  }
  ConvertOptions options;
  options.max_shard_bytes = 100;
  REQUIRE(Convert(mixed.plan(), mixed.checkpoint(), mixed.PathOf("shards"), options).ok());
  const auto shards = Checkpoint::Open(mixed.PathOf("shards"));
  REQUIRE(shards.ok());
  CHECK(shards->catalog()->files.size() > 2);
  CHECK(MustVerify(mixed, *shards).equal());
}

TEST_CASE("verify: names, dtypes and shapes that differ are found", "[execute]") {
  MixedCheckpoint mixed;
  const Checkpoint candidate = Candidate(mixed, [](test::FileTensors& tensors) {
    tensors["more"] = {"I8", {2}, "ab"};
    tensors.erase("pass");
    tensors["slice"].dtype = "I32";
    tensors["padded"].shape = {8, 4};
    tensors["u8"] = {"I16", {1}, "xy"};
  });
  const VerifyReport report = MustVerify(mixed, candidate);
  std::vector<std::string> lines;
  for (const Finding& finding : report.findings) {
    lines.push_back(std::string(NameOf(finding.kind)) + " " + finding.tensor + ": " +
                    finding.expected + " / " + finding.found);
  }
  CHECK(lines == std::vector<std::string>{
                     "unexpected more:  / I8 [2]",
                     "shape padded: [4, 8] / [8, 4]",
                     "missing pass: F32 [4, 6] / ",
                     "dtype slice: F32 / I32",
                     "dtype u8: U8 / I16",
                     "shape u8: [3] / [1]",
                 });
  CHECK(report.total_findings == 6);
  CHECK_FALSE(report.equal());
  // cast, misaligned and transposed
  CHECK(report.bytes_compared == 48 + 10 + 420'000);
}

TEST_CASE("verify: of data, the first element that differs is told with its source", "[execute]") {
  MixedCheckpoint mixed;
  const Checkpoint candidate = Candidate(mixed, [](test::FileTensors& tensors) {
    std::string& data = tensors["transposed"].data;
    for (const size_t element : {209'999ul, 123'456ul, 150'000ul}) data[2 * element] ^= 0x01;
  });
  const TensorInfo& source = mixed.plan().catalog->tensors[3];
  for (const int threads : {1, 3}) {
    VerifyOptions options;
    options.threads = threads;
    options.memory_bytes = 1 << 20;
    const VerifyReport report = MustVerify(mixed, candidate, options);
    REQUIRE(report.findings.size() == 1);
    const Finding& finding = report.findings[0];
    CHECK(finding.kind == FindingKind::kData);
    CHECK(finding.tensor == "transposed");
    CHECK(finding.element == 123'456);
    CHECK(finding.differing_elements == 3);
    // Column 411 of row 156 of the target.
    CHECK(finding.source_tensor == "d");
    CHECK(finding.source_file == "in.safetensors");
    CHECK(finding.source_offset_bytes == source.offset_bytes + 2 * (156 * 700 + 411));
    CHECK(finding.expected != finding.found);
    CHECK(finding.expected.rfind("1.", 0) == 0);
  }
}

TEST_CASE("verify: an element that is a constant has no source", "[execute]") {
  MixedCheckpoint mixed;
  const Checkpoint candidate = Candidate(mixed, [](test::FileTensors& tensors) {
    tensors["padded"].data[4 * 15] ^= 0x01;  // row 1, column 7
  });
  const VerifyReport report = MustVerify(mixed, candidate);
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].element == 15);
  CHECK(report.findings[0].expected == "7 (0x40E00000)");
  CHECK(report.findings[0].found == "7.0000005 (0x40E00001)");
  CHECK(report.findings[0].source_tensor.empty());
  CHECK(report.findings[0].source_file.empty());
}

TEST_CASE("verify: findings beyond the bound are counted", "[execute]") {
  MixedCheckpoint mixed;
  const Checkpoint candidate = Candidate(mixed, [](test::FileTensors& tensors) {
    for (const char* name : {"cast", "misaligned", "pass", "u8"}) tensors[name].data[0] ^= 0x01;
  });
  VerifyOptions options;
  options.max_findings = 2;
  const VerifyReport report = MustVerify(mixed, candidate, options);
  CHECK(report.total_findings == 4);
  REQUIRE(report.findings.size() == 2);
  CHECK(report.findings[0].tensor == "cast");
  CHECK(report.findings[1].tensor == "misaligned");
  options.max_findings = 0;
  CHECK_FALSE(MustVerify(mixed, candidate, options).equal());
}

// How many elements of "pass" (1 … 24) differ when its first one is replaced.
uint64_t DifferingWith(float replaced, float original, const Tolerance& tolerance) {
  MixedCheckpoint mixed;
  Box constant;
  constant.source = 4;
  constant.factors = {{24, 0, 1}};
  std::string bytes(4, '\0');
  std::memcpy(bytes.data(), &original, 4);
  mixed.plan().constants[0].bytes = bytes;
  mixed.plan().tensors = {{"t", DType::kF32, DType::kF32, {24}, {constant}, {}}};
  const Checkpoint candidate = Candidate(mixed, [&](test::FileTensors& tensors) {
    std::memcpy(tensors["t"].data.data(), &replaced, 4);
  });
  VerifyOptions options;
  options.tolerance = tolerance;
  const VerifyReport report = MustVerify(mixed, candidate, options);
  return report.findings.empty() ? 0 : report.findings[0].differing_elements;
}

TEST_CASE("verify: floating-point numbers may differ by the tolerance", "[execute]") {
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(DifferingWith(1.25f, 1.0f, {0, 0.25}) == 0);
  CHECK(DifferingWith(1.25f, 1.0f, {0, 0.125}) == 1);
  CHECK(DifferingWith(125.0f, 100.0f, {0.25, 0}) == 0);
  CHECK(DifferingWith(75.0f, 100.0f, {0.25, 0}) == 0);
  // The expected number counts: 25 is a quarter of 100, and no quarter of 75.
  CHECK(DifferingWith(100.0f, 75.0f, {0.25, 0}) == 1);
  CHECK(DifferingWith(100.0f, 75.0f, {0.25, 10}) == 0);
  CHECK(DifferingWith(-0.0f, 0.0f, {0, 0}) == 0);
  CHECK(DifferingWith(-nan, nan, {0, 0}) == 0);
  CHECK(DifferingWith(nan, 1.0f, {1, 1}) == 1);
  CHECK(DifferingWith(1.0f, nan, {1, 1}) == 1);
  CHECK(DifferingWith(infinity, infinity, {0, 0}) == 0);
  CHECK(DifferingWith(1.0f, infinity, {1, 1}) == 1);
  CHECK(DifferingWith(-infinity, infinity, {1, 1}) == 1);
}

TEST_CASE("verify: without a tolerance every bit counts, and integers always do", "[execute]") {
  MixedCheckpoint mixed;
  const Checkpoint candidate = Candidate(mixed, [](test::FileTensors& tensors) {
    tensors["cast"].data[0] ^= 0x01;  // the last bit of 1.0
    tensors["u8"].data[0] ^= 0x01;
  });
  CHECK(MustVerify(mixed, candidate).total_findings == 2);
  VerifyOptions options;
  options.tolerance = Tolerance{1, 1};
  const VerifyReport report = MustVerify(mixed, candidate, options);
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].tensor == "u8");
  CHECK(report.findings[0].expected == "120");
  CHECK(report.findings[0].found == "121");
}

TEST_CASE("verify: four and six bits are compared element by element", "[execute]") {
  test::TemporaryDirectory directory;
  test::WriteSafetensors(directory / "a.safetensors", {{"f4", {"F4", {4}, "\x21\x43"}},
                                                       {"f6", {"F6_E2M3", {4}, "\x81\x30\x10"}}});
  test::WriteSafetensors(directory / "b.safetensors", {{"f4", {"F4", {4}, "\x21\x33"}},
                                                       {"f6", {"F6_E2M3", {4}, "\x81\x31\x10"}}});
  const auto a = Checkpoint::Open(directory / "a.safetensors");
  const auto b = Checkpoint::Open(directory / "b.safetensors");
  REQUIRE(a.ok());
  REQUIRE(b.ok());
  Plan plan;
  plan.catalog = a->catalog();
  for (uint32_t i = 0; i < 2; ++i) {
    const TensorInfo& info = a->catalog()->tensors[i];
    Box box;
    box.source = i;
    box.factors = {{4, 1, 1}};
    plan.tensors.push_back({info.name, info.dtype, info.dtype, info.shape, {box}, {}});
  }
  CHECK(Verify(plan, *a, *a)->equal());
  const auto report = Verify(plan, *a, *b);
  REQUIRE(report.ok());
  REQUIRE(report->findings.size() == 2);
  CHECK(report->findings[0].element == 3);
  CHECK(report->findings[0].expected == "2 (0x4)");
  CHECK(report->findings[0].found == "1.5 (0x3)");
  CHECK(report->findings[1].element == 1);
  CHECK(report->findings[1].expected == "0.25 (0x02)");
  CHECK(report->findings[1].found == "0.75 (0x06)");
}

TEST_CASE("verify: errors are those of carrying out the plan", "[execute]") {
  MixedCheckpoint mixed;
  const Checkpoint candidate = Candidate(mixed);
  VerifyOptions options;
  SECTION("cancelled") {
    options.progress = [](const Progress&) { return false; };
    CHECK(ErrorNameOf(Verify(mixed.plan(), mixed.checkpoint(), candidate, options)) == "CANCELLED");
  }
  SECTION("a candidate that was cut") {
    std::filesystem::resize_file(mixed.PathOf("candidate.safetensors"), 2000);
    CHECK(ErrorNameOf(Verify(mixed.plan(), mixed.checkpoint(), candidate)) == "INPUT_CHANGED");
  }
  SECTION("a source that was cut") {
    std::filesystem::resize_file(mixed.source_path(), 2000);
    CHECK(ErrorNameOf(Verify(mixed.plan(), mixed.checkpoint(), candidate)) == "INPUT_CHANGED");
  }
  SECTION("a check that fails") {
    Box seven;
    seven.source = 4;
    seven.factors = {{24, 0, 1}};
    mixed.plan().checks.push_back(
        {"rule", "what", DType::kF32, 24, 0, mixed.plan().tensors[4].boxes, {seven}});
    CHECK(ErrorNameOf(Verify(mixed.plan(), mixed.checkpoint(), candidate)) == "VALUES_DIFFER");
  }
  SECTION("a plan for another source") {
    CHECK(ErrorNameOf(Verify(mixed.plan(), candidate, candidate)) == "BAD_ARGUMENT");
  }
  SECTION("a tolerance that is none") {
    for (const Tolerance tolerance : {Tolerance{-1, 0}, Tolerance{0, std::nan("")}}) {
      options.tolerance = tolerance;
      CHECK(ErrorNameOf(Verify(mixed.plan(), mixed.checkpoint(), candidate, options)) ==
            "BAD_ARGUMENT");
    }
  }
}

}  // namespace
}  // namespace weft
