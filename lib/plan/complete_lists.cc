// Lists of tensors: ordered by the parsed index, complete, and equal for all patterns of a rule.
#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "plan/rule_run.h"

namespace weft {
namespace {

constexpr size_t kNamesShown = 5;

using Tuple = std::vector<uint64_t>;

// Names of tensors that are not there, a few of them written out.
class MissingNames {
 public:
  void Add(const std::string& name) {
    if (++shown_ <= kNamesShown) text_ += (text_.empty() ? "'" : ", '") + Escaped(name) + "'";
  }
  // Of all that are not there, added or not.
  void SetCount(uint64_t count) { count_ = count; }
  std::string text() const {
    if (count_ <= kNamesShown) return text_;
    return absl::StrFormat("%s and %d more", text_, count_ - kNamesShown);
  }

 private:
  size_t shown_ = 0;
  uint64_t count_ = 0;
  std::string text_;
};

absl::StatusOr<std::string> NameOfRead(RuleRun& run, uint32_t tensor, const Tuple& indices) {
  Bindings bindings = run.group;
  const auto& lists = run.view.read()[tensor].lists;
  for (size_t i = 0; i < lists.size(); ++i) {
    Binding& binding = bindings[static_cast<size_t>(lists[i].variable)];
    binding.kind = Binding::Kind::kIndex;
    binding.index = indices[i];
  }
  WEFT_ASSIGN_OR_RETURN(std::optional<std::string> name,
                        run.matcher.reader(run.rule, tensor).Make(bindings));
  return name.has_value() ? *std::move(name) : run.view.read()[tensor].pattern().text();
}

// What the patterns of one rule hold: per pattern, index tuple → entry.
using TupleMap = std::map<Tuple, uint32_t>;

// True when `a` is the name of the value before `b`: by the order of `copies`, then by the values
// of the variables that stand on this side only.
bool IsBefore(const std::vector<int>& replicated, const Member& a, const Member& b) {
  if (a.name != b.name) return a.name < b.name;
  for (const int variable : replicated) {
    const Binding& x = a.bindings[static_cast<size_t>(variable)];
    const Binding& y = b.bindings[static_cast<size_t>(variable)];
    if (x.index != y.index) return x.index < y.index;
    if (x.text != y.text) return NaturalLess(x.text, y.text);
  }
  return false;
}

// Of the names of one place of a list, takes the first and makes the others its copies.
absl::StatusOr<uint32_t> TakeFirst(RuleRun& run, const internal::CheckedTensor& tensor,
                                   std::vector<const Member*>& members) {
  const auto before = [&tensor](const Member* a, const Member* b) {
    return IsBefore(tensor.names[a->name].replicated, *a, *b);
  };
  std::sort(members.begin(), members.end(), before);
  for (size_t i = 1; i < members.size(); ++i) {
    if (!before(members[i - 1], members[i])) {
      return ErrorStatus(ErrorCode::kDuplicateName, run.where,
                         absl::StrFormat("tensors '%s' and '%s' both stand for the same place of a "
                                         "list",
                                         Escaped(run.entries[members[i - 1]->entry].name),
                                         Escaped(run.entries[members[i]->entry].name)));
    }
    run.copies.push_back({members[i]->entry, members[0]->entry});
  }
  return members.front()->entry;
}

absl::StatusOr<TupleMap> TuplesOf(RuleRun& run, uint32_t tensor,
                                  const std::vector<Member>& members) {
  std::map<Tuple, std::vector<const Member*>> places;
  const internal::CheckedTensor& read = run.view.read()[tensor];
  for (const Member& member : members) {
    Tuple tuple;
    tuple.reserve(read.lists.size());
    for (const auto& list : read.lists) {
      tuple.push_back(member.bindings[static_cast<size_t>(list.variable)].index);
    }
    places[std::move(tuple)].push_back(&member);
  }
  TupleMap tuples;
  for (auto& [tuple, names] : places) {
    WEFT_ASSIGN_OR_RETURN(tuples[tuple], TakeFirst(run, read, names));
  }
  return tuples;
}

// For each list variable of the rule's read side, one past the largest index of any pattern.
std::map<int, uint64_t> Extents(const RuleRun& run, const std::vector<TupleMap>& tuples) {
  std::map<int, uint64_t> extents;
  for (uint32_t tensor = 0; tensor < tuples.size(); ++tensor) {
    const auto& lists = run.view.read()[tensor].lists;
    for (const auto& [tuple, entry] : tuples[tensor]) {
      for (size_t i = 0; i < lists.size(); ++i) {
        uint64_t& extent = extents[lists[i].variable];
        extent = std::max(extent, tuple[i] + 1);
      }
    }
  }
  return extents;
}

// The number of index tuples below `sizes`, or the most there can be.
uint64_t PlacesOf(const Tuple& sizes) {
  uint64_t places = 1;
  for (const uint64_t size : sizes) {
    if (__builtin_mul_overflow(places, size, &places)) return std::numeric_limits<uint64_t>::max();
  }
  return places;
}

// The names that pattern `tensor` lacks below `sizes`. Looks at no more places than there are
// members, and a few beyond, however large an index is.
absl::StatusOr<MissingNames> Missing(RuleRun& run, uint32_t tensor, const TupleMap& tuples,
                                     const Tuple& sizes) {
  MissingNames missing;
  Tuple indices(sizes.size(), 0);
  bool more = true;
  for (size_t looked = 0; more && looked < tuples.size() + 2 * kNamesShown; ++looked) {
    if (tuples.count(indices) == 0) {
      WEFT_ASSIGN_OR_RETURN(const std::string name, NameOfRead(run, tensor, indices));
      missing.Add(name);
    }
    more = NextIndices(sizes, indices);
  }
  missing.SetCount(PlacesOf(sizes) - tuples.size());
  return missing;
}

bool IsComplete(const TupleMap& tuples, const Tuple& sizes) {
  return PlacesOf(sizes) == tuples.size();
}

}  // namespace

bool NextIndices(const std::vector<uint64_t>& sizes, std::vector<uint64_t>& indices) {
  for (size_t i = sizes.size(); i-- > 0;) {
    if (++indices[i] < sizes[i]) return true;
    indices[i] = 0;
  }
  return false;
}

absl::Status CompleteLists(RuleRun& run, const std::vector<std::vector<Member>>& claimed) {
  std::vector<TupleMap> tuples;
  for (uint32_t tensor = 0; tensor < claimed.size(); ++tensor) {
    if (claimed[tensor].empty()) {
      const auto& lists = run.view.read()[tensor].lists;
      WEFT_ASSIGN_OR_RETURN(const std::string name,
                            NameOfRead(run, tensor, Tuple(lists.size(), 0)));
      std::string present;
      for (const auto& members : claimed) {
        if (members.empty()) continue;
        present = run.entries[members.front().entry].name;
        break;
      }
      return ErrorStatus(ErrorCode::kMissingTensor, run.where,
                         absl::StrFormat("tensor '%s' is missing; the rule needs it beside '%s'",
                                         Escaped(name), Escaped(present)));
    }
    WEFT_ASSIGN_OR_RETURN(TupleMap map, TuplesOf(run, tensor, claimed[tensor]));
    tuples.push_back(std::move(map));
  }
  const std::map<int, uint64_t> extents = Extents(run, tuples);
  Diagnostics diagnostics;
  for (uint32_t tensor = 0; tensor < tuples.size(); ++tensor) {
    const auto& lists = run.view.read()[tensor].lists;
    TensorList list;
    for (const auto& variable : lists) list.sizes.push_back(extents.at(variable.variable));
    if (!IsComplete(tuples[tensor], list.sizes)) {
      WEFT_ASSIGN_OR_RETURN(const MissingNames missing,
                            Missing(run, tensor, tuples[tensor], list.sizes));
      // A hole that another pattern of the rule fills is worse than a hole in all of them: by
      // position, the tensors behind it would pair up wrongly.
      bool others_differ = false;
      for (const TupleMap& other : tuples) {
        others_differ =
            others_differ ||
            (tuples.size() > 1 && !other.empty() &&
             !std::equal(other.begin(), other.end(), tuples[tensor].begin(), tuples[tensor].end(),
                         [](const auto& a, const auto& b) { return a.first == b.first; }));
      }
      std::string shape;
      for (size_t i = 0; i < lists.size(); ++i) {
        shape += (i == 0 ? "" : ", ") +
                 absl::StrFormat("%s=0..%d", run.view.rule().variables.name(lists[i].variable),
                                 list.sizes[i] - 1);
      }
      diagnostics.Add(
          others_differ ? ErrorCode::kIndexSetsDiffer : ErrorCode::kIncompleteList, run.where,
          absl::StrFormat("the list of \"%s\" has a hole: %d tensors for %s; missing: %s",
                          Escaped(run.view.read()[tensor].pattern().text()), tuples[tensor].size(),
                          shape, missing.text()),
          "a list must run from 0 without holes, equally for all tensors of the rule; is a part of "
          "the checkpoint missing?");
      continue;
    }
    for (const auto& [tuple, entry] : tuples[tensor]) list.entries.push_back(entry);
    run.read.push_back(std::move(list));
  }
  return diagnostics.ToStatus();
}

absl::Status CheckListLength(const RuleRun& run, const std::vector<uint64_t>& sizes) {
  uint64_t length = 1;
  for (const uint64_t size : sizes) {
    if (size == 0) return absl::OkStatus();
  }
  for (const uint64_t size : sizes) {
    if (__builtin_mul_overflow(length, size, &length) || length > run.limits.tensors) {
      return ErrorStatus(ErrorCode::kLimitExceeded, run.where,
                         absl::StrFormat("a list of %d tensors; the limit is %d",
                                         std::max(length, size), run.limits.tensors));
    }
  }
  return absl::OkStatus();
}

absl::Status WithPlace(const RuleRun& run, std::string_view tensor_name,
                       const absl::Status& status) {
  std::vector<Diagnostic> diagnostics = DiagnosticsOf(status);
  for (Diagnostic& diagnostic : diagnostics) {
    if (!diagnostic.where.empty()) continue;
    diagnostic.where = run.where;
    if (!tensor_name.empty()) {
      diagnostic.where += absl::StrFormat(", tensor '%s'", Escaped(tensor_name));
    }
  }
  return StatusOf(std::move(diagnostics));
}

}  // namespace weft
