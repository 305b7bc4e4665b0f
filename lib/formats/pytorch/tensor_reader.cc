#include "formats/pytorch/tensor_reader.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "tensor/shape.h"

namespace weft::pytorch {
namespace {

using pickle::Kind;
using pickle::kNoValue;
using pickle::Ref;

// Wrappers around a tensor: Parameter, subclass, …
constexpr int kMostWrappers = 16;

absl::Status Unreadable(std::string_view where, std::string_view what, std::string_view hint) {
  return ErrorStatus(ErrorCode::kUnsupportedFeature, where, what, hint);
}

absl::Status BadCall(std::string_view where, std::string_view what) {
  return ErrorStatus(ErrorCode::kBadHeaderSyntax, where, what);
}

// Why a tensor of that role is no plain one; OK for others.
absl::Status CheckReadable(Role role, std::string_view where) {
  switch (role) {
    case Role::kSparseTensor:
      return Unreadable(where, "is sparse", "save it with .to_dense()");
    case Role::kQuantizedTensor:
      return Unreadable(where, "is quantised", "save it with .dequantize(), or as .int_repr()");
    case Role::kMetaTensor:
      return Unreadable(where, "has no data (it is on the device 'meta')",
                        "save the model after its weights were loaded");
    case Role::kOtherTensor:
      return Unreadable(where, "is no plain tensor", "save it as a plain, dense tensor");
    default:
      return absl::OkStatus();
  }
}

}  // namespace

bool TensorReader::IsTensor(Role role) {
  switch (role) {
    case Role::kTensor:
    case Role::kTypedTensor:
    case Role::kParameter:
    case Role::kSubclass:
    case Role::kTensorClass:
    case Role::kParameterClass:
    case Role::kSparseTensor:
    case Role::kQuantizedTensor:
    case Role::kMetaTensor:
    case Role::kOtherTensor:
      return true;
    default:
      return false;
  }
}

absl::StatusOr<Tensor> TensorReader::Read(Ref object, std::string_view where) {
  bool is_parameter = false;
  std::optional<bool> requires_grad;
  bool has_attributes = false;
  Ref ref = object;
  Ref inner_callee = kNoValue;  // of a subclass, whose callee and arguments are its arguments
  Ref inner_arguments = kNoValue;
  for (int wrappers = 0; wrappers < kMostWrappers; ++wrappers) {
    const bool is_inner = inner_callee != kNoValue;
    if (!is_inner && tree_.KindOf(ref) != Kind::kObject) {
      return BadCall(where, "wraps something that is no tensor");
    }
    const Role role = is_inner ? roles_.RoleOfName(inner_callee) : roles_.RoleOfObject(ref);
    Ref tuple = is_inner ? inner_arguments : tree_.ObjectOf(ref).arguments;
    const bool is_class = role == Role::kTensorClass || role == Role::kParameterClass;
    if (is_class && !is_inner && tree_.ObjectOf(ref).state != kNoValue) {
      tuple = tree_.ObjectOf(ref).state;
    }
    if (tree_.KindOf(tuple) != Kind::kTuple) return BadCall(where, "is rebuilt from no tuple");
    const absl::Span<const Ref> arguments = tree_.ItemsOf(tuple);
    inner_callee = kNoValue;
    WEFT_RETURN_IF_ERROR(CheckReadable(role, where));
    switch (role) {
      case Role::kTensor:
      case Role::kTypedTensor:
      case Role::kTensorClass: {
        WEFT_ASSIGN_OR_RETURN(Tensor tensor, Rebuild(role, arguments, where));
        tensor.is_parameter = is_parameter;
        tensor.requires_grad = requires_grad.value_or(tensor.requires_grad);
        tensor.has_attributes = has_attributes;
        return tensor;
      }
      case Role::kParameter:
      case Role::kParameterClass:
        if (arguments.empty()) return BadCall(where, "is a Parameter of nothing");
        is_parameter = true;
        if (!requires_grad && arguments.size() > 1 && tree_.KindOf(arguments[1]) == Kind::kBool) {
          requires_grad = tree_.BoolOf(arguments[1]);
        }
        has_attributes = has_attributes || IsFilled(arguments, 3);
        ref = arguments[0];
        break;
      case Role::kSubclass:
        if (arguments.size() < 3)
          return BadCall(where, "is of a subclass, and rebuilt from too few");
        has_attributes = has_attributes || IsFilled(arguments, 3);
        inner_callee = arguments[0];
        inner_arguments = arguments[2];
        break;
      default:
        return BadCall(where, "wraps something that is no tensor");
    }
  }
  return BadCall(where, "is wrapped too often");
}

// Whether there is such an argument, and something in it: the state of an object, a dict or a
// tuple of those of its attributes and slots.
bool TensorReader::IsFilled(absl::Span<const Ref> arguments, size_t index) const {
  if (arguments.size() <= index) return false;
  const Ref state = arguments[index];
  switch (tree_.KindOf(state)) {
    case Kind::kNone:
      return false;
    case Kind::kDict:
      return !tree_.ItemsOf(state).empty();
    case Kind::kTuple: {
      const absl::Span<const Ref> parts = tree_.ItemsOf(state);
      return std::any_of(parts.begin(), parts.end(), [&](Ref part) {
        return tree_.KindOf(part) != Kind::kNone &&
               (tree_.KindOf(part) != Kind::kDict || !tree_.ItemsOf(part).empty());
      });
    }
    default:
      return true;
  }
}

// Conjugated and negated tensors are stored as they were before; the rest of the metadata is of
// devices that are not known here.
absl::Status TensorReader::CheckPlain(absl::Span<const Ref> arguments, size_t first_optional,
                                      std::string_view where) const {
  if (arguments.size() <= first_optional ||
      tree_.KindOf(arguments[first_optional]) != Kind::kDict) {
    return absl::OkStatus();
  }
  const Ref metadata = arguments[first_optional];
  const auto is_set = [&](std::string_view key) {
    const Ref flag = tree_.Find(metadata, key);
    return flag != kNoValue && !(tree_.KindOf(flag) == Kind::kBool && !tree_.BoolOf(flag));
  };
  if (is_set("conj")) {
    return Unreadable(where, "is stored before its conjugation", "save it with .resolve_conj()");
  }
  if (is_set("neg")) {
    return Unreadable(where, "is stored before its negation", "save it with .resolve_neg()");
  }
  return absl::OkStatus();
}

// (storage, offset, shape, strides[, requires_grad, hooks[, type][, metadata]])
absl::StatusOr<Tensor> TensorReader::Rebuild(Role role, absl::Span<const Ref> arguments,
                                             std::string_view where) {
  const bool is_typed = role == Role::kTypedTensor;
  if (arguments.size() < (is_typed ? 7U : 4U)) return BadCall(where, "is rebuilt from too few");
  WEFT_RETURN_IF_ERROR(CheckPlain(arguments, is_typed ? 7 : 6, where));
  WEFT_ASSIGN_OR_RETURN(const StorageView view, storages_.Find(arguments[0], where));
  Tensor tensor;
  tensor.storage = view.storage;
  tensor.type = view.type;
  if (is_typed) {
    const bool is_type = roles_.RoleOfName(arguments[6]) == Role::kElementType;
    if (!is_type) return ErrorStatus(ErrorCode::kBadDtype, where, "has a type that is none");
    tensor.type = ElementTypeOf(roles_.GlobalOf(arguments[6]).name);
  }
  if (!tensor.type->dtype) {
    return Unreadable(
        where,
        absl::StrFormat("has elements of torch.%s, which weft does not know", tensor.type->name),
        "save it as another type");
  }
  if (tree_.KindOf(arguments[1]) != Kind::kInt || tree_.IntOf(arguments[1]) < 0) {
    return ErrorStatus(ErrorCode::kOffsetRange, where,
                       "its offset into the storage is no integer from 0");
  }
  tensor.offset_elements = static_cast<uint64_t>(tree_.IntOf(arguments[1]));
  WEFT_ASSIGN_OR_RETURN(tensor.shape, ReadSizes(arguments[2], "shape", where));
  WEFT_ASSIGN_OR_RETURN(tensor.strides, ReadSizes(arguments[3], "stride", where));
  if (arguments.size() > 4 && tree_.KindOf(arguments[4]) == Kind::kBool) {
    tensor.requires_grad = tree_.BoolOf(arguments[4]);
  }
  WEFT_RETURN_IF_ERROR(CheckView(tensor, view, where));
  if (ElementsOf(tensor.shape) == 0) {
    tensor.offset_elements = 0;  // slices of empty tensors begin anywhere
    return tensor;
  }
  // The first element of a part of a storage, in elements of the tensor: both are of one size, as
  // parts are older than untyped storages.
  tensor.offset_elements += view.first_element * view.type->size_bytes / tensor.type->size_bytes;
  return tensor;
}

absl::StatusOr<Shape> TensorReader::ReadSizes(Ref ref, std::string_view what,
                                              std::string_view where) const {
  if (roles_.RoleOfObject(ref) == Role::kSize) {  // torch.Size((2, 3))
    const absl::Span<const Ref> arguments = tree_.ItemsOf(tree_.ObjectOf(ref).arguments);
    if (!arguments.empty()) ref = arguments[0];
  }
  const Kind kind = tree_.KindOf(ref);
  if (kind != Kind::kTuple && kind != Kind::kList) {
    return ErrorStatus(ErrorCode::kBadShape, where, absl::StrFormat("its %s is no tuple", what));
  }
  const absl::Span<const Ref> items = tree_.ItemsOf(ref);
  if (items.size() > static_cast<size_t>(limits_.rank)) {
    return ErrorStatus(ErrorCode::kLimitExceeded, where,
                       absl::StrFormat("has %d axes; the limit is %d", items.size(), limits_.rank));
  }
  Shape sizes;
  for (const Ref item : items) {
    if (tree_.KindOf(item) != Kind::kInt || tree_.IntOf(item) < 0) {
      return ErrorStatus(ErrorCode::kBadShape, where,
                         absl::StrFormat("its %s holds something else than integers from 0", what));
    }
    sizes.push_back(tree_.IntOf(item));
  }
  return sizes;
}

absl::Status TensorReader::CheckView(const Tensor& tensor, const StorageView& view,
                                     std::string_view where) const {
  if (tensor.shape.size() != tensor.strides.size()) {
    return ErrorStatus(
        ErrorCode::kBadShape, where,
        absl::StrFormat("has %d axes and %d strides", tensor.shape.size(), tensor.strides.size()));
  }
  const std::optional<uint64_t> elements = CheckedElementsOf(tensor.shape);
  const uint64_t element_bytes = tensor.type->size_bytes;
  const std::optional<uint64_t> bits =
      elements ? CheckedMultiply(*elements, element_bytes * 8) : std::nullopt;
  if (!bits || *bits >> 63U != 0) {
    return ErrorStatus(ErrorCode::kOverflow, where,
                       absl::StrFormat("shape %s of %s has 2^63 bits or more", TextOf(tensor.shape),
                                       tensor.type->name));
  }
  if (*elements == 0) return absl::OkStatus();
  // One past the last element that is used.
  std::optional<uint64_t> end = tensor.offset_elements + 1;
  for (size_t axis = 0; end && axis < tensor.shape.size(); ++axis) {
    const std::optional<uint64_t> span = CheckedMultiply(
        static_cast<uint64_t>(tensor.shape[axis] - 1), static_cast<uint64_t>(tensor.strides[axis]));
    end = span ? CheckedAdd(*end, *span) : std::nullopt;
  }
  const uint64_t storage_bytes = view.elements * view.type->size_bytes;
  if (!end || *end > storage_bytes / element_bytes) {
    return ErrorStatus(
        ErrorCode::kOffsetRange, where,
        absl::StrFormat("shape %s with strides %s from element %d reaches beyond its storage, "
                        "which has %d elements",
                        TextOf(tensor.shape), TextOf(tensor.strides), tensor.offset_elements,
                        storage_bytes / element_bytes));
  }
  if (*bits / 8 > storage_bytes && *bits / 8 > limits_.repeated_bytes) {
    return ErrorStatus(ErrorCode::kLimitExceeded, where,
                       absl::StrFormat("shape %s repeats the elements of its storage to %d bytes; "
                                       "the limit is %d",
                                       TextOf(tensor.shape), *bits / 8, limits_.repeated_bytes));
  }
  return absl::OkStatus();
}

}  // namespace weft::pytorch
