// CompileBack: output and complement → the source. The forward plan is compiled once more, over
// what the complement says of the source, and turned round.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "mapping/document.h"
#include "plan/byte_alignment.h"
#include "plan/complement_record.h"
#include "plan/expectation.h"
#include "plan/plan_digest.h"
#include "plan/recovery.h"
#include "plan/view.h"
#include "weft/complement.h"

namespace weft {
namespace {

uint64_t BytesOf(DType dtype, uint64_t elements) {
  return elements * static_cast<uint64_t>(BitsOf(dtype)) / 8;
}

class BackCompiler {
 public:
  BackCompiler(const Catalog& output, const Catalog& complement)
      : output_(output),
        complement_(complement),
        complement_name_(complement.files.empty() ? "complement"
                                                  : Escaped(complement.files.front().name)) {}

  absl::StatusOr<Plan> Compile(const std::vector<Mapping>& mappings, Direction direction,
                               const Limits& limits) {
    WEFT_ASSIGN_OR_RETURN(ComplementRecord record, ReadComplementRecord(complement_, limits));
    WEFT_RETURN_IF_ERROR(CheckPair(record, direction));
    WEFT_RETURN_IF_ERROR(CheckCount());
    record.options.limits = limits;
    record.options.expectation = ExpectationOfNames();
    const auto source = std::make_shared<const Catalog>(std::move(record.source));
    WEFT_ASSIGN_OR_RETURN(forward_, weft::Compile(mappings, source, record.options));
    if (PlanDigest(forward_) != record.plan_digest) {
      return Wrong("the mapping does not do what it did when the complement was written",
                   "use the mapping as it was then");
    }
    WEFT_RETURN_IF_ERROR(CheckOutput());
    WEFT_RETURN_IF_ERROR(JoinCatalogs());
    WEFT_ASSIGN_OR_RETURN(recoveries_, RecoveriesOf(forward_));
    for (uint32_t i = 0; i < source->tensors.size(); ++i) WEFT_RETURN_IF_ERROR(AddTensor(i));
    CheckAllUsed();
    WEFT_RETURN_IF_ERROR(diagnostics_.ToStatus());
    plan_.constants = forward_.constants;
    plan_.rules = forward_.rules;
    plan_.metadata = source->metadata;
    AddEdits(mappings, direction);
    WEFT_RETURN_IF_ERROR(CheckByteAlignment(plan_));
    return std::move(plan_);
  }

 private:
  // Where names got or lost the prefix of a base model, those of the output say it again.
  std::optional<Expectation> ExpectationOfNames() const {
    if (output_.metadata.count(std::string(kPrefixKey)) == 0) return std::nullopt;
    Expectation expectation;
    for (const TensorInfo& tensor : output_.tensors) {
      expectation.tensors.push_back({tensor.name, std::nullopt, std::nullopt, false});
    }
    return expectation;
  }

  absl::Status Wrong(std::string_view what, std::string_view hint) const {
    return ErrorStatus(ErrorCode::kWrongComplement, complement_name_, what, hint);
  }

  // Output and complement say of themselves that they belong together, in this direction.
  absl::Status CheckPair(const ComplementRecord& record, Direction direction) {
    if (record.options.direction == direction) {
      return Wrong(absl::StrFormat("it belongs to a conversion in the same direction, %s",
                                   direction == Direction::kForward ? "forward" : "reverse"),
                   direction == Direction::kForward ? "convert back with --reverse"
                                                    : "convert back without --reverse");
    }
    const std::string key(kComplementKey);
    const auto own = complement_.metadata.find(key);
    if (own == complement_.metadata.end()) {
      return ErrorStatus(ErrorCode::kBadMetadata, complement_name_,
                         absl::StrFormat("the entry '%s' is missing", key),
                         "the file was changed after it was written");
    }
    const auto others = output_.metadata.find(key);
    if (others == output_.metadata.end()) {
      plan_.warnings.push_back(
          absl::StrFormat("the checkpoint does not say which complement it has; that '%s' is its "
                          "own is taken on trust",
                          complement_name_));
      return absl::OkStatus();
    }
    if (others->second == own->second) return absl::OkStatus();
    return Wrong(absl::StrFormat("it is complement %s; the checkpoint has complement %s",
                                 Escaped(own->second), Escaped(others->second)),
                 "give the file that was written together with the checkpoint");
  }

  // A tensor of residues that was lost would be taken for one that nothing was lost of.
  absl::Status CheckCount() const {
    const auto count = complement_.metadata.find(std::string(kComplementCountKey));
    const std::string found = std::to_string(complement_.tensors.size());
    if (count != complement_.metadata.end() && count->second == found) return absl::OkStatus();
    return ErrorStatus(
        ErrorCode::kMissingTensor, complement_name_,
        absl::StrFormat("it has %s tensors; it was written with %s", found,
                        count == complement_.metadata.end() ? "others" : Escaped(count->second)),
        "the file was changed after it was written");
  }

  // The output is what the forward plan makes.
  absl::Status CheckOutput() const {
    const std::vector<TensorInfo>& found = output_.tensors;
    const std::vector<PlannedTensor>& made = forward_.tensors;
    for (size_t i = 0; i < std::max(found.size(), made.size()); ++i) {
      const bool is_missing =
          i >= found.size() || (i < made.size() && NaturalLess(made[i].name, found[i].name));
      const bool is_unknown = !is_missing && (i >= made.size() || made[i].name != found[i].name);
      if (is_missing || is_unknown) {
        return Wrong(absl::StrFormat("it belongs to a checkpoint %s tensor '%s'",
                                     is_missing ? "with" : "without",
                                     Escaped(is_missing ? made[i].name : found[i].name)),
                     "give the file that was written together with the checkpoint");
      }
      if (made[i].dtype != found[i].dtype || made[i].shape != found[i].shape) {
        return Wrong(
            absl::StrFormat("it belongs to a checkpoint whose tensor '%s' is %s %s; here "
                            "it is %s %s",
                            Escaped(made[i].name), NameOf(made[i].dtype), TextOf(made[i].shape),
                            NameOf(found[i].dtype), TextOf(found[i].shape)),
            "give the file that was written together with the checkpoint");
      }
    }
    return absl::OkStatus();
  }

  absl::Status JoinCatalogs() {
    plan_.catalog = std::make_shared<const Catalog>(Join(output_, complement_));
    const std::vector<TensorInfo>& tensors = plan_.catalog->tensors;
    places_.reserve(tensors.size());
    for (uint32_t i = 0; i < tensors.size(); ++i) {
      if (places_.try_emplace(std::string_view(tensors[i].name), i).second) continue;
      diagnostics_.Add(
          ErrorCode::kNameCollision, complement_name_,
          absl::StrFormat("the checkpoint, too, has a tensor '%s'", Escaped(tensors[i].name)),
          "rename the tensor of the checkpoint, or of the source before converting");
    }
    is_used_.resize(tensors.size());
    made_at_.reserve(forward_.tensors.size());
    for (const PlannedTensor& tensor : forward_.tensors) {
      made_at_.push_back(places_.find(std::string_view(tensor.name))->second);
    }
    return diagnostics_.ToStatus();
  }

  // The index of a tensor of the complement; nullopt when there is none.
  std::optional<uint32_t> Find(const std::string& name) {
    const auto found = places_.find(std::string_view(name));
    if (found == places_.end() ||
        plan_.catalog->tensors[found->second].file < output_.files.size()) {
      return std::nullopt;
    }
    is_used_[found->second] = true;
    return found->second;
  }

  // The same for one that must be there, with that type.
  std::optional<uint32_t> Need(const std::string& name, DType dtype, const Shape& shape) {
    const std::optional<uint32_t> found = Find(name);
    if (!found.has_value()) {
      diagnostics_.Add(ErrorCode::kMissingTensor, complement_name_,
                       absl::StrFormat("tensor '%s' is missing", Escaped(name)),
                       "the file was changed after it was written");
      return std::nullopt;
    }
    const TensorInfo& tensor = plan_.catalog->tensors[*found];
    if (tensor.dtype == dtype && tensor.shape == shape) return found;
    AddWrongShape(tensor, absl::StrFormat("%s %s", NameOf(dtype), TextOf(shape)));
    return std::nullopt;
  }

  void AddWrongShape(const TensorInfo& tensor, std::string_view expected) {
    diagnostics_.Add(ErrorCode::kWrongShape,
                     absl::StrFormat("%s: tensor '%s'", complement_name_, Escaped(tensor.name)),
                     absl::StrFormat("it is %s %s; expected %s", NameOf(tensor.dtype),
                                     TextOf(tensor.shape), expected),
                     "the file was changed after it was written");
  }

  absl::Status AddTensor(uint32_t index) {
    const std::vector<TensorInfo>& sources = forward_.catalog->tensors;
    uint32_t kept = index;
    while (recoveries_[kept].twin.has_value()) kept = *recoveries_[kept].twin;
    const Recovery& recovery = recoveries_[kept];
    PlannedTensor tensor;
    tensor.name = sources[index].name;
    tensor.dtype = sources[index].dtype;
    tensor.source_dtype = tensor.dtype;
    tensor.shape = sources[index].shape;
    AddMade(recovery.held, &tensor);
    if (recovery.lost_elements > 0) AddLost(sources[kept], recovery, &tensor);
    AddCast(sources[kept], recovery, &tensor);
    std::sort(tensor.boxes.begin(), tensor.boxes.end(),
              [](const Box& a, const Box& b) { return a.target_offset < b.target_offset; });
    const uint64_t elements = ElementsOf(tensor.shape);
    if (diagnostics_.ok() && !CoversExactlyOnce(tensor.boxes, elements)) {
      return ErrorStatus(ErrorCode::kInternal,
                         absl::StrFormat("way back, tensor '%s'", Escaped(tensor.name)),
                         "its boxes do not write every element exactly once");
    }
    CountRead(tensor);
    plan_.bytes_written += BytesOf(tensor.dtype, elements);
    plan_.tensors.push_back(std::move(tensor));
    return absl::OkStatus();
  }

  // Boxes from what the forward plan made, and its constants.
  void AddMade(const std::vector<Box>& boxes, PlannedTensor* tensor) {
    const auto made = static_cast<uint32_t>(forward_.tensors.size());
    for (const Box& from : boxes) {
      Box& box = tensor->boxes.emplace_back(from);
      if (from.source >= made) {
        box.source = static_cast<uint32_t>(plan_.catalog->tensors.size()) + (from.source - made);
        continue;
      }
      box.source = made_at_[from.source];
      for (const uint32_t rule : forward_.tensors[from.source].rules) {
        if (std::find(tensor->rules.begin(), tensor->rules.end(), rule) == tensor->rules.end()) {
          tensor->rules.push_back(rule);
        }
      }
    }
  }

  void AddLost(const TensorInfo& source, const Recovery& recovery, PlannedTensor* tensor) {
    const bool is_whole = recovery.lost_elements == ElementsOf(source.shape);
    const std::optional<uint32_t> lost =
        Need(LostName(source.name), source.dtype,
             is_whole ? source.shape : Shape{static_cast<int64_t>(recovery.lost_elements)});
    if (!lost.has_value()) return;
    for (const Box& from : recovery.lost) tensor->boxes.emplace_back(from).source = *lost;
  }

  // A tensor of one cast dtype of which nothing was kept is an ordinary cast.
  void AddCast(const TensorInfo& source, const Recovery& recovery, PlannedTensor* tensor) {
    Restoration restoration;
    restoration.tensor = static_cast<uint32_t>(plan_.tensors.size());
    bool is_whole = false;
    for (const CastElements& cast : recovery.cast) {
      if (AddAsItIs(source, cast, tensor)) continue;
      AddMade(cast.boxes, tensor);
      AddResidue(source, cast, &restoration);
      AddExceptions(source, cast, &restoration);
      tensor->source_dtype = cast.dtype;
      is_whole = cast.elements == ElementsOf(source.shape);
    }
    if (tensor->source_dtype == tensor->dtype) return;
    if (!is_whole || !restoration.residues.empty() || !restoration.exceptions.empty()) {
      plan_.restorations.push_back(std::move(restoration));
    }
  }

  // Values without places are all elements.
  bool AddAsItIs(const TensorInfo& source, const CastElements& cast, PlannedTensor* tensor) {
    const std::string name = CastName("values", cast.dtype, source.name);
    if (!Find(name).has_value() || Find(CastName("places", cast.dtype, source.name)).has_value()) {
      return false;
    }
    const std::optional<uint32_t> values =
        Need(name, source.dtype, {static_cast<int64_t>(cast.elements)});
    if (!values.has_value()) return true;
    for (const Box& from : cast.positions) tensor->boxes.emplace_back(from).source = *values;
    return true;
  }

  void AddResidue(const TensorInfo& source, const CastElements& cast, Restoration* restoration) {
    const std::optional<uint32_t> found = Find(CastName("residue", cast.dtype, source.name));
    if (!found.has_value()) return;
    const TensorInfo& tensor = plan_.catalog->tensors[*found];
    const auto elements = static_cast<int64_t>(cast.elements);
    const int64_t widest = BitsOf(source.dtype) / 8;
    if (tensor.dtype != DType::kU8 || tensor.shape.size() != 2 || tensor.shape[0] != elements ||
        tensor.shape[1] < 1 || tensor.shape[1] > widest) {
      return AddWrongShape(tensor, absl::StrFormat("U8 [%d, 1 to %d]", elements, widest));
    }
    Restoration::Residue& residue = restoration->residues.emplace_back();
    residue.width_bytes = static_cast<uint64_t>(tensor.shape[1]);
    for (const Box& from : cast.positions) {
      Box& box = residue.boxes.emplace_back();
      box.source = *found;
      box.source_offset = from.source_offset * residue.width_bytes;
      box.target_offset = from.target_offset * residue.width_bytes;
      for (const Factor& factor : from.factors) {
        box.factors.push_back({factor.count, factor.source_stride * residue.width_bytes,
                               factor.target_stride * residue.width_bytes});
      }
      box.factors.push_back({residue.width_bytes, 1, 1});
      Normalize(box);
    }
    plan_.bytes_read += tensor.size_bytes;
  }

  void AddExceptions(const TensorInfo& source, const CastElements& cast, Restoration* restoration) {
    const std::optional<uint32_t> places = Find(CastName("places", cast.dtype, source.name));
    if (!places.has_value()) return;
    const TensorInfo& tensor = plan_.catalog->tensors[*places];
    if (tensor.dtype != DType::kU64 || tensor.shape.size() != 1) {
      return AddWrongShape(tensor, "U64 and one axis");
    }
    const std::optional<uint32_t> values =
        Need(CastName("values", cast.dtype, source.name), source.dtype, tensor.shape);
    if (!values.has_value()) return;
    restoration->exceptions.push_back({*places, *values});
    plan_.bytes_read += tensor.size_bytes + plan_.catalog->tensors[*values].size_bytes;
  }

  void CountRead(const PlannedTensor& tensor) {
    const std::vector<TensorInfo>& tensors = plan_.catalog->tensors;
    for (const Box& box : tensor.boxes) {
      if (box.source >= tensors.size()) continue;
      plan_.bytes_read += BytesOf(tensors[box.source].dtype, ElementsOf(box));
    }
  }

  // Of the complement; the output may hold what the source does not need, such as copies.
  void CheckAllUsed() {
    const std::vector<TensorInfo>& tensors = plan_.catalog->tensors;
    for (size_t i = 0; i < tensors.size(); ++i) {
      if (is_used_[i] || tensors[i].file < output_.files.size()) continue;
      diagnostics_.Add(ErrorCode::kUnexpectedTensor, complement_name_,
                       absl::StrFormat("nothing needs tensor '%s'", Escaped(tensors[i].name)),
                       "the file was changed after it was written");
    }
  }

  void AddEdits(const std::vector<Mapping>& mappings, Direction direction) {
    std::vector<const internal::MappingDocument*> documents;
    for (const Mapping& mapping : mappings) {
      for (const auto& document : mapping.documents()) documents.push_back(document.get());
    }
    const bool forward = direction == Direction::kForward;
    if (!forward) std::reverse(documents.begin(), documents.end());
    if (!forward && !documents.empty()) plan_.part_files = documents.back()->part_files;
    for (const internal::MappingDocument* document : documents) {
      const auto& edits = forward ? document->forward_edits : document->reverse_edits;
      plan_.side_file_edits.insert(plan_.side_file_edits.end(), edits.begin(), edits.end());
    }
  }

  const Catalog& output_;
  const Catalog& complement_;
  const std::string complement_name_;
  Plan forward_;
  std::vector<Recovery> recoveries_;
  absl::flat_hash_map<std::string_view, uint32_t> places_;  // by name, in the joined catalog
  std::vector<uint32_t> made_at_;  // by tensor of the forward plan, in the joined catalog
  std::vector<bool> is_used_;
  Diagnostics diagnostics_;
  Plan plan_;
};

}  // namespace

absl::StatusOr<Plan> CompileBack(const std::vector<Mapping>& mappings, const Catalog& output,
                                 const Catalog& complement, Direction direction,
                                 const Limits& limits) {
  return BackCompiler(output, complement).Compile(mappings, direction, limits);
}

}  // namespace weft
