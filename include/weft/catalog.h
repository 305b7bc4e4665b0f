// What a checkpoint contains, without its data.
//
// A Catalog is made by reading headers only (Checkpoint::Open), or by hand for tests and for
// engines that keep their weights elsewhere. It is plain data; share it as const between threads.
//
//   for (const weft::TensorInfo& t : catalog.tensors) {
//     std::cout << t.name << ' ' << weft::NameOf(t.dtype) << '\n';
//   }
#ifndef WEFT_CATALOG_H_
#define WEFT_CATALOG_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "weft/dtype.h"

namespace weft {

// Sizes of the axes, outermost first, row-major. Empty for a scalar (one element). Each size is
// ≥ 0, and the number of elements times the bits of the dtype is below 2^63 (readers check it).
using Shape = absl::InlinedVector<int64_t, 4>;

// "[60, 1408, 2048]"
std::string TextOf(const Shape& shape);

// Product of the sizes; 1 for a scalar.
uint64_t ElementsOf(const Shape& shape);

// One tensor of a checkpoint.
struct TensorInfo {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  uint32_t file = 0;          // index into Catalog::files
  uint64_t offset_bytes = 0;  // of the first element, from the start of the file; any alignment
  uint64_t size_bytes = 0;    // ElementsOf(shape) · BitsOf(dtype) / 8, an integer
};

// One file of a checkpoint; or what a file has in another form than tensors need it: compressed,
// in the other byte order, in pieces, in another order of the axes. That is decoded while it is
// read, and stands in the list like a file, behind the files.
struct CatalogFile {
  std::string path;  // as opened; of the file that it comes from
  std::string name;  // relative to the checkpoint's directory, for messages and reports
  uint64_t size_bytes = 0;
  std::string part = {};  // what of the file is decoded: "archive/data/0"; empty for a file

  bool is_decoded() const { return !part.empty(); }
};

// "model.safetensors"; of what is decoded "model.pt: archive/data/0".
std::string TextOf(const CatalogFile& file);

struct Catalog {
  std::string format;  // "safetensors", "pytorch", …
  std::vector<CatalogFile> files;
  std::map<std::string, std::string> metadata;  // `__metadata__` of all files; the first file wins
  std::vector<TensorInfo> tensors;              // natural order of names; names are unique
};

// The files and tensors of both, those of `first` before, and the metadata of `first`. Tensors are
// in natural order; a name that both have stands there twice, which the caller must look for.
Catalog Join(const Catalog& first, const Catalog& second);

// Natural order: runs of decimal digits compare as numbers, everything else as bytes, so
// "layers.2" < "layers.10". Strings that compare equal so ("a01" and "a1") are ordered as bytes:
// a strict total order.
bool NaturalLess(std::string_view a, std::string_view b);

}  // namespace weft

#endif  // WEFT_CATALOG_H_
