#include "formats/safetensors/header.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/name_order.h"
#include "json/json.h"
#include "weft/dtype.h"

namespace weft::safetensors {
namespace {

// What an entry of a header has at least, with names as they are in models. Where it has less, the
// list of tensors grows as lists do.
constexpr uint64_t kEntryBytes = 96;

// Builds a Header from JSON events. `place_` is where the next event belongs; anything else there
// is an error.
class HeaderHandler final : public json::Handler {
 public:
  HeaderHandler(std::string_view where, const Limits& limits, Header& header)
      : where_(where), limits_(limits), header_(header) {}

  absl::Status Null(size_t) override {
    if (place_ != Place::kMetadata) return Unexpected("null");
    place_ = Place::kNames;
    return absl::OkStatus();
  }

  absl::Status Bool(bool, size_t) override { return Unexpected("true or false"); }

  // Only literals with a minus come here, -0 too.
  absl::Status Integer(int64_t, size_t) override { return Unexpected("a negative number"); }

  absl::Status Unsigned(uint64_t value, size_t) override {
    if (place_ == Place::kSizes) return AddSize(value);
    if (place_ == Place::kOffsetPair) return AddOffset(value);
    return Unexpected("a number");
  }

  absl::Status Number(double, std::string_view text, size_t) override {
    const bool is_integer =
        std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (is_integer && place_ == Place::kSizes) {
      return Error(ErrorCode::kOverflow, "a size of the shape is 2^64 or more");
    }
    return Unexpected("a number that is no integer");
  }

  absl::Status String(std::string&& value, size_t) override {
    if (place_ == Place::kDtype) return SetDtype(value);
    if (place_ != Place::kMetadataValue) return Unexpected("a string");
    place_ = Place::kMetadataKeys;
    if (header_.metadata.try_emplace(key_, std::move(value)).second) return absl::OkStatus();
    return ErrorStatus(
        ErrorCode::kDuplicateName, where_,
        absl::StrFormat("the key '%s' stands twice in `__metadata__`", Escaped(key_)));
  }

  absl::Status StartObject(size_t) override {
    switch (place_) {
      case Place::kRoot:
        place_ = Place::kNames;
        return absl::OkStatus();
      case Place::kTensor:
        place_ = Place::kFields;
        return absl::OkStatus();
      case Place::kMetadata:
        place_ = Place::kMetadataKeys;
        return absl::OkStatus();
      default:
        return Unexpected("an object");
    }
  }

  absl::Status Key(std::string&& key, size_t) override {
    if (place_ == Place::kNames) return StartEntry(std::move(key));
    if (place_ == Place::kFields) return StartField(key);
    key_ = std::move(key);
    place_ = Place::kMetadataValue;
    return absl::OkStatus();
  }

  absl::Status EndObject() override {
    if (place_ == Place::kFields) {
      if (!has_dtype_) return Missing("dtype");
      if (!has_shape_) return Missing("shape");
      if (!has_offsets_) return Missing("data_offsets");
    }
    place_ = Place::kNames;
    return absl::OkStatus();
  }

  absl::Status StartArray(size_t) override {
    if (place_ == Place::kShape) {
      place_ = Place::kSizes;
    } else if (place_ == Place::kOffsets) {
      place_ = Place::kOffsetPair;
    } else {
      return Unexpected("an array");
    }
    return absl::OkStatus();
  }

  absl::Status EndArray() override {
    if (place_ == Place::kOffsetPair) WEFT_RETURN_IF_ERROR(SetOffsets());
    place_ = Place::kFields;
    return absl::OkStatus();
  }

 private:
  enum class Place {
    kRoot,    // the object of the header
    kNames,   // keys of the root
    kTensor,  // the object of a tensor
    kFields,  // keys of a tensor
    kDtype,   // the values of these keys
    kShape,
    kSizes,  // elements of the shape
    kOffsets,
    kOffsetPair,  // elements of the offsets
    kMetadata,    // the object of the metadata
    kMetadataKeys,
    kMetadataValue,
  };

  absl::Status StartEntry(std::string&& key) {
    if (key == kMetadataKey) {
      if (std::exchange(has_metadata_, true)) {
        return ErrorStatus(ErrorCode::kDuplicateName, where_, "`__metadata__` stands twice");
      }
      place_ = Place::kMetadata;
      return absl::OkStatus();
    }
    if (header_.tensors.size() >= limits_.tensors) {
      return ErrorStatus(ErrorCode::kLimitExceeded, where_,
                         absl::StrFormat("the file has more than %d tensors", limits_.tensors));
    }
    if (key.size() > limits_.name_bytes) {
      return ErrorStatus(ErrorCode::kLimitExceeded, where_,
                         absl::StrFormat("the name of a tensor has %d bytes; the limit is %d",
                                         key.size(), limits_.name_bytes));
    }
    header_.tensors.emplace_back().name = std::move(key);
    has_dtype_ = has_shape_ = has_offsets_ = false;
    place_ = Place::kTensor;
    return absl::OkStatus();
  }

  absl::Status StartField(const std::string& key) {
    bool* has_field = nullptr;
    if (key == "dtype") {
      place_ = Place::kDtype;
      has_field = &has_dtype_;
    } else if (key == "shape") {
      place_ = Place::kShape;
      has_field = &has_shape_;
    } else if (key == "data_offsets") {
      place_ = Place::kOffsets;
      has_field = &has_offsets_;
      offset_count_ = 0;
    } else {
      return Error(ErrorCode::kBadHeaderSyntax,
                   absl::StrFormat("has the field '%s'; expected `dtype`, `shape` and "
                                   "`data_offsets`",
                                   Escaped(key)));
    }
    if (!std::exchange(*has_field, true)) return absl::OkStatus();
    return Error(ErrorCode::kDuplicateName, absl::StrFormat("has the field '%s' twice", key));
  }

  absl::Status SetDtype(const std::string& name) {
    const std::optional<DType> dtype = DTypeFromName(name);
    if (!dtype) {
      return Error(ErrorCode::kBadDtype,
                   absl::StrFormat("has the unknown dtype '%s'", Escaped(name)));
    }
    Tensor().dtype = *dtype;
    place_ = Place::kFields;
    return absl::OkStatus();
  }

  absl::Status AddSize(uint64_t value) {
    constexpr auto kMost = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
    Shape& shape = Tensor().shape;
    if (value > kMost) {
      return Error(ErrorCode::kOverflow,
                   absl::StrFormat("a size of the shape is %d, which is 2^63 or more", value));
    }
    if (shape.size() >= static_cast<size_t>(limits_.rank)) {
      return Error(ErrorCode::kLimitExceeded,
                   absl::StrFormat("has more than %d axes", limits_.rank));
    }
    shape.push_back(static_cast<int64_t>(value));
    return absl::OkStatus();
  }

  absl::Status AddOffset(uint64_t value) {
    if (offset_count_ == 2) {
      return Error(ErrorCode::kOffsetRange, "has more than two data_offsets");
    }
    if (offset_count_ == 0) Tensor().offset_bytes = value;
    offset_end_ = value;
    ++offset_count_;
    return absl::OkStatus();
  }

  absl::Status SetOffsets() {
    if (offset_count_ != 2) {
      return Error(ErrorCode::kOffsetRange,
                   absl::StrFormat("has %d data_offsets; expected two", offset_count_));
    }
    TensorInfo& tensor = Tensor();
    if (offset_end_ < tensor.offset_bytes) {
      return Error(ErrorCode::kOffsetRange,
                   absl::StrFormat("ends at byte %d, before it starts at %d", offset_end_,
                                   tensor.offset_bytes));
    }
    tensor.size_bytes = offset_end_ - tensor.offset_bytes;
    return absl::OkStatus();
  }

  TensorInfo& Tensor() { return header_.tensors.back(); }

  absl::Status Missing(std::string_view field) const {
    return Error(ErrorCode::kBadHeaderSyntax, absl::StrFormat("has no field '%s'", field));
  }

  absl::Status Unexpected(std::string_view got) const {
    switch (place_) {
      case Place::kDtype:
        return Error(ErrorCode::kBadDtype,
                     absl::StrFormat("the dtype is %s; expected a string", got));
      case Place::kShape:
        return Error(ErrorCode::kBadShape,
                     absl::StrFormat("the shape is %s; expected an array", got));
      case Place::kSizes:
        return Error(ErrorCode::kBadShape,
                     absl::StrFormat("a size of the shape is %s; expected an integer from 0", got));
      case Place::kOffsets:
        return Error(ErrorCode::kOffsetRange,
                     absl::StrFormat("the data_offsets are %s; expected an array", got));
      case Place::kOffsetPair:
        return Error(
            ErrorCode::kOffsetRange,
            absl::StrFormat("one of the data_offsets is %s; expected an integer from 0", got));
      case Place::kMetadata:
        return ErrorStatus(ErrorCode::kBadMetadata, where_,
                           absl::StrFormat("`__metadata__` is %s; expected an object", got));
      case Place::kMetadataValue:
        return ErrorStatus(ErrorCode::kBadMetadata, where_,
                           absl::StrFormat("the value of '%s' in `__metadata__` is %s; expected a "
                                           "string",
                                           Escaped(key_), got));
      case Place::kTensor:
        return Error(ErrorCode::kBadHeaderSyntax,
                     absl::StrFormat("its entry is %s; expected an object", got));
      default:
        return ErrorStatus(ErrorCode::kBadHeaderSyntax, where_,
                           absl::StrFormat("the header is %s; expected an object", got));
    }
  }

  // An error of the tensor being read.
  absl::Status Error(ErrorCode code, std::string_view what) const {
    return ErrorStatus(
        code, absl::StrFormat("%s: tensor '%s'", where_, Escaped(header_.tensors.back().name)),
        what);
  }

  std::string_view where_;
  const Limits& limits_;
  Header& header_;
  Place place_ = Place::kRoot;
  bool has_metadata_ = false;
  bool has_dtype_ = false;
  bool has_shape_ = false;
  bool has_offsets_ = false;
  int offset_count_ = 0;
  uint64_t offset_end_ = 0;
  std::string key_;  // of the metadata value being read
};

absl::Status CheckNamesUnique(const std::vector<TensorInfo>& tensors, std::string_view where) {
  Diagnostics diagnostics;
  ForEachRepeatedName(tensors, [&](const TensorInfo&, const TensorInfo& tensor) {
    diagnostics.Add(ErrorCode::kDuplicateName,
                    absl::StrFormat("%s: tensor '%s'", where, Escaped(tensor.name)),
                    "stands twice in the header");
  });
  return diagnostics.ToStatus();
}

}  // namespace

absl::StatusOr<Header> ParseHeader(std::string_view text, uint64_t data_bytes,
                                   std::string_view where, const Limits& limits) {
  const std::string file_name = absl::StrFormat("%s: header", where);
  json::Options options;
  options.file_name = file_name;
  options.max_depth = limits.json_depth;
  options.check_duplicates = false;  // every key is looked at here anyway
  options.syntax_code = ErrorCode::kBadHeaderSyntax;
  Header header;
  header.tensors.reserve(std::min<uint64_t>(limits.tensors, text.size() / kEntryBytes));
  HeaderHandler handler(where, limits, header);
  WEFT_RETURN_IF_ERROR(json::Parse(text, options, handler));
  SortByName(header.tensors);
  WEFT_RETURN_IF_ERROR(CheckNamesUnique(header.tensors, where));
  WEFT_RETURN_IF_ERROR(Validate(header.tensors, data_bytes, where));
  return header;
}

}  // namespace weft::safetensors
