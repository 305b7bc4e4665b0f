// Everything that the graphs of a model are made of, wherever it stands: in the main graph, in
// graphs within nodes (If, Loop, Scan), in functions, in graphs for training.
//
//   onnx::PartWalk walk(window);
//   while (walk.Next()) {
//     if (walk.part().kind == onnx::PartKind::kNode) …  // part().message has its fields
//   }
//   if (!walk.status().ok()) return walk.status();
#ifndef WEFT_FORMATS_ONNX_PART_WALK_H_
#define WEFT_FORMATS_ONNX_PART_WALK_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "formats/file_range.h"
#include "formats/protobuf/message_reader.h"

namespace weft::onnx {

enum class PartKind : uint8_t {
  kModel,
  kGraph,
  kInitializer,        // a TensorProto of a graph
  kSparseInitializer,  // a SparseTensorProto of a graph
  kOutput,             // a ValueInfoProto: what a graph results in
  kNode,
  kAttribute,
  kValue,        // a TensorProto in an attribute
  kSparseValue,  // a SparseTensorProto in an attribute
  kElements,     // a TensorProto, values or indices, of a sparse one
  kFunction,
  kTraining,
};

struct Part {
  PartKind kind = PartKind::kModel;
  bool is_main = false;  // the main graph, or one of its own nodes, initializers and outputs
  FileRange range;       // of the message in the file
  protobuf::MessageReader message;  // before its first field
};

// Each message is entered after it was told: what is within it follows. Takes memory for the depth
// of the messages, which is bounded, and not for their number. Not thread-safe.
class PartWalk {
 public:
  explicit PartWalk(protobuf::ByteWindow& window);

  // False at the end of the model, and after an error. Errors: those of MessageReader.
  bool Next();

  // What was found last.
  const Part& part() const { return part_; }
  const absl::Status& status() const { return status_; }

 private:
  struct Frame {
    PartKind kind;
    bool is_main;  // of what is within it
    protobuf::MessageReader message;
  };

  Part part_;
  std::vector<Frame> open_;
  absl::Status status_;
};

}  // namespace weft::onnx

#endif  // WEFT_FORMATS_ONNX_PART_WALK_H_
