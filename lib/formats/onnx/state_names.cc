#include "formats/onnx/state_names.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "diagnostic/utf8.h"
#include "formats/onnx/part_walk.h"
#include "formats/protobuf/message_reader.h"

namespace weft::onnx {
namespace {

using protobuf::ByteWindow;
using protobuf::Field;
using protobuf::MessageReader;
using protobuf::WireType;

enum NodeField : uint32_t { kInput = 1, kOutput = 2, kName = 3, kOperation = 4, kDomain = 7 };
constexpr uint32_t kValueName = 1;  // of ValueInfoProto

constexpr std::string_view kMatMul = "MatMul";
// What is beyond these is no model of people's.
constexpr size_t kMostRepeated = 6;
constexpr size_t kMostSegments = 64;
constexpr size_t kMostLayers = 10'000;  // with one weight

bool IsDigits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A name that the exporter made up.
bool IsAnonymous(std::string_view name) {
  return name.find("::") != std::string_view::npos || IsDigits(name) || name[0] == '/';
}

// "MatMul", "MatMul_3"
bool IsMatMul(std::string_view segment) {
  if (segment.substr(0, kMatMul.size()) != kMatMul) return false;
  segment.remove_prefix(kMatMul.size());
  return segment.empty() || (segment[0] == '_' && IsDigits(segment.substr(1)));
}

std::vector<std::string_view> SegmentsOf(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    const size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos || segments.size() > kMostSegments) break;
    path.remove_prefix(slash + 1);
  }
  return segments;
}

std::string JoinedBy(const std::vector<std::string_view>& segments) {
  std::string path;
  for (const std::string_view segment : segments) {
    if (!path.empty()) path += '.';
    path += segment;
  }
  return path;
}

// "net.0" after "net"
bool BeginsWithPath(std::string_view segment, std::string_view path) {
  return segment.size() > path.size() + 1 && segment.substr(0, path.size()) == path &&
         segment[path.size()] == '.';
}

// The segments but those that are repeated, of which the ones stay whose bits are set in `kept`.
std::vector<std::string_view> Without(const std::vector<std::string_view>& segments,
                                      const std::vector<size_t>& repeated, size_t kept) {
  std::vector<std::string_view> left;
  size_t next = 0;
  for (size_t i = 0; i < segments.size(); ++i) {
    const bool is_repeated = next < repeated.size() && repeated[next] == i;
    const bool stays = is_repeated && next < kMostRepeated && (kept >> next & 1U) != 0;
    if (is_repeated) ++next;
    if (!is_repeated || stays) left.push_back(segments[i]);
  }
  return left;
}

// What counts of a node: no operation of interest has more than two inputs, or more than one
// output.
struct Node {
  bool is_main = false;  // of the main graph
  std::array<std::string, 2> inputs;
  size_t input_count = 0;
  std::string output;
  size_t output_count = 0;
  std::string name;
  std::string operation;  // of ONNX itself; empty for others
};

class TableBuilder {
 public:
  explicit TableBuilder(const std::vector<Initializer>& initializers)
      : initializers_(initializers) {
    values_.resize(initializers.size());
    for (size_t i = 0; i < initializers.size(); ++i) {
      values_[i].push_back(initializers[i].name);
      number_of_.emplace(initializers[i].name, i);
    }
  }

  void Visit(const Node& node) {
    const bool is_identity = node.is_main && node.operation == "Identity" &&
                             node.input_count == 1 && node.output_count == 1 &&
                             !node.output.empty();
    if (is_identity) {
      const auto found = number_of_.find(node.inputs[0]);
      if (found == number_of_.end()) return;
      const size_t number = found->second;
      if (!number_of_.emplace(node.output, number).second) return;
      values_[number].push_back(node.output);
      return;
    }
    const bool is_layer = node.operation == kMatMul && node.input_count == 2;
    for (size_t i = 0; i < std::min(node.input_count, node.inputs.size()); ++i) {
      if (is_layer && i == 1) {
        AddLayer(node.inputs[i], node.name);
      } else {
        AddInput(node.inputs[i], node.name);
      }
    }
  }

  // A node uses the value, and not as the weight of a layer.
  void AddInput(const std::string& value, std::string_view user) {
    if (IsUnnamed(value)) others_.try_emplace(value, user);
  }

  // Nothing says that what makes a value stands before the outputs of the graph.
  void AddOutput(const std::string& value) { others_.try_emplace(value); }

  StateNameTable Build() && {
    std::vector<std::string_view> known;
    for (const auto& names : values_) {
      for (const std::string& name : names) {
        if (!IsAnonymous(name)) known.push_back(name);
      }
    }
    const LayerNames layers(known);
    StateNameTable table;
    table.initializers.resize(initializers_.size());
    for (size_t i = 0; i < initializers_.size(); ++i) Name(i, layers, table);
    ForgetShared(table);
    return table;
  }

 private:
  void AddLayer(const std::string& weight, const std::string& user) {
    if (IsUnnamed(weight)) users_[weight].push_back(user);
  }

  // Whether it is an initializer that has an anonymous name.
  bool IsUnnamed(const std::string& value) const {
    return !value.empty() && IsAnonymous(value) && number_of_.contains(value);
  }

  void Name(size_t number, const LayerNames& layers, StateNameTable& table) const {
    StateNames straight;
    StateNames transposed;
    transposed.is_transposed = true;
    absl::flat_hash_set<std::string> known;
    std::string_view other;  // a user that is no layer
    bool has_other = false;
    for (const std::string& value : values_[number]) {
      if (!IsAnonymous(value)) {
        if (IsUtf8(value)) straight.names.push_back(value);
        continue;
      }
      const auto found_other = others_.find(value);
      if (found_other != others_.end()) {
        has_other = true;
        other = found_other->second;
      }
      const auto users = users_.find(value);
      if (users == users_.end() || initializers_[number].shape.size() != 2) continue;
      for (const std::string& user : users->second) {
        std::string name = layers.WeightOf(user);
        if (name.empty() || !IsUtf8(name)) {
          has_other = true;
          other = user;
        } else if (known.size() < kMostLayers && known.insert(name).second) {
          transposed.names.push_back(std::move(name));
        }
      }
    }
    if (!transposed.names.empty() && (has_other || known.size() == kMostLayers)) {
      table.warnings.push_back(absl::StrFormat(
          "initializer '%s' looks like '%s' transposed, and is used by %s, so that only its own "
          "name leads to it",
          Escaped(initializers_[number].name), Escaped(transposed.names[0]),
          !has_other      ? "too many layers"
          : other.empty() ? "something else, too"
                          : absl::StrFormat("'%s', too", Escaped(other))));
      return;
    }
    if (!straight.names.empty() && !transposed.names.empty()) {
      table.warnings.push_back(absl::StrFormat(
          "initializer '%s' stands for '%s' as it is and for '%s' transposed, so that only its own "
          "name leads to it",
          Escaped(initializers_[number].name), Escaped(straight.names[0]),
          Escaped(transposed.names[0])));
      return;
    }
    table.initializers[number] = std::move(transposed.names.empty() ? straight : transposed);
  }

  // A name that two initializers would have is none.
  void ForgetShared(StateNameTable& table) const {
    absl::flat_hash_map<std::string, size_t> owners;
    std::vector<bool> is_shared(initializers_.size());
    for (size_t i = 0; i < table.initializers.size(); ++i) {
      for (const std::string& name : table.initializers[i].names) {
        const auto [found, is_new] = owners.emplace(name, i);
        if (is_new) continue;
        // One that is really called so keeps its name.
        const size_t other = found->second;
        is_shared[i] = is_shared[i] || initializers_[i].name != name;
        is_shared[other] = is_shared[other] || initializers_[other].name != name;
        table.warnings.push_back(absl::StrFormat(
            "both initializers '%s' and '%s' look like '%s', so that only their own names lead to "
            "them",
            Escaped(initializers_[other].name), Escaped(initializers_[i].name), Escaped(name)));
      }
    }
    for (size_t i = 0; i < is_shared.size(); ++i) {
      if (is_shared[i]) table.initializers[i] = {};
    }
  }

  const std::vector<Initializer>& initializers_;
  std::vector<std::vector<std::string>> values_;        // all names of each value
  absl::flat_hash_map<std::string, size_t> number_of_;  // of the initializer that a name is
  absl::flat_hash_map<std::string, std::vector<std::string>> users_;  // layers, by anonymous name
  absl::flat_hash_map<std::string, std::string> others_;  // the first other user, by value
};

// Brings all nodes and outputs of a model to a table.
class NodeReader {
 public:
  NodeReader(const ByteReader& reader, const Limits& limits, TableBuilder& table)
      : window_(reader), limits_(limits), table_(table) {}

  absl::Status ReadAll() {
    PartWalk walk(window_);
    while (walk.Next()) {
      const Part& part = walk.part();
      if (part.kind == PartKind::kNode) WEFT_RETURN_IF_ERROR(ReadNode(part));
      if (part.kind == PartKind::kOutput) WEFT_RETURN_IF_ERROR(ReadOutput(part.message));
    }
    return walk.status();
  }

 private:
  absl::Status ReadNode(const Part& part) {
    Node node;
    node.is_main = part.is_main;
    std::string domain;
    MessageReader message = part.message;
    Field field;
    while (message.Next(field)) {
      const bool is_text = field.number <= kOperation || field.number == kDomain;
      if (field.type != WireType::kBytes || !is_text) continue;
      WEFT_ASSIGN_OR_RETURN(std::string text, TextOf(field));
      switch (field.number) {
        case kInput:
          if (node.input_count < node.inputs.size()) {
            node.inputs[node.input_count] = std::move(text);
          } else {
            table_.AddInput(text, node.name);
          }
          ++node.input_count;
          break;
        case kOutput:
          if (node.output_count++ == 0) node.output = std::move(text);
          break;
        case kName:
          node.name = std::move(text);
          break;
        case kDomain:
          domain = std::move(text);
          break;
        default:
          node.operation = std::move(text);
      }
    }
    WEFT_RETURN_IF_ERROR(message.status());
    if (!domain.empty() && domain != "ai.onnx") node.operation.clear();
    table_.Visit(node);
    return absl::OkStatus();
  }

  absl::Status ReadOutput(MessageReader message) {
    Field field;
    while (message.Next(field)) {
      if (field.number != kValueName || field.type != WireType::kBytes) continue;
      WEFT_ASSIGN_OR_RETURN(const std::string text, TextOf(field));
      table_.AddOutput(text);
    }
    return message.status();
  }

  absl::StatusOr<std::string> TextOf(const Field& field) {
    if (field.payload.size_bytes <= limits_.name_bytes) return window_.Copy(field.payload);
    return ErrorStatus(ErrorCode::kLimitExceeded, window_.where(),
                       absl::StrFormat("a name of a node has %d bytes; the limit is %d",
                                       field.payload.size_bytes, limits_.name_bytes));
  }

  ByteWindow window_;
  const Limits& limits_;
  TableBuilder& table_;
};

}  // namespace

LayerNames::LayerNames(const std::vector<std::string_view>& known)
    : known_(known.begin(), known.end()) {
  std::sort(known_.begin(), known_.end());
}

std::string LayerNames::WeightOf(std::string_view node_name) const {
  if (node_name.empty() || node_name[0] != '/') return "";
  std::vector<std::string_view> segments = SegmentsOf(node_name.substr(1));
  if (segments.size() < 2 || segments.size() > kMostSegments || !IsMatMul(segments.back())) {
    return "";
  }
  segments.pop_back();
  std::vector<size_t> repeated;  // segments that may be the beginning of the next one
  for (size_t i = 0; i + 1 < segments.size(); ++i) {
    if (BeginsWithPath(segments[i + 1], segments[i])) repeated.push_back(i);
  }
  // Where many may be, all are: what has such names is no model of people's.
  const size_t readings = size_t{1} << (repeated.size() <= kMostRepeated ? repeated.size() : 0U);
  std::string best;
  size_t best_known = 0;
  for (size_t kept = 0; kept < readings; ++kept) {
    const std::string path = JoinedBy(Without(segments, repeated, kept));
    const size_t known = KnownSegments(path);
    if (!best.empty() && known <= best_known) continue;
    best = path;
    best_known = known;
  }
  return best + ".weight";
}

size_t LayerNames::KnownSegments(std::string_view path) const {
  size_t known = 0;
  for (size_t dot = path.find('.');; dot = path.find('.', dot + 1)) {
    const std::string layer = std::string(path.substr(0, dot)) + ".";
    const auto found = std::lower_bound(known_.begin(), known_.end(), layer);
    if (found == known_.end() || found->compare(0, layer.size(), layer) != 0) return known;
    ++known;
    if (dot == std::string_view::npos) return known;
  }
}

absl::StatusOr<StateNameTable> ReadStateNames(const ByteReader& reader,
                                              const std::vector<Initializer>& initializers,
                                              const Limits& limits) {
  TableBuilder builder(initializers);
  WEFT_RETURN_IF_ERROR(NodeReader(reader, limits, builder).ReadAll());
  return std::move(builder).Build();
}

}  // namespace weft::onnx
