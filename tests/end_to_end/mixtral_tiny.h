// The checkpoint examples/checkpoints/mixtral-tiny, to be changed by tests.
#ifndef WEFT_TESTS_END_TO_END_MIXTRAL_TINY_H_
#define WEFT_TESTS_END_TO_END_MIXTRAL_TINY_H_

#include <string>
#include <vector>

#include "files/safetensors_files.h"

namespace weft::test {

// Its tensors: two layers of four experts, w1 and w3 of [24, 16], w2 of [16, 24].
FileTensors MixtralTiny();

// "model.layers.1.block_sparse_moe.experts.2.w3.weight"
std::string ExpertName(int layer, int expert, const std::string& weight);

// Removes all three weights of an expert.
void EraseExpert(FileTensors& tensors, int layer, int expert);

// A directory with the shards, an index when there are several, and the config.json of
// mixtral-tiny.
void WriteMixtral(const std::string& directory, const std::vector<FileTensors>& shards);

}  // namespace weft::test

#endif  // WEFT_TESTS_END_TO_END_MIXTRAL_TINY_H_
