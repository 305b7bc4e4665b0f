#include "arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <tuple>
#include <utility>

#include "absl/strings/str_format.h"
#include "quantity.h"
#include "weft/diagnostic.h"
#include "weft/version.h"

namespace weft::cli {
namespace {

constexpr int kMostThreads = 1024;
constexpr uint64_t kLeastMemoryBytes = 1ull << 20;

constexpr std::string_view kExitCodes =
    "Exit codes: 0 done, 1 the input was refused, or verify, diff or lint found something,\n"
    "2 usage or mapping error, 3 I/O error, 4 a limit was exceeded, 5 cancelled.";

// The options as typed; empty where not given.
struct TypedOptions {
  std::vector<std::string> maps;
  std::vector<std::string> mapping_directories;
  std::vector<std::string> set;
  std::vector<std::string> allowed_globals;
  std::string complement;
  std::string config;
  std::string expect;
  std::string format;
  std::string into;
  std::string dtype;
  std::string rank;
  std::string world_size;
  std::string sharding;
  std::string max_shard_size;
  std::string threads;
  std::string memory;
  std::string io;
  bool reverse = false;
  bool strict = false;
  bool lenient = false;
  bool require_reversible = false;
  bool dry_run = false;
  bool force = false;
  bool no_sync = false;
  bool no_progress = false;
  bool json = false;
};

absl::Status BadArgument(std::string_view command, std::string_view what) {
  const std::string program = command.empty() ? "weft" : absl::StrFormat("weft %s", command);
  return ErrorStatus(ErrorCode::kBadArgument, program, what,
                     absl::StrFormat("see '%s --help'", program));
}

// An option that may be repeated and takes exactly one value each time, whatever follows.
void AddRepeatable(CLI::App& command, const char* name, std::vector<std::string>& values,
                   const char* value_name, const char* description) {
  command.add_option(name, values, description)->type_name(value_name)->allow_extra_args(false);
}

// An empty text would read as none.
void AddText(CLI::App& command, const char* name, std::string& value, const char* value_name,
             const char* description) {
  command.add_option(name, value, description)
      ->type_name(value_name)
      ->check([](const std::string& text) {
        return text.empty() ? "expected a value, got an empty text" : std::string();
      });
}

void AddDirectories(CLI::App& command, std::vector<std::string>& directories) {
  AddRepeatable(command, "--mappings", directories, "DIR",
                "Directory of mapping files (*.json) beside the built-in ones");
}

void AddAllowedGlobals(CLI::App& command, std::vector<std::string>& names) {
  AddRepeatable(command, "--allow-global", names, "MODULE.NAME",
                "A Python class that a PyTorch file may name; nothing is ever called");
}

void AddReport(CLI::App& command, TypedOptions& typed) {
  command.add_flag("--json", typed.json, "Report as one JSON document");
}

// What the plan depends on, and how it is reported.
void AddPlanOptions(CLI::App& command, TypedOptions& typed) {
  AddRepeatable(command, "--map", typed.maps, "NAME|FILE.json",
                "Mapping: a built-in name, 'identity', or a file; several apply left to right");
  AddDirectories(command, typed.mapping_directories);
  command.add_flag("--reverse", typed.reverse, "Read the mapping from right to left");
  AddRepeatable(command, "--set", typed.set, "NAME=VALUE", "A param; VALUE is JSON or else text");
  AddText(command, "--config", typed.config, "FILE",
          "Configuration of either side (default: config.json beside SRC)");
  AddAllowedGlobals(command, typed.allowed_globals);
  AddText(command, "--dtype", typed.dtype, "DTYPE|keep",
          "Cast floating-point tensors: BF16, F16, F32, F64, …; 'keep': whatever the mapping says");
  AddText(command, "--complement", typed.complement, "FILE",
          "What the conversion loses: written to FILE; with --reverse read from it, so that the "
          "source comes back bit for bit");
  AddText(command, "--rank", typed.rank, "R",
          "Only what rank R of N has, counted from 0; the mapping says how ranks share");
  AddText(command, "--world-size", typed.world_size, "N", "The number of ranks");
  AddText(command, "--sharding", typed.sharding, "FILE.json",
          "How ranks share the tensors, instead of what the mapping says");
  command.add_flag("--strict", typed.strict,
                   "Refuse a source that the mapping does not fit (default)");
  command.add_flag("--lenient", typed.lenient, "Warn instead where the result is still defined");
  AddText(command, "--expect", typed.expect, "FILE",
          "Checkpoint whose names, dtypes and shapes the result must have");
  command.add_flag("--require-reversible", typed.require_reversible,
                   "Refuse a conversion that cannot be undone bit for bit");
  AddReport(command, typed);
}

// How data is moved.
void AddRunOptions(CLI::App& command, TypedOptions& typed) {
  AddText(command, "--threads", typed.threads, "N", "Threads (default: one for each processor)");
  AddText(command, "--memory", typed.memory, "SIZE", "Memory for buffers (default: 64MiB)");
  command.add_flag("--no-progress", typed.no_progress, "No progress bar");
}

// All that `convert` takes.
void AddConversionOptions(CLI::App& command, TypedOptions& typed) {
  AddPlanOptions(command, typed);
  AddRunOptions(command, typed);
  AddText(command, "--io", typed.io, "WAY",
          "How files are read: auto (default), pread, mmap, direct");
  AddText(command, "--to", typed.format, "FORMAT",
          "Format of the output: safetensors, pytorch, mindspore, mindspore-safetensors, npz, npy, "
          "npy-dir (default: what the name of DST says)");
  AddText(command, "--into", typed.into, "TEMPLATE",
          "An ONNX model or a TorchScript archive: DST is this file with other values");
  AddText(command, "--max-shard-size", typed.max_shard_size, "SIZE",
          "Most data in one file of a directory (default: 5GB)");
  command.add_flag("--dry-run", typed.dry_run, "Say what would be written; write nothing");
  command.add_flag("--force", typed.force, "Replace DST if it exists");
  command.add_flag("--no-sync", typed.no_sync, "Do not wait for the disk (scratch output)");
}

// How far numbers may differ.
void AddTolerance(CLI::App& command, std::string& rtol, std::string& atol) {
  AddText(command, "--rtol", rtol, "X",
          "Allow floating-point numbers to differ by X times the expected one");
  AddText(command, "--atol", atol, "Y", "… and by Y more (default of both: bit for bit)");
}

// A path that must be given.
void AddPath(CLI::App& command, const char* name, std::string& path, const char* description) {
  command.add_option(name, path, description)->required()->type_name("");
}

absl::StatusOr<Io> IoFrom(std::string_view command, const std::string& text) {
  if (text == "auto") return Io::kAuto;
  if (text == "pread") return Io::kPread;
  if (text == "mmap") return Io::kMmap;
  if (text == "direct") return Io::kDirect;
  return BadArgument(
      command,
      absl::StrFormat("--io: expected auto, pread, mmap or direct, got '%s'", Escaped(text)));
}

absl::StatusOr<int> ThreadsFrom(std::string_view command, const std::string& text) {
  const std::optional<uint64_t> threads = ParseInteger(text);
  if (!threads || *threads < 1 || *threads > kMostThreads) {
    return BadArgument(command,
                       absl::StrFormat("--threads: expected a number from 1 to %d, got '%s'",
                                       kMostThreads, Escaped(text)));
  }
  return static_cast<int>(*threads);
}

absl::StatusOr<uint64_t> SizeFrom(std::string_view command, std::string_view option,
                                  const std::string& text, uint64_t least) {
  const std::optional<uint64_t> bytes = ParseSize(text);
  if (!bytes || *bytes < least) {
    return BadArgument(
        command,
        absl::StrFormat("%s: expected a size of at least %s, such as 64MiB or 5GB, got '%s'",
                        option, SizeText(least), Escaped(text)));
  }
  return *bytes;
}

// The spelling of safetensors or of torch, in any case.
absl::StatusOr<std::optional<DType>> DTypeFrom(std::string_view command, const std::string& text) {
  static constexpr std::pair<std::string_view, DType> kTorchNames[] = {
      {"BFLOAT16", DType::kBF16},         {"FLOAT16", DType::kF16},
      {"FLOAT32", DType::kF32},           {"FLOAT64", DType::kF64},
      {"FLOAT8_E4M3FN", DType::kF8E4M3},  {"FLOAT8_E4M3FNUZ", DType::kF8E4M3Fnuz},
      {"FLOAT8_E5M2", DType::kF8E5M2},    {"FLOAT8_E5M2FNUZ", DType::kF8E5M2Fnuz},
      {"FLOAT8_E8M0FNU", DType::kF8E8M0},
  };
  std::string upper = text;
  std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  if (upper == "KEEP") return std::nullopt;
  std::optional<DType> dtype = DTypeFromName(upper);
  for (const auto& [name, named] : kTorchNames) {
    if (upper == name) dtype = named;
  }
  if (!dtype || !IsFloatingPoint(*dtype)) {
    return BadArgument(
        command,
        absl::StrFormat("--dtype: expected 'keep' or a floating-point dtype such as BF16 or "
                        "float32, got '%s'",
                        Escaped(text)));
  }
  return dtype;
}

// The tolerance of `--rtol` and `--atol`, either of which may be empty; nullopt when both are.
absl::StatusOr<std::optional<Tolerance>> ToleranceFrom(std::string_view command,
                                                       const std::string& rtol,
                                                       const std::string& atol) {
  if (rtol.empty() && atol.empty()) return std::nullopt;
  Tolerance tolerance;
  const std::tuple<const char*, const std::string&, double&> bounds[] = {
      {"--rtol", rtol, tolerance.rtol}, {"--atol", atol, tolerance.atol}};
  for (const auto& [option, text, bound] : bounds) {
    if (text.empty()) continue;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bound);
    if (error == std::errc() && end == text.data() + text.size() && std::isfinite(bound) &&
        bound >= 0) {
      continue;
    }
    return BadArgument(
        command, absl::StrFormat("%s: expected a number of at least 0, such as 1e-3, got '%s'",
                                 option, Escaped(text)));
  }
  return tolerance;
}

absl::StatusOr<std::map<std::string, std::string>> ParamsFrom(
    std::string_view command, const std::vector<std::string>& assignments) {
  std::map<std::string, std::string> params;
  for (const std::string& assignment : assignments) {
    const size_t equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0) {
      return BadArgument(
          command, absl::StrFormat("--set: expected NAME=VALUE, got '%s'", Escaped(assignment)));
    }
    const std::string name = assignment.substr(0, equals);
    if (!params.emplace(name, assignment.substr(equals + 1)).second) {
      return BadArgument(command, absl::StrFormat("--set: '%s' is given twice", Escaped(name)));
    }
  }
  return params;
}

// What goes with --into. A template says itself what it expects and of which format it is.
absl::Status CheckInto(std::string_view command, const TypedOptions& typed,
                       const ConversionOptions& options) {
  if (typed.into.empty()) return absl::OkStatus();
  const std::pair<const char*, bool> excluded[] = {
      {"--to", !typed.format.empty()},       {"--complement", !options.complement.empty()},
      {"--expect", !options.expect.empty()}, {"--max-shard-size", !typed.max_shard_size.empty()},
      {"--rank", options.shard.has_value()},
  };
  for (const auto& [option, is_given] : excluded) {
    if (is_given) {
      return BadArgument(command, absl::StrFormat("--into and %s exclude each other", option));
    }
  }
  return absl::OkStatus();
}

// What goes with --complement.
absl::Status CheckComplement(std::string_view command, const TypedOptions& typed,
                             const std::string& complement) {
  if (complement.empty()) return absl::OkStatus();
  if (!typed.reverse) {
    if (command != "load" && command != "verify") return absl::OkStatus();
    return BadArgument(command,
                       "--complement: only convert writes one; with --reverse one is read");
  }
  // All that the way back depends on is what it was on the way there.
  if (!typed.set.empty()) {
    return BadArgument(command, "--set: with --reverse --complement params are those of before");
  }
  if (!typed.dtype.empty()) {
    return BadArgument(command, "--dtype: with --reverse --complement dtypes are those of before");
  }
  return absl::OkStatus();
}

// The part that is asked for; nullopt for the whole.
absl::StatusOr<std::optional<Shard>> ShardFrom(std::string_view command,
                                               const TypedOptions& typed) {
  if (typed.rank.empty() && typed.world_size.empty()) {
    if (typed.sharding.empty()) return std::nullopt;
    return BadArgument(command, "--sharding: expected --rank R and --world-size N with it");
  }
  if (typed.rank.empty() || typed.world_size.empty()) {
    return BadArgument(command, typed.rank.empty() ? "--world-size: expected --rank R with it"
                                                   : "--rank: expected --world-size N with it");
  }
  if (!typed.complement.empty()) {
    return BadArgument(command, "--complement: it is that of a whole model; leave --rank out");
  }
  const std::optional<uint64_t> world_size = ParseInteger(typed.world_size);
  if (!world_size || *world_size < 1 || *world_size > Shard::kMostRanks) {
    return BadArgument(command,
                       absl::StrFormat("--world-size: expected a number from 1 to %d, got '%s'",
                                       Shard::kMostRanks, Escaped(typed.world_size)));
  }
  const std::optional<uint64_t> rank = ParseInteger(typed.rank);
  if (!rank || *rank >= *world_size) {
    return BadArgument(command, absl::StrFormat("--rank: expected a number from 0 to %d, got '%s'",
                                                *world_size - 1, Escaped(typed.rank)));
  }
  return Shard{*rank, *world_size};
}

absl::StatusOr<ConversionOptions> Check(std::string_view command, TypedOptions typed) {
  ConversionOptions options;
  auto shard = ShardFrom(command, typed);
  if (!shard.ok()) return shard.status();
  options.shard = *std::move(shard);
  options.maps = std::move(typed.maps);
  options.mapping_directories = std::move(typed.mapping_directories);
  options.direction = typed.reverse ? Direction::kReverse : Direction::kForward;
  options.config = std::move(typed.config);
  options.complement = std::move(typed.complement);
  options.expect = std::move(typed.expect);
  options.require_reversible = typed.require_reversible;
  options.lenient = typed.lenient;
  options.dry_run = typed.dry_run;
  options.force = typed.force;
  options.sync = !typed.no_sync;
  options.progress = !typed.no_progress;
  options.json = typed.json;

  if (typed.strict && typed.lenient) {
    return BadArgument(command, "--strict and --lenient exclude each other");
  }
  if (absl::Status status = CheckComplement(command, typed, options.complement); !status.ok()) {
    return status;
  }
  if (absl::Status status = CheckInto(command, typed, options); !status.ok()) return status;
  options.into = std::move(typed.into);
  options.sharding = std::move(typed.sharding);
  auto params = ParamsFrom(command, typed.set);
  if (!params.ok()) return params.status();
  options.set = *std::move(params);
  if (!typed.format.empty()) {
    const std::vector<std::string_view> formats = OutputFormats();
    if (std::find(formats.begin(), formats.end(), typed.format) == formats.end()) {
      std::string names;
      for (const std::string_view format : formats)
        names += (names.empty() ? "" : ", ") + std::string(format);
      return BadArgument(command, absl::StrFormat("--to: expected one of %s, got '%s'", names,
                                                  Escaped(typed.format)));
    }
  }
  options.format = std::move(typed.format);
  options.allowed_globals = std::move(typed.allowed_globals);
  if (!typed.dtype.empty()) {
    auto dtype = DTypeFrom(command, typed.dtype);
    if (!dtype.ok()) return dtype.status();
    options.dtype = *dtype;
    options.keep_dtypes = !dtype->has_value();
  }
  if (!typed.max_shard_size.empty()) {
    auto bytes = SizeFrom(command, "--max-shard-size", typed.max_shard_size, 1);
    if (!bytes.ok()) return bytes.status();
    options.max_shard_bytes = *bytes;
  }
  if (!typed.threads.empty()) {
    auto threads = ThreadsFrom(command, typed.threads);
    if (!threads.ok()) return threads.status();
    options.threads = *threads;
  }
  if (!typed.memory.empty()) {
    auto bytes = SizeFrom(command, "--memory", typed.memory, kLeastMemoryBytes);
    if (!bytes.ok()) return bytes.status();
    options.memory_bytes = *bytes;
  }
  if (!typed.io.empty()) {
    auto io = IoFrom(command, typed.io);
    if (!io.ok()) return io.status();
    options.io = *io;
  }
  return options;
}

// What to show of a plan is one thing.
absl::Status CheckPlan(const std::string& element, PlanArguments& plan) {
  const int shown = (plan.tensor.empty() ? 0 : 1) + (plan.source_tensor.empty() ? 0 : 1) +
                    (plan.picture.empty() ? 0 : 1);
  if (shown > 1) return BadArgument("plan", "--tensor, --source and --svg exclude each other");
  if (element.empty()) return absl::OkStatus();
  if (plan.tensor.empty()) return BadArgument("plan", "--element: expected --tensor NAME with it");
  plan.element = ParseInteger(element);
  if (plan.element) return absl::OkStatus();
  return BadArgument("plan",
                     absl::StrFormat("--element: expected a number, got '%s'", Escaped(element)));
}

}  // namespace

absl::StatusOr<Arguments> ParseArguments(int argc, const char* const* argv) {
  CLI::App app("Converts machine-learning checkpoints by reversible mapping files.", "weft");
  app.footer(std::string(kExitCodes));
  app.set_version_flag(
      "--version",
      absl::StrFormat("weft %s\nformats: safetensors pytorch mindspore npz npy onnx (read)",
                      Version()));
  app.require_subcommand(1);

  constexpr const char* kCheckpoint = "Checkpoint: a file, an index or a directory";
  ConvertArguments convert;
  LoadArguments load;
  PlanArguments plan;
  VerifyArguments verify;
  DiffArguments diff;
  InspectArguments inspect;
  LintArguments lint;
  MapsArguments maps;
  TypedOptions options;  // of the one command that is given
  std::string element;
  std::string rtol;
  std::string atol;

  CLI::App* convert_command = app.add_subcommand("convert", "Convert a checkpoint");
  AddPath(*convert_command, "SRC", convert.source, kCheckpoint);
  AddPath(
      *convert_command, "DST", convert.destination,
      "Output: a file (.safetensors .pt .pth .bin .ckpt .npz .npy; with --into also .onnx .zip), "
      "or else a directory");
  AddConversionOptions(*convert_command, options);

  CLI::App* load_command =
      app.add_subcommand("load", "Load a checkpoint into memory, and say how fast");
  AddPath(*load_command, "SRC", load.source, kCheckpoint);
  AddConversionOptions(*load_command, options);
  load_command->add_flag("--borrow", load.borrow, "Allow views of mapped files instead of copies");

  CLI::App* inspect_command = app.add_subcommand("inspect", "List the tensors of a checkpoint");
  AddPath(*inspect_command, "PATH", inspect.path, kCheckpoint);
  AddAllowedGlobals(*inspect_command, inspect.allowed_globals);
  inspect_command->add_flag("--json", inspect.json, "Report as one JSON document");

  CLI::App* plan_command = app.add_subcommand("plan", "Show what convert would do");
  AddPath(*plan_command, "SRC", plan.source, kCheckpoint);
  AddConversionOptions(*plan_command, options);
  AddText(*plan_command, "--tensor", plan.tensor, "NAME|NAME[3,:,0:5]",
          "Only where this tensor of the target, or a part of it, comes from");
  AddText(*plan_command, "--element", element, "N", "… and of it only element N, row by row");
  AddText(*plan_command, "--source", plan.source_tensor, "NAME",
          "Only where this tensor of SRC goes");
  AddText(*plan_command, "--svg", plan.picture, "FILE", "Draw the plan into FILE");

  CLI::App* verify_command =
      app.add_subcommand("verify", "Say whether a checkpoint is what convert would make");
  AddPath(*verify_command, "CANDIDATE", verify.candidate, kCheckpoint);
  AddPath(*verify_command, "SRC", verify.source, "Checkpoint that it would be made of");
  AddPlanOptions(*verify_command, options);
  AddRunOptions(*verify_command, options);
  AddTolerance(*verify_command, rtol, atol);

  CLI::App* diff_command =
      app.add_subcommand("diff", "Say in what two checkpoints differ, whatever their formats");
  AddPath(*diff_command, "A", diff.a, kCheckpoint);
  AddPath(*diff_command, "B", diff.b, kCheckpoint);
  AddAllowedGlobals(*diff_command, diff.allowed_globals);
  AddTolerance(*diff_command, rtol, atol);
  AddRunOptions(*diff_command, options);
  AddReport(*diff_command, options);

  CLI::App* lint_command =
      app.add_subcommand("lint", "Look for mistakes in mappings, without a checkpoint");
  lint_command
      ->add_option("MAPPING", lint.mappings, "Mapping: a built-in name, 'identity', or a file")
      ->required()
      ->type_name("");
  AddDirectories(*lint_command, lint.mapping_directories);
  AddRepeatable(*lint_command, "--set", options.set, "NAME=VALUE",
                "A param; VALUE is JSON or else text");
  AddText(*lint_command, "--config", lint.config, "FILE", "Configuration in which params stand");
  AddText(*lint_command, "--keys", lint.keys, "SRC",
          "Checkpoint of either side, whose names are read as well");
  lint_command->add_flag("--json", lint.json, "Report as one JSON document");

  CLI::App* maps_command = app.add_subcommand("maps", "List the mappings, or print one");
  maps_command->add_option("NAME", maps.name, "Mapping to print")->type_name("");
  AddDirectories(*maps_command, maps.mapping_directories);
  maps_command->add_flag("--json", maps.json, "Report as one JSON document");

  const std::string command = argc > 1 ? argv[1] : "";
  std::string known_commands;
  bool is_command = false;
  for (const CLI::App* known : app.get_subcommands(nullptr)) {
    known_commands += (known_commands.empty() ? "" : ", ") + known->get_name();
    is_command |= known->get_name() == command;
  }
  // CLI11 would call an unknown command an unexpected argument.
  if (!is_command && (command.empty() || command[0] != '-')) {
    return BadArgument("", absl::StrFormat("expected a command (%s), got %s", known_commands,
                                           argc > 1 ? "'" + Escaped(command) + "'" : "none"));
  }

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForVersion& request) {
    return InformationRequest{absl::StrFormat("%s\n", request.what())};
  } catch (const CLI::CallForHelp&) {
    return InformationRequest{app.help()};
  } catch (const CLI::ParseError& error) {
    return BadArgument(is_command ? command : "", Escaped(error.what()));
  }

  if (inspect_command->parsed()) return inspect;
  if (maps_command->parsed()) return maps;
  if (lint_command->parsed()) {
    auto params = ParamsFrom(command, options.set);
    if (!params.ok()) return params.status();
    lint.set = *std::move(params);
    return lint;
  }
  auto checked = Check(command, std::move(options));
  if (!checked.ok()) return checked.status();
  if (convert_command->parsed()) {
    convert.options = *std::move(checked);
    return convert;
  }
  if (load_command->parsed()) {
    load.options = *std::move(checked);
    return load;
  }
  if (plan_command->parsed()) {
    if (absl::Status status = CheckPlan(element, plan); !status.ok()) return status;
    plan.options = *std::move(checked);
    return plan;
  }
  auto tolerance = ToleranceFrom(command, rtol, atol);
  if (!tolerance.ok()) return tolerance.status();
  if (diff_command->parsed()) {
    diff.tolerance = *tolerance;
    diff.threads = checked->threads;
    diff.memory_bytes = checked->memory_bytes;
    diff.progress = checked->progress;
    diff.json = checked->json;
    return diff;
  }
  verify.tolerance = *tolerance;
  verify.options = *std::move(checked);
  return verify;
}

}  // namespace weft::cli
