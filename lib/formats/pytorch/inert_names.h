// The Python names that a checkpoint may hold, and what they mean here.
#ifndef WEFT_FORMATS_PYTORCH_INERT_NAMES_H_
#define WEFT_FORMATS_PYTORCH_INERT_NAMES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"

namespace weft::pytorch {

enum class Role : uint8_t {
  kUnknown,         // refuses the file
  kOpaque,          // a class of some program: its objects are not understood, but walked
  kPlain,           // a class whose objects hold no tensors
  kArray,           // a function that makes an array of NumPy
  kScriptClass,     // a class that a TorchScript archive defines
  kTensor,          // rebuilds: storage, offset, shape, strides, …
  kTypedTensor,     // the same, with its type behind them
  kParameter,       // wraps a tensor
  kSubclass,        // a call of one of these, for a subclass of Tensor
  kTensorClass,     // Tensor, FloatTensor, … of torch before 0.4: the tensor is the state
  kParameterClass,  // Parameter, whose state begins with the tensor
  kSparseTensor,    // tensors that are not plain numbers in a storage
  kQuantizedTensor,
  kMetaTensor,
  kOtherTensor,
  kStorageType,
  kUntypedStorage,
  kElementType,
  kDict,      // OrderedDict, …: its items
  kSequence,  // set, build_intlist, …: the elements of its argument
  kWrapped,   // its first argument
  kSize,
  kDevice,
  kEnumMember,  // getattr, which inert_pickle.h takes for that alone
  kEncoded,     // _codecs.encode: bytes as protocol 2 writes them
};

// Immutable; share it between threads.
class InertNames {
 public:
  // The table, and "MODULE.NAME" that the caller allows: these are opaque.
  explicit InertNames(const std::vector<std::string>& allowed = {});

  // Also what only TorchScript names: every class below the module __torch__, and classes of
  // storages for all types of torch.
  void AllowScriptNames() { allows_script_names_ = true; }

  Role RoleOf(std::string_view module, std::string_view name) const;

 private:
  absl::flat_hash_set<std::string> allowed_;
  bool allows_script_names_ = false;
};

}  // namespace weft::pytorch

#endif  // WEFT_FORMATS_PYTORCH_INERT_NAMES_H_
