// What a picture of a plan shows, before it has a place: lines of tensors on both sides, strands of
// rules between them, and how many bytes go from where to where.
#ifndef WEFT_PLAN_WEAVE_H_
#define WEFT_PLAN_WEAVE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "weft/plan.h"

namespace weft {

// Tensors of one side that go through the same strands, with names of one form, or of forms that
// differ in one segment.
struct WeaveLine {
  std::string block;               // names begin so: "model.layers.{0..31}"; empty for none
  std::string text;                // the rest of the names: "mlp.{gate|up}.weight"
  std::vector<std::string> names;  // in groups, whole
  std::string type;                // "BF16 [24, 16]", "F32, 3 shapes"
  uint64_t tensors = 0;
  uint64_t bytes = 0;
};

// The rules that tensors go through, one after the other.
struct WeaveStrand {
  std::vector<std::string> rules;   // what they do
  std::vector<std::string> places;  // where they stand
  bool passes = false;              // no rule, no cast: unchanged
  bool drops = false;               // leads nowhere; `rules` is the reason
};

struct WeaveThread {
  uint32_t line = 0;
  uint32_t strand = 0;
  uint64_t bytes = 0;
};

struct Weave {
  std::vector<WeaveLine> sources;  // lines of one block stand together; constants last
  std::vector<WeaveLine> targets;
  std::vector<WeaveStrand> strands;   // in the order in which targets use them
  std::vector<WeaveThread> incoming;  // from a source line to a strand
  std::vector<WeaveThread> outgoing;  // from a strand to a target line
};

// At most `most_lines` on each side, the last one for all the rest where there are more.
Weave WeaveOf(const Plan& plan, size_t most_lines);

}  // namespace weft

#endif  // WEFT_PLAN_WEAVE_H_
