#include "tensor/form_pairs.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "tensor/name_distance.h"
#include "tensor/name_form.h"

namespace weft {
namespace {

constexpr size_t kMostComparisons = 16'384;  // of forms that may be pairs, all with all
constexpr size_t kMostForms = 2'048;         // of one side beyond that
constexpr size_t kMostNearest = 4;           // of a form, then
constexpr int kMostRounds = 16;              // of pairing

struct Member {
  NameIndices indices;  // one for each mark of the form
  const ReportedName* tensor = nullptr;
};

// Names that differ in the marked indices alone, in order of these.
struct FormMembers {
  std::string text;
  std::vector<Member> members;
  bool is_written_out = false;  // an index of the names stands in the text
};

void Sort(FormMembers& form) {
  std::sort(form.members.begin(), form.members.end(),
            [](const Member& a, const Member& b) { return a.indices < b.indices; });
}

// By number of marks.
using Levels = std::vector<std::vector<FormMembers>>;

Levels LevelsOf(const std::vector<ReportedName>& tensors) {
  Levels levels(kMostIndices + 1);
  absl::flat_hash_map<std::string, std::pair<size_t, size_t>> place_of;
  for (const ReportedName& tensor : tensors) {
    // That byte would say something else in a form.
    if (tensor.name.find(kIndexMark) != std::string_view::npos) continue;
    NameForm form = FormOf(tensor.name);
    const size_t level = form.indices.size();
    const auto [it, is_new] =
        place_of.try_emplace(form.text, std::pair(level, levels[level].size()));
    if (is_new) levels[level].push_back({std::move(form.text), {}, false});
    levels[level][it->second.second].members.push_back({std::move(form.indices), &tensor});
  }
  for (std::vector<FormMembers>& forms : levels) {
    for (FormMembers& form : forms) Sort(form);
  }
  return levels;
}

// Writes out the index with the fewest values: one form for each of them, a level lower.
void WriteOut(const FormMembers& form, std::vector<FormMembers>& out) {
  const size_t marks = form.members.front().indices.size();
  size_t least = 0;
  size_t least_values = 0;
  for (size_t i = 0; i < marks; ++i) {
    std::set<uint64_t> values;
    for (const Member& member : form.members) values.insert(member.indices[i]);
    if (least_values == 0 || values.size() < least_values) {
      least = i;
      least_values = values.size();
    }
  }
  size_t at = form.text.find(kIndexMark);
  for (size_t i = 0; i < least; ++i) at = form.text.find(kIndexMark, at + 1);
  std::map<uint64_t, FormMembers> parts;
  for (const Member& member : form.members) {
    const uint64_t index = member.indices[least];
    FormMembers& part = parts[index];
    if (part.text.empty()) {
      part.text = form.text;
      part.text.replace(at, 1, std::to_string(index));
      part.is_written_out = true;
    }
    Member& shorter = part.members.emplace_back(member);
    shorter.indices.erase(shorter.indices.begin() + static_cast<std::ptrdiff_t>(least));
  }
  for (auto& [index, part] : parts) out.push_back(std::move(part));
}

// True when each member of `from` has one of `to` with its indices that it can become.
bool CanBecome(const FormMembers& from, const FormMembers& to) {
  auto it = to.members.begin();
  for (const Member& member : from.members) {
    while (it != to.members.end() && it->indices < member.indices) ++it;
    if (it == to.members.end() || it->indices != member.indices) return false;
    if (ShapesDiffer(*member.tensor, *it->tensor)) return false;
  }
  return true;
}

// Pairs the forms of one level, and leaves the others.
class Pairing {
 public:
  Pairing(std::vector<FormMembers>& from, std::vector<FormMembers>& to,
          std::vector<FormPair>& pairs)
      : from_(from), to_(to), pairs_(pairs), from_done_(from.size()), to_done_(to.size()) {}

  void Run() {
    PairThoseOf(EqualIndices());
    // Some of the missing may not be there under any name: half of them are enough.
    PairThoseOf({AllOf(from_done_), AllOf(to_done_)});
    Remove(from_, from_done_);
    Remove(to_, to_done_);
  }

 private:
  struct Bucket {
    std::vector<uint32_t> from;
    std::vector<uint32_t> to;
  };
  struct Edge {
    int distance;
    uint32_t from;
    uint32_t to;

    bool operator<(const Edge& o) const {
      return std::tie(distance, from, to) < std::tie(o.distance, o.from, o.to);
    }
  };

  static std::vector<uint32_t> AllOf(const std::vector<bool>& done) {
    std::vector<uint32_t> all;
    for (uint32_t i = 0; i < done.size(); ++i) {
      if (!done[i]) all.push_back(i);
    }
    return all;
  }

  static void Remove(std::vector<FormMembers>& forms, const std::vector<bool>& done) {
    size_t kept = 0;
    for (size_t i = 0; i < forms.size(); ++i) {
      if (done[i]) continue;
      if (kept != i) forms[kept] = std::move(forms[i]);
      ++kept;
    }
    forms.resize(kept);
  }

  // The forms by what their indices are.
  std::vector<Bucket> EqualIndices() const {
    const auto hash_of = [](const FormMembers& form) {
      size_t hash = form.members.size();
      for (const Member& member : form.members) hash = absl::HashOf(hash, member.indices);
      return hash;
    };
    std::map<size_t, Bucket> buckets;
    for (uint32_t i = 0; i < from_.size(); ++i) buckets[hash_of(from_[i])].from.push_back(i);
    for (uint32_t i = 0; i < to_.size(); ++i) buckets[hash_of(to_[i])].to.push_back(i);
    std::vector<Bucket> all;
    all.reserve(buckets.size());
    for (auto& [hash, bucket] : buckets) all.push_back(std::move(bucket));
    return all;
  }

  void PairThoseOf(const std::vector<Bucket>& buckets) {
    for (const Bucket& bucket : buckets) PairThoseOf(bucket);
  }
  void PairThoseOf(const Bucket& bucket) {
    if (bucket.from.empty() || bucket.to.empty()) return;
    std::vector<Edge> edges = bucket.from.size() * bucket.to.size() <= kMostComparisons
                                  ? AllEdges(bucket)
                                  : NearestEdges(bucket);
    std::sort(edges.begin(), edges.end());
    for (int round = 0; round < kMostRounds && PairRound(edges); ++round) {
    }
  }

  void AddEdge(uint32_t from, uint32_t to, std::vector<Edge>& edges) {
    // A rule for each index says no more than that indices differ.
    if (from_[from].is_written_out && to_[to].is_written_out) return;
    if (2 * from_[from].members.size() < to_[to].members.size()) return;
    if (!CanBecome(from_[from], to_[to])) return;
    edges.push_back(
        {table_.Distance(table_.Split(from_[from].text), table_.Split(to_[to].text)), from, to});
  }

  std::vector<Edge> AllEdges(const Bucket& bucket) {
    std::vector<Edge> edges;
    for (const uint32_t from : bucket.from) {
      for (const uint32_t to : bucket.to) AddEdge(from, to, edges);
    }
    return edges;
  }

  std::vector<Edge> NearestEdges(const Bucket& bucket) {
    absl::flat_hash_map<std::string_view, uint32_t> number;
    std::vector<std::string_view> texts;
    for (size_t i = 0; i < std::min(bucket.to.size(), kMostForms); ++i) {
      texts.push_back(to_[bucket.to[i]].text);
      number.emplace(texts.back(), bucket.to[i]);
    }
    NameIndex index(texts);
    std::vector<Edge> edges;
    for (size_t i = 0; i < std::min(bucket.from.size(), kMostForms); ++i) {
      const uint32_t from = bucket.from[i];
      for (const std::string_view text : index.Nearest(from_[from].text, kMostNearest)) {
        AddEdge(from, number.at(text), edges);
      }
    }
    return edges;
  }

  // Pairs the forms that are nearer to one another than to any other. False when there are none.
  bool PairRound(const std::vector<Edge>& edges) {
    struct Best {
      int distance = 0;
      int edges = 0;  // at that distance
    };
    absl::flat_hash_map<uint32_t, Best> from_best;
    absl::flat_hash_map<uint32_t, Best> to_best;
    const auto see = [](Best& best, int distance) {
      if (best.edges == 0) best.distance = distance;
      if (best.distance == distance) ++best.edges;
    };
    std::vector<Edge> live;
    for (const Edge& edge : edges) {
      if (from_done_[edge.from] || to_done_[edge.to]) continue;
      live.push_back(edge);
      see(from_best[edge.from], edge.distance);
      see(to_best[edge.to], edge.distance);
    }
    bool any = false;
    for (const Edge& edge : live) {
      const Best& a = from_best[edge.from];
      const Best& b = to_best[edge.to];
      if (a.distance != edge.distance || a.edges > 1) continue;
      if (b.distance != edge.distance || b.edges > 1) continue;
      from_done_[edge.from] = true;
      to_done_[edge.to] = true;
      pairs_.push_back({from_[edge.from].text, to_[edge.to].text});
      any = true;
    }
    return any;
  }

  std::vector<FormMembers>& from_;
  std::vector<FormMembers>& to_;
  std::vector<FormPair>& pairs_;
  std::vector<bool> from_done_;
  std::vector<bool> to_done_;
  SegmentTable table_;
};

}  // namespace

bool ShapesDiffer(const ReportedName& a, const ReportedName& b) {
  return a.shape != nullptr && b.shape != nullptr && *a.shape != *b.shape;
}

std::vector<FormPair> PairForms(const std::vector<ReportedName>& from,
                                const std::vector<ReportedName>& to) {
  Levels from_levels = LevelsOf(from);
  Levels to_levels = LevelsOf(to);
  std::vector<FormPair> pairs;
  for (size_t level = kMostIndices + 1; level-- > 0;) {
    Pairing(from_levels[level], to_levels[level], pairs).Run();
    if (level == 0) break;
    for (const FormMembers& form : from_levels[level]) WriteOut(form, from_levels[level - 1]);
    for (const FormMembers& form : to_levels[level]) WriteOut(form, to_levels[level - 1]);
  }
  return pairs;
}

}  // namespace weft
