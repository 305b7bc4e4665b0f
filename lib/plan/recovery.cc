#include "plan/recovery.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "plan/element_runs.h"
#include "plan/view.h"

namespace weft {
namespace {

// Of one tensor: 64 MiB of runs, and a few seconds of comparing them.
constexpr uint64_t kMostRuns = 1 << 22;
constexpr uint64_t kMostSteps = 1 << 30;

// A way to get elements of a source tensor: a box from a target to it.
struct Provider {
  DType dtype = DType::kF32;  // of the target
  Box box;
};

// True when the factors, in order of falling target stride, never lead to one element twice.
bool IsInjective(const Box& box) {
  uint64_t span = 0;
  for (size_t k = box.factors.size(); k-- > 0;) {
    if (box.factors[k].target_stride <= span) return false;
    span += (box.factors[k].count - 1) * box.factors[k].target_stride;
  }
  return true;
}

// The box read backwards. Where it copies an element to several places, the first is read.
Box Turned(const Box& box, uint32_t source) {
  Box turned;
  turned.source = source;
  turned.source_offset = box.target_offset;
  turned.target_offset = box.source_offset;
  for (const Factor& factor : box.factors) {
    if (factor.source_stride == 0) continue;
    turned.factors.push_back({factor.count, factor.target_stride, factor.source_stride});
  }
  Normalize(turned);
  return turned;
}

// Appends the box, cut along its widest factors until no part writes an element twice.
absl::Status AppendInjective(Box box, std::vector<Box>* boxes) {
  std::vector<Box> work = {std::move(box)};
  const size_t before = boxes->size();
  while (!work.empty()) {
    Box here = std::move(work.back());
    work.pop_back();
    if (IsInjective(here)) {
      boxes->push_back(std::move(here));
      continue;
    }
    const Factor widest = here.factors.front();
    if (widest.count >
        kMostRuns - std::min<uint64_t>(kMostRuns, work.size() + boxes->size() - before)) {
      return ErrorStatus(ErrorCode::kLimitExceeded, "",
                         absl::StrFormat("it is read in more than %d parts", kMostRuns));
    }
    here.factors.erase(here.factors.begin());
    for (uint64_t step = 0; step < widest.count; ++step) {
      Box part = here;
      part.source_offset += step * widest.source_stride;
      part.target_offset += step * widest.target_stride;
      work.push_back(std::move(part));
    }
  }
  return absl::OkStatus();
}

// What a check says of one source tensor: from equal elements (Box::source as in a plan) to it.
struct Equality {
  uint32_t tensor = 0;
  std::vector<Box> boxes;
};

class RecoveryFinder {
 public:
  explicit RecoveryFinder(const Plan& plan)
      : plan_(plan),
        tensors_(plan.catalog->tensors),
        providers_(tensors_.size()),
        recoveries_(tensors_.size()) {}

  absl::StatusOr<std::vector<Recovery>> Find() {
    WEFT_RETURN_IF_ERROR(CollectProviders());
    for (uint32_t i = 0; i < tensors_.size(); ++i) WEFT_RETURN_IF_ERROR(Solve(i));
    if (!plan_.checks.empty()) WEFT_RETURN_IF_ERROR(UseChecks());
    return std::move(recoveries_);
  }

 private:
  bool IsConstant(uint32_t source) const { return source >= tensors_.size(); }

  absl::Status InTensor(uint32_t tensor, const absl::Status& status) const {
    if (status.ok()) return status;
    const std::vector<Diagnostic> found = DiagnosticsOf(status);
    return ErrorStatus(found.front().code,
                       absl::StrFormat("complement, tensor '%s'", Escaped(tensors_[tensor].name)),
                       found.front().what, found.front().hint);
  }

  absl::Status CollectProviders() {
    std::vector<Box> parts;
    for (uint32_t i = 0; i < plan_.tensors.size(); ++i) {
      const PlannedTensor& target = plan_.tensors[i];
      for (const Box& box : target.boxes) {
        if (IsConstant(box.source)) continue;
        parts.clear();
        WEFT_RETURN_IF_ERROR(InTensor(box.source, AppendInjective(Turned(box, i), &parts)));
        for (Box& part : parts) {
          providers_[box.source].push_back({target.dtype, std::move(part)});
        }
      }
    }
    return absl::OkStatus();
  }

  // Chooses among the providers of a tensor, and says what none has.
  absl::Status Solve(uint32_t tensor) {
    std::vector<Provider>& providers = providers_[tensor];
    const DType own = tensors_[tensor].dtype;
    const auto rank = [own](const Provider& provider) {
      return provider.dtype == own ? -1 : 64 - BitsOf(provider.dtype);
    };
    std::stable_sort(providers.begin(), providers.end(), [&](const Provider& a, const Provider& b) {
      if (rank(a) != rank(b)) return rank(a) < rank(b);
      if (a.dtype != b.dtype) return a.dtype < b.dtype;
      return a.box.target_offset < b.box.target_offset;
    });
    Recovery& recovery = recoveries_[tensor];
    recovery = Recovery();
    const uint64_t elements = ElementsOf(tensors_[tensor].shape);
    if (elements == 0) return absl::OkStatus();
    const auto owned = static_cast<size_t>(
        std::find_if(providers.begin(), providers.end(),
                     [own](const Provider& provider) { return provider.dtype != own; }) -
        providers.begin());
    if (TakeAll(tensor, 0, owned, elements)) return absl::OkStatus();
    if (owned == 0 && TakeAll(tensor, 0, providers.size(), elements)) return absl::OkStatus();
    return InTensor(tensor, TakeFirst(tensor, elements));
  }

  // Takes the providers of the range when they are of one dtype and together the whole tensor.
  bool TakeAll(uint32_t tensor, size_t begin, size_t end, uint64_t elements) {
    const std::vector<Provider>& providers = providers_[tensor];
    if (begin == end || providers[begin].dtype != providers[end - 1].dtype) return false;
    std::vector<Box> boxes;
    uint64_t total = 0;
    for (size_t i = begin; i < end; ++i) {
      total += ElementsOf(providers[i].box);
      if (total > elements) return false;
      boxes.push_back(providers[i].box);
    }
    if (total != elements || !CoversExactlyOnce(boxes, elements)) return false;
    Keep(tensor, providers[begin].dtype, std::move(boxes), {{0, elements}});
    return true;
  }

  // Takes of each provider what those before it do not have.
  absl::Status TakeFirst(uint32_t tensor, uint64_t elements) {
    const std::vector<Provider>& providers = providers_[tensor];
    Runs covered;
    uint64_t steps = 0;
    for (size_t i = 0; i < providers.size();) {
      const DType dtype = providers[i].dtype;
      std::vector<Box> taken;
      Runs kept;
      for (; i < providers.size() && providers[i].dtype == dtype; ++i) {
        WEFT_ASSIGN_OR_RETURN(const Runs written, RunsWritten({providers[i].box}, kMostRuns));
        steps += written.size() + covered.size();
        const Runs rest = Without(written, covered);
        if (rest.empty()) continue;
        if (rest == written) {
          taken.push_back(providers[i].box);
        } else {
          const View view = View::OfBoxes({providers[i].box});
          for (const Box& step : BoxesInPlace(rest)) Compose(step, view, &taken);
        }
        kept = Union(kept, rest);
        covered = Union(covered, rest);
        if (covered.size() > kMostRuns || steps > kMostSteps) {
          return ErrorStatus(ErrorCode::kLimitExceeded, "",
                             "the elements that are kept of it are scattered too widely");
        }
      }
      if (!kept.empty()) Keep(tensor, dtype, std::move(taken), kept);
    }
    const Runs lost = Without({{0, elements}}, covered);
    recoveries_[tensor].lost = BoxesFromPacked(lost);
    recoveries_[tensor].lost_elements = weft::ElementsOf(lost);
    return absl::OkStatus();
  }

  void Keep(uint32_t tensor, DType dtype, std::vector<Box> boxes, const Runs& runs) {
    Coalesce(boxes);
    Recovery& recovery = recoveries_[tensor];
    if (dtype == tensors_[tensor].dtype) {
      recovery.held = std::move(boxes);
    } else {
      recovery.cast.push_back(
          {dtype, std::move(boxes), BoxesFromPacked(runs), weft::ElementsOf(runs)});
    }
  }

  bool IsHeld(uint32_t tensor) const {
    const Recovery& recovery = recoveries_[tensor];
    return recovery.cast.empty() && recovery.lost_elements == 0;
  }

  // The tensor that is recovered in place of `tensor`, in the end.
  uint32_t Recovered(uint32_t tensor) const {
    while (recoveries_[tensor].twin.has_value()) tensor = *recoveries_[tensor].twin;
    return tensor;
  }

  absl::Status UseChecks() {
    std::vector<Equality> equalities;
    for (const Check& check : plan_.checks) {
      WEFT_RETURN_IF_ERROR(AddEqualities(check.found, check.expected, &equalities));
      WEFT_RETURN_IF_ERROR(AddEqualities(check.expected, check.found, &equalities));
    }
    for (const Equality& equality : equalities) TakeTwin(equality);
    // One tensor may have its elements from another that has them from a third.
    for (bool progress = true; progress;) {
      progress = false;
      for (const Equality& equality : equalities) {
        const Recovery& recovery = recoveries_[equality.tensor];
        if (recovery.twin.has_value() || recovery.lost_elements == 0) continue;
        const uint64_t before = recovery.lost_elements;
        WEFT_RETURN_IF_ERROR(AddEqual(equality));
        progress |= recoveries_[equality.tensor].lost_elements < before;
      }
    }
    return absl::OkStatus();
  }

  // What `others` says of every tensor in `own`.
  absl::Status AddEqualities(const std::vector<Box>& own, const std::vector<Box>& others,
                             std::vector<Equality>* equalities) {
    const View view = View::OfBoxes(others);
    for (const Box& box : own) {
      if (IsConstant(box.source) || IsHeld(box.source)) continue;
      std::vector<Box> steps;
      WEFT_RETURN_IF_ERROR(InTensor(box.source, AppendInjective(Turned(box, 0), &steps)));
      Equality equality;
      equality.tensor = box.source;
      for (const Box& step : steps) Compose(step, view, &equality.boxes);
      Coalesce(equality.boxes);
      equalities->push_back(std::move(equality));
    }
    return absl::OkStatus();
  }

  void TakeTwin(const Equality& equality) {
    if (equality.boxes.size() != 1) return;
    const Box& box = equality.boxes.front();
    if (IsConstant(box.source) || recoveries_[equality.tensor].twin.has_value()) return;
    const uint64_t elements = ElementsOf(tensors_[equality.tensor].shape);
    const bool is_whole =
        box.source_offset == 0 && box.target_offset == 0 && ElementsOf(box) == elements &&
        elements == ElementsOf(tensors_[box.source].shape) &&
        std::all_of(box.factors.begin(), box.factors.end(), [](const Factor& factor) {
          return factor.source_stride == factor.target_stride;
        });
    if (!is_whole || Recovered(box.source) == equality.tensor) return;
    // Of two, the one that is told better is recovered.
    const Recovery& other = recoveries_[Recovered(box.source)];
    const Recovery& own = recoveries_[equality.tensor];
    if (other.lost_elements > own.lost_elements ||
        (other.lost_elements == own.lost_elements && !other.cast.empty() && own.cast.empty())) {
      return;
    }
    recoveries_[equality.tensor] = Recovery();
    recoveries_[equality.tensor].twin = box.source;
  }

  // New providers of a tensor: those of the elements that equal its own.
  absl::Status AddEqual(const Equality& equality) {
    std::vector<Provider>& providers = providers_[equality.tensor];
    const DType own = tensors_[equality.tensor].dtype;
    const auto tensors = static_cast<uint32_t>(tensors_.size());
    for (const Box& box : equality.boxes) {
      if (IsConstant(box.source)) {
        Provider& provider = providers.emplace_back();
        provider.dtype = own;
        provider.box = box;
        provider.box.source = static_cast<uint32_t>(plan_.tensors.size()) + (box.source - tensors);
        continue;
      }
      const Recovery& other = recoveries_[Recovered(box.source)];
      AddThrough(box, other.held, own, &providers);
      for (const CastElements& cast : other.cast)
        AddThrough(box, cast.boxes, cast.dtype, &providers);
    }
    return Solve(equality.tensor);
  }

  static void AddThrough(const Box& step, const std::vector<Box>& boxes, DType dtype,
                         std::vector<Provider>* providers) {
    std::vector<Box> composed;
    Compose(step, View::OfBoxes(boxes), &composed);
    for (Box& box : composed) providers->push_back({dtype, std::move(box)});
  }

  const Plan& plan_;
  const std::vector<TensorInfo>& tensors_;
  std::vector<std::vector<Provider>> providers_;  // by source tensor
  std::vector<Recovery> recoveries_;
};

}  // namespace

absl::StatusOr<std::vector<Recovery>> RecoveriesOf(const Plan& plan) {
  return RecoveryFinder(plan).Find();
}

}  // namespace weft
