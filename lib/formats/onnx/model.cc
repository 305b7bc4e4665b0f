#include "formats/onnx/model.h"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/onnx/part_walk.h"
#include "formats/protobuf/message_reader.h"
#include "formats/protobuf/varint.h"

namespace weft::onnx {
namespace {

using protobuf::ByteWindow;
using protobuf::MessageReader;

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
    if (model_.initializers.empty()) {
      model_.warnings.push_back(absl::StrFormat(
          "%s: holds no initializers; tensors within nodes are not read", window_.where()));
    }
    return std::move(model_);
  }

 private:
  absl::Status Walk() {
    bool has_graph = false;
    PartWalk walk(window_);
    while (walk.Next()) {
      const Part& part = walk.part();
      if (part.kind == PartKind::kGraph && part.is_main) {
        if (std::exchange(has_graph, true)) return Syntax("has two graphs");
      } else if (part.kind == PartKind::kSparseInitializer) {
        return ErrorStatus(ErrorCode::kUnsupportedFeature, window_.where(),
                           "has sparse initializers, which weft does not hold");
      } else if (part.kind == PartKind::kInitializer && part.is_main) {
        WEFT_RETURN_IF_ERROR(AddInitializer(part.message, part.range));
      } else if (part.kind == PartKind::kInitializer) {
        ++inner_initializers_;
      }
    }
    WEFT_RETURN_IF_ERROR(walk.status());
    return has_graph ? absl::OkStatus() : Syntax("has no graph");
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
