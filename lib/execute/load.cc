#include "weft/load.h"

#include <algorithm>
#include <array>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "execute/arena.h"
#include "execute/byte_box.h"
#include "execute/byte_sink.h"
#include "execute/byte_source.h"
#include "execute/check.h"
#include "execute/checkpoint_source.h"
#include "execute/execute.h"
#include "execute/plan_source.h"
#include "execute/resources.h"
#include "io/memory_block.h"

namespace weft {
namespace {

uint64_t BytesOf(DType dtype, uint64_t elements) {
  return elements * static_cast<uint64_t>(BitsOf(dtype)) / 8;
}

// Where a view of a file would begin.
struct View {
  uint32_t file = 0;
  uint64_t offset_bytes = 0;
};

// The part of a source file that is the tensor, if there is one that may be used as it lies.
std::optional<View> ViewOf(const Plan& plan, const PlannedTensor& tensor) {
  if (tensor.dtype != tensor.source_dtype || tensor.boxes.size() != 1) return std::nullopt;
  const Box& box = tensor.boxes[0];
  if (execute::IsConstant(plan, box.source)) return std::nullopt;
  const execute::ByteBox bytes = execute::BytesOf(box, tensor, {0, 0}, 0);
  const uint64_t element_bytes = execute::ElementOf(tensor).source_bytes;
  const bool contiguous = bytes.loops.empty() || (bytes.loops.size() == 1 &&
                                                  bytes.loops[0].source_stride == element_bytes &&
                                                  bytes.loops[0].target_stride == element_bytes);
  const TensorInfo& source = plan.catalog->tensors[box.source];
  if (plan.catalog->files[source.file].is_decoded()) return std::nullopt;
  const uint64_t offset_bytes = source.offset_bytes + bytes.source_offset;
  if (!contiguous || offset_bytes % element_bytes != 0) return std::nullopt;
  return View{source.file, offset_bytes};
}

constexpr uint64_t kLineBytes = 64;

// How many bytes behind a multiple of 64 the most of the tensor's data have to be, to be there as
// they are in their files; a multiple of `alignment`. What is cast is not copied, and needs none.
uint64_t ShiftLikeFile(const Plan& plan, const PlannedTensor& tensor, uint64_t alignment) {
  if (tensor.dtype != tensor.source_dtype) return 0;
  std::array<uint64_t, kLineBytes> elements = {};
  for (const Box& box : tensor.boxes) {
    if (execute::IsConstant(plan, box.source)) continue;
    const TensorInfo& source = plan.catalog->tensors[box.source];
    const execute::ByteBox bytes =
        execute::BytesOf(box, tensor, {source.file, source.offset_bytes}, 0);
    const uint64_t shift = (bytes.source_offset - bytes.target_offset) % kLineBytes;
    if (shift % alignment == 0) elements[shift] += ElementsOf(box);
  }
  return static_cast<uint64_t>(std::max_element(elements.begin(), elements.end()) -
                               elements.begin());
}

// Gives every tensor its address, and remembers which are still to be filled.
class Placement {
 public:
  Placement(const Plan& plan, const Checkpoint& checkpoint, const LoadOptions& options)
      : plan_(plan), checkpoint_(checkpoint), options_(options) {}

  absl::Status Run() {
    WEFT_RETURN_IF_ERROR(NameTensors());
    WEFT_RETURN_IF_ERROR(AskCaller());
    if (options_.borrow) WEFT_RETURN_IF_ERROR(Borrow());
    return Allocate();
  }

  // One for each tensor; those of borrowed tensors have no bytes.
  std::vector<OutputExtent> Extents() const {
    std::vector<OutputExtent> extents;
    extents.reserve(loaded_.tensors.size());
    for (size_t i = 0; i < loaded_.tensors.size(); ++i) {
      const LoadedTensor& tensor = loaded_.tensors[i];
      extents.push_back({static_cast<uint32_t>(i), 0, tensor.borrowed ? 0 : tensor.size_bytes});
    }
    return extents;
  }

  std::vector<char*> TakeAddresses() { return std::move(addresses_); }
  LoadedCheckpoint TakeLoaded() { return std::move(loaded_); }

 private:
  bool IsPlaced(size_t i) const {
    return addresses_[i] != nullptr || loaded_.tensors[i].data != nullptr ||
           loaded_.tensors[i].size_bytes == 0;
  }

  absl::Status NameTensors() {
    loaded_.tensors.reserve(plan_.tensors.size());
    addresses_.resize(plan_.tensors.size());
    for (const PlannedTensor& planned : plan_.tensors) {
      LoadedTensor& tensor = loaded_.tensors.emplace_back();
      tensor.name = planned.name;
      tensor.dtype = planned.dtype;
      tensor.shape = planned.shape;
      tensor.size_bytes = BytesOf(planned.dtype, ElementsOf(planned.shape));
      // With the room that alignment takes, so that no later sum overflows.
      if (__builtin_add_overflow(needed_bytes_, execute::ArenaBytes(tensor.size_bytes) + kLineBytes,
                                 &needed_bytes_)) {
        return ErrorStatus(ErrorCode::kLimitExceeded, "plan",
                           "its tensors have more bytes than memory can");
      }
      loaded_.bytes += tensor.size_bytes;
    }
    return absl::OkStatus();
  }

  absl::Status AskCaller() {
    if (options_.destination == nullptr) return absl::OkStatus();
    for (size_t i = 0; i < plan_.tensors.size(); ++i) {
      const uint64_t size_bytes = loaded_.tensors[i].size_bytes;
      if (size_bytes == 0) continue;
      WEFT_ASSIGN_OR_RETURN(addresses_[i], Ask(plan_.tensors[i], size_bytes));
      loaded_.tensors[i].data = addresses_[i];
    }
    return absl::OkStatus();
  }

  absl::StatusOr<char*> Ask(const PlannedTensor& tensor, uint64_t size_bytes) const {
    try {
      return options_.destination(tensor, size_bytes);
    } catch (const std::exception& e) {
      return ErrorStatus(ErrorCode::kInternal, "destination callback",
                         absl::StrFormat("it threw: %s", e.what()), "return an error instead");
    } catch (...) {
      return ErrorStatus(ErrorCode::kInternal, "destination callback",
                         "it threw what is no std::exception", "return an error instead");
    }
  }

  absl::Status Borrow() {
    std::vector<std::shared_ptr<const char>> maps(plan_.catalog->files.size());
    for (size_t i = 0; i < plan_.tensors.size(); ++i) {
      if (IsPlaced(i)) continue;
      const std::optional<View> view = ViewOf(plan_, plan_.tensors[i]);
      if (!view) continue;
      std::shared_ptr<const char>& map = maps[view->file];
      if (map == nullptr) {
        WEFT_ASSIGN_OR_RETURN(map, checkpoint_.Map(view->file));
        loaded_.memory.push_back(map);
      }
      LoadedTensor& tensor = loaded_.tensors[i];
      tensor.data = map.get() + view->offset_bytes;
      tensor.borrowed = true;
      loaded_.bytes_borrowed += tensor.size_bytes;
    }
    return absl::OkStatus();
  }

  // One block for all that have no place yet: large enough for huge pages, and in one call.
  absl::Status Allocate() {
    uint64_t block_bytes = 0;
    std::vector<uint64_t> shifts(loaded_.tensors.size(), 0);
    for (size_t i = 0; i < loaded_.tensors.size(); ++i) {
      if (IsPlaced(i)) continue;
      if (options_.io == Io::kMmap && options_.alignment_bytes < kLineBytes) {
        shifts[i] = ShiftLikeFile(plan_, plan_.tensors[i], options_.alignment_bytes);
      }
      block_bytes += execute::ArenaBytes(shifts[i] + loaded_.tensors[i].size_bytes);
    }
    if (block_bytes == 0) return absl::OkStatus();
    WEFT_ASSIGN_OR_RETURN(const std::shared_ptr<char> block, NewMemoryBlock(block_bytes));
    char* next = block.get();
    for (size_t i = 0; i < loaded_.tensors.size(); ++i) {
      if (IsPlaced(i)) continue;
      addresses_[i] = next + shifts[i];
      loaded_.tensors[i].data = addresses_[i];
      next += execute::ArenaBytes(shifts[i] + loaded_.tensors[i].size_bytes);
    }
    loaded_.memory.push_back(block);
    return absl::OkStatus();
  }

  const Plan& plan_;
  const Checkpoint& checkpoint_;
  const LoadOptions& options_;
  LoadedCheckpoint loaded_;
  std::vector<char*> addresses_;  // to fill; null for what is borrowed or has no bytes
  uint64_t needed_bytes_ = 0;
};

absl::Status CheckAlignment(uint64_t bytes) {
  if (bytes > 0 && bytes <= kLineBytes && (bytes & (bytes - 1)) == 0) return absl::OkStatus();
  return ErrorStatus(
      ErrorCode::kBadArgument, "LoadOptions::alignment_bytes",
      absl::StrFormat("%d; expected a power of two from 1 to %d", bytes, kLineBytes));
}

}  // namespace

absl::StatusOr<LoadedCheckpoint> Load(const Plan& plan, const Checkpoint& checkpoint,
                                      const LoadOptions& options) {
  WEFT_RETURN_IF_ERROR(execute::CheckIsSource(plan, checkpoint));
  WEFT_ASSIGN_OR_RETURN(
      const execute::ExecuteOptions execute_options,
      execute::ExecuteOptionsOf(options.threads, options.memory_bytes, options.progress, plan));
  WEFT_RETURN_IF_ERROR(execute::CheckBoxes(plan));
  WEFT_RETURN_IF_ERROR(CheckAlignment(options.alignment_bytes));
  Placement placement(plan, checkpoint, options);
  WEFT_RETURN_IF_ERROR(placement.Run());

  WEFT_ASSIGN_OR_RETURN(const std::unique_ptr<execute::ByteSource> opened,
                        execute::NewCheckpointSource(checkpoint, options.io));
  const execute::ByteSource& source = *opened;
  WEFT_ASSIGN_OR_RETURN(const uint64_t bytes_checked,
                        execute::RunChecks(plan, source, execute_options));
  execute::MemorySink sink(placement.TakeAddresses());
  WEFT_ASSIGN_OR_RETURN(const execute::ExecuteReport executed,
                        execute::Move(plan, source, placement.Extents(), sink, execute_options));
  WEFT_RETURN_IF_ERROR(checkpoint.CheckUnchanged());
  LoadedCheckpoint loaded = placement.TakeLoaded();
  loaded.bytes_read = bytes_checked + executed.bytes_read;
  loaded.gap_bytes = executed.gap_bytes;
  return loaded;
}

}  // namespace weft
