#include "formats/index.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "io/path.h"
#include "json/json.h"
#include "weft/catalog.h"

namespace weft {
namespace {

// Reads a weight map from JSON events, without a tree: an index can be as long as all names
// together. `place_` is where the next event belongs.
class IndexHandler final : public json::Handler {
 public:
  IndexHandler(std::string_view text, std::string_view path, const Limits& limits)
      : text_(text), path_(path), limits_(limits), is_flat_(IsMindSporeMap(path)) {}

  absl::Status Null(size_t offset) override { return Other(json::Kind::kNull, offset); }
  absl::Status Bool(bool, size_t offset) override { return Other(json::Kind::kBool, offset); }
  absl::Status Integer(int64_t, size_t offset) override {
    return Other(json::Kind::kInteger, offset);
  }
  absl::Status Unsigned(uint64_t, size_t offset) override {
    return Other(json::Kind::kInteger, offset);
  }
  absl::Status Number(double, std::string_view, size_t offset) override {
    return Other(json::Kind::kNumber, offset);
  }

  absl::Status String(std::string&& value, size_t offset) override {
    if (is_flat_ && place_ == Place::kFields && skipped_depth_ == 0) {
      has_map_ = true;
      WEFT_RETURN_IF_ERROR(Add(std::move(field_)));
    } else if (place_ == Place::kFile) {
      place_ = Place::kTensors;
    } else {
      return Other(json::Kind::kString, offset);
    }
    WEFT_ASSIGN_OR_RETURN(index_.tensors.back().file, NumberOf(value, offset));
    return absl::OkStatus();
  }

  absl::Status StartObject(size_t offset) override {
    if (place_ == Place::kStart) {
      place_ = Place::kFields;
      return absl::OkStatus();
    }
    if (place_ == Place::kMap) {
      place_ = Place::kTensors;
      has_map_ = true;
      return absl::OkStatus();
    }
    WEFT_RETURN_IF_ERROR(Other(json::Kind::kObject, offset));
    ++skipped_depth_;
    return absl::OkStatus();
  }

  absl::Status StartArray(size_t offset) override {
    WEFT_RETURN_IF_ERROR(Other(json::Kind::kArray, offset));
    ++skipped_depth_;
    return absl::OkStatus();
  }

  absl::Status Key(std::string&& key, size_t) override {
    if (skipped_depth_ > 0) return absl::OkStatus();
    if (place_ == Place::kFields) {
      if (key == "weight_map") place_ = Place::kMap;
      field_ = std::move(key);
      return absl::OkStatus();
    }
    WEFT_RETURN_IF_ERROR(Add(std::move(key)));
    place_ = Place::kFile;
    return absl::OkStatus();
  }

  absl::Status EndObject() override {
    if (skipped_depth_ > 0) {
      --skipped_depth_;
    } else {
      place_ = Place::kFields;
    }
    return absl::OkStatus();
  }

  absl::Status EndArray() override {
    --skipped_depth_;
    return absl::OkStatus();
  }

  absl::StatusOr<Index> Take() {
    if (!has_map_) {
      return ErrorStatus(ErrorCode::kUnknownFormat, Escaped(path_),
                         "the file is JSON, but no index: it has no `weight_map`",
                         "give the weights file, the index file or the directory");
    }
    if (index_.tensors.empty()) {
      return ErrorStatus(ErrorCode::kBadMetadata, Escaped(path_), "`weight_map` is empty");
    }
    WEFT_RETURN_IF_ERROR(diagnostics_.ToStatus());
    SortFiles();
    return std::move(index_);
  }

 private:
  enum class Place {
    kStart,
    kFields,   // keys of the root, and their values but one
    kMap,      // the value of `weight_map`
    kTensors,  // its keys
    kFile,     // the value of such a key
  };

  // MindSpore's index, which may be the map itself, without a `weight_map` around it.
  static bool IsMindSporeMap(std::string_view path) {
    return SplitAtName(path).name == "param_name_map.json";
  }

  // A tensor whose file follows.
  absl::Status Add(std::string&& name) {
    if (index_.tensors.size() >= limits_.tensors) {
      return ErrorStatus(ErrorCode::kLimitExceeded, Escaped(path_),
                         absl::StrFormat("the index names more than %d tensors", limits_.tensors));
    }
    index_.tensors.push_back({std::move(name), 0});
    return absl::OkStatus();
  }

  // A value that is no name of a file.
  absl::Status Other(json::Kind kind, size_t offset) {
    if (skipped_depth_ > 0) return absl::OkStatus();
    if (place_ == Place::kMap) {
      return ErrorStatus(
          ErrorCode::kBadMetadata, Escaped(path_),
          absl::StrFormat("`weight_map` is %s; expected an object", json::NameOf(kind)));
    }
    if (place_ != Place::kFile) return absl::OkStatus();
    place_ = Place::kTensors;
    diagnostics_.Add(ErrorCode::kBadMetadata, Where(offset),
                     absl::StrFormat("the file of tensor '%s' is %s; expected a string",
                                     Escaped(index_.tensors.back().tensor), json::NameOf(kind)));
    return absl::OkStatus();
  }

  // Files are numbered in the order of first use. Most tensors are in the file of the one before.
  absl::StatusOr<uint32_t> NumberOf(const std::string& name, size_t offset) {
    if (!index_.files.empty() && index_.files[last_file_] == name) return last_file_;
    const auto next = static_cast<uint32_t>(index_.files.size());
    const auto [found, added] = numbers_.try_emplace(name, next);
    last_file_ = found->second;
    if (!added) return last_file_;
    index_.files.push_back(name);
    if (!IsPlainName(name)) {
      diagnostics_.Add(ErrorCode::kUnsafePath, Where(offset),
                       absl::StrFormat("the file name '%s' leads out of the directory of the index",
                                       Escaped(name)),
                       "the files of a checkpoint stand beside its index, under plain names");
    }
    if (index_.files.size() <= limits_.shards) return last_file_;
    return ErrorStatus(ErrorCode::kLimitExceeded, Escaped(path_),
                       absl::StrFormat("the index names more than %d files", limits_.shards));
  }

  // Numbers the files in natural order.
  void SortFiles() {
    std::vector<uint32_t> order(index_.files.size());
    for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [this](uint32_t a, uint32_t b) {
      return NaturalLess(index_.files[a], index_.files[b]);
    });
    std::vector<uint32_t> rank(order.size());
    std::vector<std::string> files;
    files.reserve(order.size());
    for (uint32_t i = 0; i < order.size(); ++i) {
      rank[order[i]] = i;
      files.push_back(std::move(index_.files[order[i]]));
    }
    index_.files = std::move(files);
    for (IndexEntry& entry : index_.tensors) entry.file = rank[entry.file];
  }

  std::string Where(size_t offset) const {
    const json::LineColumn position = json::PositionOf(text_, offset);
    return absl::StrFormat("%s:%d:%d", Escaped(path_), position.line, position.column);
  }

  std::string_view text_;
  std::string_view path_;
  const Limits& limits_;
  bool is_flat_;       // a tensor may stand beside the fields
  std::string field_;  // the last key of the root
  Place place_ = Place::kStart;
  bool has_map_ = false;
  int skipped_depth_ = 0;  // of open arrays and objects that are not looked into
  Index index_;
  absl::flat_hash_map<std::string, uint32_t> numbers_;  // of files
  uint32_t last_file_ = 0;
  Diagnostics diagnostics_;
};

}  // namespace

bool MayBeJsonObject(std::string_view first_bytes) {
  const size_t start = first_bytes.find_first_not_of(" \t\r\n");
  return start != std::string_view::npos && first_bytes[start] == '{';
}

absl::StatusOr<Index> ParseIndex(std::string_view text, std::string_view path,
                                 const Limits& limits) {
  const std::string file_name = Escaped(path);
  json::Options options;
  options.file_name = file_name;
  options.max_depth = limits.json_depth;
  options.syntax_code = ErrorCode::kBadHeaderSyntax;
  options.duplicate_code = ErrorCode::kDuplicateName;
  IndexHandler handler(text, path, limits);
  WEFT_RETURN_IF_ERROR(json::Parse(text, options, handler));
  return handler.Take();
}

}  // namespace weft
