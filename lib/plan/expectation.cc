#include "plan/expectation.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "tensor/shape.h"
#include "weft/name_report.h"

namespace weft {
namespace {

constexpr size_t kNearestShown = 1;
constexpr size_t kSuggestionsShown = 5;

using Names = absl::flat_hash_set<std::string_view>;

Names NamesOf(const std::vector<Entry>& entries) {
  Names names;
  names.reserve(entries.size());
  for (const Entry& entry : entries) names.insert(entry.name);
  return names;
}

Names NamesOf(const Expectation& expectation) {
  Names names;
  names.reserve(expectation.tensors.size());
  for (const ExpectedTensor& tensor : expectation.tensors) names.insert(tensor.name);
  return names;
}

bool HasPrefix(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// Of the names in `longer` that are not in `shorter`: by prefix up to a dot, how many become one
// that is in `shorter` and not in `longer` when they lose it.
std::map<std::string, size_t> CountPrefixes(const Names& longer, const Names& shorter) {
  std::map<std::string, size_t> counts;
  for (const std::string_view name : longer) {
    if (shorter.contains(name)) continue;
    for (size_t dot = name.find('.'); dot != std::string_view::npos;
         dot = name.find('.', dot + 1)) {
      const std::string_view rest = name.substr(dot + 1);
      if (shorter.contains(rest) && !longer.contains(rest)) {
        ++counts[std::string(name.substr(0, dot + 1))];
      }
    }
  }
  return counts;
}

// The prefix with the highest count, empty when two have it.
std::pair<std::string, size_t> Best(const std::map<std::string, size_t>& counts) {
  std::pair<std::string, size_t> best;
  for (const auto& [prefix, count] : counts) {
    if (count == best.second) best.first.clear();
    if (count > best.second) best = {prefix, count};
  }
  return best;
}

// The name after the change; empty when the change does not touch it.
std::string Changed(const PrefixChange& change, std::string_view name) {
  if (!change.added.empty()) return change.added + std::string(name);
  if (!HasPrefix(name, change.stripped)) return "";
  return std::string(name.substr(change.stripped.size()));
}

std::string Described(std::optional<DType> dtype, const std::optional<Shape>& shape) {
  std::string text = dtype.has_value() ? std::string(NameOf(*dtype)) : "";
  if (shape.has_value()) text += (text.empty() ? "" : " ") + TextOf(*shape);
  return text;
}

std::vector<std::string_view> ViewsOf(const std::vector<std::string>& names) {
  return {names.begin(), names.end()};
}

std::string NearestHint(NameIndex& index, std::string_view name) {
  const std::vector<std::string_view> nearest = index.Nearest(name, kNearestShown);
  return nearest.empty() ? "" : absl::StrFormat("nearest: '%s'", Escaped(nearest.front()));
}

}  // namespace

Expectation ExpectationOf(const Catalog& catalog, std::string_view name) {
  Expectation expectation;
  expectation.name = std::string(name);
  expectation.tensors.reserve(catalog.tensors.size());
  for (const TensorInfo& tensor : catalog.tensors) {
    expectation.tensors.push_back({tensor.name, tensor.dtype, tensor.shape});
  }
  return expectation;
}

bool TurnsBack(const std::map<std::string, std::string>& metadata, Direction direction) {
  const auto last = metadata.find("weft.direction");
  return last != metadata.end() &&
         last->second == (direction == Direction::kForward ? "reverse" : "forward");
}

PrefixChange FindPrefixChange(const std::vector<Entry>& entries, const Expectation& expectation) {
  const Names made = NamesOf(entries);
  const Names expected = NamesOf(expectation);
  const auto [added, gained] = Best(CountPrefixes(expected, made));
  const auto [stripped, freed] = Best(CountPrefixes(made, expected));
  if (gained > freed) return {added, ""};
  if (freed > gained) return {"", stripped};
  return {};
}

void ApplyPrefixChange(const PrefixChange& change, const Expectation& expectation,
                       std::vector<Entry>& entries) {
  if (change.added.empty() && change.stripped.empty()) return;
  const Names expected = NamesOf(expectation);
  std::vector<std::pair<Entry*, std::string>> renamed;
  {
    const Names made = NamesOf(entries);
    for (Entry& entry : entries) {
      if (expected.contains(entry.name)) continue;
      std::string name = Changed(change, entry.name);
      if (name.empty() || !expected.contains(name) || made.contains(name)) continue;
      renamed.emplace_back(&entry, std::move(name));
    }
  }
  for (auto& [entry, name] : renamed) entry->name = std::move(name);
}

void WritePrefixChange(const PrefixChange& change, std::map<std::string, std::string>* metadata) {
  metadata->erase(std::string(kPrefixKey));
  if (!change.added.empty()) (*metadata)[std::string(kPrefixKey)] = "+" + change.added;
  if (!change.stripped.empty()) (*metadata)[std::string(kPrefixKey)] = "-" + change.stripped;
}

void UndoPrefixChange(const std::map<std::string, std::string>& metadata,
                      std::vector<Entry>& entries) {
  const auto found = metadata.find(std::string(kPrefixKey));
  if (found == metadata.end() || found->second.size() < 2) return;
  const std::string_view prefix = std::string_view(found->second).substr(1);
  for (Entry& entry : entries) {
    if (found->second[0] == '-') {
      entry.name.insert(0, prefix);
    } else if (HasPrefix(entry.name, prefix) && entry.name.size() > prefix.size()) {
      entry.name.erase(0, prefix.size());
    }
  }
}

ExpectationReport Compare(const std::vector<Entry>& entries, const std::vector<DType>& dtypes,
                          const Expectation& expectation) {
  ExpectationReport report;
  absl::flat_hash_map<std::string_view, size_t> made;
  made.reserve(entries.size());
  for (size_t i = 0; i < entries.size(); ++i) made.emplace(entries[i].name, i);
  Names expected;
  expected.reserve(expectation.tensors.size());
  for (const ExpectedTensor& tensor : expectation.tensors) {
    if (!expected.insert(tensor.name).second) continue;
    const auto found = made.find(tensor.name);
    if (found == made.end()) {
      if (tensor.required) report.missing.push_back(tensor.name);
      continue;
    }
    const Entry& entry = entries[found->second];
    const DType dtype = dtypes[found->second];
    if ((tensor.shape.has_value() && *tensor.shape != entry.shape) ||
        (tensor.dtype.has_value() && *tensor.dtype != dtype)) {
      report.mismatched.push_back(
          {tensor.name, Described(tensor.dtype, tensor.shape), Described(dtype, entry.shape)});
    } else {
      ++report.met;
    }
  }
  for (const Entry& entry : entries) {
    if (!expected.contains(entry.name)) report.unexpected.push_back(entry.name);
  }
  const auto natural = [](const std::string& a, const std::string& b) { return NaturalLess(a, b); };
  std::sort(report.missing.begin(), report.missing.end(), natural);
  std::sort(report.unexpected.begin(), report.unexpected.end(), natural);
  std::sort(report.mismatched.begin(), report.mismatched.end(),
            [](const ExpectationReport::Mismatch& a, const ExpectationReport::Mismatch& b) {
              return NaturalLess(a.tensor, b.tensor);
            });
  return report;
}

std::vector<Diagnostic> DiagnosticsOf(const ExpectationReport& report,
                                      const std::vector<Entry>& entries,
                                      const Expectation& expectation, std::string_view checkpoint) {
  std::vector<Diagnostic> diagnostics;
  const std::vector<std::string_view> missing = ViewsOf(report.missing);
  const std::vector<std::string_view> unexpected = ViewsOf(report.unexpected);
  const std::string where(checkpoint);
  const std::string who = Escaped(expectation.name);

  absl::flat_hash_map<std::string_view, const Shape*> shapes;
  for (const Entry& entry : entries) shapes.emplace(entry.name, &entry.shape);
  absl::flat_hash_map<std::string_view, const Shape*> wanted_shapes;
  for (const ExpectedTensor& tensor : expectation.tensors) {
    wanted_shapes.emplace(tensor.name, tensor.shape.has_value() ? &*tensor.shape : nullptr);
  }
  std::vector<ReportedName> wanted;
  wanted.reserve(missing.size());
  for (const std::string_view name : missing) wanted.push_back({name, wanted_shapes[name]});
  std::vector<ReportedName> there;
  there.reserve(unexpected.size());
  for (const std::string_view name : unexpected) there.push_back({name, shapes[name]});
  std::vector<std::string_view> fitting;
  {
    const Names unfit(unexpected.begin(), unexpected.end());
    for (const Entry& entry : entries) {
      if (!unfit.contains(entry.name)) fitting.push_back(entry.name);
    }
  }
  std::string rules;
  for (const RenameSuggestion& rule : SuggestRenames(wanted, there, fitting, kSuggestionsShown)) {
    rules += absl::StrFormat("%s%s", rules.empty() ? "" : ", ", TextOf(rule));
  }

  NameIndex unused(unexpected);
  for (const std::string& names : GroupNames(missing)) {
    diagnostics.push_back(
        {ErrorCode::kMissingTensor, where,
         absl::StrFormat("%s expects '%s', which nothing makes", who, Escaped(names)),
         NearestHint(unused, names)});
  }
  NameIndex unmade(missing);
  for (const std::string& names : GroupNames(unexpected)) {
    diagnostics.push_back(
        {ErrorCode::kUnexpectedTensor, where,
         absl::StrFormat("'%s' is not among what %s expects", Escaped(names), who),
         NearestHint(unmade, names)});
  }
  std::map<std::pair<std::string, std::string>, std::vector<std::string_view>> misfits;
  for (const ExpectationReport::Mismatch& mismatch : report.mismatched) {
    misfits[{mismatch.expected, mismatch.found}].push_back(mismatch.tensor);
  }
  for (const auto& [texts, all] : misfits) {
    for (const std::string& names : GroupNames(all)) {
      diagnostics.push_back({ErrorCode::kWrongShape, where,
                             absl::StrFormat("'%s' would be %s; %s expects %s", Escaped(names),
                                             texts.second, who, texts.first),
                             "is it the checkpoint of another model, or --dtype missing?"});
    }
  }
  if (!rules.empty() && !diagnostics.empty()) {
    std::string& hint = diagnostics.front().hint;
    hint +=
        absl::StrFormat("%sas a last stage, this would fit: [%s]", hint.empty() ? "" : "; ", rules);
  }
  return diagnostics;
}

}  // namespace weft
