#include "execute/complement_output.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <limits>
#include <new>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "execute/byte_box.h"
#include "execute/cast_block.h"
#include "execute/channel.h"
#include "execute/monitor.h"
#include "execute/plan_source.h"
#include "execute/survey.h"
#include "execute/threads.h"
#include "plan/complement_record.h"

namespace weft::execute {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kExtension = ".safetensors";

// Without links and dots as far as the path exists.
fs::path Resolved(std::string_view path) {
  std::error_code error;
  const fs::path given{std::string(path)};
  const fs::path absolute = fs::absolute(given, error);
  const fs::path resolved = fs::weakly_canonical(error ? given : absolute, error);
  return error ? given : resolved;
}

bool IsIn(const fs::path& path, const fs::path& directory) {
  return std::mismatch(directory.begin(), directory.end(), path.begin(), path.end()).first ==
         directory.end();
}

// A tensor of the complement's file.
struct KeptTensor {
  std::string name;
  DType dtype = DType::kU8;
  Shape shape;
};

// Where what is kept of a cast tensor goes.
struct CastExtents {
  OutputExtent residue;
  OutputExtent places;
  OutputExtent values;
};

// Elements and exceptions of blocks: of all before one, or of one.
struct Kinds {
  uint64_t elements = 0;
  uint64_t exceptions = 0;
};

class ComplementOutput {
 public:
  ComplementOutput(const Plan& plan, const Complement& complement, const ByteSource& source,
                   CheckpointWriter& writer, const ExecuteOptions& options)
      : plan_(plan), complement_(complement), source_(source), writer_(writer), options_(options) {
    lost_.catalog = plan.catalog;
    lost_.tensors = complement.lost;
  }

  absl::StatusOr<ComplementReport> Write() {
    WEFT_RETURN_IF_ERROR(CheckBoxes(lost_));
    WEFT_ASSIGN_OR_RETURN(survey_, RunSurvey(plan_, complement_, source_, options_));
    WEFT_RETURN_IF_ERROR(Begin());
    ExecuteOptions quiet = options_;
    if (options_.progress != nullptr) {
      quiet.progress = [this](const Progress&) {
        return options_.progress({0, plan_.bytes_written});
      };
    }
    WriterSink sink(writer_);
    WEFT_ASSIGN_OR_RETURN(const ExecuteReport moved,
                          Move(lost_, source_, lost_extents_, sink, quiet));
    Monitor monitor(0, quiet.progress);
    CountBefore();
    OnThreads(options_.threads, [&](int) { Work(sink, monitor); });
    WEFT_RETURN_IF_ERROR(monitor.Finish());
    ComplementReport report;
    report.digest = survey_.digest;
    report.bytes_read = moved.bytes_read + monitor.bytes_read();
    report.bytes_written = moved.bytes_written + monitor.bytes_written();
    return report;
  }

 private:
  const TensorInfo& SourceOf(const CastTensor& cast) const {
    return plan_.catalog->tensors[cast.source];
  }

  absl::Status Begin() {
    std::vector<KeptTensor> kept;
    kept.reserve(complement_.lost.size());
    for (const PlannedTensor& tensor : complement_.lost) {
      kept.push_back({tensor.name, tensor.dtype, tensor.shape});
    }
    for (size_t i = 0; i < complement_.cast.size(); ++i) {
      const CastTensor& cast = complement_.cast[i];
      const CastSurvey& survey = survey_.casts[i];
      const auto elements = static_cast<int64_t>(cast.elements);
      const auto width = static_cast<int64_t>(survey.width_bytes);
      const auto exceptions = static_cast<int64_t>(survey.exceptions);
      const TensorInfo& source = SourceOf(cast);
      if (width > 0) {
        kept.push_back(
            {CastName("residue", cast.dtype, source.name), DType::kU8, {elements, width}});
      }
      if (exceptions == 0) continue;
      if (!survey.as_it_is) {
        kept.push_back({CastName("places", cast.dtype, source.name), DType::kU64, {exceptions}});
      }
      kept.push_back({CastName("values", cast.dtype, source.name), source.dtype, {exceptions}});
    }
    std::vector<OutputTensor> tensors;
    tensors.reserve(kept.size());
    for (const KeptTensor& tensor : kept) {
      tensors.push_back({tensor.name, tensor.dtype, &tensor.shape});
    }
    std::map<std::string, std::string> metadata = complement_.metadata;
    metadata[std::string(kComplementKey)] = survey_.digest;
    metadata[std::string(kComplementCountKey)] = std::to_string(kept.size());
    WEFT_ASSIGN_OR_RETURN(const std::vector<OutputExtent> extents,
                          writer_.Begin(tensors, metadata));
    size_t next = complement_.lost.size();
    lost_extents_.assign(extents.begin(), extents.begin() + static_cast<std::ptrdiff_t>(next));
    for (const CastSurvey& survey : survey_.casts) {
      CastExtents& own = cast_extents_.emplace_back();
      if (survey.width_bytes > 0) own.residue = extents[next++];
      if (survey.exceptions == 0) continue;
      if (!survey.as_it_is) own.places = extents[next++];
      own.values = extents[next++];
    }
    return absl::OkStatus();
  }

  static Kinds SumOf(const CastSurvey& survey, const BlockWidths& widths) {
    Kinds sum;
    for (size_t k = 0; k < widths.size(); ++k) {
      sum.elements += widths[k];
      if (survey.as_it_is || k > survey.width_bytes) sum.exceptions += widths[k];
    }
    return sum;
  }

  // Lists the blocks that keep something.
  void CountBefore() {
    for (size_t i = 0; i < survey_.casts.size(); ++i) {
      const CastSurvey& survey = survey_.casts[i];
      if (survey.width_bytes == 0 && survey.exceptions == 0) continue;
      Kinds before;
      for (uint64_t block = 0; block < survey.blocks.size(); ++block) {
        tasks_.push_back({i, block, before});
        const Kinds own = SumOf(survey, survey.blocks[block]);
        before.elements += own.elements;
        before.exceptions += own.exceptions;
      }
    }
  }

  struct Task {
    size_t cast = 0;
    uint64_t block = 0;
    Kinds before;
  };

  // What one block keeps.
  struct Kept {
    std::vector<char> residues;
    std::vector<char> places;
    std::vector<char> values;
  };

  void Work(ByteSink& sink, Monitor& monitor) {
    uint64_t job = 0;
    try {
      const PlanSource plan_source(plan_, source_);
      Channel channel(plan_source, sink, monitor);
      CastBlock block;
      Kept kept;
      for (uint64_t next = next_++; next < tasks_.size(); next = next_++) {
        job = next + 1;
        if (monitor.Stops(job)) return;
        channel.set_job(job);
        const absl::Status status = Keep(tasks_[next], block, kept, channel);
        if (!status.ok()) return monitor.Fail(job, status);
      }
    } catch (const std::bad_alloc&) {
      // An exception must not leave its thread.
      monitor.Fail(job, NoMemory());
    }
  }

  absl::Status Keep(const Task& task, CastBlock& block, Kept& kept, Channel& channel) {
    const CastTensor& cast = complement_.cast[task.cast];
    const CastSurvey& survey = survey_.casts[task.cast];
    const TensorInfo& source = SourceOf(cast);
    const auto element_bytes = static_cast<uint64_t>(BitsOf(source.dtype)) / 8;
    const uint64_t width = survey.width_bytes;
    const uint64_t begin = task.block * kBlockElements;
    const uint64_t count = std::min(kBlockElements, ElementsOf(source.shape) - begin);
    WEFT_RETURN_IF_ERROR(block.Read(cast, source, begin, count, channel));
    kept.residues.clear();
    kept.places.clear();
    kept.values.clear();
    for (uint64_t i = 0; i < count; ++i) {
      if (!block.is_cast(i)) continue;
      const bool fits = !survey.as_it_is && static_cast<uint64_t>(block.width(i)) <= width;
      char bytes[8];
      StoreResidue(fits ? block.residue(i) : 0, width, bytes);
      kept.residues.insert(kept.residues.end(), bytes, bytes + width);
      if (fits) continue;
      if (!survey.as_it_is) {
        StoreResidue(static_cast<int64_t>(begin + i), 8, bytes);
        kept.places.insert(kept.places.end(), bytes, bytes + 8);
      }
      const char* const value = block.source() + i * element_bytes;
      kept.values.insert(kept.values.end(), value, value + element_bytes);
    }
    const Kinds own = SumOf(survey, survey.blocks[task.block]);
    if (kept.residues.size() != own.elements * width ||
        kept.values.size() != own.exceptions * element_bytes) {
      return ErrorStatus(ErrorCode::kInputChanged, Escaped(plan_.catalog->files[source.file].name),
                         "the file was changed while it was read",
                         "convert again when nobody writes to it");
    }
    const CastExtents& extents = cast_extents_[task.cast];
    WEFT_RETURN_IF_ERROR(
        Put(extents.residue, task.before.elements * width, kept.residues, channel));
    WEFT_RETURN_IF_ERROR(Put(extents.places, task.before.exceptions * 8, kept.places, channel));
    return Put(extents.values, task.before.exceptions * element_bytes, kept.values, channel);
  }

  static absl::Status Put(const OutputExtent& extent, uint64_t at, const std::vector<char>& bytes,
                          Channel& channel) {
    if (bytes.empty()) return absl::OkStatus();
    return channel.Write(extent.file, extent.offset_bytes + at, bytes.size(), bytes.data());
  }

  const Plan& plan_;
  const Complement& complement_;
  const ByteSource& source_;
  CheckpointWriter& writer_;
  const ExecuteOptions& options_;
  Plan lost_;  // what is copied as it is
  std::vector<OutputExtent> lost_extents_;
  Survey survey_;
  std::vector<CastExtents> cast_extents_;
  std::vector<Task> tasks_;
  std::atomic<uint64_t> next_{0};
};

}  // namespace

absl::Status CheckComplementPath(std::string_view path, std::string_view destination,
                                 const Checkpoint& checkpoint) {
  const auto refuse = [path](std::string_view what, std::string_view hint) {
    return ErrorStatus(ErrorCode::kBadArgument, Escaped(path), what, hint);
  };
  if (path.size() <= kExtension.size() ||
      path.substr(path.size() - kExtension.size()) != kExtension) {
    return refuse("a complement is a .safetensors file", "give it that extension");
  }
  const fs::path file = Resolved(path);
  if (IsIn(file, Resolved(destination))) {
    return refuse("the complement would be a part of the output",
                  "choose a place outside the destination");
  }
  if (checkpoint.is_directory() && file.parent_path() == Resolved(checkpoint.directory())) {
    return refuse("the complement would look like a part of the source",
                  "choose a place outside the directory that is read");
  }
  return absl::OkStatus();
}

absl::StatusOr<ComplementReport> WriteComplement(const Plan& plan, const Complement& complement,
                                                 const ByteSource& source, CheckpointWriter& writer,
                                                 const ExecuteOptions& options) {
  return ComplementOutput(plan, complement, source, writer, options).Write();
}

}  // namespace weft::execute
