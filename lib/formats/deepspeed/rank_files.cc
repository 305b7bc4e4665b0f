#include "formats/deepspeed/rank_files.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/pickle/fields.h"
#include "io/path.h"

namespace weft::deepspeed {
namespace {

using pickle::kNoValue;
using pickle::Ref;
using pickle::Tree;

constexpr std::string_view kIncompleteHint =
    "each rank saves a file of its own; copy those of all machines into the directory";

// Universal checkpoints have a folder for each parameter in it.
constexpr std::string_view kUniversalFolder = "zero";

// One file of the model for all, or one of each rank; and one of the optimizer of each rank.
struct Names {
  std::vector<std::pair<RankFile, uint32_t>> models;  // with the number of the file
  std::vector<std::pair<RankFile, uint32_t>> optimizers;
};

absl::StatusOr<Names> SortOut(absl::Span<const OpenFile> files) {
  Names names;
  Diagnostics diagnostics;
  for (uint32_t i = 0; i < files.size(); ++i) {
    std::optional<RankFile> file = ParseRankFile(SplitAtName(files[i].path).name);
    if (!file || file->model_rank != 0) {
      diagnostics.Add(
          ErrorCode::kUnsupportedFeature, files[i].reader->where(),
          file ? "the model itself is split over several files, and how is not said in them"
               : "is of a pipeline or of experts, whose model is split over several files",
          "merge the model with the program that trained it");
      continue;
    }
    auto& list = file->kind == RankFile::Kind::kModel ? names.models : names.optimizers;
    list.emplace_back(*std::move(file), i);
  }
  WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
  for (auto* list : {&names.models, &names.optimizers}) {
    std::stable_sort(list->begin(), list->end(), [](const auto& a, const auto& b) {
      return a.first.rank.value_or(0) < b.first.rank.value_or(0);
    });
  }
  return names;
}

// The ranks are those from 0 to `count` - 1, each once.
absl::Status CheckRanks(const std::vector<std::pair<RankFile, uint32_t>>& files, uint64_t count,
                        absl::Span<const OpenFile> opened) {
  Diagnostics diagnostics;
  uint64_t next = 0;
  const auto add_missing = [&](uint64_t end) {
    for (; next < end && diagnostics.count() <= Diagnostics::kMost; ++next) {
      const std::string name = files.front().first.NameOf(next);
      diagnostics.Add(
          ErrorCode::kMissingPart, opened[files.front().second].reader->where(),
          absl::StrFormat("the file '%s' is missing, of rank %d of %d", Escaped(name), next, count),
          kIncompleteHint);
    }
  };
  for (const auto& [file, number] : files) {
    add_missing(std::min(*file.rank, count));
    if (*file.rank < next || *file.rank >= count) {
      diagnostics.Add(ErrorCode::kBadHeaderSyntax, opened[number].reader->where(),
                      *file.rank < next
                          ? "two files are of this rank"
                          : absl::StrFormat("is of rank %d, and there are %d, counted from 0",
                                            *file.rank, count),
                      "the directory holds files of several runs; remove those of the others");
      continue;
    }
    next = *file.rank + 1;
  }
  add_missing(count);
  return diagnostics.ToStatus();
}

// Of the models of other ranks than the first, only their parts of what is not trained are kept.
absl::StatusOr<std::vector<StateFile>> ReadAll(
    const std::vector<std::pair<RankFile, uint32_t>>& files, absl::Span<const OpenFile> opened,
    const OpenOptions& options) {
  std::vector<StateFile> states;
  Diagnostics diagnostics;
  for (const auto& [name, number] : files) {
    absl::StatusOr<StateFile> state = StateFile::Read(opened[number], number, name, options);
    if (state.ok()) {
      const bool is_of_first = states.empty() || name.kind == RankFile::Kind::kOptimizer;
      if (!is_of_first) state->KeepTensors(kFrozenParts);
      states.push_back(*std::move(state));
    } else {
      diagnostics.Add(state.status());
    }
  }
  WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
  return states;
}

Ref OptimizerOf(const StateFile& file) {
  const Tree& tree = file.objects();
  return pickle::EntryOf(tree, tree.root(), "optimizer_state_dict");
}

absl::StatusOr<Stage> StageOf(const StateFile& optimizer) {
  const Tree& tree = optimizer.objects();
  const Ref state = OptimizerOf(optimizer);
  if (pickle::EntryOf(tree, state, "single_partition_of_fp32_groups") != kNoValue) {
    return Stage::kGroups;
  }
  if (pickle::EntryOf(tree, state, "fp32_flat_groups") != kNoValue) return Stage::kEach;
  return ErrorStatus(ErrorCode::kUnsupportedFeature, optimizer.where(),
                     "has neither 'single_partition_of_fp32_groups' nor 'fp32_flat_groups' in its "
                     "'optimizer_state_dict', and so no weights that are known here",
                     "for the weights in the type of training give the model's file");
}

// How many ranks have parts. One number, or one for each group of parameters.
absl::StatusOr<uint64_t> PartitionCountOf(const StateFile& optimizer) {
  const Tree& tree = optimizer.objects();
  const Ref ref = pickle::EntryOf(tree, OptimizerOf(optimizer), "partition_count");
  std::vector<int64_t> counts = pickle::IntsOf(tree, ref).value_or(std::vector<int64_t>());
  if (const std::optional<int64_t> one = pickle::IntOf(tree, ref)) counts = {*one};
  if (counts.empty() || *std::min_element(counts.begin(), counts.end()) < 1) {
    return ErrorStatus(ErrorCode::kBadHeaderSyntax, optimizer.where(),
                       "its 'partition_count' is no number of ranks, nor a list of such");
  }
  if (std::any_of(counts.begin(), counts.end(), [&](int64_t n) { return n != counts[0]; })) {
    return ErrorStatus(ErrorCode::kUnsupportedFeature, optimizer.where(),
                       "its groups of parameters are split over different numbers of ranks, as "
                       "those of experts are",
                       "merge the model with the program that trained it");
  }
  return static_cast<uint64_t>(counts[0]);
}

// Whether the model was saved beside an optimizer that has parts of it.
bool IsSplit(const StateFile& model) {
  const Tree& tree = model.objects();
  const Ref shapes = pickle::EntryOf(tree, tree.root(), "param_shapes");
  return model.name().rank.has_value() ||
         (shapes != kNoValue && tree.KindOf(shapes) != pickle::Kind::kNone);
}

// `path` is that of the model's file.
absl::Status NoOptimizer(const StateFile& model, std::string_view path) {
  if (Exists(Join(SplitAtName(path).directory, kUniversalFolder))) {
    return ErrorStatus(ErrorCode::kUnsupportedFeature, model.where(),
                       "is beside a folder 'zero', as in a universal checkpoint, which weft does "
                       "not read",
                       "give the directory that it was made from");
  }
  return ErrorStatus(ErrorCode::kMissingPart, model.where(),
                     "the files of the optimizer ('zero_pp_rank_0_mp_rank_00_optim_states.pt', …) "
                     "are missing, and they have the weights in full",
                     model.name().rank.has_value()
                         ? "copy them into the directory"
                         : "copy them into the directory; for the weights in the type of training "
                           "give the file of the model instead of the directory");
}

}  // namespace

absl::StatusOr<RankFiles> ReadRankFiles(absl::Span<const OpenFile> files,
                                        const OpenOptions& options) {
  WEFT_ASSIGN_OR_RETURN(const Names names, SortOut(files));
  if (names.models.empty()) {
    return ErrorStatus(
        ErrorCode::kMissingPart, files[0].reader->where(),
        "the file of the model ('mp_rank_00_model_states.pt') is missing beside this one",
        kIncompleteHint);
  }
  const bool is_of_each = names.models.front().first.rank.has_value();
  if (names.models.size() > 1 && (!is_of_each || !names.models.back().first.rank.has_value())) {
    return ErrorStatus(ErrorCode::kBadHeaderSyntax, files[names.models[1].second].reader->where(),
                       "there are files of the model for all ranks and for single ones",
                       "the directory holds files of several runs; remove those of the others");
  }
  RankFiles read;
  WEFT_ASSIGN_OR_RETURN(read.models, ReadAll(names.models, files, options));
  if (names.optimizers.empty()) {
    const StateFile& model = read.models.front();
    if (IsSplit(model)) return NoOptimizer(model, files[model.number()].path);
    return read;
  }
  WEFT_ASSIGN_OR_RETURN(read.optimizers, ReadAll(names.optimizers, files, options));
  WEFT_ASSIGN_OR_RETURN(read.stage, StageOf(read.optimizers.front()));
  WEFT_ASSIGN_OR_RETURN(const uint64_t count, PartitionCountOf(read.optimizers.front()));
  Diagnostics diagnostics;
  for (const StateFile& optimizer : read.optimizers) {
    WEFT_ASSIGN_OR_RETURN(const Stage stage, StageOf(optimizer));
    WEFT_ASSIGN_OR_RETURN(const uint64_t own_count, PartitionCountOf(optimizer));
    if (stage == read.stage && own_count == count) continue;
    diagnostics.Add(ErrorCode::kSizeMismatch, optimizer.where(),
                    absl::StrFormat("is one of %d parts, and '%s' is one of %d%s", own_count,
                                    read.optimizers.front().where(), count,
                                    stage == read.stage ? "" : " of another kind"),
                    "the directory holds files of several runs; remove those of the others");
  }
  WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
  diagnostics.Add(CheckRanks(names.optimizers, count, files));
  if (is_of_each != (read.stage == Stage::kEach)) {
    diagnostics.Add(ErrorCode::kBadHeaderSyntax, read.models.front().where(),
                    is_of_each ? "is of one rank, but the optimizer's files are of ZeRO 1 or 2"
                               : "is for all ranks, but the optimizer's files are of ZeRO 3");
  } else if (is_of_each) {
    diagnostics.Add(CheckRanks(names.models, count, files));
  }
  WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
  return read;
}

}  // namespace weft::deepspeed
