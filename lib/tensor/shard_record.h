// What the metadata of a checkpoint say where it is one rank's part of a model: docs/sharding.md.
#ifndef WEFT_TENSOR_SHARD_RECORD_H_
#define WEFT_TENSOR_SHARD_RECORD_H_

#include <string_view>

namespace weft {

inline constexpr std::string_view kShardRankKey = "weft.rank";
inline constexpr std::string_view kShardWorldSizeKey = "weft.world_size";

}  // namespace weft

#endif  // WEFT_TENSOR_SHARD_RECORD_H_
