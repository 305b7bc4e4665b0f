// Carries out one job after another: read, rearrange, write.
#ifndef WEFT_EXECUTE_JOB_RUNNER_H_
#define WEFT_EXECUTE_JOB_RUNNER_H_

#include <cstdint>
#include <deque>
#include <vector>

#include "absl/status/status.h"
#include "execute/arena.h"
#include "execute/channel.h"
#include "execute/gather.h"
#include "execute/job.h"
#include "execute/transfer.h"

namespace weft::execute {

// Belongs to one thread.
class JobRunner {
 public:
  // `arena` has room for any job; in place, for any piece.
  JobRunner(Arena& arena, Channel& channel) : arena_(arena), channel_(channel) {}

  absl::Status Run(const Job& job);

 private:
  // A transfer whose one block is read together with those of others.
  struct SingleRead {
    ReadRequest request;
    Kernel cast = nullptr;
    Transfer transfer;
    char* buffer = nullptr;
  };

  absl::Status Fill(const Job& job);
  absl::Status Assemble(const Job& job);
  absl::Status CopyRange(const Piece& piece);
  absl::Status Start(const Piece& piece, const BufferLayout& layout, char* buffer);
  absl::Status Start(const Group& group, const ByteBox& member, uint64_t source_offset,
                     Transfer transfer, char* buffer);
  absl::Status ReadBlocks(uint32_t file, uint64_t source_offset, const Transfer& transfer,
                          char* to);
  absl::Status FinishSingleReads();
  absl::Status Write(const Piece& piece, const BufferLayout& layout, const char* buffer);

  Arena& arena_;
  Channel& channel_;
  std::deque<SingleRead> single_reads_;  // that are to be read together
  std::vector<ReadRequest*> requests_;   // of single_reads_
};

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_JOB_RUNNER_H_
