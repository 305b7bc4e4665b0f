// Names of one form differ in indices alone, and there are few forms; so the nearest forms are
// looked for, and then a name of each. Which forms are worth a look follows from the segments that
// they share with the name, the rare ones first.
#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "tensor/name_distance.h"
#include "tensor/name_form.h"
#include "weft/name_report.h"

namespace weft {
namespace {

constexpr size_t kMostAnswers = 8;
constexpr size_t kMostPostings = 2048;    // looked at for one form
constexpr size_t kMostCompared = 32;      // forms for one form
constexpr size_t kMostRemembered = 4096;  // answers

// Beyond this share of the longer name's segments, two names have nothing to do with each other.
bool IsNear(int distance, const Segments& a, const Segments& b) {
  return 3 * distance <= 2 * SegmentTable::kWhole * static_cast<int>(std::max(a.size(), b.size()));
}

}  // namespace

struct NameIndex::Forms {
  struct Member {
    NameIndices indices;
    std::string_view name;

    bool operator<(const Member& o) const { return indices < o.indices; }
  };
  struct Form {
    Segments segments;
    std::vector<Member> members;  // in order of their indices
  };

  SegmentTable table;
  std::vector<Form> forms;
  absl::flat_hash_map<std::string, uint32_t> number;                // of a form, by its text
  std::vector<std::vector<uint32_t>> forms_with;                    // by segment; rising
  absl::flat_hash_map<std::string, std::vector<uint32_t>> answers;  // nearest forms, by form
  std::vector<uint32_t> shared;  // by form, while one looks for candidates; otherwise 0

  std::vector<uint32_t> CandidatesFor(const Segments& segments);
  const std::vector<uint32_t>& NearestForms(const std::string& text);
};

NameIndex::NameIndex(const std::vector<std::string_view>& names)
    : forms_(std::make_unique<Forms>()) {
  for (const std::string_view name : names) {
    NameForm form = FormOf(name);
    const auto [it, is_new] = forms_->number.try_emplace(
        std::move(form.text), static_cast<uint32_t>(forms_->forms.size()));
    if (is_new) {
      Forms::Form& made = forms_->forms.emplace_back();
      made.segments = forms_->table.Split(it->first);
      forms_->forms_with.resize(forms_->table.size());
      for (const uint32_t segment : made.segments) {
        std::vector<uint32_t>& with = forms_->forms_with[segment];
        if (with.empty() || with.back() != it->second) with.push_back(it->second);
      }
    }
    forms_->forms[it->second].members.push_back({std::move(form.indices), name});
  }
  for (Forms::Form& form : forms_->forms) std::sort(form.members.begin(), form.members.end());
  forms_->shared.resize(forms_->forms.size());
}

NameIndex::~NameIndex() = default;
NameIndex::NameIndex(NameIndex&&) noexcept = default;
NameIndex& NameIndex::operator=(NameIndex&&) noexcept = default;

std::vector<uint32_t> NameIndex::Forms::CandidatesFor(const Segments& segments) {
  std::vector<uint32_t> found;
  if (forms.size() <= kMostCompared) {
    for (uint32_t form = 0; form < forms.size(); ++form) found.push_back(form);
    return found;
  }
  std::vector<const std::vector<uint32_t>*> lists;
  for (const uint32_t segment : segments) {
    if (segment < forms_with.size() && !table.IsIndex(segment)) {
      lists.push_back(&forms_with[segment]);
    }
  }
  std::sort(lists.begin(), lists.end(),
            [](const auto* a, const auto* b) { return a->size() < b->size(); });
  size_t postings = 0;
  for (const std::vector<uint32_t>* list : lists) {
    for (const uint32_t form : *list) {
      if (++postings > kMostPostings) break;
      if (shared[form]++ == 0) found.push_back(form);
    }
  }
  const auto shares_more = [this, &segments](uint32_t a, uint32_t b) {
    if (shared[a] != shared[b]) return shared[a] > shared[b];
    const auto difference = [&](uint32_t form) {
      const size_t size = forms[form].segments.size();
      return size > segments.size() ? size - segments.size() : segments.size() - size;
    };
    return std::pair(difference(a), a) < std::pair(difference(b), b);
  };
  std::vector<uint32_t> best = found;
  if (best.size() > kMostCompared) {
    std::partial_sort(best.begin(), best.begin() + kMostCompared, best.end(), shares_more);
    best.resize(kMostCompared);
  }
  for (const uint32_t form : found) shared[form] = 0;
  return best;
}

const std::vector<uint32_t>& NameIndex::Forms::NearestForms(const std::string& text) {
  if (answers.size() >= kMostRemembered) answers.clear();
  const auto [it, is_new] = answers.try_emplace(text);
  if (!is_new) return it->second;
  const Segments segments = table.Split(text);
  std::vector<std::pair<int, uint32_t>> near;  // distance, form
  for (const uint32_t form : CandidatesFor(segments)) {
    const int distance = table.Distance(segments, forms[form].segments);
    if (IsNear(distance, segments, forms[form].segments)) near.emplace_back(distance, form);
  }
  std::sort(near.begin(), near.end());
  if (near.size() > kMostAnswers) near.resize(kMostAnswers);
  for (const auto& [distance, form] : near) it->second.push_back(form);
  return it->second;
}

std::vector<std::string_view> NameIndex::Nearest(std::string_view name, size_t most) {
  const NameForm form = FormOf(name);
  std::vector<std::string_view> names;
  for (const uint32_t number : forms_->NearestForms(form.text)) {
    if (names.size() == most) break;
    const std::vector<Forms::Member>& members = forms_->forms[number].members;
    auto member = std::lower_bound(members.begin(), members.end(),
                                   Forms::Member{form.indices, std::string_view()});
    if (member == members.end()) --member;
    names.push_back(member->name);
  }
  return names;
}

}  // namespace weft
