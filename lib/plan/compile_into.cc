// CompileInto: one more stage, from the names of a state dict to those of a template.
#include "weft/compile_into.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "weft/diagnostic.h"
#include "weft/name_report.h"
#include "weft/rules.h"

namespace weft {
namespace {

using Names = absl::flat_hash_set<std::string_view>;

// What a pattern would read as something else than itself.
bool IsLiteral(std::string_view name) {
  return !name.empty() && name[0] != '$' && name.find_first_of("{}") == std::string_view::npos;
}

// Whether a rule is needed to lead from the sources to the tensor; where its names are no patterns,
// there is none.
bool NeedsRule(const TemplateTensor& tensor) {
  if (tensor.sources.empty()) return false;
  const bool passes =
      tensor.sources.size() == 1 && tensor.sources[0] == tensor.name && tensor.axes.empty();
  return !passes && IsLiteral(tensor.name) &&
         std::all_of(tensor.sources.begin(), tensor.sources.end(), IsLiteral);
}

// "a b c", and in the order of the template "c a b".
std::string LayoutOf(size_t rank, const std::vector<int>& axes) {
  std::string layout;
  for (size_t i = 0; i < rank; ++i) {
    layout += absl::StrFormat("%sa%d", i == 0 ? "" : " ",
                              axes.empty() ? i : static_cast<size_t>(axes[i]));
  }
  return layout;
}

Rule RuleOf(const TemplateTensor& tensor, Direction direction) {
  const std::vector<std::string> copies(tensor.sources.begin() + 1, tensor.sources.end());
  const bool is_forward = direction == Direction::kForward;
  if (tensor.axes.empty()) {
    WeightRenaming rule = {tensor.sources[0], tensor.name};
    rule.from_copies = copies;
    if (!is_forward) {
      std::swap(rule.from, rule.to);
      std::swap(rule.from_copies, rule.to_copies);
    }
    return rule;
  }
  WeightConverter rule;
  const size_t rank = tensor.shape.size();
  rule.from = {{"", tensor.sources[0], LayoutOf(rank, {}), copies}};
  rule.to = {{"", tensor.name, LayoutOf(rank, tensor.axes)}};
  if (!is_forward) std::swap(rule.from, rule.to);
  return rule;
}

Names NamesOf(const Catalog& catalog) {
  Names names;
  names.reserve(catalog.tensors.size());
  for (const TensorInfo& tensor : catalog.tensors) names.insert(tensor.name);
  return names;
}

// A checkpoint that has a tensor under the template's own name, and not under those of the state
// dict, was made from such a file itself: the tensor passes.
bool IsThereAsItIs(const TemplateTensor& tensor, const Names& names) {
  return names.contains(tensor.name) &&
         std::none_of(tensor.sources.begin(), tensor.sources.end(),
                      [&](const std::string& source) { return names.contains(source); });
}

std::string Described(DType dtype, const Shape& shape) {
  return absl::StrFormat("%s %s", NameOf(dtype), TextOf(shape));
}

// The plan held against the template.
class Fitting {
 public:
  Fitting(const Template& model, const CompileOptions& options, Plan& plan)
      : model_(model), options_(options), plan_(plan), where_(Escaped(model.path())) {}

  // `doubted`: names of tensors of the template to which none of their sources lead.
  absl::Status Fit(const Names& doubted) {
    for (const TemplateTensor& tensor : model_.tensors()) there_.emplace(tensor.name, &tensor);
    std::vector<std::string_view> unexpected;
    for (const PlannedTensor& tensor : plan_.tensors) {
      const auto found = there_.find(tensor.name);
      if (found == there_.end()) {
        unexpected.push_back(tensor.name);
      } else {
        made_.insert(tensor.name);
        Compare(tensor, *found->second);
      }
    }
    for (const TemplateTensor& tensor : model_.tensors()) {
      if (!doubted.contains(tensor.name)) continue;
      plan_.warnings.push_back(absl::StrFormat(
          "%s: '%s' looks like '%s', which is not taken for it: another tensor of that layer has "
          "no place",
          where_, Escaped(tensor.name), Escaped(tensor.sources[0])));
    }
    std::vector<std::string_view> missing;
    std::vector<std::string_view> kept;
    for (const TemplateTensor& tensor : model_.tensors()) {
      if (made_.contains(tensor.name)) continue;
      const bool is_missing = tensor.required && !doubted.contains(tensor.name);
      (is_missing ? missing : kept).push_back(is_missing ? tensor.sources[0] : tensor.name);
    }
    Report(missing, unexpected);
    ReportMisfits();
    WEFT_RETURN_IF_ERROR(diagnostics_.ToStatus());
    if (!kept.empty()) {
      plan_.warnings.push_back(
          absl::StrFormat("%s: %d tensors get no value and stay as they are: %s", where_,
                          kept.size(), ListOf(kept)));
    }
    if (!unexpected.empty()) LeaveOut(Names(unexpected.begin(), unexpected.end()));
    return absl::OkStatus();
  }

  // That a file of another kind of layer would look the same is for people to know.
  void TellGuesses(const std::vector<std::string_view>& guesses) {
    if (guesses.empty()) return;
    plan_.warnings.push_back(
        absl::StrFormat("%s: %d weights are taken transposed, by the names of nodes: %s", where_,
                        guesses.size(), ListOf(guesses)));
  }

 private:
  static std::string ListOf(const std::vector<std::string_view>& names) {
    constexpr size_t kMostGroups = 8;
    std::vector<std::string> groups = GroupNames(names);
    const bool is_long = groups.size() > kMostGroups;
    if (is_long) groups.resize(kMostGroups);
    std::string text;
    for (const std::string& group : groups) {
      text += absl::StrFormat("%s'%s'", text.empty() ? "" : ", ", Escaped(group));
    }
    return text + (is_long ? ", …" : "");
  }

  void Compare(const PlannedTensor& tensor, const TemplateTensor& there) {
    const bool is_asked = options_.dtype.has_value() || tensor.dtype != tensor.source_dtype;
    const bool may_be_cast = model_.may_change_dtypes() && is_asked &&
                             IsFloatingPoint(tensor.dtype) && IsFloatingPoint(there.dtype);
    const bool has_shape = tensor.shape == there.shape;
    if (has_shape && (tensor.dtype == there.dtype || may_be_cast)) return;
    misfits_[{has_shape, Described(tensor.dtype, tensor.shape),
              Described(there.dtype, there.shape)}]
        .push_back(tensor.name);
  }

  void ReportMisfits() {
    for (const auto& [texts, names] : misfits_) {
      const auto& [has_shape, found, expected] = texts;
      const ErrorCode code = has_shape ? ErrorCode::kDtypesDiffer : ErrorCode::kWrongShape;
      const std::string_view hint =
          !has_shape ? "was the file made from another model?"
          : model_.may_change_dtypes()
              ? "say which dtype it is to have, with --dtype"
              : "its graph says the dtype, too: cast to that, with --dtype";
      for (const std::string& group : GroupNames(names)) {
        diagnostics_.Add(
            code, where_,
            absl::StrFormat("'%s' would be %s; the file has %s", Escaped(group), found, expected),
            hint);
      }
    }
  }

  void Report(const std::vector<std::string_view>& missing,
              const std::vector<std::string_view>& unexpected) {
    NameIndex unused(unexpected);
    for (const std::string& group : GroupNames(missing)) {
      AddOrWarn(ErrorCode::kMissingTensor,
                absl::StrFormat("its tensor '%s' gets no value", Escaped(group)),
                NearestHint(unused, group));
    }
    NameIndex unmade(missing);
    for (const std::string& group : GroupNames(unexpected)) {
      AddOrWarn(ErrorCode::kUnexpectedTensor,
                absl::StrFormat("it has no tensor for '%s'", Escaped(group)),
                NearestHint(unmade, group));
    }
  }

  static std::string NearestHint(NameIndex& index, std::string_view name) {
    const std::vector<std::string_view> nearest = index.Nearest(name, 1);
    return nearest.empty() ? "a mapping leads from one name to another; --lenient does without it"
                           : absl::StrFormat("nearest: '%s'", Escaped(nearest.front()));
  }

  void AddOrWarn(ErrorCode code, const std::string& what, const std::string& hint) {
    if (options_.lenient) {
      plan_.warnings.push_back(absl::StrFormat("%s: %s", where_, what));
    } else {
      diagnostics_.Add(code, where_, what, hint);
    }
  }

  // Tensors without a place are not made.
  void LeaveOut(const Names& names) {
    const uint64_t sources = plan_.catalog->tensors.size();
    absl::flat_hash_set<uint32_t> used;
    absl::flat_hash_set<uint32_t> left;
    std::vector<PlannedTensor> kept;
    for (PlannedTensor& tensor : plan_.tensors) {
      const bool is_left = names.contains(tensor.name);
      for (const Box& box : tensor.boxes) {
        if (box.source < sources) (is_left ? left : used).insert(box.source);
      }
      if (!is_left) {
        kept.push_back(std::move(tensor));
        continue;
      }
      const uint64_t elements = ElementsOf(tensor.shape);
      plan_.bytes_read -= elements * static_cast<uint64_t>(BitsOf(tensor.source_dtype)) / 8;
      plan_.bytes_written -= elements * static_cast<uint64_t>(BitsOf(tensor.dtype)) / 8;
    }
    plan_.tensors = std::move(kept);
    for (const uint32_t source : left) {
      if (!used.contains(source)) plan_.dropped.push_back({source, "the template has no place"});
    }
    std::sort(plan_.dropped.begin(), plan_.dropped.end(),
              [](const DroppedTensor& a, const DroppedTensor& b) { return a.source < b.source; });
    plan_.exactness = Exactness::kOneWay;
    plan_.exactness_reasons.emplace_back("the template has no place for some tensors");
  }

  const Template& model_;
  const CompileOptions& options_;
  Plan& plan_;
  std::string where_;
  Diagnostics diagnostics_;
  absl::flat_hash_map<std::string_view, const TemplateTensor*> there_;
  Names made_;
  // By whether the shape fits, what is made and what the file has.
  std::map<std::tuple<bool, std::string, std::string>, std::vector<std::string_view>> misfits_;
};

absl::Status CheckOptions(const Template& model, const CompileOptions& options) {
  if (!options.expectation.has_value() && !options.shard.has_value()) return absl::OkStatus();
  return ErrorStatus(ErrorCode::kBadArgument, Escaped(model.path()),
                     "a template says itself what it expects, and that is whole",
                     "leave out what else the result must hold, and ranks");
}

// Adds what is to be carried out last.
absl::Status AddStage(const std::string& name, Stage stage, const CompileOptions& options,
                      std::vector<Mapping>& mappings) {
  if (stage.empty()) return absl::OkStatus();
  WEFT_ASSIGN_OR_RETURN(Mapping mapping,
                        Mapping::FromRules(name, {std::move(stage)}, options.limits));
  const bool is_forward = options.direction == Direction::kForward;
  mappings.insert(is_forward ? mappings.end() : mappings.begin(), std::move(mapping));
  return absl::OkStatus();
}

// "blocks.0.fc" of "blocks.0.fc.weight"; empty where there is no dot.
std::string_view LayerOf(std::string_view name) {
  const size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
}

// The rules from the sources of a template's tensors to these.
class Ways {
 public:
  // `given`: names of the checkpoint's tensors.
  Ways(const Template& model, const Names& given, const CompileOptions& options)
      : model_(model), options_(options) {
    for (const TemplateTensor& tensor : model.tensors()) {
      if (NeedsRule(tensor) && !IsThereAsItIs(tensor, given)) tensors_.push_back(&tensor);
    }
  }

  // Two mappings, so that what is wrong with tensors that were merged says so.
  absl::StatusOr<Plan> CompileWithout(const Names& doubted, const std::vector<Mapping>& mappings,
                                      std::shared_ptr<const Catalog> catalog) const {
    Stage single;
    Stage merged;
    for (const TemplateTensor* tensor : tensors_) {
      if (doubted.contains(tensor->name)) continue;
      (tensor->sources.size() == 1 ? single : merged)
          .push_back(RuleOf(*tensor, options_.direction));
    }
    std::vector<Mapping> all = mappings;
    const std::string name = absl::StrFormat("into %s", model_.path());
    WEFT_RETURN_IF_ERROR(AddStage(name, std::move(single), options_, all));
    WEFT_RETURN_IF_ERROR(
        AddStage(name + ", which has equal tensors once", std::move(merged), options_, all));
    return Compile(all, std::move(catalog), options_);
  }

  // Where another tensor of a layer has no place, what looks like its weight may be that one.
  Names Doubted(const Plan& plan) const {
    Names there;
    for (const TemplateTensor& tensor : model_.tensors()) there.insert(tensor.name);
    Names layers;
    for (const PlannedTensor& tensor : plan.tensors) {
      if (!there.contains(tensor.name)) layers.insert(LayerOf(tensor.name));
    }
    Names doubted;
    for (const TemplateTensor* tensor : tensors_) {
      const bool is_doubted =
          tensor->guessed &&
          std::any_of(tensor->sources.begin(), tensor->sources.end(),
                      [&](const std::string& source) { return layers.contains(LayerOf(source)); });
      if (is_doubted) doubted.insert(tensor->name);
    }
    return doubted;
  }

  // Of each tensor that the plan makes by guess, the first source.
  std::vector<std::string_view> GuessesOf(const Plan& plan, const Names& doubted) const {
    Names made;
    for (const PlannedTensor& tensor : plan.tensors) made.insert(tensor.name);
    std::vector<std::string_view> guesses;
    for (const TemplateTensor* tensor : tensors_) {
      if (!tensor->guessed || doubted.contains(tensor->name)) continue;
      if (!made.contains(tensor->name)) continue;
      guesses.emplace_back(tensor->sources[0]);
    }
    return guesses;
  }

 private:
  const Template& model_;
  const CompileOptions& options_;
  std::vector<const TemplateTensor*> tensors_;
};

}  // namespace

absl::StatusOr<Plan> CompileInto(const std::vector<Mapping>& mappings,
                                 std::shared_ptr<const Catalog> catalog, const Template& model,
                                 const CompileOptions& options) {
  WEFT_RETURN_IF_ERROR(CheckOptions(model, options));
  const Ways ways(model, NamesOf(*catalog), options);
  Names doubted;
  WEFT_ASSIGN_OR_RETURN(Plan plan, ways.CompileWithout(doubted, mappings, catalog));
  if (options.lenient) doubted = ways.Doubted(plan);
  if (!doubted.empty()) {
    WEFT_ASSIGN_OR_RETURN(plan, ways.CompileWithout(doubted, mappings, std::move(catalog)));
  }
  Fitting fitting(model, options, plan);
  WEFT_RETURN_IF_ERROR(fitting.Fit(doubted));
  fitting.TellGuesses(ways.GuessesOf(plan, doubted));
  return plan;
}

}  // namespace weft
