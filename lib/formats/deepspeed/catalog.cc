#include "formats/deepspeed/catalog.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/deepspeed/model_file.h"
#include "formats/deepspeed/rank_files.h"
#include "formats/directory_catalog.h"
#include "formats/float_reader.h"
#include "formats/pickle/fields.h"
#include "formats/piece_cursor.h"
#include "tensor/shape.h"

namespace weft::deepspeed {
namespace {

using pickle::kNoValue;
using pickle::Ref;
using pickle::Tree;

// Parts are filled up so that they begin where two numbers for each rank do.
constexpr uint64_t kAlignmentPerRank = 2;

struct Param {
  std::string name;
  Shape shape;
  uint64_t elements = 0;
};

// {name: the name of the same parameter}.
struct Shared {
  std::string name;
  std::string owner;
};

class Builder {
 public:
  Builder(absl::Span<const OpenFile> files, const RankFiles& ranks, const OpenOptions& options)
      : ranks_(ranks),
        model_(ranks.models.front()),
        tree_(model_.objects()),
        options_(options),
        directory_(files) {}

  absl::StatusOr<FileCatalog> Build() {
    ReadMetadata();
    WEFT_RETURN_IF_ERROR(CheckModule());
    if (ranks_.stage == Stage::kWhole) {
      AddModule();
      return std::move(directory_.catalog());
    }
    ReadBufferNames();
    Diagnostics diagnostics;
    diagnostics.Add(ranks_.stage == Stage::kGroups ? AddGroups() : AddEach());
    diagnostics.Add(AddFrozen());
    diagnostics.Add(ReadShared());
    WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
    AddShared();
    WEFT_RETURN_IF_ERROR(AddRest());
    // Of what stands in the module only.
    AddShared();
    WarnOfShared();
    return std::move(directory_.catalog());
  }

 private:
  // --- Places ---

  Stretch StretchOf(const StateFile& file, const TensorInfo& tensor) {
    return {directory_.FileOf(file.number(), file.catalog(), tensor.file), tensor.offset_bytes,
            tensor.size_bytes};
  }

  void Add(TensorInfo tensor, const std::vector<Stretch>& stretches) {
    known_.emplace(tensor.name, directory_.catalog().tensors.size());
    directory_.AddTensor(std::move(tensor), stretches);
  }

  // As another tensor that was added, or is stored.
  void AddAlias(const std::string& name, TensorInfo tensor) {
    tensor.name = name;
    Add(tensor, {{tensor.file, tensor.offset_bytes, tensor.size_bytes}});
  }

  // --- What the model's file says ---

  void ReadMetadata() {
    FileCatalog& catalog = directory_.catalog();
    catalog.metadata = MetadataOf(model_.catalog());
    catalog.warnings = model_.catalog().warnings;
    WarnOfLeftOut(model_.catalog(), model_.where(), catalog.warnings);
  }

  Ref RootEntry(std::string_view key) const { return pickle::EntryOf(tree_, tree_.root(), key); }

  absl::Status CheckModule() const {
    const Ref module = RootEntry("module");
    const bool is_dict = module != kNoValue && (tree_.KindOf(module) == pickle::Kind::kDict ||
                                                tree_.KindOf(module) == pickle::Kind::kObject);
    if (is_dict) return absl::OkStatus();
    return ErrorStatus(ErrorCode::kUnsupportedFeature, model_.where(),
                       "has no dict 'module', in which DeepSpeed keeps the model",
                       "of a pipeline, merge the model with the program that trained it");
  }

  void ReadBufferNames() {
    for (const Ref ref : pickle::ElementsOf(tree_, RootEntry("buffer_names"))) {
      if (const auto name = pickle::TextOf(tree_, ref)) buffers_.emplace(*name);
    }
  }

  absl::StatusOr<std::vector<Param>> ReadShapes(Ref dict, std::string_view what) const {
    std::vector<Param> params;
    const absl::Span<const Ref> entries = pickle::EntriesOf(tree_, dict);
    Diagnostics diagnostics;
    for (size_t i = 0; i + 1 < entries.size(); i += 2) {
      const std::optional<std::string_view> name = pickle::TextOf(tree_, entries[i]);
      const std::optional<std::vector<int64_t>> sizes = pickle::IntsOf(tree_, entries[i + 1]);
      if (!name || !sizes) {
        diagnostics.Add(ErrorCode::kBadHeaderSyntax, model_.where(),
                        absl::StrFormat("an entry of its '%s' is no name with a shape", what));
        continue;
      }
      Param param;
      param.name = *name;
      param.shape.assign(sizes->begin(), sizes->end());
      const std::optional<uint64_t> elements = CheckedElementsOf(param.shape);
      // Of at most 64 bits.
      const bool fits = elements && *elements >> 57U == 0;
      if (!fits || sizes->size() > static_cast<size_t>(options_.limits.rank)) {
        diagnostics.Add(ErrorCode::kBadShape, WhereOf(param.name),
                        absl::StrFormat("'%s' gives it the shape %s", what, TextOf(param.shape)));
        continue;
      }
      param.elements = *elements;
      params.push_back(std::move(param));
    }
    WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
    return params;
  }

  // Of each group of the optimizer.
  absl::StatusOr<std::vector<std::vector<Param>>> ReadGroups() const {
    std::vector<std::vector<Param>> groups;
    for (const Ref dict : pickle::ElementsOf(tree_, RootEntry("param_shapes"))) {
      WEFT_ASSIGN_OR_RETURN(std::vector<Param> params, ReadShapes(dict, "param_shapes"));
      Diagnostics diagnostics;
      for (const Param& param : params) diagnostics.Add(CheckAgainstModule(param));
      WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
      groups.push_back(std::move(params));
    }
    return groups;
  }

  // The module has it, too: whole, in the type of training, or a stand-in where ZeRO 3 cut it.
  absl::Status CheckAgainstModule(const Param& param) const {
    const TensorInfo* const stored = model_.Find(absl::StrFormat("%s%s", kModule, param.name));
    if (stored == nullptr) {
      return ErrorStatus(ErrorCode::kBadHeaderSyntax, WhereOf(param.name),
                         "stands in 'param_shapes', but not in 'module'",
                         "the names of the two must be the same");
    }
    if (ranks_.stage == Stage::kEach || stored->shape == param.shape) return absl::OkStatus();
    return ErrorStatus(ErrorCode::kBadShape, WhereOf(param.name),
                       absl::StrFormat("has the shape %s in 'param_shapes', and %s in 'module'",
                                       TextOf(param.shape), TextOf(stored->shape)));
  }

  // --- Weights in parts ---

  // The lists of parts that an optimizer's file has, one for each group.
  absl::StatusOr<std::vector<const TensorInfo*>> PartsOf(const StateFile& file,
                                                         std::string_view key) const {
    const Tree& tree = file.objects();
    const Ref state = pickle::EntryOf(tree, tree.root(), "optimizer_state_dict");
    const Ref list = pickle::EntryOf(tree, state, key);
    const size_t count = pickle::ElementsOf(tree, list).size();
    std::vector<const TensorInfo*> parts;
    for (size_t i = 0; i < count; ++i) {
      const std::string name = absl::StrFormat("optimizer_state_dict.%s.%d", key, i);
      const TensorInfo* const part = file.Find(name);
      if (part == nullptr || !IsFloatingPoint(part->dtype) || BitsOf(part->dtype) < 8) {
        return ErrorStatus(ErrorCode::kBadDtype, absl::StrFormat("%s: '%s'", file.where(), name),
                           "is no tensor of floating-point numbers");
      }
      parts.push_back(part);
    }
    return parts;
  }

  // All of one type, which is then that of the weights.
  absl::Status CheckType(const StateFile& file, const TensorInfo& part,
                         std::optional<DType>& dtype) const {
    if (!dtype) dtype = part.dtype;
    if (*dtype == part.dtype) return absl::OkStatus();
    return ErrorStatus(ErrorCode::kBadDtype, absl::StrFormat("%s: '%s'", file.where(), part.name),
                       absl::StrFormat("is %s, and other parts of the weights are %s",
                                       NameOf(part.dtype), NameOf(*dtype)));
  }

  // ZeRO 1 and 2. The parameters of a group lie one behind the other in the parts of rank 0, 1, …
  absl::Status AddGroups() {
    WEFT_ASSIGN_OR_RETURN(const std::vector<std::vector<Param>> groups, ReadGroups());
    std::vector<std::vector<Stretch>> parts(groups.size());
    std::vector<std::optional<DType>> dtypes(groups.size());
    for (const StateFile& file : ranks_.optimizers) {
      WEFT_ASSIGN_OR_RETURN(const std::vector<const TensorInfo*> own,
                            PartsOf(file, "single_partition_of_fp32_groups"));
      if (own.size() != groups.size()) {
        return ErrorStatus(ErrorCode::kSizeMismatch, file.where(),
                           absl::StrFormat("has parts of %d groups of parameters; '%s' has %d",
                                           own.size(), model_.where(), groups.size()));
      }
      for (size_t group = 0; group < own.size(); ++group) {
        WEFT_RETURN_IF_ERROR(CheckType(file, *own[group], dtypes[group]));
        parts[group].push_back(StretchOf(file, *own[group]));
      }
    }
    Diagnostics diagnostics;
    for (size_t group = 0; group < groups.size(); ++group) {
      diagnostics.Add(AddGroup(group, groups[group], std::move(parts[group]), *dtypes[group]));
    }
    return diagnostics.ToStatus();
  }

  absl::Status AddGroup(size_t number, const std::vector<Param>& params, std::vector<Stretch> parts,
                        DType dtype) {
    const auto element_bytes = static_cast<uint64_t>(BitsOf(dtype)) / 8;
    const std::string where = absl::StrFormat("%s: group %d of parameters", model_.where(), number);
    PieceCursor cursor(std::move(parts));
    const uint64_t stored = cursor.left_bytes() / element_bytes;
    uint64_t wanted = 0;
    for (const Param& param : params) {
      const std::optional<uint64_t> sum = CheckedAdd(wanted, param.elements);
      if (!sum) return ErrorStatus(ErrorCode::kOverflow, where, "has 2^64 elements or more");
      wanted = *sum;
    }
    const uint64_t alignment = kAlignmentPerRank * ranks_.optimizers.size();
    const auto steps = [&](uint64_t elements) { return (elements + alignment - 1) / alignment; };
    if (stored < wanted || steps(stored) != steps(wanted)) {
      return ErrorStatus(
          ErrorCode::kSizeMismatch, where,
          absl::StrFormat("its parts have %d elements together; its parameters have %d, and are "
                          "filled up to a multiple of %d",
                          stored, wanted, alignment));
    }
    for (const Param& param : params) {
      std::vector<Stretch> stretches;
      cursor.Take(param.elements * element_bytes, stretches);
      Add(InfoOf(param, dtype), stretches);
    }
    return absl::OkStatus();
  }

  // ZeRO 3. Each rank has a part of each parameter, in the order of all groups.
  absl::Status AddEach() {
    WEFT_ASSIGN_OR_RETURN(const std::vector<std::vector<Param>> groups, ReadGroups());
    std::vector<PieceCursor> cursors;
    std::optional<DType> dtype;
    for (const StateFile& file : ranks_.optimizers) {
      WEFT_ASSIGN_OR_RETURN(const std::vector<const TensorInfo*> own,
                            PartsOf(file, "fp32_flat_groups"));
      std::vector<Stretch> parts;
      for (const TensorInfo* const part : own) {
        WEFT_RETURN_IF_ERROR(CheckType(file, *part, dtype));
        parts.push_back(StretchOf(file, *part));
      }
      cursors.emplace_back(std::move(parts));
    }
    if (!dtype) dtype = DType::kF32;
    const auto element_bytes = static_cast<uint64_t>(BitsOf(*dtype)) / 8;
    uint64_t wanted = 0;
    for (const std::vector<Param>& group : groups) {
      for (const Param& param : group) {
        const std::optional<uint64_t> sum = CheckedAdd(wanted, PartElements(param.elements));
        if (!sum || *sum >> 60U != 0) {
          return ErrorStatus(ErrorCode::kOverflow, WhereOf(param.name),
                             "the parameters have 2^60 elements or more together");
        }
        wanted = *sum;
      }
    }
    Diagnostics diagnostics;
    for (size_t rank = 0; rank < cursors.size(); ++rank) {
      const uint64_t left = cursors[rank].left_bytes();
      if (left == wanted * element_bytes) continue;
      diagnostics.Add(ErrorCode::kSizeMismatch, ranks_.optimizers[rank].where(),
                      absl::StrFormat("its parts of the parameters have %d elements together; "
                                      "'%s' says %d",
                                      left / element_bytes, model_.where(), wanted));
    }
    WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
    for (const std::vector<Param>& group : groups) {
      for (const Param& param : group) {
        const uint64_t part_bytes = PartElements(param.elements) * element_bytes;
        uint64_t left_bytes = param.elements * element_bytes;
        std::vector<Stretch> stretches;
        for (PieceCursor& cursor : cursors) {
          const uint64_t used = std::min(left_bytes, part_bytes);
          cursor.Take(used, stretches);
          cursor.Skip(part_bytes - used);
          left_bytes -= used;
        }
        Add(InfoOf(param, *dtype), stretches);
      }
    }
    return absl::OkStatus();
  }

  // Of what each rank has of a parameter; the last ones are filled up.
  uint64_t PartElements(uint64_t elements) const {
    const uint64_t ranks = ranks_.models.size();
    return elements / ranks + (elements % ranks != 0 ? 1 : 0);
  }

  // --- The others ---

  // What is not trained is kept beside the model, as it was trained: whole, or with ZeRO 3 a part
  // in the file of each rank.
  absl::Status AddFrozen() {
    WEFT_ASSIGN_OR_RETURN(const std::vector<Param> params,
                          ReadShapes(RootEntry("frozen_param_shapes"), "frozen_param_shapes"));
    Diagnostics diagnostics;
    for (const Param& param : params) diagnostics.Add(AddFrozen(param));
    return diagnostics.ToStatus();
  }

  absl::Status AddFrozen(const Param& param) {
    std::vector<Stretch> stretches;
    std::optional<DType> dtype;
    uint64_t left = param.elements;
    for (const StateFile& file : ranks_.models) {
      const std::string name = absl::StrFormat("%s%s", kFrozenParts, param.name);
      const TensorInfo* const part = file.Find(name);
      const std::string where = absl::StrFormat("%s: '%s'", file.where(), Escaped(name));
      if (part == nullptr) {
        return ErrorStatus(ErrorCode::kMissingPart, where,
                           "is missing, and 'frozen_param_shapes' names it");
      }
      WEFT_RETURN_IF_ERROR(CheckType(file, *part, dtype));
      const uint64_t elements = ElementsOf(part->shape);
      const bool is_right = ranks_.stage == Stage::kEach ? elements == PartElements(param.elements)
                                                         : part->shape == param.shape;
      if (!is_right) {
        return ErrorStatus(
            ErrorCode::kSizeMismatch, where,
            absl::StrFormat("has the shape %s, and is one of %d parts of %s", TextOf(part->shape),
                            ranks_.models.size(), TextOf(param.shape)));
      }
      Stretch stretch = StretchOf(file, *part);
      const uint64_t used = std::min(left, elements);
      stretch.size_bytes = elements == 0 ? 0 : stretch.size_bytes / elements * used;
      if (used > 0) stretches.push_back(stretch);
      left -= used;
    }
    Add(InfoOf(param, *dtype), stretches);
    return absl::OkStatus();
  }

  // Only the first rank says all of them.
  absl::Status ReadShared() {
    Diagnostics diagnostics;
    const absl::Span<const Ref> entries = pickle::EntriesOf(tree_, RootEntry("shared_params"));
    for (size_t i = 0; i + 1 < entries.size(); i += 2) {
      const auto name = pickle::TextOf(tree_, entries[i]);
      const auto owner = pickle::TextOf(tree_, entries[i + 1]);
      if (name && owner) {
        shared_.push_back({std::string(*name), std::string(*owner)});
        shared_names_.emplace(*name);
        continue;
      }
      diagnostics.Add(ErrorCode::kBadHeaderSyntax, model_.where(),
                      "an entry of its 'shared_params' is no pair of names");
    }
    return diagnostics.ToStatus();
  }

  // Empty parameters have a name of their own, too, and count as shared among themselves.
  void AddShared() {
    for (const Shared& shared : shared_) {
      const auto owner = known_.find(shared.owner);
      if (owner == known_.end() || known_.contains(shared.name)) continue;
      AddAlias(shared.name, directory_.catalog().tensors[owner->second]);
    }
  }

  // Frozen parameters may be excluded from what is saved; their other names are said anyway.
  void WarnOfShared() {
    std::string names;
    for (const Shared& shared : shared_) {
      if (known_.contains(shared.name)) continue;
      names += absl::StrFormat("%s%s (%s)", names.empty() ? "" : ", ", shared.name, shared.owner);
    }
    if (names.empty()) return;
    directory_.catalog().warnings.push_back(
        absl::StrFormat("%s: other names of parameters that were not saved are left out: %s",
                        model_.where(), Escaped(names)));
  }

  // What stands in the module only: buffers, and what the optimizer was not told of.
  absl::Status AddRest() {
    for (const TensorInfo& stored : model_.catalog().tensors) {
      if (IsInModule(stored.name) && known_.contains(stored.name.substr(kModule.size()))) {
        trained_at_.emplace(std::make_pair(stored.file, stored.offset_bytes), &stored);
      }
    }
    Diagnostics diagnostics;
    std::string changed;
    for (const TensorInfo& stored : model_.catalog().tensors) {
      if (!IsInModule(stored.name)) continue;
      const std::string name = stored.name.substr(kModule.size());
      if (known_.contains(name)) continue;
      if (buffers_.contains(name)) {
        if (AddBuffer(name, stored)) changed += (changed.empty() ? "" : ", ") + name;
      } else {
        diagnostics.Add(AddUntrained(name, stored));
      }
    }
    if (!changed.empty()) {
      directory_.catalog().warnings.push_back(absl::StrFormat(
          "%s: buffers of integers and of F64 are given as F32, as DeepSpeed's own script does: %s",
          model_.where(), Escaped(changed)));
    }
    return diagnostics.ToStatus();
  }

  // Whether F32, as which it is given, may not have all its values.
  bool AddBuffer(const std::string& name, const TensorInfo& stored) {
    TensorInfo buffer = stored;
    buffer.name = name;
    const Stretch stretch = StretchOf(model_, stored);
    if (stored.dtype == DType::kF32 || !FloatReader::Takes(stored.dtype)) {
      Add(std::move(buffer), {stretch});
      return false;
    }
    auto floats = std::make_shared<const FloatReader>(
        directory_.ReaderOf(stretch.file), FileRange{stretch.offset_bytes, stretch.size_bytes},
        stored.dtype);
    buffer.dtype = DType::kF32;
    buffer.size_bytes = floats->size_bytes();
    const uint64_t size_bytes = buffer.size_bytes;
    const uint32_t file = directory_.AddDecoded(name, std::move(floats));
    Add(std::move(buffer), {{file, 0, size_bytes}});
    return !IsFloatingPoint(stored.dtype) || stored.dtype == DType::kF64;
  }

  absl::Status AddUntrained(const std::string& name, const TensorInfo& stored) {
    // A stand-in of ZeRO 3.
    if (ranks_.stage == Stage::kEach && stored.size_bytes == 0) {
      if (shared_names_.contains(name)) return absl::OkStatus();
      return ErrorStatus(ErrorCode::kMissingPart, WhereOf(name),
                         "stands in 'module' without its data, and no file has parts of it");
    }
    // Versions that knew no 'shared_params' show in the module alone that two are one.
    const auto trained = trained_at_.find({stored.file, stored.offset_bytes});
    if (trained != trained_at_.end() && trained->second->shape == stored.shape &&
        trained->second->dtype == stored.dtype && stored.size_bytes > 0) {
      const size_t place = known_.at(trained->second->name.substr(kModule.size()));
      AddAlias(name, directory_.catalog().tensors[place]);
      return absl::OkStatus();
    }
    TensorInfo tensor = stored;
    tensor.name = name;
    Add(std::move(tensor), {StretchOf(model_, stored)});
    directory_.catalog().warnings.push_back(absl::StrFormat(
        "%s: the optimizer has no parts of it; it is given in the type of training, %s",
        WhereOf(name), NameOf(stored.dtype)));
    return absl::OkStatus();
  }

  // ZeRO 0: everything as it is.
  void AddModule() {
    for (const TensorInfo& stored : model_.catalog().tensors) {
      if (!IsInModule(stored.name)) continue;
      TensorInfo tensor = stored;
      tensor.name.erase(0, kModule.size());
      Add(std::move(tensor), {StretchOf(model_, stored)});
    }
  }

  static TensorInfo InfoOf(const Param& param, DType dtype) {
    TensorInfo info;
    info.name = param.name;
    info.dtype = dtype;
    info.shape = param.shape;
    info.size_bytes = param.elements * (static_cast<uint64_t>(BitsOf(dtype)) / 8);
    return info;
  }

  std::string WhereOf(std::string_view name) const {
    return absl::StrFormat("%s: tensor '%s'", model_.where(), Escaped(name));
  }

  const RankFiles& ranks_;
  const StateFile& model_;  // of the first rank
  const Tree& tree_;
  const OpenOptions& options_;
  DirectoryCatalog directory_;
  absl::flat_hash_map<std::string, size_t> known_;  // names of tensors; their place in the catalog
  absl::flat_hash_set<std::string> buffers_;
  std::vector<Shared> shared_;
  absl::flat_hash_set<std::string> shared_names_;
  // Where the module has what the optimizer has parts of: file and offset.
  absl::flat_hash_map<std::pair<uint32_t, uint64_t>, const TensorInfo*> trained_at_;
};

}  // namespace

absl::StatusOr<FileCatalog> ReadCatalog(absl::Span<const OpenFile> files,
                                        const OpenOptions& options) {
  WEFT_ASSIGN_OR_RETURN(const RankFiles ranks, ReadRankFiles(files, options));
  return Builder(files, ranks, options).Build();
}

}  // namespace weft::deepspeed
