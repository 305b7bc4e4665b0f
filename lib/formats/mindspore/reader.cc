#include "formats/mindspore/reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/mindspore/entry.h"
#include "formats/mindspore/kind.h"
#include "formats/mindspore/tensor_type.h"
#include "formats/mindspore/text.h"
#include "formats/mindspore/trailer.h"
#include "formats/protobuf/message_reader.h"
#include "tensor/shape.h"

namespace weft::mindspore {
namespace {

using protobuf::ByteWindow;
using protobuf::Field;
using protobuf::MessageReader;
using protobuf::WireType;

// The only field of Checkpoint.
constexpr uint32_t kValue = 1;

absl::Status Unsupported(std::string_view where, std::string_view what, std::string_view hint) {
  return ErrorStatus(ErrorCode::kUnsupportedFeature, where, what, hint);
}

// Files of MindSpore's that are no checkpoint.
absl::Status CheckKind(std::string_view first_bytes, std::string_view where) {
  switch (KindOf(first_bytes)) {
    case Kind::kEncrypted:
      return Unsupported(where, "the checkpoint is encrypted",
                         "load it in MindSpore with its key and save it without enc_key");
    case Kind::kStrategy:
      return Unsupported(where,
                         "the file is a parallel strategy: it says how parameters are split over "
                         "devices, and holds none",
                         "give the checkpoint, or the safetensors that MindSpore's "
                         "unified_safetensors makes of its parts");
    case Kind::kGraph:
      return Unsupported(where, "the file is a graph, MindIR, and no checkpoint",
                         "save the parameters with MindSpore's save_checkpoint");
    default:
      return absl::OkStatus();
  }
}

// Makes parameters and texts of entries. Neighbours of one name are pieces of one parameter.
class Assembly {
 public:
  Assembly(ByteWindow& window, const Limits& limits)
      : window_(window), where_(window.where()), limits_(limits) {}

  absl::Status Add(Entry entry) {
    if (entry.tensor_type == kTextType) return AddText(entry);
    if (has_open_ && contents_.parameters.back().name == entry.name) return Continue(entry);
    Close();
    WEFT_RETURN_IF_ERROR(CheckCount());
    Open(std::move(entry));
    return absl::OkStatus();
  }

  absl::StatusOr<Contents> Finish(const absl::Status& walk) {
    if (walk.ok()) Close();
    diagnostics_.Add(walk);
    CheckNames();
    WEFT_RETURN_IF_ERROR(diagnostics_.ToStatus());
    return std::move(contents_);
  }

  void SetCrc(uint32_t crc) { contents_.crc = crc; }

 private:
  void Open(Entry entry) {
    has_open_ = true;
    Parameter& parameter = contents_.parameters.emplace_back();
    parameter.name = std::move(entry.name);
    parameter.shape = std::move(entry.shape);
    type_ = std::move(entry.tensor_type);
    got_bytes_ = entry.content.size_bytes;
    if (got_bytes_ > 0) parameter.pieces.push_back(entry.content);
    if (const std::optional<DType> dtype = DTypeOf(type_)) {
      parameter.dtype = *dtype;
      parameter.is_int4 = type_ == kInt4Type;
    } else if (IsForeignType(type_)) {
      Fault(ErrorCode::kUnsupportedFeature,
            absl::StrFormat("has the type %s, for which weft has no dtype", type_),
            "leave it out: save_checkpoint(choice_func=…)");
      return;
    } else {
      Fault(ErrorCode::kBadDtype, absl::StrFormat("has the unknown type '%s'", Escaped(type_)));
      return;
    }
    // A scalar, spelled like a list of none; an empty list has no bytes.
    if (parameter.shape == Shape{0} && got_bytes_ > 0) parameter.shape.clear();
    const std::optional<uint64_t> bits = CheckedBitsOf(parameter.shape, parameter.dtype);
    if (!bits) {
      Fault(ErrorCode::kOverflow, absl::StrFormat("shape %s of %s has 2^63 bits or more",
                                                  TextOf(parameter.shape), type_));
      return;
    }
    needed_bytes_ = *bits / 8;
  }

  absl::Status Continue(const Entry& entry) {
    if (has_fault_) return absl::OkStatus();
    Parameter& parameter = contents_.parameters.back();
    Shape shape = entry.shape;
    if (shape == Shape{0} && parameter.shape.empty()) shape.clear();
    if (shape != parameter.shape || entry.tensor_type != type_) {
      Fault(ErrorCode::kSizeMismatch,
            absl::StrFormat("stands in pieces that differ: %s of %s, then %s of %s",
                            TextOf(parameter.shape), type_, TextOf(entry.shape),
                            Escaped(entry.tensor_type)));
      return absl::OkStatus();
    }
    // The sum stays below the size of the file, as the pieces do not overlap.
    got_bytes_ += entry.content.size_bytes;
    if (entry.content.size_bytes > 0) parameter.pieces.push_back(entry.content);
    return absl::OkStatus();
  }

  // No more pieces of the last parameter follow.
  void Close() {
    if (std::exchange(has_open_, false) && !has_fault_ && got_bytes_ != needed_bytes_) {
      const Parameter& parameter = contents_.parameters.back();
      Fault(ErrorCode::kSizeMismatch,
            absl::StrFormat("shape %s of %s needs %d bytes; the file has %d",
                            TextOf(parameter.shape), type_, needed_bytes_, got_bytes_));
    }
    has_fault_ = false;
  }

  // Whether there may be one more.
  absl::Status CheckCount() const {
    if (contents_.parameters.size() + contents_.texts.size() < limits_.tensors) {
      return absl::OkStatus();
    }
    return ErrorStatus(ErrorCode::kLimitExceeded, where_,
                       absl::StrFormat("the file has more than %d parameters", limits_.tensors));
  }

  absl::Status AddText(const Entry& entry) {
    Close();
    WEFT_RETURN_IF_ERROR(CheckCount());
    const auto fault = [&](ErrorCode code, std::string_view what) {
      diagnostics_.Add(code, absl::StrFormat("%s: text '%s'", where_, Escaped(entry.name)), what);
      return absl::OkStatus();
    };
    if (entry.content.size_bytes > limits_.json_bytes - text_bytes_) {
      return ErrorStatus(
          ErrorCode::kLimitExceeded, where_,
          absl::StrFormat("the texts of the file have more than %d bytes", limits_.json_bytes));
    }
    text_bytes_ += entry.content.size_bytes;
    WEFT_ASSIGN_OR_RETURN(const std::string content, window_.Copy(entry.content));
    std::optional<std::string> text = Utf8Of(content);
    if (!text) return fault(ErrorCode::kBadMetadata, "is not valid UTF-32");
    if (!contents_.texts.emplace(entry.name, *std::move(text)).second) {
      return fault(ErrorCode::kDuplicateName, "stands twice in the file");
    }
    return absl::OkStatus();
  }

  // Parameters that are no neighbours have different names, and none has the name of a text.
  void CheckNames() {
    std::vector<const Parameter*> order;
    order.reserve(contents_.parameters.size());
    for (const Parameter& parameter : contents_.parameters) order.push_back(&parameter);
    std::sort(order.begin(), order.end(),
              [](const Parameter* a, const Parameter* b) { return a->name < b->name; });
    for (size_t i = 0; i < order.size(); ++i) {
      const std::string& name = order[i]->name;
      const bool is_text = contents_.texts.count(name) != 0;
      if (!is_text && (i == 0 || order[i - 1]->name != name)) continue;
      diagnostics_.Add(ErrorCode::kDuplicateName,
                       absl::StrFormat("%s: parameter '%s'", where_, Escaped(name)),
                       is_text ? "stands in the file as a tensor and as a text"
                               : "stands twice in the file, with others between");
    }
  }

  // Of the open parameter.
  void Fault(ErrorCode code, std::string_view what, std::string_view hint = "") {
    has_fault_ = true;
    diagnostics_.Add(
        code,
        absl::StrFormat("%s: parameter '%s'", where_, Escaped(contents_.parameters.back().name)),
        what, hint);
  }

  ByteWindow& window_;
  std::string_view where_;
  const Limits& limits_;
  Contents contents_;
  Diagnostics diagnostics_;
  // Of the last parameter, to which pieces may still be added.
  bool has_open_ = false;
  bool has_fault_ = false;
  std::string type_;
  uint64_t needed_bytes_ = 0;
  uint64_t got_bytes_ = 0;
  uint64_t text_bytes_ = 0;
};

// Whether the rest of the file is the trailer. No value starts so: it would be a group.
absl::StatusOr<bool> IsTrailer(ByteWindow& window, const MessageReader& checkpoint) {
  if (checkpoint.end_bytes() - checkpoint.position_bytes() != kTrailerBytes) return false;
  WEFT_ASSIGN_OR_RETURN(const std::string_view text,
                        window.View(checkpoint.position_bytes(), kTrailerBytes));
  return text.substr(0, kTrailerMark.size()) == kTrailerMark;
}

absl::Status Walk(ByteWindow& window, const Limits& limits, Assembly& assembly) {
  const std::string& where = window.where();
  MessageReader checkpoint(window);
  Field field;
  while (true) {
    WEFT_ASSIGN_OR_RETURN(const bool is_trailer, IsTrailer(window, checkpoint));
    if (is_trailer) {
      WEFT_ASSIGN_OR_RETURN(const std::string_view text,
                            window.View(checkpoint.position_bytes(), kTrailerBytes));
      const std::optional<uint32_t> crc = CrcOfTrailer(text);
      if (!crc) {
        return ErrorStatus(ErrorCode::kBadHeaderSyntax, where,
                           "the check sum at the end of the file has more than 32 bits");
      }
      assembly.SetCrc(*crc);
      return absl::OkStatus();
    }
    if (!checkpoint.Next(field)) return checkpoint.status();
    if (field.number != kValue || field.type != WireType::kBytes) {
      return ErrorStatus(ErrorCode::kBadHeaderSyntax,
                         absl::StrFormat("%s: byte %d", where, field.offset_bytes),
                         absl::StrFormat("has field %d of wire type %d; a checkpoint of MindSpore "
                                         "is made of field 1 of wire type 2 alone",
                                         field.number, static_cast<int>(field.type)),
                         "the file is damaged, or of another format");
    }
    WEFT_ASSIGN_OR_RETURN(Entry entry, ReadEntry(window, checkpoint.Nested(field), limits));
    WEFT_RETURN_IF_ERROR(assembly.Add(std::move(entry)));
  }
}

}  // namespace

bool Recognises(std::string_view first_bytes) { return KindOf(first_bytes) != Kind::kOther; }

absl::StatusOr<Contents> Read(const ByteReader& reader, const Limits& limits) {
  if (reader.size_bytes() == 0) {
    return ErrorStatus(ErrorCode::kTruncated, reader.where(), "the file is empty",
                       "the download or copy of the file is incomplete; fetch it again");
  }
  ByteWindow window(reader);
  WEFT_ASSIGN_OR_RETURN(const std::string_view first_bytes, window.View(0, ByteWindow::kBytes));
  WEFT_RETURN_IF_ERROR(CheckKind(first_bytes, reader.where()));
  Assembly assembly(window, limits);
  const absl::Status walk = Walk(window, limits, assembly);
  return assembly.Finish(walk);
}

}  // namespace weft::mindspore
