#include "formats/pytorch/catalog.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/name_order.h"
#include "formats/pickle/fields.h"
#include "formats/pytorch/wrapper_keys.h"
#include "formats/strided_reader.h"
#include "formats/strides.h"
#include "formats/swapped_reader.h"
#include "formats/zip/inflated_member.h"
#include "io/scratch_file.h"

namespace weft::pytorch {
namespace {

// The bytes of the numbers that an element is made of, each of which is swapped on its own.
uint64_t NumberBytes(const ElementType& type) {
  if (type.dtype == DType::kC64) return 4;
  return type.size_bytes / static_cast<uint64_t>(type.parts);
}

// FileCatalog::wrapper: such dicts within one another, as long as all tensors are in them.
std::string WrapperOf(const Contents& contents) {
  std::string prefix;
  if (contents.tensors.empty()) return prefix;
  const pickle::Tree& tree = contents.objects;
  pickle::Ref dict = tree.root();
  for (size_t depth = 0; depth < kMostWrappers; ++depth) {
    const auto* const found =
        std::find_if(std::begin(kWrapperKeys), std::end(kWrapperKeys), [&](std::string_view key) {
          if (pickle::EntriesOf(tree, pickle::EntryOf(tree, dict, key)).empty()) return false;
          const std::string inner = absl::StrFormat("%s%s.", prefix, key);
          return std::all_of(contents.tensors.begin(), contents.tensors.end(),
                             [&](const Tensor& t) { return t.name.rfind(inner, 0) == 0; });
        });
    if (found == std::end(kWrapperKeys)) break;
    prefix += absl::StrFormat("%s.", *found);
    dict = pickle::EntryOf(tree, dict, *found);
  }
  if (!prefix.empty()) prefix.pop_back();
  return prefix;
}

class Builder {
 public:
  Builder(const Contents& contents, std::shared_ptr<const ByteReader> reader)
      : contents_(contents), reader_(std::move(reader)), inflated_(contents.storages.size()) {}

  absl::StatusOr<FileCatalog> Build() {
    Diagnostics diagnostics;
    for (const Diagnostic& refused : contents_.refused) {
      diagnostics.Add(refused.code, refused.where, refused.what, refused.hint);
    }
    catalog_.tensors.reserve(contents_.tensors.size());
    for (const Tensor& tensor : contents_.tensors) diagnostics.Add(Add(tensor));
    WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
    SortByName(catalog_.tensors);
    catalog_.metadata = contents_.metadata;
    for (const Value& value : contents_.values) catalog_.metadata.emplace(value.name, value.text);
    catalog_.warnings = contents_.warnings;
    catalog_.wrapper = WrapperOf(contents_);
    return std::move(catalog_);
  }

 private:
  absl::Status Add(const Tensor& tensor) {
    const ElementType& type = *tensor.type;
    const std::string where = WhereOfTensor(reader_->where(), tensor.name);
    if (!type.dtype.has_value()) {
      return ErrorStatus(
          ErrorCode::kUnsupportedFeature, where,
          absl::StrFormat("its type is torch.%s, which weft does not have", type.name));
    }
    TensorInfo info;
    info.name = tensor.name;
    info.dtype = *type.dtype;
    info.shape = tensor.shape;
    Shape strides = tensor.strides;
    if (type.dtype == DType::kF4) {
      WEFT_RETURN_IF_ERROR(UnfoldPairs(info.shape, strides, where));
    } else if (type.parts == 2) {
      for (int64_t& stride : strides) stride *= 2;
      info.shape.push_back(2);
      strides.push_back(1);
    }
    info.size_bytes = ElementsOf(info.shape) * static_cast<uint64_t>(BitsOf(info.dtype)) / 8;
    Place(tensor, strides, info);
    catalog_.tensors.push_back(std::move(info));
    return absl::OkStatus();
  }

  // An element of torch is two of ours, the last axis twice as long. Half a byte has no stride.
  static absl::Status UnfoldPairs(Shape& shape, Shape& strides, std::string_view where) {
    if (shape.empty() || !IsRowMajor(shape, strides)) {
      return ErrorStatus(ErrorCode::kUnsupportedFeature, where,
                         "its pairs of F4 do not lie one behind the other along its last axis",
                         "make it contiguous before it is saved");
    }
    shape.back() *= 2;
    strides = {};
    return absl::OkStatus();
  }

  // Where the elements are.
  void Place(const Tensor& tensor, const Shape& strides, TensorInfo& info) {
    if (info.size_bytes == 0) return;
    const Storage& storage = contents_.storages[tensor.storage];
    info.offset_bytes = tensor.offset_elements * tensor.type->size_bytes;
    const uint64_t number_bytes = NumberBytes(*tensor.type);
    if (contents_.is_big_endian && number_bytes > 1) {
      info.file = Swapped(tensor.storage, number_bytes);
    } else if (storage.is_deflated) {
      info.file = Decoded(tensor.storage, 1, Inflated(tensor.storage));
    } else {
      info.offset_bytes += storage.offset_bytes;
    }
    if (strides.empty() || IsRowMajor(info.shape, strides)) return;
    info.file = Ordered(tensor, strides, info);
    info.offset_bytes = 0;
  }

  // The file of a view in row-major order, which equal views share.
  uint32_t Ordered(const Tensor& tensor, const Shape& strides, const TensorInfo& info) {
    const auto [found, added] =
        ordered_.try_emplace({tensor.storage,
                              info.file,
                              info.offset_bytes,
                              info.dtype,
                              {info.shape.begin(), info.shape.end()},
                              {strides.begin(), strides.end()}},
                             static_cast<uint32_t>(catalog_.decoded.size() + 1));
    if (added) {
      const std::shared_ptr<const ByteReader>& stored =
          info.file == 0 ? reader_ : catalog_.decoded[info.file - 1].reader;
      auto ordered =
          std::make_shared<const StridedReader>(stored, info.offset_bytes, info.shape, strides,
                                                static_cast<uint64_t>(BitsOf(info.dtype)) / 8);
      catalog_.decoded.push_back({info.name, std::move(ordered)});
    }
    return found->second;
  }

  uint32_t Swapped(uint32_t number, uint64_t number_bytes) {
    const Storage& storage = contents_.storages[number];
    std::shared_ptr<const ByteReader> stored = reader_;
    FileRange range = {storage.offset_bytes, storage.size_bytes};
    if (storage.is_deflated) {
      stored = Inflated(number);
      range.offset_bytes = 0;
    }
    return Decoded(number, number_bytes,
                   std::make_shared<const SwappedReader>(std::move(stored), range, number_bytes));
  }

  const std::shared_ptr<const ByteReader>& Inflated(uint32_t number) {
    std::shared_ptr<const ByteReader>& inflated = inflated_[number];
    if (inflated == nullptr) {
      const zip::Member& member = contents_.directory.members[contents_.storages[number].member];
      inflated = std::make_shared<const zip::InflatedMember>(reader_, member,
                                                             zip::Checksum::kUnlessZero, scratch_);
    }
    return inflated;
  }

  // The file of a storage in one of its decoded forms, which tensors share.
  uint32_t Decoded(uint32_t storage, uint64_t number_bytes,
                   std::shared_ptr<const ByteReader> reader) {
    const auto [found, added] = decoded_.try_emplace(
        {storage, number_bytes}, static_cast<uint32_t>(catalog_.decoded.size() + 1));
    if (added) {
      catalog_.decoded.push_back(
          {contents_.top + contents_.storages[storage].key, std::move(reader)});
    }
    return found->second;
  }

  const Contents& contents_;
  std::shared_ptr<const ByteReader> reader_;
  FileCatalog catalog_;
  std::shared_ptr<ScratchFile> scratch_ = std::make_shared<ScratchFile>();
  std::vector<std::shared_ptr<const ByteReader>> inflated_;    // by storage; null: not yet
  std::map<std::pair<uint32_t, uint64_t>, uint32_t> decoded_;  // storage, bytes of its numbers
  // Storage, the file and place that it is read from, dtype, shape, strides.
  std::map<
      std::tuple<uint32_t, uint32_t, uint64_t, DType, std::vector<int64_t>, std::vector<int64_t>>,
      uint32_t>
      ordered_;
};

}  // namespace

absl::StatusOr<FileCatalog> CatalogOf(const Contents& contents,
                                      const std::shared_ptr<const ByteReader>& reader) {
  return Builder(contents, reader).Build();
}

ReadOptions ReadOptionsOf(const OpenOptions& options) {
  ReadOptions read;
  read.allowed_globals = options.allowed_globals;
  read.objects.tensors = options.limits.tensors;
  read.objects.tensor.rank = options.limits.rank;
  read.objects.walk.name_bytes = options.limits.name_bytes;
  return read;
}

}  // namespace weft::pytorch
