#include "execute/job_runner.h"

#include <algorithm>
#include <utility>

#include "diagnostic/status.h"
#include "execute/copy.h"
#include "execute/tile.h"

namespace weft::execute {
namespace {

// From blocks in memory to buffer.
void Move(Kernel cast, const Transfer& transfer, const char* blocks, char* buffer) {
  if (cast != nullptr) {
    cast(transfer.moves.data(), transfer.moves.size(), blocks, buffer);
  } else {
    CopyUnits(transfer.unit_bytes, transfer.moves.data(), transfer.moves.size(), blocks, buffer);
  }
}

uint64_t SourceOffset(const Piece& piece, const ByteBox& member) {
  uint64_t offset = member.source_offset;
  for (size_t k = 0; k < piece.begin.size(); ++k) {
    offset += piece.begin[k] * member.loops[k].source_stride;
  }
  return offset;
}

uint64_t TargetOffset(const Piece& piece) {
  uint64_t offset = piece.group->target_offset;
  for (size_t k = 0; k < piece.begin.size(); ++k) {
    offset += piece.begin[k] * AxisOf(*piece.group, k).target_stride;
  }
  return offset;
}

// Long reads to where the bytes belong need no memory but that, and may be joined to longer ones.
bool NeedsRoom(const Piece& piece, const BufferLayout& layout) {
  return !piece.direct || layout.bytes / piece.group->members.size() < kSmallBytes;
}

absl::Status OutOfMemory() {
  return ErrorStatus(ErrorCode::kInternal, "executor", "a job needs more memory than planned");
}

}  // namespace

absl::Status JobRunner::Run(const Job& job) {
  channel_.set_job(job.number);
  arena_.Reset();
  single_reads_.clear();
  const Group& group = *job.pieces[0].group;
  if (group.by_system) return CopyRange(job.pieces[0]);
  return group.in_place ? Fill(job) : Assemble(job);
}

// Puts each piece to its place in memory. As many as there is room for are read together.
absl::Status JobRunner::Fill(const Job& job) {
  const uint64_t room_bytes = std::min(arena_.capacity(), kTileBytes);
  uint64_t memory_bytes = 0;
  uint64_t placed_bytes = 0;
  for (const Piece& piece : job.pieces) {
    const BufferLayout layout = LayoutOf(*piece.group, piece.sizes);
    const uint64_t piece_bytes = NeedsRoom(piece, layout) ? piece.memory_bytes : 0;
    if (memory_bytes > 0 && memory_bytes + piece_bytes > room_bytes) {
      WEFT_RETURN_IF_ERROR(FinishSingleReads());
      arena_.Reset();
      memory_bytes = 0;
    }
    memory_bytes += piece_bytes;
    placed_bytes += layout.bytes;
    WEFT_RETURN_IF_ERROR(
        Start(piece, layout, channel_.MemoryOf(piece.group->target_file) + TargetOffset(piece)));
  }
  WEFT_RETURN_IF_ERROR(FinishSingleReads());
  channel_.CountPut(placed_bytes);
  return absl::OkStatus();
}

// Puts the pieces behind one another in a buffer, and writes it.
absl::Status JobRunner::Assemble(const Job& job) {
  std::vector<BufferLayout> layouts;
  layouts.reserve(job.pieces.size());
  uint64_t total_bytes = 0;
  for (const Piece& piece : job.pieces) {
    layouts.push_back(LayoutOf(*piece.group, piece.sizes));
    total_bytes += layouts.back().bytes;
  }
  char* const buffer = arena_.Take(total_bytes);
  if (buffer == nullptr) return OutOfMemory();
  char* piece_buffer = buffer;
  for (size_t i = 0; i < job.pieces.size(); ++i) {
    WEFT_RETURN_IF_ERROR(Start(job.pieces[i], layouts[i], piece_buffer));
    piece_buffer += layouts[i].bytes;
  }
  WEFT_RETURN_IF_ERROR(FinishSingleReads());
  if (job.pieces.size() == 1) return Write(job.pieces[0], layouts[0], buffer);
  return channel_.Write(job.pieces[0].group->target_file, TargetOffset(job.pieces[0]), total_bytes,
                        buffer);
}

absl::Status JobRunner::CopyRange(const Piece& piece) {
  const Group& range = *piece.group;
  const uint64_t size_bytes = piece.sizes[0];
  const Place from = {range.members[0].file, SourceOffset(piece, range.members[0])};
  const Place to = {range.target_file, TargetOffset(piece)};
  WEFT_ASSIGN_OR_RETURN(uint64_t done, channel_.Copy(from, to, size_bytes));
  if (done == size_bytes) return absl::OkStatus();

  // Whole cache lines of the arena.
  const uint64_t step_bytes = std::min({size_bytes - done, arena_.left() / 64 * 64, kTileBytes});
  char* const buffer = arena_.Take(step_bytes);
  if (buffer == nullptr) return OutOfMemory();
  while (done < size_bytes) {
    const uint64_t step = std::min(step_bytes, size_bytes - done);
    WEFT_RETURN_IF_ERROR(channel_.Read(from.file, from.offset_bytes + done, step, buffer));
    WEFT_RETURN_IF_ERROR(channel_.Write(to.file, to.offset_bytes + done, step, buffer));
    done += step;
  }
  return absl::OkStatus();
}

// Brings to `buffer` what it needs of each member, or notes it to be read with others.
absl::Status JobRunner::Start(const Piece& piece, const BufferLayout& layout, char* buffer) {
  const Group& group = *piece.group;
  for (const ByteBox& member : group.members) {
    WEFT_RETURN_IF_ERROR(Start(group, member, SourceOffset(piece, member),
                               TransferOf(group, member, piece.sizes, layout),
                               buffer + (member.target_offset - group.target_offset)));
  }
  return absl::OkStatus();
}

absl::Status JobRunner::Start(const Group& group, const ByteBox& member, uint64_t source_offset,
                              Transfer transfer, char* buffer) {
  if (transfer.blocks == 1 && !transfer.direct) {
    WEFT_ASSIGN_OR_RETURN(const char* const bytes,
                          channel_.BytesAt(member.file, source_offset, transfer.block_bytes));
    if (bytes != nullptr) {
      channel_.CountGap(member.file, transfer.gap_bytes);
      Move(group.element.cast, transfer, bytes, buffer);
      return absl::OkStatus();
    }
  }
  if (transfer.blocks == 1) {
    SingleRead& read = single_reads_.emplace_back();
    read.request.file = member.file;
    read.request.offset_bytes = source_offset;
    read.request.size_bytes = transfer.block_bytes;
    read.request.gap_bytes = transfer.gap_bytes;
    read.request.wanted_at = transfer.direct ? buffer : nullptr;
    read.cast = group.element.cast;
    read.transfer = std::move(transfer);
    read.buffer = buffer;
    return absl::OkStatus();
  }
  channel_.CountGap(member.file, transfer.gap_bytes);
  if (transfer.direct) return ReadBlocks(member.file, source_offset, transfer, buffer);
  char* const scratch = arena_.Take(transfer.scratch_bytes);
  if (scratch == nullptr) return OutOfMemory();
  WEFT_RETURN_IF_ERROR(ReadBlocks(member.file, source_offset, transfer, scratch));
  Move(group.element.cast, transfer, scratch, buffer);
  return absl::OkStatus();
}

absl::Status JobRunner::ReadBlocks(uint32_t file, uint64_t source_offset, const Transfer& transfer,
                                   char* to) {
  absl::Status status;
  ForEachStep(transfer.reads.data(), transfer.reads.size(), [&](uint64_t from, uint64_t at) {
    if (!status.ok()) return;
    status = channel_.Read(file, source_offset + from, transfer.block_bytes, to + at);
  });
  return status;
}

absl::Status JobRunner::FinishSingleReads() {
  requests_.clear();
  for (SingleRead& read : single_reads_) requests_.push_back(&read.request);
  WEFT_RETURN_IF_ERROR(Gather(requests_, arena_, channel_));
  for (const SingleRead& read : single_reads_) {
    if (!read.transfer.direct) Move(read.cast, read.transfer, read.request.data, read.buffer);
  }
  single_reads_.clear();
  return absl::OkStatus();
}

absl::Status JobRunner::Write(const Piece& piece, const BufferLayout& layout, const char* buffer) {
  const Group& group = *piece.group;
  Loops runs;  // from the buffer (source) to the file (target)
  for (size_t k = 0; k < layout.run_axes; ++k) {
    runs.push_back({piece.sizes[k], layout.strides[k], AxisOf(group, k).target_stride});
  }
  const uint64_t offset = TargetOffset(piece);
  absl::Status status;
  ForEachStep(runs.data(), runs.size(), [&](uint64_t at, uint64_t to) {
    if (!status.ok()) return;
    status = channel_.Write(group.target_file, offset + to, layout.run_bytes, buffer + at);
  });
  return status;
}

}  // namespace weft::execute
