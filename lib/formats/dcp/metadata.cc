#include "formats/dcp/metadata.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "diagnostic/utf8.h"
#include "formats/pickle/fields.h"
#include "formats/pytorch/inert_names.h"
#include "formats/pytorch/inert_pickle.h"
#include "formats/pytorch/wrapper_keys.h"
#include "io/path.h"
#include "tensor/shape.h"

namespace weft::dcp {
namespace {

using pickle::Kind;
using pickle::kNoValue;
using pickle::Ref;
using pickle::Tree;

constexpr std::string_view kModule = "torch.distributed.checkpoint.metadata";

Shape ShapeOf(const std::vector<int64_t>& numbers) { return {numbers.begin(), numbers.end()}; }

// What stands for an item of the list of places: its name, and of a chunk where it begins.
using PlaceKey = std::pair<std::string_view, std::vector<int64_t>>;

struct Place {
  Ref info = kNoValue;
  bool is_taken = false;
};

class Reader {
 public:
  Reader(const Tree& tree, const std::string& where, const OpenOptions& options)
      : tree_(tree), where_(where), options_(options) {}

  absl::StatusOr<Metadata> Read() {
    if (!pickle::IsCallOf(tree_, tree_.root(), kModule, "Metadata")) {
      return ErrorStatus(ErrorCode::kBadHeaderSyntax, where_,
                         "is no Metadata of torch.distributed.checkpoint");
    }
    WEFT_RETURN_IF_ERROR(ReadPlaces());
    const Ref dict = pickle::AttributeOf(tree_, tree_.root(), "state_dict_metadata");
    const absl::Span<const Ref> entries = pickle::EntriesOf(tree_, dict);
    Diagnostics diagnostics;
    for (size_t i = 0; i + 1 < entries.size(); i += 2) {
      const std::optional<std::string_view> name = pickle::TextOf(tree_, entries[i]);
      if (!name || !IsUtf8(*name)) {
        diagnostics.Add(ErrorCode::kBadName, where_, "the name of a tensor is no text in UTF-8");
        continue;
      }
      if (!names_.insert(*name).second) {
        return Error(ErrorCode::kDuplicateName, *name, "stands twice in 'state_dict_metadata'");
      }
      diagnostics.Add(ReadItem(*name, entries[i + 1]));
      if (metadata_.tensors.size() > options_.limits.tensors) {
        return ErrorStatus(
            ErrorCode::kLimitExceeded, where_,
            absl::StrFormat("the checkpoint has more than %d tensors", options_.limits.tensors));
      }
    }
    WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
    FindWrapper();
    return std::move(metadata_);
  }

 private:
  absl::Status ReadItem(std::string_view name, Ref item) {
    if (pickle::IsCallOf(tree_, item, kModule, "BytesStorageMetadata")) {
      StoredValue value;
      value.name = name;
      WEFT_ASSIGN_OR_RETURN(value.saved, PlaceOf(name, {}));
      metadata_.values.push_back(std::move(value));
      return absl::OkStatus();
    }
    if (!pickle::IsCallOf(tree_, item, kModule, "TensorStorageMetadata")) {
      return Error(ErrorCode::kBadHeaderSyntax, name, "is neither a tensor nor a value");
    }
    StoredTensor tensor;
    tensor.name = name;
    WEFT_ASSIGN_OR_RETURN(tensor.type, TypeOf(name, item));
    const auto sizes = pickle::IntsOf(tree_, pickle::AttributeOf(tree_, item, "size"));
    if (!sizes || sizes->size() > static_cast<size_t>(options_.limits.rank)) {
      return Error(ErrorCode::kBadShape, name, "its 'size' is no shape");
    }
    tensor.shape = ShapeOf(*sizes);
    const std::optional<uint64_t> elements = CheckedElementsOf(tensor.shape);
    const std::optional<uint64_t> bits =
        elements ? CheckedMultiply(*elements, tensor.type->size_bytes * 8) : std::nullopt;
    if (!bits || *bits >> 63U != 0) {
      return Error(ErrorCode::kBadShape, name,
                   absl::StrFormat("has the shape %s", TextOf(tensor.shape)));
    }
    const Ref chunks = pickle::AttributeOf(tree_, item, "chunks");
    for (const Ref chunk : pickle::ElementsOf(tree_, chunks)) {
      WEFT_RETURN_IF_ERROR(ReadChunk(chunk, tensor));
    }
    metadata_.tensors.push_back(std::move(tensor));
    return absl::OkStatus();
  }

  // properties: (dtype, layout, requires_grad, memory format, pinned).
  absl::StatusOr<const pytorch::ElementType*> TypeOf(std::string_view name, Ref item) const {
    const Ref properties = pickle::AttributeOf(tree_, item, "properties");
    const bool is_object = properties != kNoValue && tree_.KindOf(properties) == Kind::kObject;
    const absl::Span<const Ref> state =
        is_object ? pickle::ElementsOf(tree_, tree_.ObjectOf(properties).state)
                  : absl::Span<const Ref>();
    const pytorch::ElementType* type = nullptr;
    if (!state.empty() && tree_.KindOf(state[0]) == Kind::kGlobal) {
      const pickle::Global& global = tree_.globals()[tree_.GlobalOf(state[0])];
      if (global.module == "torch") type = pytorch::ElementTypeOf(global.name);
    }
    if (type != nullptr && type->dtype.has_value()) return type;
    return Error(ErrorCode::kBadDtype, name,
                 type == nullptr ? "has no type in its 'properties'"
                                 : absl::StrFormat("its type is torch.%s, which weft does not have",
                                                   type->name));
  }

  absl::Status ReadChunk(Ref ref, StoredTensor& tensor) {
    const auto begin = pickle::IntsOf(tree_, pickle::AttributeOf(tree_, ref, "offsets"));
    const auto sizes = pickle::IntsOf(tree_, pickle::AttributeOf(tree_, ref, "sizes"));
    if (!begin || !sizes) {
      return Error(ErrorCode::kBadShape, tensor.name, "a chunk has no 'offsets' and 'sizes'");
    }
    Chunk chunk;
    chunk.box = {ShapeOf(*begin), ShapeOf(*sizes)};
    if (!IsInside(chunk.box, tensor.shape)) {
      return Error(
          ErrorCode::kOffsetRange, tensor.name,
          absl::StrFormat("its chunk of %s at %s reaches beyond it; it has the shape %s",
                          TextOf(chunk.box.sizes), TextOf(chunk.box.begin), TextOf(tensor.shape)));
    }
    WEFT_ASSIGN_OR_RETURN(chunk.saved, PlaceOf(tensor.name, *begin));
    tensor.chunks.push_back(std::move(chunk));
    return absl::OkStatus();
  }

  // storage_data: {MetadataIndex(fqn, offset): _StorageInfo(relative_path, offset, length)}.
  absl::Status ReadPlaces() {
    const Ref dict = pickle::AttributeOf(tree_, tree_.root(), "storage_data");
    const absl::Span<const Ref> entries = pickle::EntriesOf(tree_, dict);
    places_.reserve(entries.size() / 2);
    for (size_t i = 0; i + 1 < entries.size(); i += 2) {
      const auto name = pickle::TextOf(tree_, pickle::AttributeOf(tree_, entries[i], "fqn"));
      if (!name) {
        return ErrorStatus(ErrorCode::kBadHeaderSyntax, where_,
                           "a key of 'storage_data' is no MetadataIndex with a name");
      }
      std::vector<int64_t> begin =
          pickle::IntsOf(tree_, pickle::AttributeOf(tree_, entries[i], "offset"))
              .value_or(std::vector<int64_t>());
      if (begin.size() > static_cast<size_t>(options_.limits.rank)) {
        return Error(ErrorCode::kBadShape, *name,
                     "its 'offset' in 'storage_data' has too many axes");
      }
      if (!places_.try_emplace({*name, std::move(begin)}, Place{entries[i + 1]}).second) {
        return Error(ErrorCode::kDuplicateName, *name, "'storage_data' places one chunk twice");
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<SavedObject> PlaceOf(std::string_view name, const std::vector<int64_t>& begin) {
    const auto found = places_.find(PlaceKey(name, begin));
    if (found == places_.end()) {
      return Error(ErrorCode::kMissingPart, name,
                   absl::StrFormat("'storage_data' does not say where its part at %s lies",
                                   TextOf(ShapeOf(begin))));
    }
    Place& place = found->second;
    if (place.is_taken) {
      return Error(ErrorCode::kOffsetOverlap, name,
                   absl::StrFormat("has two chunks at %s", TextOf(ShapeOf(begin))));
    }
    place.is_taken = true;
    const Ref info = place.info;
    const auto path = pickle::TextOf(tree_, pickle::AttributeOf(tree_, info, "relative_path"));
    const auto offset = pickle::IntOf(tree_, pickle::AttributeOf(tree_, info, "offset"));
    const auto length = pickle::IntOf(tree_, pickle::AttributeOf(tree_, info, "length"));
    if (!path || !offset || !length || *offset < 0 || *length < 0) {
      return Error(ErrorCode::kBadHeaderSyntax, name,
                   "its place is no file with an offset and a length");
    }
    WEFT_ASSIGN_OR_RETURN(const uint32_t file, FileOf(name, *path));
    const Ref transforms = pickle::AttributeOf(tree_, info, "transform_descriptors");
    if (!pickle::ElementsOf(tree_, transforms).empty()) {
      return Error(ErrorCode::kUnsupportedFeature, name,
                   "is compressed by an extension of the program that saved it",
                   "save it without extensions");
    }
    return SavedObject{file, {static_cast<uint64_t>(*offset), static_cast<uint64_t>(*length)}};
  }

  absl::StatusOr<uint32_t> FileOf(std::string_view name, std::string_view path) {
    const auto known = files_.find(path);
    if (known != files_.end()) return known->second;
    if (!IsPlainName(path) || !IsUtf8(path)) {
      return Error(ErrorCode::kUnsafePath, name,
                   absl::StrFormat("lies in '%s', which is no name of a file in the directory",
                                   Escaped(path)));
    }
    const auto file = static_cast<uint32_t>(metadata_.files.size());
    files_.emplace(path, file);
    metadata_.files.emplace_back(path);
    return file;
  }

  // planner_data: {name: its keys from the root}.
  void FindWrapper() {
    const Ref dict = pickle::AttributeOf(tree_, tree_.root(), "planner_data");
    const absl::Span<const Ref> entries = pickle::EntriesOf(tree_, dict);
    absl::flat_hash_map<std::string_view, Ref> keys_of;
    keys_of.reserve(entries.size() / 2);
    for (size_t i = 0; i + 1 < entries.size(); i += 2) {
      if (const auto name = pickle::TextOf(tree_, entries[i])) {
        keys_of.emplace(*name, entries[i + 1]);
      }
    }
    std::optional<std::vector<std::string_view>> common;
    for (const StoredTensor& tensor : metadata_.tensors) {
      const auto found = keys_of.find(std::string_view(tensor.name));
      if (found == keys_of.end()) return;
      const std::vector<std::string_view> own = WrappersOf(found->second);
      if (!common) common = own;
      const auto end = std::mismatch(common->begin(), common->end(), own.begin(), own.end()).first;
      common->erase(end, common->end());
    }
    if (!common) return;
    for (const std::string_view key : *common) {
      if (!metadata_.wrapper.empty()) metadata_.wrapper += '.';
      metadata_.wrapper += key;
    }
  }

  // The first of the keys that lead to a tensor, as long as they are ones of wrappers. The last key
  // is the tensor's own.
  std::vector<std::string_view> WrappersOf(Ref ref) const {
    const absl::Span<const Ref> keys = pickle::ElementsOf(tree_, ref);
    std::vector<std::string_view> wrappers;
    for (size_t i = 0; i + 1 < keys.size() && i < pytorch::kMostWrappers; ++i) {
      const auto key = pickle::TextOf(tree_, keys[i]);
      const auto* const end = std::end(pytorch::kWrapperKeys);
      if (!key || std::find(std::begin(pytorch::kWrapperKeys), end, *key) == end) break;
      wrappers.push_back(*key);
    }
    return wrappers;
  }

  absl::Status Error(ErrorCode code, std::string_view name, std::string_view what,
                     std::string_view hint = "") const {
    return ErrorStatus(code, absl::StrFormat("%s: '%s'", where_, Escaped(name)), what, hint);
  }

  const Tree& tree_;
  const std::string& where_;
  const OpenOptions& options_;
  absl::flat_hash_set<std::string_view> names_;
  absl::flat_hash_map<PlaceKey, Place> places_;
  absl::flat_hash_map<std::string_view, uint32_t> files_;  // by name
  Metadata metadata_;
};

}  // namespace

absl::StatusOr<Metadata> ReadMetadata(const ByteReader& reader, const OpenOptions& options) {
  const pytorch::InertNames names(options.allowed_globals);
  WEFT_ASSIGN_OR_RETURN(const Tree tree,
                        pytorch::ReadPickle(reader, 0, reader.where(), names, pickle::Limits()));
  if (tree.size_bytes() != reader.size_bytes()) {
    return ErrorStatus(
        ErrorCode::kTrailingData, reader.where(),
        absl::StrFormat("%d bytes follow the pickle", reader.size_bytes() - tree.size_bytes()));
  }
  return Reader(tree, reader.where(), options).Read();
}

}  // namespace weft::dcp
