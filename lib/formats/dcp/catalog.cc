#include "formats/dcp/catalog.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/box_reader.h"
#include "formats/dcp/metadata.h"
#include "formats/directory_catalog.h"
#include "formats/piece_reader.h"
#include "formats/pytorch/catalog.h"
#include "formats/pytorch/reader.h"
#include "formats/safetensors/reader.h"
#include "io/path.h"

namespace weft::dcp {
namespace {

constexpr std::string_view kMetadata = ".metadata";
constexpr std::string_view kEnding = ".distcp";
constexpr std::string_view kOfRankStart = "__";

// Of pairs of chunks of one tensor, which are compared.
constexpr uint64_t kMostPairs = 10'000'000;

// Names and texts of what is in values: each takes the name of the value, and texts may be used
// many times in one object.
constexpr uint64_t kFreeTextBytes = uint64_t{16} << 20U;
constexpr uint64_t kTextBytesPerByte = 4;

// WalkLimits::free_visits of all objects together, and of one at least.
constexpr uint64_t kFreeVisits = 1'000'000;
constexpr uint64_t kLeastFreeVisits = 1000;

constexpr std::string_view kTorchHint = "load it with torch, and save it again in the usual form";

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// "__3.metadata", which a rank has for itself.
bool IsMetadataOfRank(std::string_view file_name) {
  if (file_name.substr(0, kOfRankStart.size()) != kOfRankStart) return false;
  file_name.remove_prefix(kOfRankStart.size());
  const size_t digits = file_name.find_first_not_of("0123456789");
  return digits != 0 && digits != std::string_view::npos && file_name.substr(digits) == kMetadata;
}

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
      : files_(files),
        limits_(options.limits),
        read_options_(pytorch::ReadOptionsOf(options)),
        most_values_(read_options_.objects.values),
        directory_(files) {}

  absl::StatusOr<FileCatalog> Build(const Metadata& metadata, const std::string& where) {
    WEFT_RETURN_IF_ERROR(FindFiles(metadata, where));
    WEFT_RETURN_IF_ERROR(CheckPlaces(metadata));
    Diagnostics diagnostics;
    for (const StoredTensor& tensor : metadata.tensors) diagnostics.Add(AddTensor(tensor));
    for (const StoredValue& value : metadata.values) {
      absl::Status added = AddValue(value);
      if (absl::IsResourceExhausted(added)) return added;
      diagnostics.Add(added);
    }
    WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
    if (AllAreIn(metadata.wrapper)) directory_.catalog().wrapper = metadata.wrapper;
    return std::move(directory_.catalog());
  }

 private:
  absl::Status FindFiles(const Metadata& metadata, const std::string& where) {
    absl::flat_hash_map<std::string, uint32_t> numbers;
    for (uint32_t i = 0; i < files_.size(); ++i) {
      numbers.emplace(SplitAtName(files_[i].path).name, i);
    }
    Diagnostics diagnostics;
    for (const std::string& name : metadata.files) {
      const auto found = numbers.find(name);
      if (found != numbers.end()) {
        numbers_.push_back(found->second);
        continue;
      }
      diagnostics.Add(ErrorCode::kMissingPart, where,
                      absl::StrFormat("the file '%s', which it names, is missing", Escaped(name)),
                      "each rank saves files of its own; copy those of all machines into the "
                      "directory");
    }
    return diagnostics.ToStatus();
  }

  // Each object is that of one chunk or value, so no byte is read twice.
  absl::Status CheckPlaces(const Metadata& metadata) {
    struct Place {
      SavedObject saved;
      std::string_view name;
    };
    std::vector<Place> places;
    for (const StoredTensor& tensor : metadata.tensors) {
      for (const Chunk& chunk : tensor.chunks) places.push_back({chunk.saved, tensor.name});
    }
    for (const StoredValue& value : metadata.values) places.push_back({value.saved, value.name});
    const auto order = [](const Place& place) {
      const auto& [file, range] = place.saved;
      return std::make_tuple(file, range.offset_bytes, range.size_bytes);
    };
    std::sort(places.begin(), places.end(),
              [&](const Place& a, const Place& b) { return order(a) < order(b); });
    const uint64_t share = kFreeVisits / std::max<uint64_t>(places.size(), 1);
    read_options_.objects.walk.free_visits =
        std::min(read_options_.objects.walk.free_visits, std::max(share, kLeastFreeVisits));
    Diagnostics diagnostics;
    for (size_t i = 1; i < places.size(); ++i) {
      const Place& a = places[i - 1];
      const Place& b = places[i];
      if (a.saved.file != b.saved.file || a.saved.range.end_bytes() <= b.saved.range.offset_bytes) {
        continue;
      }
      if (IsSafetensors(b.saved)) return Safetensors(b.saved, b.name);
      diagnostics.Add(ErrorCode::kOffsetOverlap, WhereOf(b.saved, b.name),
                      absl::StrFormat("lies at byte %d, in what '%s' takes",
                                      b.saved.range.offset_bytes, Escaped(a.name)));
    }
    return diagnostics.ToStatus();
  }

  std::string WhereOf(const SavedObject& saved, std::string_view name) const {
    const OpenFile& file = files_[numbers_[saved.file]];
    return absl::StrFormat("%s: '%s'", Escaped(SplitAtName(file.path).name), Escaped(name));
  }

  // Tensors of a rank may lie in such a file, each at its beginning.
  bool IsSafetensors(const SavedObject& saved) const {
    const ByteReader& reader = *files_[numbers_[saved.file]].reader;
    const uint64_t offset = saved.range.offset_bytes;
    if (offset >= reader.size_bytes()) return false;
    const absl::StatusOr<std::string> bytes = ReadBytes(
        reader, offset, std::min<uint64_t>(kFirstBytes, reader.size_bytes() - offset), "a tensor");
    return bytes.ok() && safetensors::Recognises(*bytes);
  }

  absl::Status Safetensors(const SavedObject& saved, std::string_view name) const {
    return ErrorStatus(ErrorCode::kUnsupportedFeature, WhereOf(saved, name),
                       "was saved with SerializationFormat.SAFETENSORS, of which weft does not "
                       "read the parts",
                       kTorchHint);
  }

  absl::StatusOr<Loaded> Load(const SavedObject& saved, const std::string& name) {
    Loaded loaded;
    loaded.file = numbers_[saved.file];
    loaded.range = saved.range;
    const OpenFile& file = files_[loaded.file];
    const uint64_t all = file.reader->size_bytes();
    std::string where = WhereOf(saved, name);
    if (saved.range.offset_bytes > all || saved.range.size_bytes > all - saved.range.offset_bytes) {
      return ErrorStatus(ErrorCode::kTruncated, where,
                         absl::StrFormat("takes %d bytes at byte %d, and the file has %d bytes",
                                         saved.range.size_bytes, saved.range.offset_bytes, all),
                         "the download or copy of the file is incomplete; fetch it again");
    }
    const std::shared_ptr<const ByteReader> reader = std::make_shared<const PieceReader>(
        std::vector<PieceReader::Piece>{{file.reader, saved.range}}, std::move(where));
    // torch does not compress it.
    read_options_.pickle.bytes = std::min(pickle::Limits().bytes, saved.range.size_bytes);
    const absl::StatusOr<pytorch::Contents> contents = pytorch::Read(*reader, read_options_);
    if (!contents.ok()) return IsSafetensors(saved) ? Safetensors(saved, name) : contents.status();
    WEFT_ASSIGN_OR_RETURN(loaded.catalog, pytorch::CatalogOf(*contents, reader));
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
    FileCatalog& catalog = directory_.catalog();
    read_options_.objects.values = most_values_ - catalog.metadata.size();
    WEFT_ASSIGN_OR_RETURN(Loaded loaded, Load(value.saved, value.name));
    WEFT_RETURN_IF_ERROR(CheckCounts(value, loaded));
    const auto full_name = [&](const std::string& name) {
      return name.empty() ? value.name : absl::StrFormat("%s.%s", value.name, name);
    };
    for (auto& [name, text] : loaded.catalog.metadata) {
      catalog.metadata.emplace(full_name(name), std::move(text));
    }
    for (TensorInfo& tensor : loaded.catalog.tensors) {
      tensor.name = full_name(tensor.name);
      const Stretch stretch = StretchOf(loaded, tensor);
      directory_.AddTensor(std::move(tensor), {stretch});
    }
    for (std::string& warning : loaded.catalog.warnings) {
      if (catalog.warnings.size() >= Diagnostics::kMost) break;
      catalog.warnings.push_back(std::move(warning));
    }
    return absl::OkStatus();
  }

  absl::Status CheckCounts(const StoredValue& value, const Loaded& loaded) {
    if (directory_.catalog().tensors.size() + loaded.catalog.tensors.size() > limits_.tensors) {
      return ErrorStatus(
          ErrorCode::kLimitExceeded, WhereOf(value.saved, value.name),
          absl::StrFormat("the checkpoint has more than %d tensors", limits_.tensors));
    }
    for (const auto& [name, text] : loaded.catalog.metadata) {
      text_bytes_ += value.name.size() + name.size() + text.size();
    }
    for (const TensorInfo& tensor : loaded.catalog.tensors) {
      text_bytes_ += value.name.size() + tensor.name.size();
    }
    value_bytes_ += value.name.size() + value.saved.range.size_bytes;
    if (text_bytes_ <= kFreeTextBytes + kTextBytesPerByte * value_bytes_) return absl::OkStatus();
    return ErrorStatus(ErrorCode::kLimitExceeded, WhereOf(value.saved, value.name),
                       "the names and texts in the values are too long together");
  }

  bool AllAreIn(std::string_view wrapper) {
    const std::vector<TensorInfo>& tensors = directory_.catalog().tensors;
    return std::all_of(tensors.begin(), tensors.end(), [&](const TensorInfo& tensor) {
      return tensor.name.size() > wrapper.size() && tensor.name[wrapper.size()] == '.' &&
             tensor.name.compare(0, wrapper.size(), wrapper) == 0;
    });
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
  Limits limits_;
  pytorch::ReadOptions read_options_;
  uint64_t most_values_;
  DirectoryCatalog directory_;
  std::vector<uint32_t> numbers_;  // of Metadata::files, in files_
  uint64_t text_bytes_ = 0;        // of names and texts in values
  uint64_t value_bytes_ = 0;       // of the values as they are stored
};

}  // namespace

bool IsPart(std::string_view file_name) {
  return file_name == kMetadata || IsMetadataOfRank(file_name) ||
         (file_name.size() > kEnding.size() && EndsWith(file_name, kEnding));
}

absl::StatusOr<FileCatalog> ReadCatalog(absl::Span<const OpenFile> files,
                                        const OpenOptions& options) {
  const auto* const found = std::find_if(files.begin(), files.end(), [](const OpenFile& file) {
    return SplitAtName(file.path).name == kMetadata;
  });
  if (found == files.end()) {
    for (const OpenFile& file : files) {
      if (!IsMetadataOfRank(SplitAtName(file.path).name)) continue;
      return ErrorStatus(ErrorCode::kUnsupportedFeature, file.reader->where(),
                         "says what one rank saved, as all do that save with "
                         "use_collectives=False; weft reads what they saved together",
                         kTorchHint);
    }
    return ErrorStatus(ErrorCode::kMissingPart, files[0].reader->where(),
                       "the file '.metadata', which says what is in this one, is missing beside it",
                       "it is the last that is saved: where it is not, the checkpoint may be "
                       "incomplete; its name is hidden, so copies may lack it");
  }
  WEFT_ASSIGN_OR_RETURN(const Metadata metadata, ReadMetadata(*found->reader, options));
  return Builder(files, options).Build(metadata, found->reader->where());
}

}  // namespace weft::dcp
