// Keys under which programs keep the state of a model.
#ifndef WEFT_FORMATS_PYTORCH_WRAPPER_KEYS_H_
#define WEFT_FORMATS_PYTORCH_WRAPPER_KEYS_H_

#include <cstddef>
#include <string_view>

namespace weft::pytorch {

inline constexpr std::string_view kWrapperKeys[] = {"state_dict", "model_state_dict", "model",
                                                    "module", "best_state"};

// How many such dicts may be within one another.
inline constexpr size_t kMostWrappers = 4;

}  // namespace weft::pytorch

#endif  // WEFT_FORMATS_PYTORCH_WRAPPER_KEYS_H_
