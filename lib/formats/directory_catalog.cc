#include "formats/directory_catalog.h"

#include "formats/piece_reader.h"
#include "weft/diagnostic.h"

namespace weft {

uint32_t DirectoryCatalog::AddDecoded(std::string name, std::shared_ptr<const ByteReader> reader) {
  catalog_.decoded.push_back({std::move(name), std::move(reader)});
  return static_cast<uint32_t>(files_.size() + catalog_.decoded.size() - 1);
}

uint32_t DirectoryCatalog::FileOf(uint32_t number, const FileCatalog& part, uint32_t file) {
  if (file == 0) return number;
  const auto [found, is_new] = decoded_.try_emplace({number, file}, 0);
  if (is_new) {
    const DecodedPart& decoded = part.decoded[file - 1];
    found->second = AddDecoded(decoded.name, decoded.reader);
  }
  return found->second;
}

const std::shared_ptr<const ByteReader>& DirectoryCatalog::ReaderOf(uint32_t file) const {
  return file < files_.size() ? files_[file].reader : catalog_.decoded[file - files_.size()].reader;
}

void DirectoryCatalog::AddTensor(TensorInfo tensor, const std::vector<Stretch>& stretches) {
  if (stretches.size() == 1) {
    tensor.file = stretches[0].file;
    tensor.offset_bytes = stretches[0].offset_bytes;
  } else if (stretches.size() > 1) {
    std::vector<PieceReader::Piece> pieces;
    pieces.reserve(stretches.size());
    for (const Stretch& stretch : stretches) {
      pieces.push_back({ReaderOf(stretch.file), {stretch.offset_bytes, stretch.size_bytes}});
    }
    tensor.file = AddDecoded(
        tensor.name, std::make_shared<const PieceReader>(std::move(pieces), Escaped(tensor.name)));
    tensor.offset_bytes = 0;
  }
  catalog_.tensors.push_back(std::move(tensor));
}

}  // namespace weft
