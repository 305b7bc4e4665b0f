// What the .metadata of a torch distributed checkpoint says.
#ifndef WEFT_FORMATS_DCP_METADATA_H_
#define WEFT_FORMATS_DCP_METADATA_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "formats/box_reader.h"
#include "formats/byte_reader.h"
#include "formats/file_range.h"
#include "formats/pytorch/element_type.h"
#include "weft/catalog.h"
#include "weft/checkpoint.h"

namespace weft::dcp {

// Where something that torch.save wrote lies.
struct SavedObject {
  uint32_t file = 0;  // into Metadata::files
  FileRange range;
};

// A block of a tensor.
struct Chunk {
  TensorBox box;  // lies in the tensor
  SavedObject saved;
};

struct StoredTensor {
  std::string name;
  const pytorch::ElementType* type = nullptr;  // never null
  Shape shape;
  std::vector<Chunk> chunks;
};

// A number, a text, or whatever is no tensor.
struct StoredValue {
  std::string name;
  SavedObject saved;
};

struct Metadata {
  std::vector<std::string> files;  // plain names, each once
  std::vector<StoredTensor> tensors;
  std::vector<StoredValue> values;
  // FileCatalog::wrapper of the tensors; there may be others in the values.
  std::string wrapper;
};

// Names of tensors and values are unique, and no two chunks or values have one place in the list of
// places. Errors: kBadHeaderSyntax, kBadName, kDuplicateName, kBadDtype, kBadShape, kOffsetRange,
// kMissingPart (a chunk that lies nowhere), kUnsafePath, kUnsupportedFeature, kLimitExceeded, those
// of a pickle.
absl::StatusOr<Metadata> ReadMetadata(const ByteReader& reader, const OpenOptions& options);

}  // namespace weft::dcp

#endif  // WEFT_FORMATS_DCP_METADATA_H_
