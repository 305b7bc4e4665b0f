// weft load: a checkpoint into memory, as an engine would, with the time it took.
#include "weft/load.h"

#include <sys/resource.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "commands.h"
#include "interrupt.h"
#include "planning.h"
#include "progress_bar.h"
#include "quantity.h"
#include "weft/digest.h"

namespace weft::cli {
namespace {

// What was loaded, and how.
struct Report {
  double seconds = 0;
  uint64_t bytes = 0;
  uint64_t bytes_read = 0;
  uint64_t gap_bytes = 0;
  uint64_t bytes_borrowed = 0;
  uint64_t peak_rss_bytes = 0;
  std::string digest;  // empty in a dry run
};

// Enough for what looks at elements one by one, as the digest does, and no more than files give.
constexpr uint64_t kAlignmentBytes = 8;

absl::StatusOr<LoadedCheckpoint> RunPlan(const LoadArguments& arguments, const Planned& planned) {
  ProgressBar bar(arguments.options.progress);
  LoadOptions options;
  options.threads = arguments.options.threads;
  options.memory_bytes = arguments.options.memory_bytes;
  options.io = arguments.options.io;
  options.borrow = arguments.borrow;
  options.alignment_bytes = kAlignmentBytes;
  options.progress = [&bar](const Progress& progress) {
    bar.Update(progress);
    return !Interrupted();
  };
  return Load(planned.plan, planned.checkpoint, options);
}

uint64_t PeakRssBytes() {
  struct rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss) * 1024;
}

std::string ReportJson(const LoadArguments& arguments, const Planned& planned,
                       const Report& report) {
  return JsonText({{"source", arguments.source},
                   {"dry_run", arguments.options.dry_run},
                   {"mapping", planned.mapping},
                   {"mapping_choice", planned.choice},
                   {"direction", NameOf(planned.direction)},
                   {"shard", ShardJson(planned)},
                   {"tensors", planned.plan.tensors.size()},
                   {"seconds", report.seconds},
                   {"bytes", report.bytes},
                   {"gib_per_s", GibPerSecond(report.bytes, report.seconds)},
                   {"bytes_read", report.bytes_read},
                   {"gap_bytes", report.gap_bytes},
                   {"bytes_borrowed", report.bytes_borrowed},
                   {"peak_rss_bytes", report.peak_rss_bytes},
                   {"digest", report.digest},
                   {"warnings", planned.warnings}});
}

std::string ReportText(const LoadArguments& arguments, const Planned& planned,
                       const Report& report) {
  std::string text = absl::StrFormat("mapping: %s\n", MappingText(planned));
  if (planned.direction == Direction::kReverse) text += "direction: reverse\n";
  text += RankText(planned);
  text += absl::StrFormat("tensors: %s → %s\n", CountText(planned.plan.catalog->tensors.size()),
                          CountText(planned.plan.tensors.size()));
  if (arguments.options.dry_run) {
    return text +
           absl::StrFormat("bytes: %s; dry run: nothing was loaded\n", SizeText(report.bytes));
  }
  text += absl::StrFormat("bytes: %s, of which %s borrowed; %s read\n", SizeText(report.bytes),
                          SizeText(report.bytes_borrowed), SizeText(report.bytes_read));
  text += absl::StrFormat("time: %s, %s\n", DurationText(report.seconds),
                          RateText(report.bytes, report.seconds));
  text += absl::StrFormat("peak memory: %s\n", SizeText(report.peak_rss_bytes));
  return text + absl::StrFormat("digest: %s\n", report.digest);
}

}  // namespace

absl::StatusOr<Output> Run(const LoadArguments& arguments) {
  const auto begin = std::chrono::steady_clock::now();
  const absl::StatusOr<Planned> planned = MakePlan(arguments.source, arguments.options);
  if (!planned.ok()) return planned.status();
  Report report;
  report.bytes = planned->plan.bytes_written;
  report.bytes_read = planned->plan.bytes_read;
  if (!arguments.options.dry_run) {
    const absl::StatusOr<LoadedCheckpoint> loaded = RunPlan(arguments, *planned);
    if (!loaded.ok()) return loaded.status();
    // The digest is not part of loading, and would touch every page of a view.
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
    report.seconds = elapsed.count();
    report.peak_rss_bytes = PeakRssBytes();
    report.bytes = loaded->bytes;
    report.bytes_read = loaded->bytes_read;
    report.gap_bytes = loaded->gap_bytes;
    report.bytes_borrowed = loaded->bytes_borrowed;
    absl::StatusOr<std::string> digest = Digest(loaded->tensors, arguments.options.threads);
    if (!digest.ok()) return digest.status();
    report.digest = *std::move(digest);
  }
  const auto text = arguments.options.json ? ReportJson : ReportText;
  return Output{text(arguments, *planned, report), planned->warnings};
}

}  // namespace weft::cli
