#include "weft/convert.h"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "diagnostic/status.h"
#include "execute/byte_box.h"
#include "execute/byte_source.h"
#include "execute/check.h"
#include "execute/checkpoint_source.h"
#include "execute/complement_output.h"
#include "execute/execute.h"
#include "execute/output_metadata.h"
#include "execute/resources.h"
#include "execute/side_files.h"
#include "formats/writer.h"
#include "plan/complement_record.h"

namespace weft {

std::vector<std::string_view> OutputFormats() { return WrittenFormats(); }

absl::StatusOr<ConvertReport> Convert(const Plan& plan, const Checkpoint& checkpoint,
                                      std::string_view destination, const ConvertOptions& options) {
  WEFT_RETURN_IF_ERROR(execute::CheckIsSource(plan, checkpoint));
  WEFT_ASSIGN_OR_RETURN(
      const execute::ExecuteOptions execute_options,
      execute::ExecuteOptionsOf(options.threads, options.memory_bytes, options.progress, plan));
  WriterOptions writer_options;
  writer_options.format = options.format;
  writer_options.max_shard_bytes = options.max_shard_bytes;
  writer_options.overwrite = options.overwrite;
  writer_options.into = options.into;
  writer_options.sync = options.sync;
  writer_options.part_files = plan.part_files;
  const Catalog& catalog = *plan.catalog;
  WEFT_ASSIGN_OR_RETURN(const std::unique_ptr<CheckpointWriter> writer,
                        NewWriter(destination, catalog.files, writer_options));
  std::unique_ptr<CheckpointWriter> complement_writer;
  if (options.complement != nullptr) {
    WEFT_RETURN_IF_ERROR(
        execute::CheckComplementPath(options.complement_path, destination, checkpoint));
    WriterOptions complement_options = writer_options;
    complement_options.format = "safetensors";
    complement_options.into = nullptr;
    complement_options.part_files.reset();
    WEFT_ASSIGN_OR_RETURN(complement_writer,
                          NewWriter(options.complement_path, catalog.files, complement_options));
  }
  WEFT_ASSIGN_OR_RETURN(const std::unique_ptr<execute::ByteSource> opened,
                        execute::NewCheckpointSource(checkpoint, options.io));
  const execute::ByteSource& source = *opened;
  // Checks come first: where they fail, nothing was copied in vain.
  WEFT_RETURN_IF_ERROR(execute::CheckBoxes(plan));
  WEFT_ASSIGN_OR_RETURN(const uint64_t bytes_checked,
                        execute::RunChecks(plan, source, execute_options));
  ConvertReport report;
  std::map<std::string, std::string> metadata =
      execute::OutputMetadata(plan, writer->format(), report.warnings);
  if (complement_writer != nullptr) {
    WEFT_ASSIGN_OR_RETURN(const execute::ComplementReport complement,
                          execute::WriteComplement(plan, *options.complement, source,
                                                   *complement_writer, execute_options));
    metadata[std::string(kComplementKey)] = complement.digest;
    report.bytes_read = complement.bytes_read;
    report.complement_bytes = complement.bytes_written;
  }
  WEFT_ASSIGN_OR_RETURN(const execute::ExecuteReport executed,
                        execute::Execute(plan, metadata, source, *writer, execute_options));
  if (options.copy_side_files && checkpoint.is_directory() && writer->IsDirectory()) {
    WEFT_ASSIGN_OR_RETURN(
        execute::SideFileReport side_files,
        execute::CopySideFiles(checkpoint.directory(), catalog, plan.side_file_edits, *writer));
    report.side_files = std::move(side_files.copied);
    report.patched = std::move(side_files.patched);
    for (std::string& warning : side_files.warnings) report.warnings.push_back(std::move(warning));
  }
  WEFT_RETURN_IF_ERROR(checkpoint.CheckUnchanged());
  // An output without its complement would look complete; a complement alone is of no use, and says
  // so.
  if (complement_writer != nullptr) WEFT_RETURN_IF_ERROR(complement_writer->Finish());
  WEFT_RETURN_IF_ERROR(writer->Finish());
  for (std::string& warning : writer->warnings()) report.warnings.push_back(std::move(warning));
  report.files = writer->files();
  report.tensors = plan.tensors.size();
  report.bytes_read += bytes_checked + executed.bytes_read;
  report.gap_bytes = executed.gap_bytes;
  report.bytes_written = executed.bytes_written;
  return report;
}

}  // namespace weft
