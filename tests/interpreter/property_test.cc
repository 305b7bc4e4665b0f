// Whole mappings: what the library makes of a checkpoint is what the interpreter makes of it.
#include <catch2/catch.hpp>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "interpreter/interpreter.h"
#include "interpreter/random_mapping.h"
#include "mapping/errors_of.h"
#include "weft/checkpoint.h"
#include "weft/load.h"
#include "weft/mapping_library.h"
#include "weft/plan.h"

namespace weft::interpreter {
namespace {

// The end of one conversion: tensors, or an error.
struct Outcome {
  std::optional<Tensors> tensors;
  ErrorCode code = ErrorCode::kInternal;
  std::string text;  // of the error
};

struct Converted {
  Outcome outcome;
  Exactness exactness = Exactness::kOneWay;
  std::map<std::string, std::string> metadata;
};

Outcome ErrorOf(const absl::Status& status) {
  Outcome outcome;
  outcome.code = DiagnosticsOf(status).front().code;
  outcome.text = MessageOf(status);
  return outcome;
}

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

Tensors TensorsOf(const LoadedCheckpoint& loaded) {
  Tensors tensors;
  for (const LoadedTensor& tensor : loaded.tensors) {
    Array& array = tensors[tensor.name];
    array.dtype = std::string(NameOf(tensor.dtype));
    array.shape.assign(tensor.shape.begin(), tensor.shape.end());
    array.elements.resize(tensor.size_bytes / sizeof(uint32_t));
    if (tensor.size_bytes > 0) {
      std::memcpy(array.elements.data(), tensor.data, tensor.size_bytes);
    }
  }
  return tensors;
}

// By the library, from a file into memory.
class LibraryUnderTest {
 public:
  explicit LibraryUnderTest(const RandomCase& made) : made_(made) {
    MappingLibrary library;
    for (const auto& [name, json] : made.library) library.Add(name, json.dump());
    absl::StatusOr<Mapping> mapping = library.FromJson(made.mapping.dump(), "m.json");
    if (!mapping.ok()) FAIL(MessageOf(mapping.status()));
    mapping_.emplace(*std::move(mapping));
  }

  Converted Run(Random& random, Direction direction, bool with_params, const Tensors& tensors,
                const std::map<std::string, std::string>& metadata) {
    Converted result;
    test::WriteSafetensors(directory_ / "in.safetensors", FileOf(tensors), metadata);
    const absl::StatusOr<Checkpoint> checkpoint = Checkpoint::Open(directory_ / "in.safetensors");
    REQUIRE(checkpoint.ok());
    CompileOptions options;
    options.direction = direction;
    if (with_params) {
      for (const auto& [name, value] : made_.set) options.set[name] = std::to_string(value);
    }
    const absl::StatusOr<Plan> plan = Compile({*mapping_}, checkpoint->catalog(), options);
    if (!plan.ok()) {
      result.outcome = ErrorOf(plan.status());
      return result;
    }
    result.exactness = plan->exactness;
    result.metadata = plan->metadata;
    LoadOptions load;
    load.threads = 1 + static_cast<int>(random.Below(4));
    load.memory_bytes = random.Chance(2) ? 1 : 1 << 20;
    load.borrow = random.Chance(4);
    const absl::StatusOr<LoadedCheckpoint> loaded = Load(*plan, *checkpoint, load);
    if (!loaded.ok()) {
      result.outcome = ErrorOf(loaded.status());
      return result;
    }
    result.outcome.tensors = TensorsOf(*loaded);
    return result;
  }

 private:
  const RandomCase& made_;
  test::TemporaryDirectory directory_;
  std::optional<Mapping> mapping_;
};

Outcome Interpreted(const RandomCase& made, Direction direction, const Tensors& tensors,
                    Record* record) {
  Outcome outcome;
  try {
    outcome.tensors = Interpret(made.mapping, made.library, made.set, direction, tensors, record);
  } catch (const Refusal& refusal) {
    outcome.code = refusal.code;
    outcome.text = refusal.what;
  }
  return outcome;
}

std::string TextOf(const Tensors& tensors) {
  std::string text;
  for (const auto& [name, array] : tensors) {
    text += "\n  " + name + " " + array.dtype + " [";
    for (const uint64_t size : array.shape) text += " " + std::to_string(size);
    text += " ]";
    for (size_t i = 0; i < array.elements.size() && i < 24; ++i) {
      text += " " + std::to_string(array.elements[i] & 0xffff);
    }
  }
  return text;
}

std::string TextOf(const RandomCase& made) {
  std::string text = made.mapping.dump();
  for (const auto& [name, json] : made.library) text += "\n" + name + ": " + json.dump();
  for (const auto& [name, value] : made.set)
    text += "\n--set " + name + "=" + std::to_string(value);
  return text + "\ncheckpoint:" + TextOf(made.tensors);
}

std::string TextOf(const Outcome& outcome) {
  if (outcome.tensors) return TextOf(*outcome.tensors);
  return std::string(NameOf(outcome.code)) + " " + outcome.text;
}

// Equal, an element that may be anything aside.
bool Agree(const Tensors& got, const Tensors& expected) {
  if (got.size() != expected.size()) return false;
  for (const auto& [name, array] : expected) {
    const auto found = got.find(name);
    if (found == got.end()) return false;
    Array same = found->second;
    if (same.elements.size() != array.elements.size()) return false;
    for (size_t i = 0; i < same.elements.size(); ++i) {
      if (array.elements[i] == kAnything) same.elements[i] = kAnything;
    }
    if (!(same == array)) return false;
  }
  return true;
}

struct Counts {
  int converted = 0;
  int exact = 0;
  std::map<std::string, int> refused;
};

void CheckSame(const Outcome& got, const Outcome& expected, Counts* counts) {
  if (got.tensors && expected.tensors) {
    if (!Agree(*got.tensors, *expected.tensors)) {
      FAIL("got:" << TextOf(got) << "\nexpected:" << TextOf(expected));
    }
    ++counts->converted;
    return;
  }
  ++counts->refused[std::string(NameOf(got.tensors ? expected.code : got.code))];
  if (got.tensors || expected.tensors ||
      (got.code == ErrorCode::kValuesDiffer) != (expected.code == ErrorCode::kValuesDiffer)) {
    FAIL("got: " << TextOf(got) << "\nexpected: " << TextOf(expected));
  }
}

TEST_CASE("interpreter: random mappings, forward and back", "[interpreter]") {
  Counts forward;
  Counts back;
  for (uint64_t seed = 0; seed < 5000; ++seed) {
    Random random(seed);
    RandomCase made = MakeRandomCase(random);
    if (random.Chance(6)) Damage(random, made.tensors, &made.tensors);
    INFO("seed " << seed << "\n" << TextOf(made));
    LibraryUnderTest library(made);
    Record record;
    const Outcome expected = Interpreted(made, Direction::kForward, made.tensors, &record);
    const Converted got = library.Run(random, Direction::kForward, true, made.tensors, {});
    CheckSame(got.outcome, expected, &forward);
    if (!got.outcome.tensors || got.exactness != Exactness::kExact) continue;
    ++forward.exact;

    INFO("forward: " << TextOf(got.outcome));
    Tensors source = *got.outcome.tensors;
    const bool damaged = random.Chance(4);
    if (damaged) Damage(random, made.tensors, &source);
    const Outcome expected_back = Interpreted(made, Direction::kReverse, source, &record);
    const Converted got_back =
        library.Run(random, Direction::kReverse, random.Chance(2), source, got.metadata);
    INFO("on the way back from " << TextOf(source));
    CheckSame(got_back.outcome, expected_back, &back);
    if (damaged) continue;
    if (!got_back.outcome.tensors) FAIL("no way back: " << TextOf(got_back.outcome));
    if (!Agree(*got_back.outcome.tensors, made.tensors)) {
      FAIL("the way back gives other tensors: " << TextOf(got_back.outcome));
    }
  }
  // Most cases convert; those that do not end for a reason of this list.
  CHECK(forward.converted > 4600);
  CHECK(forward.exact > 2400);
  CHECK(back.converted > 2300);
  CHECK(forward.refused["VALUES_DIFFER"] > 2);
  CHECK(back.refused["VALUES_DIFFER"] > 10);
  const std::set<std::string> reasons = {
      "AMBIGUOUS_KEY",        "DTYPES_DIFFER",        "INCOMPLETE_LIST",   "INDEX_SETS_DIFFER",
      "MISSING_TENSOR",       "NAME_COLLISION",       "NO_TARGET_NAME",    "SIZE_CONFLICT",
      "TWO_RULES_ONE_TARGET", "TWO_RULES_ONE_TENSOR", "UNEXPECTED_TENSOR", "VALUES_DIFFER",
      "WRONG_SHAPE"};
  for (const auto* counts : {&forward, &back}) {
    for (const auto& [code, count] : counts->refused) {
      CAPTURE(code, count);
      CHECK(reasons.count(code) == 1);
    }
  }
}

TEST_CASE("interpreter: random mappings use every word of the language", "[interpreter]") {
  std::map<std::string, int> uses;
  for (const char* word : {"\"rename\"",
                           "\"drop\"",
                           "\"from\":[\"",
                           "\"from\":{\"",
                           "\"to\":{\"",
                           "\"convert\"",
                           "\"sizes\"",
                           "\"unless\"",
                           "\"otherwise\"",
                           "\"when\"",
                           "\"direction\"",
                           "\"copies\"",
                           "\"has\"",
                           "\"lacks\"",
                           "\"shape\":{",
                           "\"dtype\"",
                           "\"param\"",
                           "\"all\"",
                           "\"any\"",
                           "\"not\"",
                           "\"include\"",
                           "\"tables\"",
                           "\"default\"",
                           "\"others\":\"error\"",
                           "\"others\":\"drop\"",
                           "$r",
                           "*}",
                           ":seg}",
                           ":02}",
                           "=0..",
                           "+1}",
                           "{2*",
                           "-n",
                           "..}",
                           "...\"",
                           "~0:",
                           "~-inf:",
                           "~1:",
                           "~:",
                           "Chunk",
                           "Split",
                           "Concatenate",
                           "MergeModulelist",
                           "SplitModulelist",
                           "Transpose",
                           "Permute\"",
                           "Reshape",
                           "Unsqueeze",
                           "Squeeze",
                           "Interleave",
                           "PermuteForRope",
                           "Slice",
                           "Repeat",
                           "Tie"}) {
    uses[word] = 0;
  }
  for (uint64_t seed = 0; seed < 3000; ++seed) {
    Random random(seed);
    const RandomCase made = MakeRandomCase(random);
    std::string text = made.mapping.dump();
    for (const auto& [name, json] : made.library) text += json.dump();
    for (auto& [word, count] : uses) count += text.find(word) != std::string::npos ? 1 : 0;
  }
  for (const auto& [word, count] : uses) {
    CAPTURE(word);
    CHECK(count >= 20);
  }
}

}  // namespace
}  // namespace weft::interpreter
