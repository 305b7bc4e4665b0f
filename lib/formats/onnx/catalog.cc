#include "formats/onnx/catalog.h"

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "diagnostic/status.h"
#include "formats/name_order.h"
#include "formats/onnx/external_file.h"
#include "formats/onnx/model.h"
#include "formats/onnx/number_reader.h"
#include "formats/piece_reader.h"

namespace weft::onnx {
namespace {

class Builder {
 public:
  explicit Builder(const OpenFile& file) : file_(file) {}

  absl::StatusOr<FileCatalog> Build(Model model) {
    Diagnostics diagnostics;
    for (Initializer& initializer : model.initializers) {
      diagnostics.Add(Add(std::move(initializer)));
    }
    WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
    SortByName(catalog_.tensors);
    catalog_.warnings = std::move(model.warnings);
    return std::move(catalog_);
  }

 private:
  absl::Status Add(Initializer initializer) {
    TensorInfo info;
    info.dtype = initializer.dtype;
    info.shape = initializer.shape;
    info.size_bytes = ElementsOf(info.shape) * static_cast<uint64_t>(BitsOf(info.dtype)) / 8;
    if (initializer.external.has_value()) {
      WEFT_ASSIGN_OR_RETURN(info.file, FileOf(initializer));
      info.offset_bytes = initializer.external->offset_bytes;
    } else if (!initializer.numbers.empty()) {
      WEFT_ASSIGN_OR_RETURN(std::shared_ptr<const ByteReader> numbers,
                            NumberReader::Open(file_.reader, initializer));
      info.file = Decoded(initializer.name, std::move(numbers));
    } else if (initializer.bytes.size() > 1) {
      std::vector<PieceReader::Piece> pieces;
      pieces.reserve(initializer.bytes.size());
      for (const FileRange& range : initializer.bytes) pieces.push_back({file_.reader, range});
      info.file = Decoded(initializer.name, std::make_shared<const PieceReader>(
                                                std::move(pieces), file_.reader->where()));
    } else if (!initializer.bytes.empty()) {
      info.offset_bytes = initializer.bytes[0].offset_bytes;
    }
    info.name = std::move(initializer.name);
    catalog_.tensors.push_back(std::move(info));
    return absl::OkStatus();
  }

  uint32_t Decoded(std::string name, std::shared_ptr<const ByteReader> reader) {
    catalog_.decoded.push_back({std::move(name), std::move(reader)});
    return static_cast<uint32_t>(catalog_.decoded.size());
  }

  // The file of external data, opened once.
  absl::StatusOr<uint32_t> FileOf(const Initializer& initializer) {
    const std::string& location = initializer.external->location;
    auto found = external_.find(location);
    if (found == external_.end()) {
      WEFT_ASSIGN_OR_RETURN(InputFile file, OpenExternal(file_, initializer.name, location));
      auto reader =
          std::make_shared<const FileReader>(std::make_shared<const InputFile>(std::move(file)));
      found = external_.emplace(location, Decoded(location, std::move(reader))).first;
    }
    WEFT_RETURN_IF_ERROR(CheckExternal(initializer.name, *initializer.external,
                                       catalog_.decoded[found->second - 1].reader->size_bytes()));
    return found->second;
  }

  const OpenFile& file_;
  FileCatalog catalog_;
  std::map<std::string, uint32_t> external_;  // files by their locations
};

}  // namespace

absl::StatusOr<FileCatalog> ReadCatalog(const OpenFile& file, const OpenOptions& options) {
  WEFT_ASSIGN_OR_RETURN(Model model, Read(*file.reader, options.limits));
  return Builder(file).Build(std::move(model));
}

}  // namespace weft::onnx
