#include "plan/complement_record.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "json/json.h"
#include "tensor/shape.h"

namespace weft {
namespace {

constexpr const char* kVersionKey = "weft.complement.version";
constexpr const char* kTensorsKey = "weft.complement.source";
constexpr const char* kMetadataKey = "weft.complement.source_metadata";
constexpr const char* kOptionsKey = "weft.complement.options";
constexpr const char* kPlanKey = "weft.complement.plan";
constexpr std::string_view kVersion = "1";

void AppendMember(std::string_view key, std::string_view json, std::string& text) {
  text += text.empty() ? "{" : ",";
  json::AppendQuoted(key, text);
  text += ':';
  text += json;
}

std::string Closed(const std::string& text) { return text.empty() ? "{}" : text + "}"; }

std::string TextsJson(const std::map<std::string, std::string>& texts) {
  std::string json;
  for (const auto& [key, text] : texts) AppendMember(key, json::Quoted(text), json);
  return Closed(json);
}

// {"NAME":"BF16 4 16", …}
std::string TensorsJson(const std::vector<TensorInfo>& tensors) {
  std::string json;
  for (const TensorInfo& tensor : tensors) {
    std::string type = "\"" + std::string(NameOf(tensor.dtype));
    for (const int64_t size : tensor.shape) type += " " + std::to_string(size);
    AppendMember(tensor.name, type + "\"", json);
  }
  return Closed(json);
}

std::string OptionsJson(const CompileOptions& options) {
  std::string json;
  AppendMember("direction",
               options.direction == Direction::kForward ? "\"forward\"" : "\"reverse\"", json);
  if (!options.set.empty()) AppendMember("set", TextsJson(options.set), json);
  if (!options.config_json.empty()) {
    AppendMember("config", json::Quoted(options.config_json), json);
  }
  if (options.dtype.has_value()) AppendMember("dtype", json::Quoted(NameOf(*options.dtype)), json);
  if (options.keep_dtypes) AppendMember("keep_dtypes", "true", json);
  if (options.lenient) AppendMember("lenient", "true", json);
  return Closed(json);
}

// Reads the entries of one complement; errors name its file.
class RecordReader {
 public:
  RecordReader(const Catalog& complement, const Limits& limits)
      : metadata_(complement.metadata),
        limits_(limits),
        file_(complement.files.empty() ? "complement" : Escaped(complement.files.front().name)) {}

  absl::StatusOr<ComplementRecord> Read() {
    const auto version = metadata_.find(kVersionKey);
    if (version == metadata_.end()) {
      return ErrorStatus(ErrorCode::kWrongComplement, file_, "the file is no complement",
                         "give the file that --complement wrote when the output was made");
    }
    if (version->second != kVersion) {
      return ErrorStatus(ErrorCode::kWrongComplement, file_,
                         absl::StrFormat("it is a complement of version %s; expected %s",
                                         Escaped(version->second), kVersion),
                         "use the weft that wrote it, or a newer one");
    }
    ComplementRecord record;
    WEFT_RETURN_IF_ERROR(ReadTensors(&record.source));
    WEFT_RETURN_IF_ERROR(ReadTexts(kMetadataKey, &record.source.metadata));
    WEFT_RETURN_IF_ERROR(ReadOptions(&record.options));
    WEFT_ASSIGN_OR_RETURN(record.plan_digest, Entry(kPlanKey));
    return record;
  }

 private:
  absl::Status Bad(std::string_view key, std::string_view what) const {
    return ErrorStatus(ErrorCode::kBadMetadata, absl::StrFormat("%s: %s", file_, key), what,
                       "the file was changed after it was written");
  }

  absl::StatusOr<std::string> Entry(const char* key) const {
    const auto found = metadata_.find(key);
    if (found == metadata_.end()) return Bad(key, "the entry is missing");
    return found->second;
  }

  absl::StatusOr<json::Value> Object(const char* key) const {
    WEFT_ASSIGN_OR_RETURN(const std::string text, Entry(key));
    const std::string where = absl::StrFormat("%s: %s", file_, key);
    json::Options options;
    options.file_name = where;
    options.max_depth = limits_.json_depth;
    options.syntax_code = ErrorCode::kBadMetadata;
    options.duplicate_code = ErrorCode::kBadMetadata;
    WEFT_ASSIGN_OR_RETURN(json::Value value, json::ParseTree(text, options));
    if (value.kind != json::Kind::kObject) return Bad(key, "expected an object");
    return value;
  }

  absl::Status ReadTensors(Catalog* source) const {
    WEFT_ASSIGN_OR_RETURN(const json::Value object, Object(kTensorsKey));
    if (object.members.size() > limits_.tensors) {
      return ErrorStatus(ErrorCode::kLimitExceeded, file_,
                         absl::StrFormat("the source has %d tensors; the limit is %d",
                                         object.members.size(), limits_.tensors));
    }
    source->format = "safetensors";
    source->files.push_back({"source", "source", 0});
    source->tensors.reserve(object.members.size());
    for (const json::Member& member : object.members) {
      TensorInfo& tensor = source->tensors.emplace_back();
      tensor.name = member.key;
      if (member.value.kind != json::Kind::kString || !ReadType(member.value.string, &tensor)) {
        return Bad(kTensorsKey, absl::StrFormat("tensor '%s' has no dtype and shape such as "
                                                "\"BF16 4 16\"",
                                                Escaped(member.key)));
      }
    }
    std::sort(source->tensors.begin(), source->tensors.end(),
              [](const TensorInfo& a, const TensorInfo& b) { return NaturalLess(a.name, b.name); });
    return absl::OkStatus();
  }

  bool ReadType(std::string_view text, TensorInfo* tensor) const {
    size_t blank = text.find(' ');
    const std::optional<DType> dtype = DTypeFromName(text.substr(0, blank));
    if (!dtype.has_value()) return false;
    tensor->dtype = *dtype;
    while (blank != std::string_view::npos) {
      text.remove_prefix(blank + 1);
      blank = text.find(' ');
      const std::string_view word = text.substr(0, blank);
      int64_t size = -1;
      const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), size);
      if (error != std::errc() || end != word.data() + word.size() || size < 0 ||
          tensor->shape.size() == static_cast<size_t>(limits_.rank)) {
        return false;
      }
      tensor->shape.push_back(size);
    }
    const std::optional<uint64_t> bits = CheckedBitsOf(tensor->shape, tensor->dtype);
    if (!bits.has_value() || *bits % 8 != 0) return false;
    tensor->size_bytes = *bits / 8;
    return true;
  }

  absl::Status ReadTexts(const char* key, std::map<std::string, std::string>* texts) const {
    WEFT_ASSIGN_OR_RETURN(const json::Value object, Object(key));
    return ReadTexts(key, object, texts);
  }

  absl::Status ReadTexts(const char* key, const json::Value& object,
                         std::map<std::string, std::string>* texts) const {
    for (const json::Member& member : object.members) {
      if (member.value.kind != json::Kind::kString) return Bad(key, "expected texts");
      (*texts)[member.key] = member.value.string;
    }
    return absl::OkStatus();
  }

  absl::Status ReadOptions(CompileOptions* options) const {
    WEFT_ASSIGN_OR_RETURN(const json::Value object, Object(kOptionsKey));
    const json::Value* const direction = object.Find("direction");
    if (direction == nullptr ||
        (direction->string != "forward" && direction->string != "reverse")) {
      return Bad(kOptionsKey, "expected a direction, \"forward\" or \"reverse\"");
    }
    options->direction = direction->string == "forward" ? Direction::kForward : Direction::kReverse;
    if (const json::Value* const set = object.Find("set"); set != nullptr) {
      WEFT_RETURN_IF_ERROR(ReadTexts(kOptionsKey, *set, &options->set));
    }
    if (const json::Value* const config = object.Find("config"); config != nullptr) {
      options->config_json = config->string;
    }
    if (const json::Value* const dtype = object.Find("dtype"); dtype != nullptr) {
      options->dtype = DTypeFromName(dtype->string);
      if (!options->dtype.has_value()) return Bad(kOptionsKey, "the dtype does not exist");
    }
    const json::Value* const keep = object.Find("keep_dtypes");
    options->keep_dtypes = keep != nullptr && keep->boolean;
    const json::Value* const lenient = object.Find("lenient");
    options->lenient = lenient != nullptr && lenient->boolean;
    return absl::OkStatus();
  }

  const std::map<std::string, std::string>& metadata_;
  const Limits& limits_;
  const std::string file_;
};

}  // namespace

std::map<std::string, std::string> MetadataOf(const ComplementRecord& record) {
  std::map<std::string, std::string> metadata;
  metadata[kVersionKey] = std::string(kVersion);
  metadata[kTensorsKey] = TensorsJson(record.source.tensors);
  metadata[kMetadataKey] = TextsJson(record.source.metadata);
  metadata[kOptionsKey] = OptionsJson(record.options);
  metadata[kPlanKey] = record.plan_digest;
  return metadata;
}

absl::StatusOr<ComplementRecord> ReadComplementRecord(const Catalog& complement,
                                                      const Limits& limits) {
  return RecordReader(complement, limits).Read();
}

std::string LostName(std::string_view source_name) { return "lost/" + std::string(source_name); }

bool MayBeKeptName(std::string_view name) {
  const std::string_view part = name.substr(0, name.find_first_of("./"));
  return part == "lost" ||
         std::find(kCastParts.begin(), kCastParts.end(), part) != kCastParts.end();
}

std::string CastName(std::string_view part, DType dtype, std::string_view source_name) {
  return absl::StrFormat("%s.%s/%s", part, NameOf(dtype), source_name);
}

}  // namespace weft
