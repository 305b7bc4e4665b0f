#include "weft/convert.h"

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "execute/execute.h"
#include "execute/side_files.h"
#include "formats/writer.h"

namespace weft {
namespace {

constexpr int kMostThreads = 1024;
constexpr uint64_t kLeastThreadBytes = 1 << 20;

class CheckpointSource : public execute::ByteSource {
 public:
  explicit CheckpointSource(const Checkpoint& checkpoint) : checkpoint_(checkpoint) {}

  absl::Status ReadAt(uint32_t file, uint64_t offset_bytes, uint64_t size_bytes,
                      char* out) const override {
    return checkpoint_.ReadAt(file, offset_bytes, size_bytes, out);
  }

 private:
  const Checkpoint& checkpoint_;
};

absl::StatusOr<execute::ExecuteOptions> ExecuteOptionsOf(const ConvertOptions& options,
                                                         const Plan& plan) {
  if (options.threads < 0 || options.threads > kMostThreads) {
    return ErrorStatus(ErrorCode::kBadArgument, "threads",
                       absl::StrFormat("expected 0 to %d, got %d", kMostThreads, options.threads));
  }
  uint64_t threads = static_cast<uint64_t>(options.threads);
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  // More threads than there are tiles would wait for each other's start and do nothing.
  threads = std::min(threads, plan.bytes_written / kLeastThreadBytes + 1);
  execute::ExecuteOptions execute_options;
  execute_options.threads = static_cast<int>(threads);
  execute_options.job_bytes = std::max(options.memory_bytes / threads, kLeastThreadBytes);
  execute_options.progress = options.progress;
  return execute_options;
}

// True when the bytes that the plan reads are where its catalog says.
bool IsOf(const Checkpoint& checkpoint, const Plan& plan) {
  const Catalog& planned = *plan.catalog;
  const Catalog& opened = *checkpoint.catalog();
  return &planned == &opened ||
         (std::equal(planned.files.begin(), planned.files.end(), opened.files.begin(),
                     opened.files.end(),
                     [](const CatalogFile& a, const CatalogFile& b) {
                       return a.name == b.name && a.size_bytes == b.size_bytes;
                     }) &&
          std::equal(planned.tensors.begin(), planned.tensors.end(), opened.tensors.begin(),
                     opened.tensors.end(), [](const TensorInfo& a, const TensorInfo& b) {
                       return a.name == b.name && a.dtype == b.dtype && a.shape == b.shape &&
                              a.file == b.file && a.offset_bytes == b.offset_bytes;
                     }));
}

}  // namespace

absl::StatusOr<ConvertReport> Convert(const Plan& plan, const Checkpoint& checkpoint,
                                      std::string_view destination, const ConvertOptions& options) {
  if (!IsOf(checkpoint, plan)) {
    return ErrorStatus(ErrorCode::kBadArgument, "plan", "was compiled for another checkpoint",
                       "compile it with the catalog of the checkpoint that is converted");
  }
  WEFT_ASSIGN_OR_RETURN(const execute::ExecuteOptions execute_options,
                        ExecuteOptionsOf(options, plan));
  WriterOptions writer_options;
  writer_options.max_shard_bytes = options.max_shard_bytes;
  writer_options.overwrite = options.overwrite;
  writer_options.sync = options.sync;
  const Catalog& catalog = *plan.catalog;
  WEFT_ASSIGN_OR_RETURN(const std::unique_ptr<CheckpointWriter> writer,
                        NewWriter(destination, catalog.files, writer_options));
  const CheckpointSource source(checkpoint);
  WEFT_ASSIGN_OR_RETURN(const execute::ExecuteReport executed,
                        execute::Execute(plan, source, *writer, execute_options));
  ConvertReport report;
  if (options.copy_side_files && checkpoint.is_directory() && execute::HasSideFiles(destination)) {
    WEFT_ASSIGN_OR_RETURN(report.side_files,
                          execute::CopySideFiles(checkpoint.directory(), catalog, *writer));
  }
  WEFT_RETURN_IF_ERROR(checkpoint.CheckUnchanged());
  WEFT_RETURN_IF_ERROR(writer->Finish());
  report.files = writer->files();
  report.tensors = plan.tensors.size();
  report.bytes_read = executed.bytes_read;
  report.bytes_written = executed.bytes_written;
  return report;
}

}  // namespace weft
