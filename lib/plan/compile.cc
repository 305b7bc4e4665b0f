// Compile: catalog → entries → stages of each mapping → proven plan.
#include <algorithm>
#include <memory>
#include <numeric>
#include <set>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "mapping/config_tree.h"
#include "mapping/document.h"
#include "mapping/given_params.h"
#include "mapping/mapping_digest.h"
#include "mapping/mapping_names.h"
#include "plan/byte_alignment.h"
#include "plan/expectation.h"
#include "plan/mapping_run.h"
#include "plan/scaled_tensors.h"
#include "plan/shard.h"
#include "plan/sharing_rules.h"
#include "plan/view.h"
#include "plan/way_back.h"
#include "tensor/element.h"
#include "tensor/shape.h"
#include "weft/name_report.h"
#include "weft/plan.h"

namespace weft {
namespace {

using internal::MappingDocument;
using internal::Others;

constexpr size_t kNamesShown = 10;

// What a compilation starts from.
struct Input {
  std::vector<const MappingDocument*> documents;  // in the order in which they run
  std::vector<std::string> record_names;          // parallel
  std::shared_ptr<const Catalog> catalog;
  const CompileOptions& options;
  ConfigTree config;
  std::map<std::string, ParamValue> set;

  // Mappings without rules say nothing about what they convert.
  bool HasRules() const {
    return std::any_of(documents.begin(), documents.end(), [](const MappingDocument* document) {
      return std::any_of(document->stages.begin(), document->stages.end(),
                         [](const internal::CheckedStage& stage) { return !stage.rules.empty(); });
    });
  }
};

// All that a param may be called.
std::set<std::string> NamesOf(const Input& input) {
  std::set<std::string> names;
  if (input.options.set.empty()) return names;
  for (const MappingDocument* document : input.documents) AddNames(*document, &names);
  const std::optional<Shard>& shard = input.options.shard;
  if (shard.has_value() && shard->sharding.has_value()) AddNames(*shard->sharding->rules(), &names);
  return names;
}

class Compiler {
 public:
  // `look_back`: see StageRun. All arguments outlive the compiler.
  Compiler(const Input& input, RegexCache& cache, bool look_back)
      : input_(input),
        options_(input.options),
        cache_(cache),
        look_back_(look_back),
        report_(static_cast<uint32_t>(input.catalog->tensors.size())) {
    plan_.catalog = input.catalog;
  }

  absl::Status Compile() {
    WEFT_RETURN_IF_ERROR(CheckRecord());
    WEFT_RETURN_IF_ERROR(CheckParts());
    WEFT_RETURN_IF_ERROR(CheckNames());
    Start();
    WEFT_RETURN_IF_ERROR(RunMappings());
    WEFT_RETURN_IF_ERROR(CheckConverted());
    WEFT_RETURN_IF_ERROR(TreatOthers());
    WEFT_RETURN_IF_ERROR(MeetExpectation());
    return Finish();
  }

  const Plan& plan() const { return plan_; }
  const StageReport& report() const { return report_; }

  // The plan, of which `losses` says what keeps it from being exact besides rounding.
  Plan Take(const std::vector<std::string>& losses) {
    Classify(losses);
    return std::move(plan_);
  }

 private:
  void Start() {
    const std::vector<TensorInfo>& tensors = plan_.catalog->tensors;
    entries_.reserve(tensors.size());
    for (uint32_t i = 0; i < tensors.size(); ++i) {
      Entry& entry = entries_.emplace_back();
      entry.name = tensors[i].name;
      entry.dtype = tensors[i].dtype;
      entry.shape = tensors[i].shape;
      entry.view = View::Identity(i);
    }
    if (TurnsBack(plan_.catalog->metadata, options_.direction)) {
      UndoPrefixChange(plan_.catalog->metadata, entries_);
    }
    // What earlier conversions by other mappings recorded stays true; these mappings record anew.
    plan_.metadata = plan_.catalog->metadata;
    if (!input_.HasRules()) return;
    for (const std::string& name : input_.record_names) EraseRecord(name, &plan_.metadata);
  }

  // A conversion that was done already must not be done again, even where its names come out as
  // they went in and so do not show it.
  absl::Status CheckRecord() const {
    const std::map<std::string, std::string>& metadata = plan_.catalog->metadata;
    const auto direction = metadata.find("weft.direction");
    const auto done = metadata.find("weft.digests");
    if (done == metadata.end() || direction == metadata.end() ||
        direction->second != DirectionName()) {
      return absl::OkStatus();
    }
    for (const MappingDocument* document : input_.documents) {
      const std::string digest = DigestOf(*document);
      if (digest.empty() || done->second.find(digest) == std::string::npos) continue;
      return ErrorStatus(
          ErrorCode::kAlreadyConverted, SourceName(),
          absl::StrFormat("its metadata say that mapping \"%s\" was applied to it already, %s",
                          Escaped(document->name), DirectionName()),
          ConvertedHint());
    }
    return absl::OkStatus();
  }

  std::string_view DirectionName() const {
    return options_.direction == Direction::kForward ? "forward" : "reverse";
  }

  std::string_view ConvertedHint() const {
    return options_.direction == Direction::kForward ? "use --reverse to convert back"
                                                     : "leave --reverse out to convert";
  }

  // A name that begins with "$" is gone behind a mapping, so none can come in or be given back.
  absl::Status CheckNames() const {
    if (!input_.HasRules()) return absl::OkStatus();
    std::vector<std::string_view> temporary;
    for (const TensorInfo& tensor : plan_.catalog->tensors) {
      if (!tensor.name.empty() && tensor.name[0] == '$') temporary.push_back(tensor.name);
    }
    Diagnostics diagnostics;
    for (const std::string& names : GroupNames(temporary)) {
      diagnostics.Add(ErrorCode::kBadName,
                      absl::StrFormat("%s, tensor '%s'", SourceName(), Escaped(names)),
                      "its name begins with \"$\", as those of a mapping's temporary tensors do",
                      "rename it in the checkpoint; without rules (--map identity) it passes");
    }
    return diagnostics.ToStatus();
  }

  // Rules for part files take nothing from a checkpoint that was opened without them.
  absl::Status CheckParts() {
    if (input_.documents.empty()) return absl::OkStatus();
    if (options_.direction == Direction::kReverse) {
      plan_.part_files = input_.documents.back()->part_files;
      return absl::OkStatus();
    }
    const std::optional<PartFiles>& files = input_.documents.front()->part_files;
    const std::vector<TensorInfo>& tensors = plan_.catalog->tensors;
    if (!files.has_value() ||
        std::any_of(tensors.begin(), tensors.end(),
                    [](const TensorInfo& tensor) { return CutPart(tensor.name).has_value(); })) {
      return absl::OkStatus();
    }
    return ErrorStatus(ErrorCode::kMissingPart, SourceName(),
                       absl::StrFormat("the mapping reads files '%s', and no name of a tensor "
                                       "begins with the number of one",
                                       Escaped(files->text())),
                       "open the directory of these files, with OpenOptions::part_files");
  }

  absl::Status RunMappings() {
    const MappingRunContext context{options_.direction,
                                    input_.set,
                                    input_.config,
                                    plan_.catalog->metadata,
                                    cache_,
                                    options_.limits,
                                    options_.lenient,
                                    true,
                                    look_back_,
                                    SourceName()};
    for (size_t i = 0; i < input_.documents.size(); ++i) {
      const MappingDocument* const document = input_.documents[i];
      const std::string& record_name = input_.record_names[i];
      MappingRun run(*document, record_name, context, report_);
      WEFT_RETURN_IF_ERROR(run.Run(entries_));
      const auto& edits = options_.direction == Direction::kForward ? document->forward_edits
                                                                    : document->reverse_edits;
      plan_.side_file_edits.insert(plan_.side_file_edits.end(), edits.begin(), edits.end());
      for (std::string& warning : run.TakeWarnings()) plan_.warnings.push_back(std::move(warning));
      if (input_.HasRules()) WriteRecord(run.TakeRecord(), record_name, &plan_.metadata);
    }
    return absl::OkStatus();
  }

  absl::Status CheckConverted() const {
    if (!report_.rules.empty() || report_.in_target_range.empty()) return absl::OkStatus();
    return ErrorStatus(
        ErrorCode::kAlreadyConverted, SourceName(),
        absl::StrFormat("no rule takes a tensor, and %d tensors, '%s' among them, are in the "
                        "target layout already",
                        report_.in_target_range.size(), Escaped(report_.in_target_range.front())),
        ConvertedHint());
  }

  std::string SourceName() const {
    return plan_.catalog->files.empty() ? "checkpoint" : Escaped(plan_.catalog->files.front().name);
  }

  absl::Status MeetExpectation() {
    PrefixChange change;
    if (options_.expectation.has_value()) {
      change = FindPrefixChange(entries_, *options_.expectation);
      ApplyPrefixChange(change, *options_.expectation, entries_);
    }
    WritePrefixChange(change, &plan_.metadata);
    if (!options_.expectation.has_value()) return absl::OkStatus();
    std::vector<DType> dtypes;
    dtypes.reserve(entries_.size());
    for (const Entry& entry : entries_) dtypes.push_back(OutputDType(entry));
    plan_.expectation = Compare(entries_, dtypes, *options_.expectation);
    plan_.expectation->added_prefix = change.added;
    plan_.expectation->stripped_prefix = change.stripped;
    if (plan_.expectation->complete()) return absl::OkStatus();
    std::vector<Diagnostic> found =
        DiagnosticsOf(*plan_.expectation, entries_, *options_.expectation, SourceName());
    if (!options_.lenient) return StatusOf(std::move(found));
    for (const Diagnostic& diagnostic : found) plan_.warnings.push_back(diagnostic.what);
    return absl::OkStatus();
  }

  // What `others` says of the tensors that no rule of any stage took. The strictest mapping
  // decides.
  absl::Status TreatOthers() {
    Others others = Others::kPass;
    for (const MappingDocument* document : input_.documents) {
      if (document->others == Others::kError) others = Others::kError;
      if (document->others == Others::kDrop && others == Others::kPass) others = Others::kDrop;
    }
    Diagnostics diagnostics;
    std::vector<Entry> kept;
    kept.reserve(entries_.size());
    for (Entry& entry : entries_) {
      if (entry.rules.empty() && others == Others::kError && options_.lenient) {
        plan_.warnings.push_back(
            absl::StrFormat("no rule takes tensor '%s'; it passes as it is", Escaped(entry.name)));
        kept.push_back(std::move(entry));
      } else if (entry.rules.empty() && others == Others::kError) {
        diagnostics.Add(ErrorCode::kUnexpectedTensor, SourceName(),
                        absl::StrFormat("no rule takes tensor '%s'", Escaped(entry.name)),
                        "the mapping says \"others\": \"error\"");
      } else if (entry.rules.empty() && others == Others::kDrop) {
        report_.dropped.emplace_back(std::move(entry), "the mapping says \"others\": \"drop\"");
        report_.one_way_reasons.emplace_back("\"others\": \"drop\" drops tensors");
      } else if (!entry.rules.empty() && !entry.name.empty() && entry.name[0] == '$') {
        diagnostics.Add(ErrorCode::kNoTargetName, SourceName(),
                        absl::StrFormat("temporary tensor '%s' is left over", Escaped(entry.name)),
                        "a later stage must take every name that begins with \"$\"");
      } else {
        kept.push_back(std::move(entry));
      }
    }
    entries_ = std::move(kept);
    return diagnostics.ToStatus();
  }

  absl::Status Finish() {
    std::vector<uint32_t> order(entries_.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [this](uint32_t a, uint32_t b) {
      return NaturalLess(entries_[a].name, entries_[b].name);
    });
    plan_.tensors.reserve(entries_.size());
    uint64_t boxes = 0;
    for (const uint32_t index : order) {
      WEFT_RETURN_IF_ERROR(AddTensor(std::move(entries_[index])));
      boxes += plan_.tensors.back().boxes.size();
      if (boxes > options_.limits.boxes) {
        return ErrorStatus(
            ErrorCode::kLimitExceeded, "plan",
            absl::StrFormat("%d copies and more; the limit is %d", boxes, options_.limits.boxes));
      }
    }
    plan_.rules = report_.rules;
    plan_.constants = report_.parts.TakeConstants();
    plan_.checks = report_.parts.TakeChecks();
    AddDropped();
    return RefuseScaled();
  }

  // The dtype that is asked for is for all tensors; that some have a scale, the caller may not
  // know.
  absl::Status RefuseScaled() const {
    if (!options_.dtype.has_value()) return absl::OkStatus();
    std::optional<ScaledTensors> scaled;
    Diagnostics diagnostics;
    size_t refused = 0;
    for (const PlannedTensor& tensor : plan_.tensors) {
      if (tensor.dtype == tensor.source_dtype || BitsOf(tensor.source_dtype) > 8) continue;
      if (!scaled.has_value()) scaled.emplace(*plan_.catalog);
      for (const Box& box : tensor.boxes) {
        if (report_.parts.IsConstant(box.source)) continue;
        const TensorInfo& source = plan_.catalog->tensors[box.source];
        const TensorInfo* const scale = scaled->ScaleOf(source);
        if (scale == nullptr) continue;
        if (++refused > kNamesShown) break;
        diagnostics.Add(
            ErrorCode::kUnsupportedFeature, absl::StrFormat("tensor '%s'", Escaped(tensor.name)),
            absl::StrFormat("it cannot become %s as all others: '%s' is %s and has a scale, '%s', "
                            "which a cast does not apply",
                            NameOf(tensor.dtype), Escaped(source.name), NameOf(source.dtype),
                            Escaped(scale->name)),
            "keep the dtypes, or let a mapping's \"cast\" name the tensors to cast");
        break;
      }
    }
    if (refused > kNamesShown) {
      diagnostics.Add(ErrorCode::kUnsupportedFeature, "plan",
                      absl::StrFormat("%d more tensors have scales", refused - kNamesShown));
    }
    return diagnostics.ToStatus();
  }

  absl::Status AddTensor(Entry entry) {
    const uint64_t elements = ElementsOf(entry.shape);
    const bool proven = entry.view.is_identity();
    PlannedTensor& tensor = plan_.tensors.emplace_back();
    tensor.name = std::move(entry.name);
    tensor.shape = std::move(entry.shape);
    tensor.source_dtype = entry.dtype;
    tensor.dtype = OutputDType(entry);
    tensor.rules = std::move(entry.rules);
    tensor.boxes = std::move(entry.view).TakeBoxes(elements);
    std::sort(tensor.boxes.begin(), tensor.boxes.end(),
              [](const Box& a, const Box& b) { return a.target_offset < b.target_offset; });
    if (!proven && !CoversExactlyOnce(tensor.boxes, elements)) {
      return ErrorStatus(ErrorCode::kInternal, absl::StrFormat("plan, tensor '%s'", tensor.name),
                         "its boxes do not write every element exactly once");
    }
    uint64_t copied = 0;
    for (const Box& box : tensor.boxes) {
      if (!report_.parts.IsConstant(box.source)) copied += ElementsOf(box);
    }
    plan_.bytes_read += copied * static_cast<uint64_t>(BitsOf(tensor.source_dtype)) / 8;
    const std::optional<uint64_t> bits = CheckedBitsOf(tensor.shape, tensor.dtype);
    if (!bits.has_value() ||
        __builtin_add_overflow(plan_.bytes_written, *bits / 8, &plan_.bytes_written)) {
      return ErrorStatus(
          ErrorCode::kOverflow, absl::StrFormat("plan, tensor '%s'", Escaped(tensor.name)),
          absl::StrFormat("with %s %s there would be more bits, or bytes in all, than "
                          "64 bits count",
                          NameOf(tensor.dtype), TextOf(tensor.shape)));
    }
    return absl::OkStatus();
  }

  DType OutputDType(const Entry& entry) const {
    if (!IsFloatingPoint(entry.dtype)) return entry.dtype;
    if (options_.dtype.has_value()) return *options_.dtype;
    return options_.keep_dtypes ? entry.dtype : entry.cast.value_or(entry.dtype);
  }

  void AddDropped() {
    for (auto& [entry, reason] : report_.dropped) {
      for (const Box& box : std::move(entry.view).TakeBoxes(ElementsOf(entry.shape))) {
        if (!report_.parts.IsConstant(box.source)) plan_.dropped.push_back({box.source, reason});
      }
    }
    std::sort(plan_.dropped.begin(), plan_.dropped.end(),
              [](const DroppedTensor& a, const DroppedTensor& b) { return a.source < b.source; });
    plan_.dropped.erase(std::unique(plan_.dropped.begin(), plan_.dropped.end(),
                                    [](const DroppedTensor& a, const DroppedTensor& b) {
                                      return a.source == b.source;
                                    }),
                        plan_.dropped.end());
  }

  void Classify(const std::vector<std::string>& losses) {
    plan_.exactness_reasons = losses;
    size_t rounded = 0;
    for (const PlannedTensor& tensor : plan_.tensors) {
      if (HoldsAllOf(tensor.dtype, tensor.source_dtype)) continue;
      if (++rounded > kNamesShown) continue;
      plan_.exactness_reasons.push_back(
          absl::StrFormat("tensor '%s' is rounded from %s to %s", Escaped(tensor.name),
                          NameOf(tensor.source_dtype), NameOf(tensor.dtype)));
    }
    if (rounded > kNamesShown) {
      plan_.exactness_reasons.push_back(
          absl::StrFormat("%d more tensors are rounded", rounded - kNamesShown));
    }
    if (rounded > 0) plan_.exactness = Exactness::kRounding;
    if (!losses.empty()) plan_.exactness = Exactness::kOneWay;
    if (!input_.HasRules() && plan_.metadata.count("weft.prefix") == 0) return;
    std::string names;
    std::string digests;
    for (const MappingDocument* document : input_.documents) {
      const std::string digest = DigestOf(*document);
      names += (names.empty() ? "" : ",") + document->name;
      if (!digest.empty()) digests += (digests.empty() ? "" : ",") + digest;
    }
    plan_.metadata["weft.mapping"] = names;
    if (!digests.empty()) plan_.metadata["weft.digests"] = digests;
    plan_.metadata["weft.direction"] = std::string(DirectionName());
    plan_.metadata["weft.reversible"] = std::string(NameOf(plan_.exactness));
    if (plan_.rules.empty()) {
      plan_.warnings.push_back(
          absl::StrFormat("no rule of mapping \"%s\" takes any of the %d tensors", names,
                          plan_.catalog->tensors.size()));
    }
  }

  const Input& input_;
  const CompileOptions& options_;
  RegexCache& cache_;
  bool look_back_;
  std::vector<Entry> entries_;
  StageReport report_;
  Plan plan_;
};

// The plan, unless it must be exact and is not.
absl::StatusOr<Plan> Required(Plan plan, const CompileOptions& options) {
  if (!options.require_reversible || plan.exactness == Exactness::kExact) return plan;
  std::vector<Diagnostic> diagnostics;
  diagnostics.reserve(plan.exactness_reasons.size());
  for (const std::string& reason : plan.exactness_reasons) {
    diagnostics.push_back(
        {ErrorCode::kNotReversible, "plan",
         absl::StrFormat("it must be reversible, and is %s: %s", NameOf(plan.exactness), reason),
         "keep what is lost with --complement FILE, or do without --require-reversible"});
  }
  return StatusOf(std::move(diagnostics));
}

// What keeps the plan from being exact besides rounding.
std::vector<Loss> Losses(const Input& input, const Plan& plan, RegexCache& cache) {
  absl::StatusOr<WayBack> back = CompileWayBack(plan, input.options.direction, input.documents,
                                                input.config, input.options.limits, cache);
  if (back.ok()) return LossesOf(plan, *back);
  std::vector<Loss> losses;
  for (const Diagnostic& diagnostic : DiagnosticsOf(back.status())) {
    losses.push_back({std::nullopt, "the way back fails: " + TextOf(diagnostic), diagnostic.where});
  }
  return losses;
}

absl::StatusOr<Plan> CompileWhole(const Input& input, RegexCache& cache) {
  const CompileOptions& options = input.options;
  Compiler compiler(input, cache, false);
  WEFT_RETURN_IF_ERROR(compiler.Compile());
  const std::vector<Loss> losses = Losses(input, compiler.plan(), cache);
  if (losses.empty() && compiler.report().one_way_reasons.empty()) {
    return Required(compiler.Take({}), options);
  }
  // Once more, with an eye on what each rule makes, for the reasons.
  Compiler explainer(input, cache, true);
  WEFT_RETURN_IF_ERROR(explainer.Compile());
  return Required(explainer.Take(ReasonsOf(losses, explainer.plan(), explainer.report())), options);
}

absl::Status Cut(const Input& input, const SharingRules& sharing, RegexCache& cache, Plan& plan) {
  const MappingDocument none;
  const MappingDocument& document = sharing.document == nullptr ? none : *sharing.document;
  // Of a mapping that runs several times the last one made the result.
  std::string record_name;
  for (size_t i = 0; i < input.documents.size(); ++i) {
    if (input.documents[i] == sharing.document) record_name = input.record_names[i];
  }
  WEFT_ASSIGN_OR_RETURN(const ConversionRecord earlier,
                        ReadRecord(input.catalog->metadata, record_name));
  // Scopes of their own: what only the cut asks for is nothing that the way back needs.
  const auto scopes = ScopesOf(document, input.options.direction, input.set, input.config, earlier);
  return CutToShard(
      {*input.options.shard, *sharing.rules, sharing.where, scopes, cache, input.options.limits},
      plan);
}

}  // namespace

uint64_t ElementsOf(const Box& box) {
  uint64_t elements = 1;
  for (const Factor& factor : box.factors) elements *= factor.count;
  return elements;
}

std::string_view NameOf(Exactness exactness) {
  switch (exactness) {
    case Exactness::kExact:
      return "exact";
    case Exactness::kRounding:
      return "rounding";
    case Exactness::kOneWay:
      return "one-way";
  }
  return "";
}

absl::StatusOr<Plan> Compile(const std::vector<Mapping>& mappings,
                             std::shared_ptr<const Catalog> catalog,
                             const CompileOptions& options) {
  Input input{{}, {}, std::move(catalog), options, {}, {}};
  for (const Mapping& mapping : mappings) {
    for (const auto& document : mapping.documents()) input.documents.push_back(document.get());
  }
  if (options.direction == Direction::kReverse) {
    std::reverse(input.documents.begin(), input.documents.end());
  }
  input.record_names = RecordNames(input.documents, options.direction);
  WEFT_ASSIGN_OR_RETURN(input.config, ConfigTree::Parse(options.config_json, options.config_name));
  WEFT_ASSIGN_OR_RETURN(input.set, GivenParams(options.set, NamesOf(input)));
  RegexCache cache(options.limits.regex_bytes);
  if (!options.shard.has_value()) {
    absl::StatusOr<Plan> compiled = CompileWhole(input, cache);
    if (!compiled.ok()) return WithShardTold(compiled.status(), *input.catalog);
    Plan whole = *std::move(compiled);
    WEFT_RETURN_IF_ERROR(CheckKeepsTensors(whole));
    WEFT_RETURN_IF_ERROR(CheckByteAlignment(whole));
    return whole;
  }

  WEFT_RETURN_IF_ERROR(CheckShard(*options.shard, *input.catalog));
  WEFT_ASSIGN_OR_RETURN(const SharingRules sharing,
                        FindSharing(input.documents, options.direction, *options.shard));
  WEFT_ASSIGN_OR_RETURN(Plan plan, CompileWhole(input, cache));
  WEFT_RETURN_IF_ERROR(Cut(input, sharing, cache, plan));
  WEFT_RETURN_IF_ERROR(CheckByteAlignment(plan));
  return plan;
}

}  // namespace weft
