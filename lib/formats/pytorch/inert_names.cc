#include "formats/pytorch/inert_names.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_format.h"
#include "formats/pytorch/element_type.h"

namespace weft::pytorch {
namespace {

struct Name {
  std::string_view module;
  std::string_view name;
  Role role = Role::kOpaque;
};

// Exact pairs. Nothing here runs code when it is only named; a name whose use in a pickle is to
// reach another one (partial, import_module) does not belong here. What getattr may be used for is
// in inert_pickle.h.
constexpr Name kNames[] = {
    // Python itself. __builtin__, copy_reg: the names of Python 2, which protocol 2 writes.
    {"collections", "OrderedDict", Role::kDict},
    {"collections", "defaultdict", Role::kDict},
    {"collections", "Counter", Role::kDict},
    {"collections", "deque", Role::kSequence},
    {"builtins", "dict", Role::kDict},
    {"builtins", "list", Role::kSequence},
    {"builtins", "tuple", Role::kSequence},
    {"builtins", "set", Role::kSequence},
    {"builtins", "frozenset", Role::kSequence},
    {"builtins", "bytearray", Role::kPlain},
    {"builtins", "bytes", Role::kPlain},
    {"builtins", "complex", Role::kPlain},
    {"builtins", "int", Role::kPlain},
    {"builtins", "float", Role::kPlain},
    {"builtins", "str", Role::kPlain},
    {"builtins", "bool", Role::kPlain},
    {"builtins", "object"},
    {"builtins", "slice", Role::kPlain},
    {"builtins", "range", Role::kPlain},
    {"builtins", "getattr", Role::kEnumMember},
    {"__builtin__", "getattr", Role::kEnumMember},
    {"__builtin__", "dict", Role::kDict},
    {"__builtin__", "list", Role::kSequence},
    {"__builtin__", "tuple", Role::kSequence},
    {"__builtin__", "set", Role::kSequence},
    {"__builtin__", "frozenset", Role::kSequence},
    {"__builtin__", "bytearray", Role::kPlain},
    {"__builtin__", "bytes", Role::kPlain},
    {"__builtin__", "complex", Role::kPlain},
    {"__builtin__", "int", Role::kPlain},
    {"__builtin__", "long", Role::kPlain},
    {"__builtin__", "float", Role::kPlain},
    {"__builtin__", "str", Role::kPlain},
    {"__builtin__", "unicode", Role::kPlain},
    {"__builtin__", "bool", Role::kPlain},
    {"__builtin__", "object"},
    {"__builtin__", "slice", Role::kPlain},
    {"__builtin__", "xrange", Role::kPlain},
    {"_codecs", "encode", Role::kEncoded},
    {"_io", "BytesIO", Role::kPlain},
    {"copyreg", "_reconstructor"},
    {"copy_reg", "_reconstructor"},
    {"argparse", "Namespace"},
    {"types", "SimpleNamespace"},
    {"datetime", "date", Role::kPlain},
    {"datetime", "datetime", Role::kPlain},
    {"datetime", "time", Role::kPlain},
    {"datetime", "timedelta", Role::kPlain},
    {"datetime", "timezone", Role::kPlain},
    {"decimal", "Decimal", Role::kPlain},
    {"fractions", "Fraction", Role::kPlain},
    {"uuid", "UUID", Role::kPlain},
    {"pathlib", "Path", Role::kPlain},
    {"pathlib", "PosixPath", Role::kPlain},
    {"pathlib", "PurePath", Role::kPlain},
    {"pathlib", "PurePosixPath", Role::kPlain},
    {"pathlib", "PureWindowsPath", Role::kPlain},
    {"pathlib", "WindowsPath", Role::kPlain},
    {"pathlib._local", "PosixPath", Role::kPlain},  // Python 3.13
    {"pathlib._local", "WindowsPath", Role::kPlain},
    // torch: tensors.
    {"torch._utils", "_rebuild_tensor", Role::kTensor},
    {"torch._utils", "_rebuild_tensor_v2", Role::kTensor},
    {"torch._utils", "_rebuild_tensor_v3", Role::kTypedTensor},
    {"torch._utils", "_rebuild_parameter", Role::kParameter},
    {"torch._utils", "_rebuild_parameter_with_state", Role::kParameter},
    {"torch._tensor", "_rebuild_from_type_v2", Role::kSubclass},
    {"torch._tensor", "_rebuild_from_type", Role::kSubclass},
    {"torch.tensor", "_rebuild_from_type_v2", Role::kSubclass},
    {"torch.tensor", "_rebuild_from_type", Role::kSubclass},
    {"torch", "Tensor", Role::kTensorClass},
    {"torch.nn.parameter", "Parameter", Role::kParameterClass},
    {"torch._utils", "_rebuild_sparse_tensor", Role::kSparseTensor},
    {"torch._utils", "_rebuild_sparse_csr_tensor", Role::kSparseTensor},
    {"torch._utils", "_rebuild_qtensor", Role::kQuantizedTensor},
    {"torch._utils", "_rebuild_meta_tensor_no_storage", Role::kMetaTensor},
    {"torch._utils", "_rebuild_nested_tensor", Role::kOtherTensor},
    {"torch._utils", "_rebuild_wrapper_subclass", Role::kOtherTensor},
    {"torch._utils", "_rebuild_device_tensor_from_numpy", Role::kOtherTensor},
    {"torch._utils", "_rebuild_device_tensor_from_cpu_tensor", Role::kOtherTensor},
    {"torch._utils", "_rebuild_xla_tensor", Role::kOtherTensor},
    {"torch.storage", "UntypedStorage", Role::kUntypedStorage},
    {"torch", "UntypedStorage", Role::kUntypedStorage},
    // torch: values.
    {"torch", "Size", Role::kSize},
    {"torch", "device", Role::kDevice},
    {"torch.serialization", "_get_layout"},
    {"torch", "strided"},
    {"torch", "sparse_coo"},
    {"torch", "per_tensor_affine"},
    {"torch", "per_tensor_symmetric"},
    {"torch", "per_channel_affine"},
    {"torch", "per_channel_symmetric"},
    {"torch", "per_channel_affine_float_qparams"},
    {"torch.jit._pickle", "build_intlist", Role::kSequence},
    {"torch.jit._pickle", "build_doublelist", Role::kSequence},
    {"torch.jit._pickle", "build_boollist", Role::kSequence},
    {"torch.jit._pickle", "build_tensorlist", Role::kSequence},
    {"torch.jit._pickle", "build_complexlist", Role::kSequence},
    {"torch.jit._pickle", "restore_type_tag", Role::kWrapped},
    {"torch.jit._pickle", "build_tensor_from_id"},
    // NumPy.
    {"numpy", "dtype", Role::kPlain},
    {"numpy", "ndarray", Role::kPlain},
    {"numpy.core.multiarray", "scalar", Role::kPlain},
    {"numpy.core.multiarray", "_reconstruct", Role::kArray},
    {"numpy._core.multiarray", "scalar", Role::kPlain},
    {"numpy._core.multiarray", "_reconstruct", Role::kArray},
    {"numpy.core.numeric", "_frombuffer", Role::kArray},
    {"numpy._core.numeric", "_frombuffer", Role::kArray},
    {"numpy", "bool_", Role::kPlain},
    {"numpy", "float16", Role::kPlain},
    {"numpy", "float32", Role::kPlain},
    {"numpy", "float64", Role::kPlain},
    {"numpy", "int8", Role::kPlain},
    {"numpy", "int16", Role::kPlain},
    {"numpy", "int32", Role::kPlain},
    {"numpy", "int64", Role::kPlain},
    {"numpy", "uint8", Role::kPlain},
    {"numpy", "uint16", Role::kPlain},
    {"numpy", "uint32", Role::kPlain},
    {"numpy", "uint64", Role::kPlain},
    // DeepSpeed.
    {"deepspeed.runtime.fp16.loss_scaler", "LossScaler"},
    {"deepspeed.runtime.fp16.loss_scaler", "DynamicLossScaler"},
    {"deepspeed.runtime.zero.config", "ZeroStageEnum"},
    {"deepspeed.runtime.zero.config", "DeepSpeedZeroConfig"},
    {"deepspeed.runtime.zero.offload_config", "OffloadDeviceEnum"},
    {"deepspeed.utils.tensor_fragment", "fragment_address"},
    // torch.distributed.checkpoint, whose .metadata is a pickle.
    {"torch.distributed.checkpoint.metadata", "Metadata"},
    {"torch.distributed.checkpoint.metadata", "MetadataIndex"},
    {"torch.distributed.checkpoint.metadata", "StorageMeta"},
    {"torch.distributed.checkpoint.metadata", "TensorStorageMetadata"},
    {"torch.distributed.checkpoint.metadata", "BytesStorageMetadata"},
    {"torch.distributed.checkpoint.metadata", "ChunkStorageMetadata"},
    {"torch.distributed.checkpoint.metadata", "TensorProperties"},
    {"torch.distributed.checkpoint.metadata", "_MEM_FORMAT_ENCODING"},
    {"torch.distributed.checkpoint.filesystem", "_StorageInfo"},
    {"torch.distributed._shard.sharded_tensor.metadata", "TensorProperties"},  // up to torch 2.2
    {"torch.distributed._shard.sharded_tensor.metadata", "MEM_FORMAT_ENCODING"},
    // Lightning, and the configurations that programs keep beside their weights.
    {"pytorch_lightning.utilities.parsing", "AttributeDict", Role::kDict},
    {"lightning_fabric.utilities.data", "AttributeDict", Role::kDict},
    {"lightning.fabric.utilities.data", "AttributeDict", Role::kDict},
    {"pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint"},
    {"pytorch_lightning.callbacks.early_stopping", "EarlyStopping"},
    {"omegaconf.dictconfig", "DictConfig"},
    {"omegaconf.listconfig", "ListConfig"},
    {"omegaconf.base", "Metadata"},
    {"omegaconf.base", "ContainerMetadata"},
    {"omegaconf.nodes", "AnyNode"},
    {"omegaconf.nodes", "BooleanNode"},
    {"omegaconf.nodes", "FloatNode"},
    {"omegaconf.nodes", "IntegerNode"},
    {"omegaconf.nodes", "StringNode"},
    {"typing", "Any"},
};

bool IsTensorClass(std::string_view name) {
  // torch.FloatTensor holds what torch.FloatStorage does.
  constexpr std::string_view kTensor = "Tensor";
  if (name.size() <= kTensor.size() || name.substr(name.size() - kTensor.size()) != kTensor) {
    return false;
  }
  name.remove_suffix(kTensor.size());
  return ElementTypeOfStorage(absl::StrFormat("%sStorage", name)) != nullptr;
}

Role RoleOfTorchName(std::string_view module, std::string_view name) {
  if (module == "torch" && ElementTypeOf(name) != nullptr) return Role::kElementType;
  if (module != "torch" && module != "torch.cuda") return Role::kUnknown;
  if (ElementTypeOfStorage(name) != nullptr) return Role::kStorageType;
  return IsTensorClass(name) ? Role::kTensorClass : Role::kUnknown;
}

bool IsScriptModule(std::string_view module) {
  constexpr std::string_view kTop = "__torch__";
  return module.substr(0, kTop.size()) == kTop &&
         (module.size() == kTop.size() || module[kTop.size()] == '.');
}

}  // namespace

InertNames::InertNames(const std::vector<std::string>& allowed)
    : allowed_(allowed.begin(), allowed.end()) {}

Role InertNames::RoleOf(std::string_view module, std::string_view name) const {
  const auto* found = std::find_if(std::begin(kNames), std::end(kNames), [&](const Name& known) {
    return known.name == name && known.module == module;
  });
  if (found != std::end(kNames)) return found->role;
  const Role role = RoleOfTorchName(module, name);
  if (role != Role::kUnknown) return role;
  if (allows_script_names_) {
    if (IsScriptModule(module)) return Role::kScriptClass;
    if (module == "torch" && ElementTypeOfScriptStorage(name) != nullptr) {
      return Role::kStorageType;
    }
  }
  return allowed_.contains(absl::StrFormat("%s.%s", module, name)) ? Role::kOpaque : Role::kUnknown;
}

}  // namespace weft::pytorch
