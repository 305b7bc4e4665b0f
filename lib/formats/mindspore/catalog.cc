#include "formats/mindspore/catalog.h"

#include <memory>
#include <utility>

#include "diagnostic/status.h"
#include "formats/mindspore/reader.h"
#include "formats/mindspore/tensor_type.h"
#include "formats/name_order.h"
#include "formats/piece_reader.h"

namespace weft::mindspore {
namespace {

// The pieces of a parameter, read as one.
DecodedPart Joined(const Parameter& parameter, const std::shared_ptr<const ByteReader>& reader) {
  std::vector<PieceReader::Piece> pieces;
  pieces.reserve(parameter.pieces.size());
  for (const FileRange& range : parameter.pieces) pieces.push_back({reader, range});
  return {parameter.name, std::make_shared<const PieceReader>(std::move(pieces), reader->where())};
}

}  // namespace

absl::StatusOr<FileCatalog> ReadCatalog(const OpenFile& file, const OpenOptions& options) {
  WEFT_ASSIGN_OR_RETURN(Contents contents, Read(*file.reader, options.limits));
  FileCatalog catalog;
  catalog.metadata = std::move(contents.texts);
  catalog.tensors.reserve(contents.parameters.size());
  for (Parameter& parameter : contents.parameters) {
    TensorInfo& info = catalog.tensors.emplace_back();
    if (parameter.pieces.size() == 1) {
      info.offset_bytes = parameter.pieces[0].offset_bytes;
    } else if (!parameter.pieces.empty()) {
      catalog.decoded.push_back(Joined(parameter, file.reader));
      info.file = static_cast<uint32_t>(catalog.decoded.size());
    }
    if (parameter.is_int4) catalog.metadata.emplace(parameter.name, kInt4Type);
    for (const FileRange& piece : parameter.pieces) info.size_bytes += piece.size_bytes;
    info.name = std::move(parameter.name);
    info.dtype = parameter.dtype;
    info.shape = std::move(parameter.shape);
  }
  SortByName(catalog.tensors);
  return catalog;
}

}  // namespace weft::mindspore
