// What a plan takes for granted is looked at in the data.
#include "execute/check.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "diagnostic/status.h"
#include "execute/byte_box.h"
#include "execute/plan_builder.h"
#include "execute/random_plan.h"
#include "execute/reference.h"
#include "io/error_of.h"

namespace weft::execute {
namespace {

Box Whole(uint32_t source, uint64_t elements) {
  Box box;
  box.source = source;
  if (elements > 1) box.factors = {{elements, 1, 1}};
  return box;
}

// Two sources of the same bytes, and a check that says so.
struct Twins {
  Plan plan;
  std::vector<Bytes> files;

  Twins(DType dtype, uint64_t elements) {
    PlanBuilder builder;
    builder.Source(dtype, {static_cast<int64_t>(elements)});
    builder.Source(dtype, {static_cast<int64_t>(elements)});
    plan = builder.plan();
    files = builder.files();
    const auto half = static_cast<std::ptrdiff_t>(files[0].size() / 2);
    std::copy_n(files[0].begin(), half, files[0].begin() + half);
    plan.checks.push_back({"m.json:3:5 (/stages/0/1)",
                           "tensor 'b' must equal 'a'",
                           dtype,
                           elements,
                           0,
                           {Whole(1, elements)},
                           {Whole(0, elements)}});
    plan.bytes_written = 1000;
  }

  // Changes a byte of the second source.
  void Damage(uint64_t byte) { files[0][files[0].size() / 2 + byte] ^= 0x40; }

  absl::StatusOr<uint64_t> Run(const ExecuteOptions& options = {}) const {
    REQUIRE(CheckBoxes(plan).ok());
    const MemorySource source(files);
    return RunChecks(plan, source, options);
  }
};

TEST_CASE("check: equal values pass, and their bytes are counted", "[execute]") {
  const Twins twins(DType::kF32, 1000);
  const auto bytes_read = twins.Run();
  REQUIRE(bytes_read.ok());
  CHECK(*bytes_read == 8000);
}

TEST_CASE("check: a plan without checks reads nothing", "[execute]") {
  Twins twins(DType::kF32, 1000);
  twins.plan.checks.clear();
  CHECK(*twins.Run() == 0);
}

TEST_CASE("check: the first element that differs is told with both values", "[execute]") {
  Twins twins(DType::kI16, 6);
  const std::string values("\1\0\2\0\3\0\4\0\5\0\6\0", 12);
  for (size_t i = 0; i < 24; ++i) twins.files[0][i] = values[i % 12];
  twins.Damage(6);
  twins.Damage(11);
  const absl::Status status = twins.Run().status();
  const std::vector<Diagnostic> diagnostics = DiagnosticsOf(status);
  REQUIRE(diagnostics.size() == 1);
  CHECK(diagnostics[0].code == ErrorCode::kValuesDiffer);
  CHECK(diagnostics[0].where == "m.json:3:5 (/stages/0/1)");
  CHECK(diagnostics[0].what == "tensor 'b' must equal 'a'; element 3 is 68, expected 4");
}

TEST_CASE("check: of many differences the first is told, for any threads and memory", "[execute]") {
  Twins twins(DType::kU8, 3'000'000);
  for (const uint64_t byte : {2'999'999ul, 1'234'567ul, 1'234'568ul, 2'000'000ul})
    twins.Damage(byte);
  const char expected = twins.files[0][1'234'567];
  for (const int threads : {1, 2, 4}) {
    for (const uint64_t job_bytes : {uint64_t{1} << 12, uint64_t{1} << 20, uint64_t{32} << 20}) {
      ExecuteOptions options;
      options.threads = threads;
      options.job_bytes = job_bytes;
      const absl::Status status = twins.Run(options).status();
      CHECK(ErrorNameOf(status) == "VALUES_DIFFER");
      const std::string end = "; element 1234567 is " +
                              std::to_string(static_cast<unsigned char>(expected ^ 0x40)) +
                              ", expected " + std::to_string(static_cast<unsigned char>(expected));
      CHECK(DiagnosticsOf(status)[0].what == "tensor 'b' must equal 'a'" + end);
    }
  }
}

TEST_CASE("check: all that fail are told, in the order of the plan", "[execute]") {
  constexpr uint64_t kElements = 40'000;
  Twins twins(DType::kU8, kElements);
  const Check whole = twins.plan.checks[0];
  twins.plan.checks.clear();
  for (uint64_t i = 0; i < kElements / 8; ++i) {
    Check check = whole;
    check.what = std::to_string(i);
    check.elements = 8;
    for (std::vector<Box>* boxes : {&check.found, &check.expected}) {
      (*boxes)[0].source_offset = 8 * i;
      (*boxes)[0].factors = {{8, 1, 1}};
    }
    twins.plan.checks.push_back(std::move(check));
  }
  for (const uint64_t byte : {39'999ul, 80ul, 24'003ul}) twins.Damage(byte);
  for (const int threads : {1, 4}) {
    ExecuteOptions options;
    options.threads = threads;
    const std::vector<Diagnostic> diagnostics = DiagnosticsOf(twins.Run(options).status());
    REQUIRE(diagnostics.size() == 3);
    CHECK(diagnostics[0].what.rfind("10; element 0 ", 0) == 0);
    CHECK(diagnostics[1].what.rfind("3000; element 3 ", 0) == 0);
    CHECK(diagnostics[2].what.rfind("4999; element 7 ", 0) == 0);
  }
}

TEST_CASE("check: sides that are the same elements are not read", "[execute]") {
  Twins twins(DType::kF32, 1000);
  Check& check = twins.plan.checks[0];
  check.expected = check.found;
  Box second = Whole(1, 600);
  second.source_offset = second.target_offset = 400;
  SECTION("the same boxes") {}
  SECTION("cut in two") { check.expected = {Whole(1, 400), second}; }
  const MemorySource source(twins.files);
  const auto bytes_read = RunChecks(twins.plan, source, {});
  REQUIRE(bytes_read.ok());
  CHECK(*bytes_read == 0);
  CHECK(source.reads() == 0);
}

TEST_CASE("check: a padding is compared with a constant", "[execute]") {
  PlanBuilder builder;
  builder.Source(DType::kF32, {4, 8});
  Plan plan = builder.plan();
  plan.constants.push_back({DType::kF32, std::string(4, '\0'), "0"});
  Box padding;
  padding.source_offset = 6;
  padding.factors = {{4, 8, 2}, {2, 1, 1}};
  Box zero = Whole(1, 8);
  zero.factors = {{8, 0, 1}};
  plan.checks.push_back({"rule", "the padding must be 0", DType::kF32, 8, 0, {padding}, {zero}});
  std::vector<Bytes> files = builder.files();
  for (int row = 0; row < 4; ++row) std::fill_n(files[0].begin() + 32 * row + 24, 8, '\0');
  REQUIRE(CheckBoxes(plan).ok());
  CHECK(RunChecks(plan, MemorySource(files), {}).ok());
  files[0][2 * 32 + 31] = '\x40';  // row 2, column 7
  const absl::Status status = RunChecks(plan, MemorySource(files), {}).status();
  CHECK(DiagnosticsOf(status)[0].what ==
        "the padding must be 0; element 5 is 2 (0x40000000), expected 0 (0x00000000)");
}

TEST_CASE("check: a failing read ends the checks with its error", "[execute]") {
  const Twins twins(DType::kU8, 100'000);
  MemorySource source(twins.files);
  ExecuteOptions options;
  options.job_bytes = 8 << 10;
  REQUIRE(RunChecks(twins.plan, source, options).ok());
  const uint64_t reads = source.reads();
  REQUIRE(reads > 50);
  for (const int threads : {1, 2, 4}) {
    options.threads = threads;
    for (uint64_t n = 1; n <= reads; n += 7) {
      source.FailFrom(n);
      CHECK(ErrorNameOf(RunChecks(twins.plan, source, options)) == "CANNOT_READ");
    }
  }
}

TEST_CASE("check: the caller can cancel, and hears that nothing is done yet", "[execute]") {
  const Twins twins(DType::kU8, 10'000'000);
  for (const int threads : {1, 3}) {
    ExecuteOptions options;
    options.threads = threads;
    int calls = 0;
    options.progress = [&](const Progress& progress) {
      CHECK(progress.bytes_done == 0);
      CHECK(progress.bytes_total == 1000);
      return ++calls < 2;
    };
    CHECK(ErrorNameOf(twins.Run(options)) == "CANCELLED");
    CHECK(calls == 2);
    options.progress = [](const Progress&) -> bool { throw std::runtime_error("out of ink"); };
    CHECK(ErrorNameOf(twins.Run(options)) == "INTERNAL");
  }
}

// A random plan whose tensors, as far as they are not cast, also lie in sources of their own as the
// reference makes them, with a check for each.
RandomPlan WithChecks(RandomPlan made) {
  Catalog catalog = *made.plan.catalog;
  const auto old_size = static_cast<uint32_t>(catalog.tensors.size());
  std::vector<size_t> checked;
  for (size_t i = 0; i < made.plan.tensors.size(); ++i) {
    const PlannedTensor& tensor = made.plan.tensors[i];
    if (tensor.dtype == tensor.source_dtype && !tensor.boxes.empty()) checked.push_back(i);
  }
  for (const size_t i : checked) {
    const PlannedTensor& tensor = made.plan.tensors[i];
    const Bytes bytes = ReferenceTensor(made.plan, i, made.files);
    TensorInfo info;
    info.dtype = tensor.dtype;
    info.shape = tensor.shape;
    info.offset_bytes = made.files[0].size();
    info.size_bytes = bytes.size();
    made.files[0].insert(made.files[0].end(), bytes.begin(), bytes.end());
    catalog.tensors.push_back(std::move(info));
  }
  // Constants are counted behind the sources.
  const auto added = static_cast<uint32_t>(checked.size());
  for (PlannedTensor& tensor : made.plan.tensors) {
    for (Box& box : tensor.boxes) box.source += box.source >= old_size ? added : 0;
  }
  for (size_t k = 0; k < checked.size(); ++k) {
    const PlannedTensor& tensor = made.plan.tensors[checked[k]];
    const uint64_t elements = ElementsOf(tensor.shape);
    made.plan.checks.push_back({std::to_string(k),
                                "differs",
                                tensor.dtype,
                                elements,
                                0,
                                tensor.boxes,
                                {Whole(old_size + static_cast<uint32_t>(k), elements)}});
  }
  made.plan.catalog = std::make_shared<const Catalog>(std::move(catalog));
  return made;
}

TEST_CASE("check: random plans pass, and fail at the element that is damaged", "[execute]") {
  for (uint64_t seed = 1; seed <= 3000; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const auto number = [&](uint64_t least, uint64_t most) {
      return std::uniform_int_distribution<uint64_t>(least, most)(random);
    };
    RandomPlan made = WithChecks(MakeRandomPlan(random, 500));
    ExecuteOptions options;
    options.threads = static_cast<int>(number(1, 4));
    options.job_bytes = number(0, 1) == 0 ? kLeastJobBytes : number(kLeastJobBytes, 65536);
    REQUIRE(CheckBoxes(made.plan).ok());
    const auto passed = RunChecks(made.plan, MemorySource(made.files), options);
    INFO(passed.status());
    REQUIRE(passed.ok());
    if (made.plan.checks.empty()) continue;

    const size_t damaged = number(0, made.plan.checks.size() - 1);
    const Check& check = made.plan.checks[damaged];
    const TensorInfo& twin = made.plan.catalog->tensors[check.expected[0].source];
    const uint64_t bit = number(0, twin.size_bytes * 8 - 1);
    char& byte = made.files[0][twin.offset_bytes + bit / 8];
    byte = static_cast<char>(static_cast<unsigned char>(byte) ^ 1u << bit % 8);
    const absl::Status status = RunChecks(made.plan, MemorySource(made.files), options).status();
    const std::vector<Diagnostic> diagnostics = DiagnosticsOf(status);
    REQUIRE(diagnostics.size() == 1);
    REQUIRE(diagnostics[0].where == check.where);
    const uint64_t element = bit / static_cast<uint64_t>(BitsOf(check.dtype));
    const std::string beginning = "differs; element " + std::to_string(element) + " is ";
    REQUIRE(diagnostics[0].what.substr(0, beginning.size()) == beginning);
  }
}

}  // namespace
}  // namespace weft::execute
