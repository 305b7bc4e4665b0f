// A tiny Mixtral checkpoint, before and after the built-in mapping.
#ifndef WEFT_TESTS_CLI_CHECKPOINT_FILES_H_
#define WEFT_TESTS_CLI_CHECKPOINT_FILES_H_

#include <string>

#include "files/safetensors_files.h"

namespace weft::test {

// One layer of a Mixtral checkpoint as it is published: `experts` experts of [2, 3], a router, a
// norm.
FileTensors MixtralLayer(int experts);

// The same after the built-in mapping `mixtral`.
FileTensors FusedMixtralLayer(int experts);

// A directory with `tensors` in model.safetensors and the config.json of a Mixtral with so many
// experts.
void WriteMixtralDirectory(const std::string& path, int experts, const FileTensors& tensors);

}  // namespace weft::test

#endif  // WEFT_TESTS_CLI_CHECKPOINT_FILES_H_
