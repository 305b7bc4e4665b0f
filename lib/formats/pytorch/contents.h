// What is in a PyTorch file, in words of torch: storages, and tensors that are views of them.
#ifndef WEFT_FORMATS_PYTORCH_CONTENTS_H_
#define WEFT_FORMATS_PYTORCH_CONTENTS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "formats/pickle/tree.h"
#include "formats/pytorch/element_type.h"
#include "formats/zip/zip_directory.h"
#include "weft/catalog.h"
#include "weft/diagnostic.h"

namespace weft::pytorch {

enum class Container : uint8_t {
  kZip,     // torch.save since 1.6
  kLegacy,  // torch.save before
  kScript,  // torch.jit.save
};

// Bytes that several tensors may share.
struct Storage {
  std::string key;       // "data/0" of a zip: its member below the top folder; "94384063008" else
  std::string location;  // "cpu", "cuda:0": where its tensors were
  uint64_t size_bytes = 0;
  uint64_t element_bytes = 1;  // of the type that its first tensor gives it
  // Where its bytes are in the file: as they are, or deflated.
  uint64_t offset_bytes = 0;
  bool is_deflated = false;
  uint32_t member = 0;  // of a zip: into Contents::directory
};

struct Tensor {
  std::string name;  // keys and indices from the root, joined by dots; empty for a root that is one
  const ElementType* type = nullptr;  // never null
  Shape shape;
  // Of the same rank, in elements, ≥ 0; 0 repeats. Every element lies in the storage.
  Shape strides;
  uint32_t storage = 0;          // into Contents::storages
  uint64_t offset_elements = 0;  // of the first element, from the start of the storage
  bool is_parameter = false;
  bool requires_grad = false;
  bool has_attributes = false;  // of Python, which are not read
};

// A value beside the tensors: a number, a text, a list of such, or the class of an object that is
// not understood.
struct Value {
  std::string name;  // as of tensors
  std::string text;  // as Python prints it, a str without quotes; at most about 1,000 bytes
};

struct Contents {
  Container container = Container::kZip;
  bool is_big_endian = false;  // the numbers in the storages
  std::vector<Storage> storages;
  std::vector<Tensor> tensors;  // in the order of the pickle; names are unique, valid UTF-8
  std::vector<Value> values;    // in the order of the pickle
  // Of the root, where weft's own writer keeps it: text by text.
  std::map<std::string, std::string> metadata;
  // Tensors that weft cannot read, and why: sparse, quantised, without data, conjugated.
  std::vector<Diagnostic> refused;
  std::vector<std::string> warnings;
  // The file as it is, for those who want more than tensors.
  zip::Directory directory;               // of a zip
  std::string top;                        // its only top folder, with the slash
  pickle::Tree objects;                   // data.pkl
  std::optional<pickle::Tree> constants;  // constants.pkl of a TorchScript archive
};

}  // namespace weft::pytorch

#endif  // WEFT_FORMATS_PYTORCH_CONTENTS_H_
