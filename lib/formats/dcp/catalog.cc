#include "formats/dcp/catalog.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/box_reader.h"
#include "formats/dcp/metadata.h"
#include "formats/directory_catalog.h"
#include "formats/piece_reader.h"
#include "formats/pytorch/catalog.h"
#include "formats/pytorch/reader.h"
#include "io/path.h"

namespace weft::dcp {
namespace {

constexpr std::string_view kMetadata = ".metadata";
constexpr std::string_view kEnding = ".distcp";

// Of pairs of chunks of one tensor, which are compared.
constexpr uint64_t kMostPairs = 10'000'000;

// A shape as weft has it, from one of torch.
Shape Unfolded(Shape shape, const pytorch::ElementType& type) {
  if (type.dtype == DType::kF4) {
    if (!shape.empty()) shape.back() *= 2;
  } else if (type.parts == 2 && type.dtype != DType::kC64) {
    shape.push_back(2);
  }
  return shape;
}

// An object of torch.save that lies somewhere in a file.
struct Loaded {
  uint32_t file = 0;  // number in the list
  FileRange range;
  FileCatalog catalog;
};

class Builder {
 public:
  Builder(absl::Span<const OpenFile> files, const OpenOptions& options)
      : files_(files), read_options_(pytorch::ReadOptionsOf(options)), directory_(files) {
    for (uint32_t i = 0; i < files.size(); ++i) {
      numbers_.emplace(SplitAtName(files[i].path).name, i);
    }
  }

  absl::StatusOr<FileCatalog> Build(const Metadata& metadata, const std::string& where) {
    WEFT_RETURN_IF_ERROR(CheckFiles(metadata, where));
    Diagnostics diagnostics;
    for (const StoredTensor& tensor : metadata.tensors) diagnostics.Add(AddTensor(tensor));
    for (const StoredValue& value : metadata.values) diagnostics.Add(AddValue(value));
    WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
    directory_.catalog().wrapper = metadata.wrapper;
    return std::move(directory_.catalog());
  }

 private:
  absl::Status CheckFiles(const Metadata& metadata, const std::string& where) const {
    Diagnostics diagnostics;
    absl::flat_hash_set<std::string_view> missing;
    const auto check = [&](const std::string& name) {
      if (numbers_.contains(name) || !missing.insert(name).second) return;
      diagnostics.Add(ErrorCode::kMissingPart, where,
                      absl::StrFormat("the file '%s', which it names, is missing", Escaped(name)),
                      "each rank saves files of its own; copy those of all machines into the "
                      "directory");
    };
    for (const StoredTensor& tensor : metadata.tensors) {
      for (const Chunk& chunk : tensor.chunks) check(chunk.saved.file);
    }
    for (const StoredValue& value : metadata.values) check(value.saved.file);
    return diagnostics.ToStatus();
  }

  absl::StatusOr<Loaded> Load(const SavedObject& saved, const std::string& name) {
    Loaded loaded;
    loaded.file = numbers_.at(saved.file);
    loaded.range = saved.range;
    const OpenFile& file = files_[loaded.file];
    const uint64_t all = file.reader->size_bytes();
    std::string where =
        absl::StrFormat("%s: '%s'", Escaped(SplitAtName(file.path).name), Escaped(name));
    if (saved.range.offset_bytes > all || saved.range.size_bytes > all - saved.range.offset_bytes) {
      return ErrorStatus(ErrorCode::kTruncated, where,
                         absl::StrFormat("takes %d bytes at byte %d, and the file has %d bytes",
                                         saved.range.size_bytes, saved.range.offset_bytes, all),
                         "the download or copy of the file is incomplete; fetch it again");
    }
    const std::shared_ptr<const ByteReader> reader = std::make_shared<const PieceReader>(
        std::vector<PieceReader::Piece>{{file.reader, saved.range}}, std::move(where));
    WEFT_ASSIGN_OR_RETURN(const pytorch::Contents contents, pytorch::Read(*reader, read_options_));
    WEFT_ASSIGN_OR_RETURN(loaded.catalog, pytorch::CatalogOf(contents, reader));
    return loaded;
  }

  Stretch StretchOf(const Loaded& loaded, const TensorInfo& tensor) {
    if (tensor.file == 0) {
      return {loaded.file, loaded.range.offset_bytes + tensor.offset_bytes, tensor.size_bytes};
    }
    const DecodedPart& decoded = loaded.catalog.decoded[tensor.file - 1];
    return {directory_.AddDecoded(decoded.name, decoded.reader), tensor.offset_bytes,
            tensor.size_bytes};
  }

  absl::Status AddTensor(const StoredTensor& tensor) {
    WEFT_RETURN_IF_ERROR(CheckChunks(tensor));
    TensorInfo info;
    info.name = tensor.name;
    info.dtype = *tensor.type->dtype;
    info.shape = Unfolded(tensor.shape, *tensor.type);
    info.size_bytes = ElementsOf(tensor.shape) * tensor.type->size_bytes;
    std::vector<BoxReader::StoredBox> boxes;
    std::vector<std::pair<uint64_t, Stretch>> stretches;  // with their first elements
    bool is_contiguous = true;
    for (const Chunk& chunk : tensor.chunks) {
      if (ElementsOf(chunk.box.sizes) == 0) continue;
      WEFT_ASSIGN_OR_RETURN(const Stretch stretch, LoadChunk(tensor, chunk));
      stretches.emplace_back(FirstElementOf(chunk.box, tensor.shape), stretch);
      boxes.push_back({chunk.box, directory_.ReaderOf(stretch.file), stretch.offset_bytes});
      is_contiguous = is_contiguous && IsContiguousIn(chunk.box, tensor.shape);
    }
    if (is_contiguous) {
      std::sort(stretches.begin(), stretches.end(),
                [](const auto& a, const auto& b) { return a.first < b.first; });
      std::vector<Stretch> in_order;
      in_order.reserve(stretches.size());
      for (const auto& [first, stretch] : stretches) in_order.push_back(stretch);
      directory_.AddTensor(std::move(info), in_order);
      return absl::OkStatus();
    }
    const uint64_t size_bytes = info.size_bytes;
    const uint32_t file = directory_.AddDecoded(
        tensor.name, std::make_shared<const BoxReader>(tensor.shape, tensor.type->size_bytes,
                                                       std::move(boxes), Escaped(tensor.name)));
    directory_.AddTensor(std::move(info), {{file, 0, size_bytes}});
    return absl::OkStatus();
  }

  absl::StatusOr<Stretch> LoadChunk(const StoredTensor& tensor, const Chunk& chunk) {
    WEFT_ASSIGN_OR_RETURN(const Loaded loaded, Load(chunk.saved, tensor.name));
    const Shape expected = Unfolded(chunk.box.sizes, *tensor.type);
    const std::vector<TensorInfo>& found = loaded.catalog.tensors;
    if (found.size() != 1 || !found[0].name.empty()) {
      return Error(ErrorCode::kBadHeaderSyntax, tensor, chunk,
                   "what lies at its place is no tensor");
    }
    if (found[0].dtype != *tensor.type->dtype) {
      return Error(ErrorCode::kBadDtype, tensor, chunk,
                   absl::StrFormat("is %s at its place, and %s in '%s'", NameOf(found[0].dtype),
                                   NameOf(*tensor.type->dtype), kMetadata));
    }
    if (found[0].shape != expected) {
      return Error(ErrorCode::kSizeMismatch, tensor, chunk,
                   absl::StrFormat("has the shape %s at its place, and %s in '%s'",
                                   TextOf(found[0].shape), TextOf(expected), kMetadata));
    }
    return StretchOf(loaded, found[0]);
  }

  // They fill the tensor, and share no element.
  static absl::Status CheckChunks(const StoredTensor& tensor) {
    std::vector<const Chunk*> chunks;
    uint64_t filled = 0;
    const uint64_t all = ElementsOf(tensor.shape);
    for (const Chunk& chunk : tensor.chunks) {
      const uint64_t elements = ElementsOf(chunk.box.sizes);
      if (elements == 0) continue;
      chunks.push_back(&chunk);
      if (elements > all - std::min(filled, all)) {
        return Error(ErrorCode::kOffsetOverlap, tensor, chunk,
                     "its chunks have more elements together than it has");
      }
      filled += elements;
    }
    WEFT_RETURN_IF_ERROR(CheckDisjoint(tensor, std::move(chunks)));
    if (filled == all) return absl::OkStatus();
    return ErrorStatus(
        ErrorCode::kOffsetHole, WhereOf(tensor),
        absl::StrFormat("its chunks have %d elements together, and it has %d", filled, all));
  }

  static absl::Status CheckDisjoint(const StoredTensor& tensor, std::vector<const Chunk*> chunks) {
    if (tensor.shape.empty()) return absl::OkStatus();
    // Those that share a first index are neighbours.
    std::sort(chunks.begin(), chunks.end(),
              [](const Chunk* a, const Chunk* b) { return a->box.begin[0] < b->box.begin[0]; });
    uint64_t pairs = 0;
    for (size_t i = 0; i < chunks.size(); ++i) {
      const TensorBox& a = chunks[i]->box;
      for (size_t k = i + 1; k < chunks.size(); ++k) {
        const TensorBox& b = chunks[k]->box;
        if (b.begin[0] >= a.begin[0] + a.sizes[0]) break;
        if (++pairs > kMostPairs) {
          return ErrorStatus(ErrorCode::kLimitExceeded, WhereOf(tensor),
                             "is cut into so many chunks that they cannot be compared");
        }
        bool overlaps = true;
        for (size_t axis = 1; overlaps && axis < tensor.shape.size(); ++axis) {
          overlaps = a.begin[axis] < b.begin[axis] + b.sizes[axis] &&
                     b.begin[axis] < a.begin[axis] + a.sizes[axis];
        }
        if (overlaps) {
          return Error(ErrorCode::kOffsetOverlap, tensor, *chunks[k],
                       absl::StrFormat("shares elements with the chunk at %s", TextOf(a.begin)));
        }
      }
    }
    return absl::OkStatus();
  }

  // What is no tensor becomes metadata; tensors in it are tensors.
  absl::Status AddValue(const StoredValue& value) {
    WEFT_ASSIGN_OR_RETURN(const Loaded loaded, Load(value.saved, value.name));
    const auto full_name = [&](const std::string& name) {
      return name.empty() ? value.name : absl::StrFormat("%s.%s", value.name, name);
    };
    FileCatalog& catalog = directory_.catalog();
    for (const auto& [name, text] : loaded.catalog.metadata) {
      catalog.metadata.emplace(full_name(name), text);
    }
    for (const TensorInfo& tensor : loaded.catalog.tensors) {
      TensorInfo info = tensor;
      info.name = full_name(tensor.name);
      directory_.AddTensor(std::move(info), {StretchOf(loaded, tensor)});
    }
    catalog.warnings.insert(catalog.warnings.end(), loaded.catalog.warnings.begin(),
                            loaded.catalog.warnings.end());
    return absl::OkStatus();
  }

  static std::string WhereOf(const StoredTensor& tensor) {
    return absl::StrFormat("%s: tensor '%s'", kMetadata, Escaped(tensor.name));
  }

  static absl::Status Error(ErrorCode code, const StoredTensor& tensor, const Chunk& chunk,
                            std::string_view what) {
    return ErrorStatus(
        code, absl::StrFormat("%s: chunk at %s", WhereOf(tensor), TextOf(chunk.box.begin)), what);
  }

  absl::Span<const OpenFile> files_;
  pytorch::ReadOptions read_options_;
  DirectoryCatalog directory_;
  absl::flat_hash_map<std::string, uint32_t> numbers_;  // of files, by name
};

}  // namespace

bool IsPart(std::string_view file_name) {
  return file_name == kMetadata || (file_name.size() > kEnding.size() &&
                                    file_name.substr(file_name.size() - kEnding.size()) == kEnding);
}

absl::StatusOr<FileCatalog> ReadCatalog(absl::Span<const OpenFile> files,
                                        const OpenOptions& options) {
  const auto* const found = std::find_if(files.begin(), files.end(), [](const OpenFile& file) {
    return SplitAtName(file.path).name == kMetadata;
  });
  if (found == files.end()) {
    return ErrorStatus(ErrorCode::kMissingPart, files[0].reader->where(),
                       "the file '.metadata', which says what is in this one, is missing beside it",
                       "it is the last that is saved: where it is not, the checkpoint may be "
                       "incomplete; its name is hidden, so copies may lack it");
  }
  WEFT_ASSIGN_OR_RETURN(const Metadata metadata, ReadMetadata(*found->reader, options));
  return Builder(files, options).Build(metadata, found->reader->where());
}

}  // namespace weft::dcp
