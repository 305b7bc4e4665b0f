// Makes the catalog of a directory whose files hold whole tensors only together.
#ifndef WEFT_FORMATS_DIRECTORY_CATALOG_H_
#define WEFT_FORMATS_DIRECTORY_CATALOG_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "formats/format.h"
#include "formats/piece_cursor.h"
#include "weft/catalog.h"

namespace weft {

class DirectoryCatalog {
 public:
  // `files` must live as long.
  explicit DirectoryCatalog(absl::Span<const OpenFile> files) : files_(files) {}

  FileCatalog& catalog() { return catalog_; }

  // Adds what is decoded; its number among the files.
  uint32_t AddDecoded(std::string name, std::shared_ptr<const ByteReader> reader);

  // The number among the files of where a tensor's bytes are: `file` is that of the tensor in
  // `part`, which says what is in file `number`. What is decoded is added once.
  uint32_t FileOf(uint32_t number, const FileCatalog& part, uint32_t file);

  const std::shared_ptr<const ByteReader>& ReaderOf(uint32_t file) const;

  // Adds a tensor whose bytes are these. One stretch is where it lies; several are put together.
  void AddTensor(TensorInfo tensor, const std::vector<Stretch>& stretches);

 private:
  absl::Span<const OpenFile> files_;
  FileCatalog catalog_;
  std::map<std::pair<uint32_t, uint32_t>, uint32_t> decoded_;  // of `number`, `file`
};

}  // namespace weft

#endif  // WEFT_FORMATS_DIRECTORY_CATALOG_H_
