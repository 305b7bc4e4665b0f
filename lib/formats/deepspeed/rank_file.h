// Names of the files that the ranks of a DeepSpeed run save.
#ifndef WEFT_FORMATS_DEEPSPEED_RANK_FILE_H_
#define WEFT_FORMATS_DEEPSPEED_RANK_FILE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weft::deepspeed {

struct RankFile {
  enum class Kind : uint8_t { kModel, kOptimizer };

  Kind kind = Kind::kModel;
  // Among those that split the optimizer's state; nullopt in mp_rank_00_model_states.pt, which one
  // saves for all.
  std::optional<uint64_t> rank;
  uint64_t model_rank = 0;  // among those that split the model
  std::string before_rank;  // "bf16_zero_pp_rank_"
  std::string after_rank;   // "_mp_rank_00_optim_states.pt"

  // The name of the same file of another rank.
  std::string NameOf(uint64_t other) const;
};

// Whether only DeepSpeed gives such a name.
bool IsPart(std::string_view name);

// nullopt for other names, those of pipelines and experts too.
std::optional<RankFile> ParseRankFile(std::string_view name);

}  // namespace weft::deepspeed

#endif  // WEFT_FORMATS_DEEPSPEED_RANK_FILE_H_
