// The files of all ranks.
#ifndef WEFT_FORMATS_DEEPSPEED_RANK_FILES_H_
#define WEFT_FORMATS_DEEPSPEED_RANK_FILES_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "formats/deepspeed/state_file.h"
#include "formats/format.h"

namespace weft::deepspeed {

// How the weights are kept.
enum class Stage {
  kWhole,   // ZeRO 0: in the model's file
  kGroups,  // ZeRO 1 and 2: a group of parameters after the other, cut into a part for each rank
  kEach,    // ZeRO 3: each parameter cut into a part for each rank
};

struct RankFiles {
  Stage stage = Stage::kWhole;
  std::vector<StateFile> models;      // by rank; one that is saved for all, but with kEach
  std::vector<StateFile> optimizers;  // by rank; none with kWhole
};

// Reads the files, and checks that they are those of all ranks, as many as they say.
absl::StatusOr<RankFiles> ReadRankFiles(absl::Span<const OpenFile> files,
                                        const OpenOptions& options);

}  // namespace weft::deepspeed

#endif  // WEFT_FORMATS_DEEPSPEED_RANK_FILES_H_
