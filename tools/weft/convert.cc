// weft convert: a checkpoint in, a checkpoint out.
#include "weft/convert.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <vector>

#include "absl/strings/str_format.h"
#include "commands.h"
#include "complement_report.h"
#include "interrupt.h"
#include "planning.h"
#include "progress_bar.h"
#include "quantity.h"
#include "weft/diagnostic.h"

namespace weft::cli {
namespace {

absl::Status CheckFree(const std::string& path, std::string_view option) {
  std::error_code ignored;
  if (path.empty() || !std::filesystem::exists(std::filesystem::symlink_status(path, ignored))) {
    return absl::OkStatus();
  }
  return ErrorStatus(ErrorCode::kOutputExists, Escaped(path),
                     absl::StrFormat("the %s exists", option), "--force replaces it");
}

// What a dry run can tell of what would be written without touching it.
absl::Status CheckDestination(const ConvertArguments& arguments, const Planned& planned) {
  if (arguments.options.force) return absl::OkStatus();
  if (absl::Status status = CheckFree(arguments.destination, "destination"); !status.ok()) {
    return status;
  }
  if (!planned.complement.has_value()) return absl::OkStatus();
  return CheckFree(arguments.options.complement, "complement");
}

absl::StatusOr<ConvertReport> RunPlan(const ConvertArguments& arguments, const Planned& planned) {
  const ConversionOptions& given = arguments.options;
  ProgressBar bar(given.progress);
  ConvertOptions options;
  options.threads = given.threads;
  options.memory_bytes = given.memory_bytes;
  options.io = given.io;
  options.format = given.format;
  if (planned.into.has_value()) options.into = &*planned.into;
  if (given.max_shard_bytes.has_value()) options.max_shard_bytes = *given.max_shard_bytes;
  options.overwrite = given.force;
  options.sync = given.sync;
  if (planned.complement.has_value()) {
    options.complement = &*planned.complement;
    options.complement_path = given.complement;
  }
  options.progress = [&bar](const Progress& progress) {
    bar.Update(progress);
    return !Interrupted();
  };
  return Convert(planned.plan, planned.checkpoint, arguments.destination, options);
}

// Shards are files of a directory.
void WarnOfOneFile(const ConvertArguments& arguments, std::vector<std::string>& warnings) {
  std::error_code ignored;
  if (!arguments.options.max_shard_bytes.has_value() ||
      std::filesystem::is_directory(arguments.destination, ignored)) {
    return;
  }
  warnings.push_back(absl::StrFormat(
      "--max-shard-size: '%s' is one file, whatever its size; a directory would be cut into shards",
      Escaped(arguments.destination)));
}

// What would be written, in the terms of what was.
ConvertReport ExpectedReport(const Plan& plan) {
  ConvertReport report;
  report.tensors = plan.tensors.size();
  report.bytes_read = plan.bytes_read;
  report.bytes_written = plan.bytes_written;
  return report;
}

// As in a plan, with the file and its data; null where none is written.
nlohmann::ordered_json KeptJson(const ConvertArguments& arguments, const Planned& planned,
                                const ConvertReport& report) {
  nlohmann::ordered_json json = ComplementJson(planned);
  if (json.is_null()) return json;
  json["file"] = arguments.options.complement;
  if (!arguments.options.dry_run) json["bytes"] = report.complement_bytes;
  return json;
}

// Tensors of the source of which something goes into a target.
uint64_t TensorsRead(const Plan& plan) {
  std::vector<bool> is_read(plan.catalog->tensors.size());
  for (const PlannedTensor& target : plan.tensors) {
    for (const Box& box : target.boxes) {
      if (box.source < is_read.size()) is_read[box.source] = true;
    }
  }
  return static_cast<uint64_t>(std::count(is_read.begin(), is_read.end(), true));
}

std::string SummaryJson(const ConvertArguments& arguments, const Planned& planned,
                        const ConvertReport& report, double seconds) {
  using Json = nlohmann::ordered_json;
  return JsonText({{"source", arguments.source},
                   {"destination", arguments.destination},
                   {"dry_run", arguments.options.dry_run},
                   {"mapping", planned.mapping},
                   {"mapping_choice", planned.choice},
                   {"direction", NameOf(planned.direction)},
                   {"shard", ShardJson(planned)},
                   {"reversible", NameOf(planned.plan.exactness)},
                   {"reversible_reasons", planned.plan.exactness_reasons},
                   {"complement", KeptJson(arguments, planned, report)},
                   {"tensors_read", TensorsRead(planned.plan)},
                   {"tensors_written", report.tensors},
                   {"bytes_read", report.bytes_read},
                   {"gap_bytes", report.gap_bytes},
                   {"bytes_written", report.bytes_written},
                   {"files", Json(report.files)},
                   {"side_files", Json(report.side_files)},
                   {"patched", Json(report.patched)},
                   {"warnings", Json(planned.warnings)},
                   {"seconds", seconds},
                   {"gib_per_s", GibPerSecond(report.bytes_written, seconds)}});
}

// "a, b, c"; of many the first and the last.
std::string ListText(const std::vector<std::string>& names) {
  constexpr size_t kMostNamed = 6;
  if (names.size() > kMostNamed) {
    return absl::StrFormat("%s … %s, %d files", Escaped(names.front()), Escaped(names.back()),
                           names.size());
  }
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + Escaped(name);
  return text;
}

std::string SummaryText(const ConvertArguments& arguments, const Planned& planned,
                        const ConvertReport& report, double seconds) {
  const Plan& plan = planned.plan;
  std::string text = absl::StrFormat("mapping: %s\n", MappingText(planned));
  if (planned.direction == Direction::kReverse) text += "direction: reverse\n";
  text += RankText(planned);
  text += absl::StrFormat("tensors: %s → %s\n", CountText(plan.catalog->tensors.size()),
                          CountText(report.tensors));
  text += absl::StrFormat("bytes: %s read, %s written\n", SizeText(report.bytes_read),
                          SizeText(report.bytes_written));
  text += absl::StrFormat("reversible: %s\n", ExactnessText(planned));
  for (const std::string& reason : plan.exactness_reasons) {
    text += absl::StrFormat("  %s\n", reason);
  }
  if (arguments.options.dry_run) {
    text += ComplementText(planned);
    return text +
           absl::StrFormat("dry run: nothing was written to %s\n", Escaped(arguments.destination));
  }
  text +=
      absl::StrFormat("written: %s (%s)\n", Escaped(arguments.destination), ListText(report.files));
  if (planned.complement.has_value()) {
    text += absl::StrFormat("complement: %s (%s)\n", Escaped(arguments.options.complement),
                            SizeText(report.complement_bytes));
  }
  if (!report.side_files.empty()) {
    text += absl::StrFormat("copied: %s\n", ListText(report.side_files));
  }
  if (!report.patched.empty()) {
    text += absl::StrFormat("changed: %s\n", ListText(report.patched));
  }
  return text + absl::StrFormat("time: %s, %s\n", DurationText(seconds),
                                RateText(report.bytes_written, seconds));
}

}  // namespace

absl::StatusOr<Output> Run(const ConvertArguments& arguments) {
  const auto begin = std::chrono::steady_clock::now();
  absl::StatusOr<Planned> planned = MakePlan(arguments.source, arguments.options);
  if (!planned.ok()) return planned.status();
  ConvertReport report;
  if (arguments.options.dry_run) {
    if (absl::Status status = CheckDestination(arguments, *planned); !status.ok()) return status;
    report = ExpectedReport(planned->plan);
  } else {
    absl::StatusOr<ConvertReport> written = RunPlan(arguments, *planned);
    if (!written.ok()) return written.status();
    report = *std::move(written);
    planned->warnings.insert(planned->warnings.end(), report.warnings.begin(),
                             report.warnings.end());
    WarnOfOneFile(arguments, planned->warnings);
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  const auto summary = arguments.options.json ? SummaryJson : SummaryText;
  return Output{summary(arguments, *planned, report, elapsed.count()), planned->warnings};
}

}  // namespace weft::cli
