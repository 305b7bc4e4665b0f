#include "formats/onnx/part_walk.h"

#include <algorithm>
#include <array>
#include <utility>

namespace weft::onnx {
namespace {

using protobuf::Field;
using protobuf::WireType;

// A field of a message that holds another one.
struct Edge {
  PartKind from;
  uint32_t field;
  PartKind to;
};

constexpr std::array<Edge, 22> kEdges = {{
    {PartKind::kModel, 7, PartKind::kGraph},
    {PartKind::kModel, 20, PartKind::kTraining},
    {PartKind::kModel, 25, PartKind::kFunction},
    {PartKind::kTraining, 1, PartKind::kGraph},
    {PartKind::kTraining, 2, PartKind::kGraph},
    {PartKind::kFunction, 7, PartKind::kNode},
    {PartKind::kFunction, 11, PartKind::kAttribute},
    {PartKind::kGraph, 1, PartKind::kNode},
    {PartKind::kGraph, 5, PartKind::kInitializer},
    {PartKind::kGraph, 12, PartKind::kOutput},
    {PartKind::kGraph, 15, PartKind::kSparseInitializer},
    {PartKind::kNode, 5, PartKind::kAttribute},
    {PartKind::kAttribute, 5, PartKind::kValue},
    {PartKind::kAttribute, 6, PartKind::kGraph},
    {PartKind::kAttribute, 10, PartKind::kValue},
    {PartKind::kAttribute, 11, PartKind::kGraph},
    {PartKind::kAttribute, 22, PartKind::kSparseValue},
    {PartKind::kAttribute, 23, PartKind::kSparseValue},
    {PartKind::kSparseInitializer, 1, PartKind::kElements},
    {PartKind::kSparseInitializer, 2, PartKind::kElements},
    {PartKind::kSparseValue, 1, PartKind::kElements},
    {PartKind::kSparseValue, 2, PartKind::kElements},
}};

// What the field holds; null where that is of no interest here.
const Edge* EdgeOf(PartKind from, const Field& field) {
  if (field.type != WireType::kBytes) return nullptr;
  const auto* found = std::find_if(kEdges.begin(), kEdges.end(), [&](const Edge& edge) {
    return edge.from == from && edge.field == field.number;
  });
  return found == kEdges.end() ? nullptr : found;
}

// Whether anything leads on from it.
bool IsEntered(PartKind kind) {
  return std::any_of(kEdges.begin(), kEdges.end(),
                     [kind](const Edge& edge) { return edge.from == kind; });
}

}  // namespace

PartWalk::PartWalk(protobuf::ByteWindow& window)
    : part_{PartKind::kModel, true, {0, window.file_bytes()}, protobuf::MessageReader(window)} {
  open_.push_back({part_.kind, part_.is_main, part_.message});
}

bool PartWalk::Next() {
  Field field;
  while (!open_.empty()) {
    Frame& frame = open_.back();
    if (!frame.message.Next(field)) {
      status_ = frame.message.status();
      if (!status_.ok()) open_.clear();
      if (!open_.empty()) open_.pop_back();
      continue;
    }
    const Edge* const edge = EdgeOf(frame.kind, field);
    if (edge == nullptr) continue;
    const bool is_in_main =
        frame.is_main && (frame.kind == PartKind::kModel ? edge->to == PartKind::kGraph
                                                         : frame.kind == PartKind::kGraph);
    part_ = {edge->to, is_in_main, field.payload, frame.message.Nested(field)};
    if (IsEntered(edge->to)) open_.push_back({edge->to, is_in_main, part_.message});
    return true;
  }
  return false;
}

}  // namespace weft::onnx
