// The names that initializers had in the state dict of the module that was exported.
#ifndef WEFT_FORMATS_ONNX_STATE_NAMES_H_
#define WEFT_FORMATS_ONNX_STATE_NAMES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "formats/byte_reader.h"
#include "formats/onnx/initializer.h"
#include "weft/limits.h"

namespace weft::onnx {

// What is known of one initializer.
struct StateNames {
  std::vector<std::string> names;  // its own first, if it has one; empty: none is known
  bool is_transposed = false;      // the initializer, which has two axes, is the weight transposed
};

// PyTorch's exporter renames the weight of a Linear layer that becomes a MatMul to
// "onnx::MatMul_1308" and transposes it; the node that uses it is called after the layer:
// "/blocks.0/attn/to_q/MatMul". Of initializers with equal values it keeps one, and puts nodes
// Identity in the place of the others, which have their names. Both are undone here.
struct StateNameTable {
  std::vector<StateNames> initializers;  // one for each
  std::vector<std::string> warnings;     // names that could not be told
};

// Walks the nodes of the graph. Errors: those of MessageReader; kLimitExceeded for names that are
// longer than a limit.
absl::StatusOr<StateNameTable> ReadStateNames(const ByteReader& reader,
                                              const std::vector<Initializer>& initializers,
                                              const Limits& limits);

// "blocks.0.attn.to_q.weight" for "/blocks.0/attn/to_q/MatMul"; empty where the name is not of that
// kind. A child of a Sequential is called after it: "/ff/net/net.0/MatMul" is "ff.net.0", unless
// other tensors show that there is a layer "ff.net.net.0".
class LayerNames {
 public:
  // `known`: names of tensors that are as in the state dict.
  explicit LayerNames(const std::vector<std::string_view>& known);
  std::string WeightOf(std::string_view node_name) const;

 private:
  // How many segments of the path, from the first one on, other names begin with.
  size_t KnownSegments(std::string_view path) const;

  std::vector<std::string> known_;  // sorted
};

}  // namespace weft::onnx

#endif  // WEFT_FORMATS_ONNX_STATE_NAMES_H_
