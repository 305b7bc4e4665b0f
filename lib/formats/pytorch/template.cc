#include "formats/pytorch/template.h"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <numeric>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/pytorch/catalog.h"
#include "formats/pytorch/module_state.h"
#include "formats/pytorch/reader.h"
#include "formats/pytorch/storage_types.h"
#include "formats/zip/crc32.h"
#include "formats/zip/crc_pieces.h"
#include "formats/zip/member_stream.h"
#include "formats/zip/rewrite.h"
#include "io/path.h"

namespace weft::pytorch {
namespace {

constexpr std::array<std::string_view, 4> kExtensions = {".pt", ".pth", ".zip", ".bin"};
constexpr std::string_view kData = "data/";
constexpr std::string_view kConstants = "constants/";
constexpr uint64_t kBlockBytes = uint64_t{1} << 20U;

bool StartsWith(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

// A tensor of the archive, or several that are one view of one storage.
struct View {
  uint32_t storage = 0;
  uint64_t offset_bytes = 0;  // in the storage
  uint64_t size_bytes = 0;
  int parts = 1;        // numbers in one element of torch
  std::string refusal;  // why it cannot be written; empty where it can
};

// The order of the axes in which the elements lie one behind the other; nullopt when there is none.
std::optional<std::vector<int>> AxesInMemory(const Shape& shape, const Shape& strides) {
  std::vector<int> axes(shape.size());
  std::iota(axes.begin(), axes.end(), 0);
  const auto at = [](const Shape& sizes, int axis) { return sizes[static_cast<size_t>(axis)]; };
  std::stable_sort(axes.begin(), axes.end(),
                   [&](int a, int b) { return at(strides, a) > at(strides, b); });
  int64_t next = 1;
  for (size_t i = axes.size(); i-- > 0;) {
    if (at(shape, axes[i]) == 1) continue;
    if (at(strides, axes[i]) != next) return std::nullopt;
    next *= at(shape, axes[i]);
  }
  return axes;
}

// The same tensors as before, some of another type: what a file that was written must hold.
struct Held {
  std::string name;
  const ElementType* type = nullptr;
  Shape shape;
  Shape strides;

  bool operator==(const Held& o) const {
    return name == o.name && type == o.type && shape == o.shape && strides == o.strides;
  }
};

class ArchiveLayout final : public OutputLayout {
 public:
  ArchiveLayout(std::string name, zip::Rewrite rewrite, std::vector<Held> held, ReadOptions options)
      : rewrite_(std::move(rewrite)), held_(std::move(held)), options_(std::move(options)) {
    files_.push_back({std::move(name), rewrite_.file_bytes(), {}, rewrite_.kept()});
  }

  const std::vector<File>& files() const override { return files_; }
  const std::vector<TensorPlace>& places() const override { return places_; }
  bool NeedsData() const override { return true; }

  void AddPlace(TensorPlace place) { places_.push_back(std::move(place)); }

  // A member whose content is known.
  void AddContent(uint32_t member, std::string content) {
    crcs_[member] = zip::Crc32(0, content);
    files_[0].heads.push_back({rewrite_.offset_bytes(member), std::move(content)});
  }

  // A member of tensors.
  void AddStorage(uint32_t member, uint64_t size_bytes) {
    storages_.emplace(rewrite_.offset_bytes(member), Pieces{member, size_bytes, {}});
  }

  // A part of such a member that no tensor of the output fills. Errors: those of reading.
  absl::Status AddKept(uint64_t storage_offset_bytes, KeptRange kept) {
    std::string block;
    for (uint64_t done = 0; done < kept.range.size_bytes; done += block.size()) {
      block.resize(std::min(kept.range.size_bytes - done, kBlockBytes));
      WEFT_RETURN_IF_ERROR(
          kept.reader->ReadAt(kept.range.offset_bytes + done, block.size(), block.data()));
      WEFT_RETURN_IF_ERROR(NoteData(0, storage_offset_bytes + done, block));
    }
    kept.offset_bytes = storage_offset_bytes;
    files_[0].kept.push_back(std::move(kept));
    return absl::OkStatus();
  }

  absl::Status NoteData(uint32_t, uint64_t offset_bytes, std::string_view data) override {
    if (data.empty()) return absl::OkStatus();
    auto found = storages_.upper_bound(offset_bytes);
    const bool is_inside =
        found != storages_.begin() &&
        offset_bytes - std::prev(found)->first + data.size() <= std::prev(found)->second.size_bytes;
    if (!is_inside) {
      return Internal(
          absl::StrFormat("%d bytes at byte %d lie in no storage", data.size(), offset_bytes));
    }
    --found;
    const uint32_t crc = zip::Crc32(0, data);  // the long part, outside of the lock
    const std::lock_guard<std::mutex> lock(mutex_);
    if (found->second.pieces.Add(offset_bytes - found->first, data.size(), crc)) {
      return absl::OkStatus();
    }
    return Internal(
        absl::StrFormat("%d bytes at byte %d are written twice", data.size(), offset_bytes));
  }

  absl::StatusOr<std::vector<Patch>> Finish(uint32_t) override {
    std::map<uint32_t, uint32_t> crcs = crcs_;
    for (const auto& [offset, storage] : storages_) {
      const std::optional<uint32_t> crc = storage.pieces.Of(storage.size_bytes);
      if (!crc)
        return Internal(absl::StrFormat("data of member %d was not written", storage.member));
      crcs[storage.member] = *crc;
    }
    return rewrite_.Finish(crcs);
  }

  absl::Status Check(uint32_t, const ByteReader& written) const override {
    WEFT_ASSIGN_OR_RETURN(const Contents contents, Read(written, options_));
    std::vector<Held> held;
    held.reserve(contents.tensors.size());
    for (const Tensor& tensor : contents.tensors) {
      held.push_back({tensor.name, tensor.type, tensor.shape, tensor.strides});
    }
    if (held == held_) return absl::OkStatus();
    return ErrorStatus(ErrorCode::kInternal, written.where(),
                       "the archive reads differently from the one that it was made from");
  }

 private:
  struct Pieces {
    uint32_t member = 0;
    uint64_t size_bytes = 0;
    zip::CrcPieces pieces;
  };

  static absl::Status Internal(std::string_view what) {
    return ErrorStatus(ErrorCode::kInternal, "TorchScript writer", what);
  }

  zip::Rewrite rewrite_;
  std::vector<Held> held_;
  ReadOptions options_;
  std::vector<File> files_;
  std::vector<TensorPlace> places_;
  std::map<uint32_t, uint32_t> crcs_;    // of members that are known
  std::map<uint64_t, Pieces> storages_;  // by offset of the member's content
  std::mutex mutex_;                     // of the pieces
};

// What one conversion does to the members.
struct Changes {
  std::map<uint32_t, std::vector<size_t>> written;  // by storage: numbers of its views
  std::map<uint32_t, const ElementType*> types;     // of storages that get another one
};

class ArchiveTemplate final : public TemplateFile {
 public:
  // `views[i]` is that of tensor i of the facts.
  ArchiveTemplate(Facts facts, Contents contents, std::vector<View> views,
                  std::shared_ptr<const ByteReader> reader, ReadOptions options)
      : TemplateFile(std::move(facts)),
        contents_(std::move(contents)),
        views_(std::move(views)),
        reader_(std::move(reader)),
        options_(std::move(options)) {}

  absl::StatusOr<std::unique_ptr<OutputLayout>> LayOut(
      std::string_view name, const std::vector<OutputTensor>& tensors) const override {
    WEFT_ASSIGN_OR_RETURN(const std::vector<size_t> numbers, Match(tensors));
    WEFT_ASSIGN_OR_RETURN(const Changes changes, ChangesFor(numbers, tensors));
    WEFT_ASSIGN_OR_RETURN(auto contents, NewPickles(changes));
    std::map<uint32_t, uint64_t> sizes;
    for (const auto& [member, content] : contents) sizes[member] = content.size();
    for (const auto& [storage, views] : changes.written) {
      sizes[contents_.storages[storage].member] = SizeOf(storage, changes);
    }
    WEFT_ASSIGN_OR_RETURN(zip::Rewrite rewrite,
                          zip::Rewrite::Make(reader_, contents_.directory, sizes));
    auto layout =
        std::make_unique<ArchiveLayout>(std::string(name), rewrite, HeldAfter(changes), options_);
    for (auto& [member, content] : contents) layout->AddContent(member, std::move(content));
    for (const auto& [storage, views] : changes.written) {
      layout->AddStorage(contents_.storages[storage].member, SizeOf(storage, changes));
      WEFT_RETURN_IF_ERROR(KeepRest(storage, views, rewrite, *layout));
    }
    for (size_t i = 0; i < numbers.size(); ++i) {
      const View& view = views_[numbers[i]];
      TensorPlace place;
      if (view.size_bytes > 0) {
        const uint32_t member = contents_.storages[view.storage].member;
        place.ranges.push_back(
            {rewrite.offset_bytes(member) + view.offset_bytes,
             ElementsOf(*tensors[i].shape) * static_cast<uint64_t>(BitsOf(tensors[i].dtype)) / 8});
      }
      layout->AddPlace(std::move(place));
    }
    return layout;
  }

 private:
  absl::StatusOr<Changes> ChangesFor(const std::vector<size_t>& numbers,
                                     const std::vector<OutputTensor>& tensors) const {
    Changes changes;
    Diagnostics diagnostics;
    for (size_t i = 0; i < numbers.size(); ++i) {
      const View& view = views_[numbers[i]];
      const TemplateTensor& there = facts().tensors[numbers[i]];
      const auto refuse = [&](std::string_view what, std::string_view hint) {
        diagnostics.Add(ErrorCode::kUnsupportedFeature,
                        absl::StrFormat("%s: tensor '%s'", reader_->where(), Escaped(there.name)),
                        what, hint);
      };
      if (!view.refusal.empty()) {
        refuse(view.refusal,
               absl::StrFormat("export the module anew, with memory of its own for the tensor "
                               "(clone()); a mapping that drops it leaves it as it is%s",
                               there.required ? ", with --lenient" : ""));
        continue;
      }
      if (view.size_bytes > 0) changes.written[view.storage].push_back(numbers[i]);
      if (tensors[i].dtype == there.dtype) continue;
      const Storage& storage = contents_.storages[view.storage];
      const ElementType* const type = ElementTypeOf(tensors[i].dtype);
      if (type == nullptr || type->parts != 1) {
        refuse(absl::StrFormat("TorchScript has no type for %s", NameOf(tensors[i].dtype)),
               "choose another --dtype");
      } else if (view.parts != 1) {
        refuse("its elements are pairs of numbers, so that its dtype cannot change",
               "keep the dtypes, or drop it in the mapping");
      } else if (view.size_bytes != storage.size_bytes) {
        refuse("it shares its storage with others, so that its dtype cannot change alone",
               "keep the dtypes, or export the module anew");
      } else {
        changes.types[view.storage] = type;
      }
    }
    diagnostics.Add(CheckBytecode(changes));
    WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
    return changes;
  }

  // The code for the lite interpreter says the dtypes of constants, too.
  absl::Status CheckBytecode(const Changes& changes) const {
    const bool changes_constants =
        std::any_of(changes.types.begin(), changes.types.end(), [this](const auto& change) {
          return StartsWith(contents_.storages[change.first].key, kConstants);
        });
    const bool has_bytecode =
        zip::FindMember(contents_.directory, contents_.top + "bytecode.pkl") != nullptr;
    if (!changes_constants || !has_bytecode) return absl::OkStatus();
    return ErrorStatus(ErrorCode::kUnsupportedFeature,
                       absl::StrFormat("%s: bytecode.pkl", reader_->where()),
                       "the code for the lite interpreter says the dtypes of the constants, which "
                       "cannot change",
                       "keep the dtypes, or export the module anew");
  }

  uint64_t SizeOf(uint32_t storage, const Changes& changes) const {
    const Storage& stored = contents_.storages[storage];
    const auto type = changes.types.find(storage);
    if (type == changes.types.end()) return stored.size_bytes;
    return stored.size_bytes / stored.element_bytes * type->second->size_bytes;
  }

  // By member: pickles in which storages have other types.
  absl::StatusOr<std::map<uint32_t, std::string>> NewPickles(const Changes& changes) const {
    std::map<uint32_t, std::string> contents;
    for (const auto& [prefix, file] :
         {std::pair(kData, "data.pkl"), std::pair(kConstants, "constants.pkl")}) {
      std::map<std::string, std::string> types;
      for (const auto& [storage, type] : changes.types) {
        const std::string& key = contents_.storages[storage].key;
        if (StartsWith(key, prefix)) types[key.substr(prefix.size())] = ScriptStorageOf(*type);
      }
      if (types.empty()) continue;
      const zip::Member* const member = zip::FindMember(contents_.directory, contents_.top + file);
      WEFT_ASSIGN_OR_RETURN(
          const std::string pickle,
          zip::ReadMember(*reader_, *member, zip::Checksum::kUnlessZero, options_.pickle.bytes));
      WEFT_ASSIGN_OR_RETURN(
          contents[static_cast<uint32_t>(member - contents_.directory.members.data())],
          WithStorageTypes(pickle, types, absl::StrFormat("%s: %s", reader_->where(), file)));
    }
    return contents;
  }

  std::vector<Held> HeldAfter(const Changes& changes) const {
    std::vector<Held> held;
    for (const Tensor& tensor : contents_.tensors) {
      const auto type = changes.types.find(tensor.storage);
      held.push_back({tensor.name, type == changes.types.end() ? tensor.type : type->second,
                      tensor.shape, tensor.strides});
    }
    return held;
  }

  // What tensors of the output leave of a storage.
  absl::Status KeepRest(uint32_t number, const std::vector<size_t>& views,
                        const zip::Rewrite& rewrite, ArchiveLayout& layout) const {
    const Storage& storage = contents_.storages[number];
    std::vector<FileRange> ranges;
    ranges.reserve(views.size());
    for (const size_t view : views) {
      ranges.push_back({views_[view].offset_bytes, views_[view].size_bytes});
    }
    std::sort(ranges.begin(), ranges.end(), [](const FileRange& a, const FileRange& b) {
      return a.offset_bytes < b.offset_bytes;
    });
    ranges.push_back({storage.size_bytes, 0});
    const uint64_t begin = rewrite.offset_bytes(storage.member);
    uint64_t at = 0;
    for (const FileRange& range : ranges) {
      if (range.offset_bytes > at) {
        WEFT_RETURN_IF_ERROR(layout.AddKept(
            begin + at, {0, reader_, {storage.offset_bytes + at, range.offset_bytes - at}}));
      }
      at = range.end_bytes();
    }
    return absl::OkStatus();
  }

  Contents contents_;
  std::vector<View> views_;
  std::shared_ptr<const ByteReader> reader_;
  ReadOptions options_;
};

// The tensors of an archive as a template has them.
class Builder {
 public:
  Builder(const Contents& contents, const std::vector<bool>& is_state)
      : contents_(contents), is_state_(is_state) {}

  void Build(std::vector<TemplateTensor>& tensors, std::vector<View>& views,
             std::vector<std::string>& warnings) {
    for (size_t i = 0; i < contents_.tensors.size(); ++i) Add(i, warnings);
    RefuseOverlaps();
    std::vector<size_t> order(tensors_.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(), [this](size_t a, size_t b) {
      return NaturalLess(tensors_[a].name, tensors_[b].name);
    });
    for (const size_t i : order) {
      tensors.push_back(std::move(tensors_[i]));
      views.push_back(std::move(views_[i]));
    }
  }

 private:
  void Add(size_t number, std::vector<std::string>& warnings) {
    const Tensor& tensor = contents_.tensors[number];
    if (!tensor.type->dtype.has_value()) {
      warnings.push_back(absl::StrFormat("tensor '%s' of torch.%s stays as it is",
                                         Escaped(tensor.name), tensor.type->name));
      return;
    }
    const auto key = std::make_tuple(
        tensor.storage, tensor.offset_elements,
        std::vector<int64_t>(tensor.shape.begin(), tensor.shape.end()),
        std::vector<int64_t>(tensor.strides.begin(), tensor.strides.end()), tensor.type);
    const bool is_state = number < is_state_.size() && is_state_[number];
    const bool is_required = is_state && IsFloatingPoint(*tensor.type->dtype);
    const bool is_empty = ElementsOf(tensor.shape) == 0;
    const auto [found, is_new] = known_.emplace(key, tensors_.size());
    if (!is_new && !is_empty) {
      AddName(tensor.name, is_state, is_required, found->second);
      return;
    }
    TemplateTensor there;
    there.name = tensor.name;
    there.sources = {tensor.name};
    there.dtype = *tensor.type->dtype;
    there.shape = tensor.shape;
    there.required = is_required;
    has_state_name_.push_back(is_state);
    View view;
    view.parts = tensor.type->parts;
    view.storage = tensor.storage;
    view.offset_bytes = tensor.offset_elements * tensor.type->size_bytes;
    view.size_bytes = ElementsOf(tensor.shape) * tensor.type->size_bytes;
    Arrange(tensor, there, view);
    if (view.parts == 2) Unfold(there, view);
    if (contents_.is_big_endian) view.refusal = "its bytes are in big-endian order";
    if (contents_.storages[tensor.storage].is_deflated) view.refusal = "its storage is deflated";
    tensors_.push_back(std::move(there));
    views_.push_back(std::move(view));
  }

  // Another name of a tensor. It is called by one of the state dict, if it has any.
  void AddName(const std::string& name, bool is_state, bool is_required, size_t number) {
    TemplateTensor& tensor = tensors_[number];
    tensor.sources.push_back(name);
    tensor.required = tensor.required || is_required;
    if (!is_state || has_state_name_[number]) return;
    has_state_name_[number] = true;
    tensor.name = name;
    std::swap(tensor.sources.front(), tensor.sources.back());
  }

  // An element of torch is two numbers, which are an axis of their own or, of F4, of the last one.
  static void Unfold(TemplateTensor& there, View& view) {
    if (there.dtype != DType::kF4) {
      if (!there.axes.empty()) there.axes.push_back(static_cast<int>(there.axes.size()));
      there.shape.push_back(2);
    } else if (there.shape.empty() || !there.axes.empty()) {
      view.refusal = "its pairs of F4 do not lie one behind the other along its last axis";
    } else {
      there.shape.back() *= 2;
    }
  }

  // Elements that lie in another order of the axes are written in that.
  static void Arrange(const Tensor& tensor, TemplateTensor& there, View& view) {
    if (view.size_bytes == 0) return;
    const std::optional<std::vector<int>> axes = AxesInMemory(tensor.shape, tensor.strides);
    if (!axes.has_value()) {
      view.refusal = "its elements do not lie one behind the other";
      return;
    }
    if (std::is_sorted(axes->begin(), axes->end())) return;
    there.axes = *axes;
    for (size_t i = 0; i < axes->size(); ++i) {
      there.shape[i] = tensor.shape[static_cast<size_t>((*axes)[i])];
    }
  }

  void RefuseOverlaps() {
    std::vector<size_t> order(views_.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(), [this](size_t a, size_t b) {
      return std::tie(views_[a].storage, views_[a].offset_bytes) <
             std::tie(views_[b].storage, views_[b].offset_bytes);
    });
    uint64_t end = 0;
    size_t last = 0;
    for (size_t i = 0; i < order.size(); ++i) {
      View& view = views_[order[i]];
      if (view.size_bytes == 0) continue;
      View& before = views_[last];
      if (i > 0 && before.storage == view.storage && view.offset_bytes < end) {
        view.refusal =
            absl::StrFormat("it shares elements with '%s'", Escaped(tensors_[last].name));
        before.refusal =
            absl::StrFormat("it shares elements with '%s'", Escaped(tensors_[order[i]].name));
      }
      const uint64_t own_end = view.offset_bytes + view.size_bytes;
      if (before.storage != view.storage || own_end > end) {
        end = own_end;
        last = order[i];
      }
    }
  }

  const Contents& contents_;
  const std::vector<bool>& is_state_;
  std::map<std::tuple<uint32_t, uint64_t, std::vector<int64_t>, std::vector<int64_t>,
                      const ElementType*>,
           size_t>
      known_;
  std::vector<TemplateTensor> tensors_;
  std::vector<View> views_;
  std::vector<bool> has_state_name_;  // by tensor
};

}  // namespace

absl::StatusOr<std::shared_ptr<const TemplateFile>> OpenTemplate(const OpenFile& file,
                                                                 const OpenOptions& options) {
  ReadOptions read = ReadOptionsOf(options);
  WEFT_ASSIGN_OR_RETURN(Contents contents, Read(*file.reader, read));
  if (contents.container != Container::kScript) {
    return ErrorStatus(ErrorCode::kUnknownFormat, file.reader->where(),
                       "is of torch.save, and holds no program beside its tensors",
                       "write it anew, without a template; that takes a TorchScript archive");
  }
  WEFT_ASSIGN_OR_RETURN(const std::vector<bool> is_state, FindState(*file.reader, contents));
  TemplateFile::Facts facts;
  facts.path = file.path;
  facts.format = "pytorch";
  facts.extensions = kExtensions;
  facts.may_change_dtypes = true;
  facts.files.push_back({file.path, SplitAtName(file.path).name, file.reader->size_bytes()});
  facts.open_files.push_back(file.file);
  facts.warnings = contents.warnings;
  for (const Diagnostic& refused : contents.refused) facts.warnings.push_back(TextOf(refused));
  std::vector<View> views;
  Builder(contents, is_state).Build(facts.tensors, views, facts.warnings);
  return std::make_shared<const ArchiveTemplate>(std::move(facts), std::move(contents),
                                                 std::move(views), file.reader, std::move(read));
}

}  // namespace weft::pytorch
