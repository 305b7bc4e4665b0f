#include "execute/survey.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <new>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "execute/arena.h"
#include "execute/byte_sink.h"
#include "execute/cast_block.h"
#include "execute/channel.h"
#include "execute/monitor.h"
#include "execute/plan_source.h"
#include "execute/range.h"
#include "execute/threads.h"
#include "plan/box_range.h"

// The hash as inline functions: no library to link.
#define XXH_INLINE_ALL  // NOLINT(readability-identifier-naming): xxHash asks for this name
#include <xxhash.h>

namespace weft::execute {
namespace {

// The sum of the hashes of all blocks, each with its number: it does not depend on who adds when.
struct Sum {
  uint64_t low = 0;
  uint64_t high = 0;

  void Add(const Sum& other) {
    low += other.low;
    high += other.high;
  }
};

Sum HashOf(const char* data, uint64_t bytes, uint64_t block) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(data, bytes, block);
  return {hash.low64, hash.high64};
}

// Bytes of one exception: its place and its value.
uint64_t ExceptionBytes(DType dtype) { return 8 + static_cast<uint64_t>(BitsOf(dtype)) / 8; }

// Of what makes the file equally small, the narrowest width.
void Choose(DType dtype, uint64_t elements, CastSurvey& survey) {
  const auto element_bytes = static_cast<uint64_t>(BitsOf(dtype)) / 8;
  uint64_t beyond = elements;
  uint64_t least_bytes = ~uint64_t{0};
  for (uint64_t width = 0; width < element_bytes; ++width) {
    beyond -= survey.total[width];
    const uint64_t bytes = width * elements + beyond * ExceptionBytes(dtype);
    if (bytes >= least_bytes) continue;
    least_bytes = bytes;
    survey.width_bytes = width;
    survey.exceptions = beyond;
  }
  if (least_bytes <= element_bytes * elements) return;
  survey.width_bytes = 0;
  survey.exceptions = elements;
  survey.as_it_is = true;
}

class Surveyor {
 public:
  Surveyor(const Plan& plan, const Complement& complement, const ByteSource& source,
           const ExecuteOptions& options)
      : plan_(plan), complement_(complement), source_(plan, source), options_(options) {
    uint64_t blocks = 0;
    for (const PlannedTensor& tensor : complement.lost) {
      first_.push_back(blocks);
      blocks += BlocksOf(ElementsOf(tensor.shape));
    }
    for (const CastTensor& cast : complement.cast) {
      first_.push_back(blocks);
      const uint64_t own = BlocksOf(ElementsOf(plan.catalog->tensors[cast.source].shape));
      survey_.casts.emplace_back().blocks.resize(own);
      blocks += own;
    }
    blocks_ = blocks;
  }

  absl::StatusOr<Survey> Run() {
    std::function<bool(const Progress&)> progress;
    if (options_.progress != nullptr) {
      progress = [this](const Progress&) { return options_.progress({0, plan_.bytes_written}); };
    }
    Monitor monitor(0, progress);
    OnThreads(options_.threads, [&](int) { Work(monitor); });
    WEFT_RETURN_IF_ERROR(monitor.Finish());
    for (size_t i = 0; i < survey_.casts.size(); ++i) {
      CastSurvey& survey = survey_.casts[i];
      for (const BlockWidths& block : survey.blocks) {
        for (size_t k = 0; k < block.size(); ++k) survey.total[k] += block[k];
      }
      const CastTensor& cast = complement_.cast[i];
      Choose(plan_.catalog->tensors[cast.source].dtype, cast.elements, survey);
    }
    survey_.digest = absl::StrFormat("%016x%016x", sum_.high, sum_.low);
    return std::move(survey_);
  }

 private:
  void Work(Monitor& monitor) {
    uint64_t block = 0;
    try {
      CastBlock cast_block;
      std::vector<char> lost(kBlockElements * 8);
      Arena scratch(std::max(options_.job_bytes / 2, kLeastJobBytes));
      MemorySink sink({});
      Channel channel(source_, sink, monitor);
      Sum sum;
      for (block = next_++; block < blocks_ && !monitor.Stops(block + 1); block = next_++) {
        channel.set_job(block + 1);
        const auto item = static_cast<size_t>(
            std::upper_bound(first_.begin(), first_.end(), block) - first_.begin() - 1);
        const absl::Status status =
            item < complement_.lost.size()
                ? Lost(item, block, lost, scratch, monitor, sum)
                : Cast(item - complement_.lost.size(), block, cast_block, channel, sum);
        if (!status.ok()) return monitor.Fail(block + 1, status);
      }
      const std::lock_guard<std::mutex> lock(mutex_);
      sum_.Add(sum);
    } catch (const std::bad_alloc&) {
      // An exception must not leave its thread.
      monitor.Fail(block + 1, NoMemory());
    }
  }

  absl::Status Lost(size_t item, uint64_t block, std::vector<char>& data, Arena& scratch,
                    Monitor& monitor, Sum& sum) {
    const PlannedTensor& tensor = complement_.lost[item];
    const uint64_t begin = (block - first_[item]) * kBlockElements;
    const uint64_t elements = std::min(kBlockElements, ElementsOf(tensor.shape) - begin);
    std::vector<PlannedTensor> parts(1);
    parts[0].dtype = tensor.dtype;
    parts[0].source_dtype = tensor.dtype;
    parts[0].shape = {static_cast<int64_t>(elements)};
    parts[0].boxes = BoxesOfRange(tensor.boxes, begin, elements);
    WEFT_RETURN_IF_ERROR(GatherParts(parts, {data.data()}, source_, block + 1, scratch, monitor));
    sum.Add(HashOf(data.data(), elements * static_cast<uint64_t>(BitsOf(tensor.dtype)) / 8, block));
    return absl::OkStatus();
  }

  absl::Status Cast(size_t item, uint64_t block, CastBlock& data, Channel& channel, Sum& sum) {
    const CastTensor& cast = complement_.cast[item];
    const TensorInfo& source = plan_.catalog->tensors[cast.source];
    const uint64_t index = block - first_[complement_.lost.size() + item];
    const uint64_t begin = index * kBlockElements;
    const uint64_t count = std::min(kBlockElements, ElementsOf(source.shape) - begin);
    WEFT_RETURN_IF_ERROR(data.Read(cast, source, begin, count, channel));
    BlockWidths widths = {};
    for (uint64_t i = 0; i < count; ++i) {
      if (data.is_cast(i)) ++widths[static_cast<size_t>(data.width(i))];
    }
    survey_.casts[item].blocks[index] = widths;
    sum.Add(HashOf(data.source(), count * static_cast<uint64_t>(BitsOf(source.dtype)) / 8, block));
    return absl::OkStatus();
  }

  const Plan& plan_;
  const Complement& complement_;
  const PlanSource source_;
  const ExecuteOptions& options_;
  std::vector<uint64_t> first_;  // block of each lost tensor, and of each cast one behind them
  uint64_t blocks_ = 0;
  Survey survey_;  // blocks are written by those who survey them

  std::atomic<uint64_t> next_{0};
  std::mutex mutex_;
  Sum sum_;
};

}  // namespace

absl::StatusOr<Survey> RunSurvey(const Plan& plan, const Complement& complement,
                                 const ByteSource& source, const ExecuteOptions& options) {
  return Surveyor(plan, complement, source, options).Run();
}

}  // namespace weft::execute
