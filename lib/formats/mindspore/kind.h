// What MindSpore wrote, by its first bytes. Four kinds of files end in .ckpt, or are taken for one.
#ifndef WEFT_FORMATS_MINDSPORE_KIND_H_
#define WEFT_FORMATS_MINDSPORE_KIND_H_

#include <string_view>

namespace weft::mindspore {

enum class Kind {
  kOther,       // nothing of MindSpore's
  kCheckpoint,  // parameters
  kEncrypted,   // parameters, encrypted: save_checkpoint(enc_key=…)
  kStrategy,    // how parameters are split over devices: ckpt_strategy.ckpt
  kGraph,       // MindIR, a graph with or without its parameters: export(…)
};

// Looks at 64 bytes at most.
Kind KindOf(std::string_view first_bytes);

}  // namespace weft::mindspore

#endif  // WEFT_FORMATS_MINDSPORE_KIND_H_
