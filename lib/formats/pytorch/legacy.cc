#include "formats/pytorch/legacy.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/little_endian.h"
#include "formats/pytorch/inert_names.h"
#include "formats/pytorch/inert_pickle.h"
#include "formats/pytorch/value_text.h"

namespace weft::pytorch {
namespace {

using pickle::Kind;
using pickle::Ref;
using pickle::Tree;

constexpr std::string_view kMagic = "119547037146038801333356";  // 0x1950A86A20F9469CFC6C
constexpr int64_t kProtocol = 1001;
constexpr uint64_t kCountBytes = 8;

class LegacyReader {
 public:
  LegacyReader(const ByteReader& reader, const ReadOptions& options)
      : reader_(reader), options_(options), names_(options.allowed_globals) {}

  absl::StatusOr<Contents> Read() {
    contents_.container = Container::kLegacy;
    WEFT_RETURN_IF_ERROR(CheckBeginning());
    WEFT_ASSIGN_OR_RETURN(contents_.objects, ReadPickle("objects"));
    const RoleTable roles(contents_.objects, names_);
    StorageTable storages(contents_.objects, roles, "", contents_);
    WEFT_RETURN_IF_ERROR(AddObjects(contents_.objects, roles, "", reader_.where(), options_.objects,
                                    storages, contents_));
    WEFT_RETURN_IF_ERROR(storages.AddAll(reader_.where()));
    WEFT_RETURN_IF_ERROR(CheckNamesUnique(contents_, reader_.where()));
    WEFT_ASSIGN_OR_RETURN(const Tree keys, ReadPickle("storage keys"));
    WEFT_RETURN_IF_ERROR(PlaceStorages(keys, storages));
    if (at_ != reader_.size_bytes()) {
      return Error(ErrorCode::kTrailingData,
                   absl::StrFormat("%d bytes follow the last storage", reader_.size_bytes() - at_),
                   "if several objects were saved to one file, save each to its own");
    }
    return std::move(contents_);
  }

 private:
  absl::StatusOr<Tree> ReadPickle(std::string_view what) {
    WEFT_ASSIGN_OR_RETURN(
        Tree tree, pytorch::ReadPickle(reader_, at_,
                                       absl::StrFormat("%s: pickle of %s", reader_.where(), what),
                                       names_, options_.pickle));
    at_ += tree.size_bytes();
    return tree;
  }

  // Three pickles: a magic number, the protocol's version, and facts about the writer's machine,
  // which say nothing of the file: all numbers in it are little-endian.
  absl::Status CheckBeginning() {
    WEFT_ASSIGN_OR_RETURN(const Tree magic, ReadPickle("magic number"));
    if (magic.KindOf(magic.root()) != Kind::kLong || magic.TextOf(magic.root()) != kMagic) {
      return Error(ErrorCode::kUnknownFormat,
                   "the file is a pickle, but does not begin with the magic number of PyTorch",
                   "only files of torch.save are read; a pickle of something else may be anything");
    }
    WEFT_ASSIGN_OR_RETURN(const Tree protocol, ReadPickle("protocol version"));
    if (protocol.KindOf(protocol.root()) != Kind::kInt ||
        protocol.IntOf(protocol.root()) != kProtocol) {
      return Error(ErrorCode::kUnsupportedFeature,
                   absl::StrFormat("the version of its protocol is not %d, the only one there is",
                                   kProtocol),
                   "");
    }
    return ReadPickle("system").status();
  }

  // Behind the list of keys, the storages stand in its order: a count of elements, and the bytes.
  absl::Status PlaceStorages(const Tree& keys, const StorageTable& storages) {
    if (keys.KindOf(keys.root()) != Kind::kList) {
      return Error(ErrorCode::kBadHeaderSyntax, "the storage keys are no list", "");
    }
    std::vector<bool> is_placed(contents_.storages.size(), false);
    for (const Ref ref : keys.ItemsOf(keys.root())) {
      if (!IsScalar(keys.KindOf(ref))) {
        return Error(ErrorCode::kBadHeaderSyntax, "a storage key is no text", "");
      }
      const std::string key = ScalarText(keys, ref);
      const uint32_t index = storages.FindKey(key);
      if (index == StorageTable::kNoStorage) {
        return Error(ErrorCode::kBadHeaderSyntax,
                     absl::StrFormat("no tensor uses the storage '%s' that the file lists, so its "
                                     "size is unknown",
                                     Escaped(key)),
                     "");
      }
      if (is_placed[index]) {
        return Error(ErrorCode::kDuplicateName,
                     absl::StrFormat("the storage '%s' is listed twice", Escaped(key)), "");
      }
      is_placed[index] = true;
      WEFT_RETURN_IF_ERROR(Place(contents_.storages[index]));
    }
    Diagnostics diagnostics;
    for (size_t i = 0; i < is_placed.size(); ++i) {
      if (is_placed[i]) continue;
      diagnostics.Add(ErrorCode::kMissingPart, WhereOf(contents_.storages[i]),
                      "tensors use it, but the file does not list it");
    }
    return diagnostics.ToStatus();
  }

  absl::Status Place(Storage& storage) {
    WEFT_ASSIGN_OR_RETURN(const std::string count,
                          ReadBytes(reader_, at_, kCountBytes, "the size of a storage"));
    at_ += kCountBytes;
    const uint64_t elements = LittleEndianNumber(count);
    if (elements != storage.size_bytes / storage.element_bytes) {
      return ErrorStatus(ErrorCode::kSizeMismatch, WhereOf(storage),
                         absl::StrFormat("has %d elements before its bytes; its tensors expect %d",
                                         elements, storage.size_bytes / storage.element_bytes));
    }
    if (storage.size_bytes > reader_.size_bytes() - at_) {
      return ErrorStatus(ErrorCode::kTruncated, WhereOf(storage),
                         absl::StrFormat("has %d bytes, and only %d follow", storage.size_bytes,
                                         reader_.size_bytes() - at_),
                         "the download or copy of the file is incomplete; fetch it again");
    }
    storage.offset_bytes = at_;
    at_ += storage.size_bytes;
    return absl::OkStatus();
  }

  std::string WhereOf(const Storage& storage) const {
    return absl::StrFormat("%s: storage '%s'", reader_.where(), Escaped(storage.key));
  }

  absl::Status Error(ErrorCode code, std::string_view what, std::string_view hint) const {
    return ErrorStatus(code, reader_.where(), what, hint);
  }

  const ByteReader& reader_;
  const ReadOptions& options_;
  InertNames names_;
  Contents contents_;
  uint64_t at_ = 0;  // what is to be read next
};

}  // namespace

absl::StatusOr<Contents> ReadLegacy(const ByteReader& reader, const ReadOptions& options) {
  return LegacyReader(reader, options).Read();
}

}  // namespace weft::pytorch
