#include "formats/onnx/model.h"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/protobuf/message_reader.h"
#include "formats/protobuf/varint.h"

namespace weft::onnx {
namespace {

using protobuf::ByteWindow;
using protobuf::Field;
using protobuf::MessageReader;
using protobuf::WireType;

// Field numbers on the way to the graphs.
constexpr uint32_t kGraph = 7;  // of ModelProto
enum GraphField : uint32_t { kNode = 1, kInitializer = 5, kSparseInitializer = 15 };
constexpr uint32_t kAttribute = 5;  // of NodeProto
enum AttributeField : uint32_t { kAttributeGraph = 6, kAttributeGraphs = 11 };

class ModelReader {
 public:
  ModelReader(const ByteReader& reader, const Limits& limits) : window_(reader), limits_(limits) {}

  absl::StatusOr<Model> Read() {
    const absl::Status walk = Walk();
    diagnostics_.Add(walk);
    WEFT_RETURN_IF_ERROR(diagnostics_.ToStatus());
    if (inner_initializers_ > 0) {
      model_.warnings.push_back(absl::StrFormat(
          "%s: %d initializers of graphs within nodes (If, Loop, Scan) are left out",
          window_.where(), inner_initializers_));
    }
    return std::move(model_);
  }

 private:
  absl::Status Walk() {
    MessageReader model(window_);
    Field graph;
    Field field;
    while (model.Next(field)) {
      if (field.number != kGraph) continue;
      if (field.type != WireType::kBytes || graph.number != 0) {
        return Syntax("has two graphs, or a graph that is none");
      }
      graph = field;
    }
    WEFT_RETURN_IF_ERROR(model.status());
    if (graph.number == 0) return Syntax("has no graph");
    WEFT_RETURN_IF_ERROR(WalkGraph(model.Nested(graph), true));
    while (!inner_graphs_.empty()) {
      const MessageReader inner = std::move(inner_graphs_.back());
      inner_graphs_.pop_back();
      WEFT_RETURN_IF_ERROR(WalkGraph(inner, false));
    }
    return absl::OkStatus();
  }

  absl::Status WalkGraph(MessageReader graph, bool is_main) {
    Field field;
    while (graph.Next(field)) {
      if (field.type != WireType::kBytes) continue;
      if (field.number == kNode) WEFT_RETURN_IF_ERROR(WalkNode(graph.Nested(field)));
      if (field.number == kSparseInitializer) {
        return ErrorStatus(ErrorCode::kUnsupportedFeature, window_.where(),
                           "has sparse initializers, which weft does not hold");
      }
      if (field.number != kInitializer) continue;
      if (is_main) {
        WEFT_RETURN_IF_ERROR(AddInitializer(graph.Nested(field), field.payload));
      } else {
        ++inner_initializers_;
      }
    }
    return graph.status();
  }

  absl::Status WalkNode(MessageReader node) {
    Field field;
    while (node.Next(field)) {
      if (field.number != kAttribute || field.type != WireType::kBytes) continue;
      MessageReader attribute = node.Nested(field);
      Field inner;
      while (attribute.Next(inner)) {
        if (inner.type != WireType::kBytes) continue;
        if (inner.number != kAttributeGraph && inner.number != kAttributeGraphs) continue;
        inner_graphs_.push_back(attribute.Nested(inner));
      }
      WEFT_RETURN_IF_ERROR(attribute.status());
    }
    return node.status();
  }

  // What is wrong with one initializer is no reason not to look at the others.
  absl::Status AddInitializer(const MessageReader& tensor, FileRange message) {
    if (model_.initializers.size() >= limits_.tensors) {
      return ErrorStatus(
          ErrorCode::kLimitExceeded, window_.where(),
          absl::StrFormat("the file has more than %d initializers", limits_.tensors));
    }
    absl::StatusOr<Initializer> initializer = ReadInitializer(window_, tensor, message, limits_);
    diagnostics_.Add(initializer.status());
    if (!initializer.ok()) return absl::OkStatus();
    if (!names_.insert(initializer->name).second) {
      diagnostics_.Add(
          ErrorCode::kDuplicateName,
          absl::StrFormat("%s: initializer '%s'", window_.where(), Escaped(initializer->name)),
          "stands twice in the graph");
    }
    model_.initializers.push_back(*std::move(initializer));
    return absl::OkStatus();
  }

  absl::Status Syntax(std::string_view what) const {
    return ErrorStatus(ErrorCode::kBadHeaderSyntax, window_.where(), what,
                       "the file is damaged, or no ONNX model");
  }

  ByteWindow window_;
  const Limits& limits_;
  Model model_;
  Diagnostics diagnostics_;
  absl::flat_hash_set<std::string> names_;
  std::vector<MessageReader> inner_graphs_;  // still to be walked
  uint64_t inner_initializers_ = 0;
};

}  // namespace

bool Recognises(std::string_view first_bytes) {
  constexpr char kVersionTag = '\x08';
  constexpr uint64_t kMostVersion = 1000;
  if (first_bytes.empty() || first_bytes[0] != kVersionTag) return false;
  first_bytes.remove_prefix(1);
  const protobuf::Varint version = protobuf::DecodeVarint(first_bytes);
  if (version.bytes == 0 || version.value == 0 || version.value > kMostVersion) return false;
  first_bytes.remove_prefix(version.bytes);
  if (first_bytes.size() < 3) return false;
  // producer_name, producer_version, domain, doc_string, graph, opset_import; model_version. A
  // string or a version of opsets follows; MindSpore's strategies have a message there instead.
  constexpr std::string_view kTags = "\x12\x1A\x22\x32\x3A\x42\x28";
  const bool is_text = first_bytes[0] == '\x12' || first_bytes[0] == '\x1A';
  return kTags.find(first_bytes[0]) != std::string_view::npos &&
         !(is_text && first_bytes[2] == '\x0A');
}

absl::StatusOr<Model> Read(const ByteReader& reader, const Limits& limits) {
  if (reader.size_bytes() == 0) {
    return ErrorStatus(ErrorCode::kTruncated, reader.where(), "the file is empty",
                       "the download or copy of the file is incomplete; fetch it again");
  }
  return ModelReader(reader, limits).Read();
}

}  // namespace weft::onnx
