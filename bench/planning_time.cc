// CPU time of planning: planning_time SRC [--map FILE.json] [--rules N] [--shape SHAPE]
// [--repeats N]
//
// Opens SRC, detects its mapping, compiles the plan and proves it, and prints the CPU time of the
// process for each step as one JSON document. One thread; no tensor data is read. `compile` holds
// the proof, as Compile does; `prove` is the proof once more, alone.
//
// --rules adds rules that match no tensor of SRC to the first stage of the mapping, of one shape:
//   literal  "absent.{n}.name_17.weight": other names from the first segment on
//   path     "{p*}.name_17.weight":       any beginning, another last name but one
//   index    "{p*}.name_17.{k}.weight":   the same with an index
//   partial  "{p*}.name_17_{k}.weight":   an index inside a segment
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "mapping/config_tree.h"
#include "plan/way_back.h"
#include "weft/weft.h"

namespace {

using nlohmann::ordered_json;

struct Arguments {
  std::string source;
  std::string mapping;  // a file; empty: detected
  std::string shape = "literal";
  int rules = 0;
  int repeats = 1;
};

double CpuSeconds() {
  timespec now = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Runs `step` and adds its CPU time to `times` under `name`.
template <typename Step>
auto Timed(const char* name, ordered_json* times, const Step& step) {
  const double begin = CpuSeconds();
  auto result = step();
  (*times)[name] = CpuSeconds() - begin;
  return result;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

int Fail(const absl::Status& status) {
  for (const weft::Diagnostic& d : weft::DiagnosticsOf(status)) {
    std::cerr << weft::TextOf(d) << '\n';
  }
  return 1;
}

std::optional<Arguments> Parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.rfind("--", 0) != 0) {
      arguments.source = word;
      continue;
    }
    if (i + 1 == argc) return std::nullopt;
    const std::string value = argv[++i];
    if (word == "--map") {
      arguments.mapping = value;
    } else if (word == "--shape") {
      arguments.shape = value;
    } else if (word == "--rules") {
      arguments.rules = std::atoi(value.c_str());
    } else if (word == "--repeats") {
      arguments.repeats = std::atoi(value.c_str());
    } else {
      return std::nullopt;
    }
  }
  if (arguments.source.empty() || arguments.repeats < 1) return std::nullopt;
  return arguments;
}

// The two sides of a rule that matches nothing.
std::pair<std::string, std::string> AbsentNames(const std::string& shape, int number) {
  const std::string name = "name_" + std::to_string(number);
  if (shape == "path") return {"{p*}." + name + ".weight", "{p*}.other." + name + ".weight"};
  if (shape == "index") {
    return {"{p*}." + name + ".{k}.weight", "{p*}.other." + name + ".{k}.weight"};
  }
  if (shape == "partial") {
    return {"{p*}." + name + "_{k}.weight", "{p*}.other_" + name + "_{k}.weight"};
  }
  return {"absent.{n}." + name + ".weight", "missing.{n}." + name + ".weight"};
}

std::string WithAbsentRules(const std::string& mapping, const Arguments& arguments) {
  ordered_json document = ordered_json::parse(mapping);
  ordered_json& stage = document["stages"][0];
  ordered_json& rules = stage.is_array() ? stage : stage["rules"];
  for (int i = 0; i < arguments.rules; ++i) {
    const auto [from, to] = AbsentNames(arguments.shape, i);
    rules.push_back({{"rename", from}, {"to", to}});
  }
  return document.dump();
}

// One run of all steps.
absl::StatusOr<ordered_json> Measure(const Arguments& arguments, const std::string& config_text) {
  ordered_json times;
  auto checkpoint = Timed("open", &times, [&] { return weft::Checkpoint::Open(arguments.source); });
  if (!checkpoint.ok()) return checkpoint.status();

  const weft::MappingLibrary library;
  auto mapping = Timed("detect", &times, [&]() -> absl::StatusOr<weft::Mapping> {
    if (!arguments.mapping.empty()) return library.FromFile(arguments.mapping);
    return library.Detect(*checkpoint->catalog(), config_text, weft::Direction::kForward);
  });
  if (!mapping.ok()) return mapping.status();
  if (arguments.rules > 0) {
    const std::string text =
        arguments.mapping.empty() ? *library.JsonOf(mapping->name()) : ReadFile(arguments.mapping);
    const std::string extended = WithAbsentRules(text, arguments);
    mapping =
        Timed("parse_rules", &times, [&] { return library.FromJson(extended, "extended.json"); });
    if (!mapping.ok()) return mapping.status();
  }

  weft::CompileOptions options;
  options.config_json = config_text;
  auto plan = Timed("compile", &times,
                    [&] { return weft::Compile({*mapping}, checkpoint->catalog(), options); });
  if (!plan.ok()) return plan.status();

  const auto config = weft::ConfigTree::Parse(config_text, "config.json");
  if (!config.ok()) return config.status();
  std::vector<const weft::internal::MappingDocument*> documents;
  for (const auto& document : mapping->documents()) documents.push_back(document.get());
  auto losses = Timed("prove", &times, [&]() -> absl::StatusOr<std::vector<weft::Loss>> {
    weft::RegexCache cache(options.limits.regex_bytes);
    auto back =
        weft::CompileWayBack(*plan, options.direction, documents, *config, options.limits, cache);
    if (!back.ok()) return back.status();
    return weft::LossesOf(*plan, *back);
  });
  if (!losses.ok()) return losses.status();

  size_t boxes = 0;
  for (const weft::PlannedTensor& tensor : plan->tensors) boxes += tensor.boxes.size();
  return ordered_json{{"keys", checkpoint->catalog()->tensors.size()},
                      {"targets", plan->tensors.size()},
                      {"boxes", boxes},
                      {"absent_rules", arguments.rules},
                      {"reversible", weft::NameOf(plan->exactness)},
                      {"cpu_seconds", times}};
}

}  // namespace

int main(int argc, char** argv) {
  const std::optional<Arguments> arguments = Parse(argc, argv);
  if (!arguments.has_value()) {
    std::cerr << "usage: planning_time SRC [--map FILE.json] [--rules N] "
                 "[--shape literal|path|index|partial] [--repeats N]\n";
    return 2;
  }
  const std::string config_text = ReadFile(arguments->source + "/config.json");
  ordered_json runs;
  for (int i = 0; i < arguments->repeats; ++i) {
    const auto run = Measure(*arguments, config_text);
    if (!run.ok()) return Fail(run.status());
    runs.push_back(*run);
  }
  std::cout << runs.dump(1) << '\n';
  return 0;
}
