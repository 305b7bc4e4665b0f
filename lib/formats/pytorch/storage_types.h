// Other types for some of the storages that a pickle refers to.
#ifndef WEFT_FORMATS_PYTORCH_STORAGE_TYPES_H_
#define WEFT_FORMATS_PYTORCH_STORAGE_TYPES_H_

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace weft::pytorch {

// The pickle of a TorchScript archive, which refers to storages by ("storage", torch.FloatStorage,
// "3", "cpu", 128), with the classes that `types` has for their keys: {"3": "HalfStorage"}. Nothing
// else changes. `where` is for messages. Errors: kUnsupportedFeature where a key is not found, or
// the pickle is none of TorchScript.
absl::StatusOr<std::string> WithStorageTypes(std::string_view pickle,
                                             const std::map<std::string, std::string>& types,
                                             std::string_view where);

}  // namespace weft::pytorch

#endif  // WEFT_FORMATS_PYTORCH_STORAGE_TYPES_H_
