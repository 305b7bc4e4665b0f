#include "plan/weave.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_format.h"
#include "tensor/name_form.h"
#include "weft/name_report.h"

namespace weft {
namespace {

constexpr size_t kMostVariants = 3;  // of a segment, that are written out
constexpr uint32_t kNone = ~0u;

uint64_t BytesOf(uint64_t elements, DType dtype) {
  return elements * static_cast<uint64_t>(BitsOf(dtype)) / 8;
}

// One tensor of a side, or a constant.
struct Member {
  std::string_view name;
  DType dtype = DType::kF32;
  const Shape* shape = nullptr;  // null for a constant
  uint64_t bytes = 0;
  std::set<uint32_t> strands;
  bool is_mixed = false;  // with others, into one target or out of one source
};

// The name up to and with its first index, as a form; all of "model.layers.#" is one block.
std::string_view BlockOf(std::string_view form) {
  const size_t mark = form.find(kIndexMark);
  if (mark == std::string_view::npos) return {};
  const size_t dot = form.find('.', mark);
  return form.substr(0, std::min(dot, form.size()));
}

// Segments of a text of GroupNames: a dot within braces is none of its own.
std::vector<std::string> SegmentsOf(std::string_view text) {
  std::vector<std::string> segments(1);
  bool is_set = false;
  for (const char c : text) {
    is_set = c == '{' || (is_set && c != '}');
    if (c == '.' && !is_set) {
      segments.emplace_back();
    } else {
      segments.back() += c;
    }
  }
  return segments;
}

std::string Joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += separator;
    text += part;
  }
  return text;
}

// Members of one form and the same strands, that become (a part of) a line.
struct FormLine {
  std::string block;  // as a form
  std::vector<const Member*> members;
  std::vector<std::string> texts;  // GroupNames of the members
  bool can_merge = false;
};

// Lines that differ in one segment.
struct MergedLine {
  std::vector<FormLine*> forms;
  std::vector<std::string> segments;
  size_t free = 0;  // which segment differs; of several forms
  std::vector<std::string> variants;
};

class SideLines {
 public:
  explicit SideLines(const std::vector<Member>& members) : members_(members) {
    std::map<std::tuple<std::string, std::set<uint32_t>, bool>, size_t> number;
    for (const Member& member : members) {
      NameForm form = FormOf(member.name);
      std::string block(BlockOf(form.text));
      const auto [it, is_new] = number.try_emplace(
          {std::move(form.text), member.strands, member.is_mixed}, forms_.size());
      if (is_new) {
        forms_.emplace_back();
        forms_.back().block = std::move(block);
        forms_.back().can_merge = !member.is_mixed && member.shape != nullptr;
      }
      forms_[it->second].members.push_back(&member);
    }
    for (FormLine& form : forms_) {
      std::vector<std::string_view> names;
      names.reserve(form.members.size());
      for (const Member* member : form.members) names.push_back(member->name);
      form.texts = GroupNames(names);
    }
    NameBlocks();
    Merge();
    StandTogether();
  }

  // `line_of` gets the line of each member.
  std::vector<WeaveLine> Lines(size_t most, std::vector<uint32_t>& line_of) const {
    std::vector<WeaveLine> lines;
    line_of.assign(members_.size(), kNone);
    for (const MergedLine& merged : merged_) {
      if (lines.size() < most) lines.emplace_back();
      WeaveLine& line = lines.back();
      if (&merged - merged_.data() < static_cast<std::ptrdiff_t>(most) - 1 ||
          merged_.size() <= most) {
        Describe(merged, line);
      } else {
        line.block.clear();
        line.text = absl::StrFormat("… %d more lines", merged_.size() - most + 1);
        line.type = "of many types";
      }
      for (const FormLine* form : merged.forms) {
        for (const Member* member : form->members) {
          line.tensors += member->shape == nullptr ? 0 : 1;
          line.bytes += member->bytes;
          line_of[static_cast<size_t>(member - members_.data())] =
              static_cast<uint32_t>(lines.size() - 1);
        }
        line.names.insert(line.names.end(), form->texts.begin(), form->texts.end());
      }
    }
    return lines;
  }

 private:
  // "model.layers.#" → "model.layers.{0..31}", over all names that begin so.
  void NameBlocks() {
    std::map<std::string, std::set<std::string>> beginnings;
    for (const FormLine& form : forms_) {
      if (form.block.empty()) continue;
      const auto segments = std::count(form.block.begin(), form.block.end(), '.') + 1;
      for (const Member* member : form.members) {
        size_t end = 0;
        for (std::ptrdiff_t i = 0; i < segments && end != std::string_view::npos; ++i) {
          end = member->name.find('.', end == 0 ? 0 : end + 1);
        }
        beginnings[form.block].emplace(member->name.substr(0, end));
      }
    }
    for (const auto& [block, names] : beginnings) {
      block_text_[block] =
          GroupNames(std::vector<std::string_view>(names.begin(), names.end())).front();
    }
  }

  // The segment that differs is the last that finds a partner.
  void Merge() {
    absl::flat_hash_map<std::string, std::vector<size_t>> open;  // lines, by what stays the same
    for (FormLine& form : forms_) {
      const std::vector<std::string> segments = SegmentsOf(form.texts[0]);
      const auto key_of = [&](size_t free) {
        std::vector<std::string> fixed = segments;
        fixed[free] = std::string(1, kIndexMark);
        std::string key = absl::StrFormat("%d|", free);
        for (const uint32_t strand : form.members[0]->strands)
          key += absl::StrFormat("%d|", strand);
        return key + form.block + "|" + Joined(fixed, ".");
      };
      const bool can_merge = form.can_merge && form.texts.size() == 1 && segments.size() > 1;
      bool merged = false;
      for (size_t free = segments.size(); can_merge && !merged && free-- > 0;) {
        const auto found = open.find(key_of(free));
        if (found == open.end()) continue;
        for (const size_t number : found->second) {
          MergedLine& line = merged_[number];
          if (line.forms.size() > 1 && line.free != free) continue;
          line.free = free;
          line.forms.push_back(&form);
          line.variants.push_back(segments[free]);
          if (line.forms.size() == 2) {
            line.variants.insert(line.variants.begin(), line.segments[free]);
          }
          merged = true;
          break;
        }
      }
      if (merged) continue;
      if (can_merge) {
        for (size_t free = 0; free < segments.size(); ++free) {
          // What has an index is told by it; two of them say more side by side.
          if (segments[free].find('{') == std::string::npos) {
            open[key_of(free)].push_back(merged_.size());
          }
        }
      }
      MergedLine& line = merged_.emplace_back();
      line.forms.push_back(&form);
      line.segments = segments;
    }
    for (MergedLine& line : merged_) std::sort(line.variants.begin(), line.variants.end());
  }

  // Lines of one block follow each other, where the first of them stands; those of none come first,
  // constants last.
  void StandTogether() {
    std::map<std::string, size_t> first;
    std::vector<std::pair<size_t, size_t>> order;
    for (size_t i = 0; i < merged_.size(); ++i) {
      const FormLine& form = *merged_[i].forms[0];
      const bool is_constant = form.members[0]->shape == nullptr;
      const size_t block = first.try_emplace(form.block, i).first->second;
      order.emplace_back(is_constant ? merged_.size() + 1 : form.block.empty() ? 0 : block + 1, i);
    }
    std::sort(order.begin(), order.end());
    std::vector<MergedLine> sorted;
    sorted.reserve(order.size());
    for (const auto& [key, i] : order) sorted.push_back(std::move(merged_[i]));
    merged_ = std::move(sorted);
  }

  void Describe(const MergedLine& merged, WeaveLine& line) const {
    const FormLine& form = *merged.forms[0];
    if (form.members[0]->shape == nullptr) {
      line.block = "constants of the mapping";
    } else if (!form.block.empty()) {
      line.block = block_text_.at(form.block);
    }
    std::vector<std::string> segments = merged.segments;
    if (merged.forms.size() > 1) {
      std::vector<std::string> shown = merged.variants;
      const size_t all = shown.size();
      if (all > kMostVariants + 1) {
        shown.resize(kMostVariants);
        shown.push_back(absl::StrFormat("… %d in all", all));
      }
      segments[merged.free] = "{" + Joined(shown, "|") + "}";
    }
    line.text = Joined(segments, ".");
    if (!form.block.empty()) line.text = WithoutBlock(line.text, line.block);
    if (form.texts.size() > 1) line.text += absl::StrFormat(" and %d more", form.texts.size() - 1);
    line.type = TypeOf(merged);
  }

  // What the block says is left out: all of it, or, where a line has only some of its indices, the
  // text before them.
  static std::string WithoutBlock(const std::string& text, const std::string& block) {
    if (text.rfind(block + ".", 0) == 0) return text.substr(block.size() + 1);
    if (text == block) return text;
    const size_t same = static_cast<size_t>(
        std::mismatch(text.begin(), text.end(), block.begin(), block.end()).first - text.begin());
    const size_t dot = text.rfind('.', std::min(same, text.find('{')));
    return dot == std::string::npos ? text : text.substr(dot + 1);
  }

  static std::string TypeOf(const MergedLine& merged) {
    std::set<std::string> dtypes;
    std::set<std::string> shapes;
    for (const FormLine* form : merged.forms) {
      for (const Member* member : form->members) {
        dtypes.emplace(NameOf(member->dtype));
        if (member->shape != nullptr) shapes.insert(TextOf(*member->shape));
      }
    }
    std::string text = Joined({dtypes.begin(), dtypes.end()}, "/");
    if (shapes.size() == 1) return text + " " + *shapes.begin();
    if (shapes.size() > 1) text += absl::StrFormat(", %d shapes", shapes.size());
    return text;
  }

  const std::vector<Member>& members_;
  std::vector<FormLine> forms_;
  std::map<std::string, std::string> block_text_;
  std::vector<MergedLine> merged_;
};

// The strands of a plan, and who goes through them.
class Weaver {
 public:
  explicit Weaver(const Plan& plan) : plan_(plan) {
    const Catalog& catalog = *plan.catalog;
    sources_.resize(catalog.tensors.size() + plan.constants.size());
    for (size_t i = 0; i < sources_.size(); ++i) {
      Member& source = sources_[i];
      if (i < catalog.tensors.size()) {
        const TensorInfo& tensor = catalog.tensors[i];
        source.name = tensor.name;
        source.dtype = tensor.dtype;
        source.shape = &tensor.shape;
        source.bytes = tensor.size_bytes;
      } else {
        source.name = plan.constants[i - catalog.tensors.size()].text;
        source.dtype = plan.constants[i - catalog.tensors.size()].dtype;
      }
    }
    targets_of_.resize(sources_.size());
    for (const PlannedTensor& target : plan.tensors) AddTarget(target);
    for (const DroppedTensor& dropped : plan.dropped) AddDropped(dropped);
    for (size_t i = 0; i < sources_.size(); ++i) {
      if (targets_of_[i] > 1) sources_[i].is_mixed = true;
    }
    for (Member& source : sources_) {
      if (source.strands.empty() && source.shape != nullptr) {
        source.strands.insert(Unread(source.bytes == 0 ? "no elements" : "compared, not copied"));
      }
    }
    for (uint32_t i = 0; i < sources_.size(); ++i) {
      for (const uint32_t strand : sources_[i].strands) incoming_[{i, strand}];
    }
  }

  Weave Finish(size_t most_lines) {
    Weave weave;
    std::vector<uint32_t> source_line;
    std::vector<uint32_t> target_line;
    std::vector<Member> sources;
    std::vector<size_t> number;  // of a source among all
    for (size_t i = 0; i < sources_.size(); ++i) {
      if (sources_[i].strands.empty()) continue;
      sources.push_back(sources_[i]);
      number.push_back(i);
    }
    weave.sources = SideLines(sources).Lines(most_lines, source_line);
    weave.targets = SideLines(targets_).Lines(most_lines, target_line);
    std::vector<uint32_t> line_of(sources_.size(), kNone);
    for (size_t i = 0; i < number.size(); ++i) line_of[number[i]] = source_line[i];
    weave.incoming = Threads(incoming_, line_of);
    weave.outgoing = Threads(outgoing_, target_line);
    weave.strands = std::move(strands_);
    return weave;
  }

 private:
  using Flow = std::map<std::pair<uint32_t, uint32_t>, uint64_t>;  // (member, strand) → bytes

  static std::vector<WeaveThread> Threads(const Flow& flow, const std::vector<uint32_t>& line_of) {
    Flow by_line;
    for (const auto& [ends, bytes] : flow) {
      by_line[{line_of[ends.first], ends.second}] += bytes;
    }
    std::vector<WeaveThread> threads;
    for (const auto& [ends, bytes] : by_line) threads.push_back({ends.first, ends.second, bytes});
    return threads;
  }

  uint32_t StrandOf(WeaveStrand strand) {
    const auto [it, is_new] = strand_number_.try_emplace({strand.rules, strand.places},
                                                         static_cast<uint32_t>(strands_.size()));
    if (is_new) strands_.push_back(std::move(strand));
    return it->second;
  }

  uint32_t Unread(std::string_view why) {
    WeaveStrand strand;
    strand.rules = {std::string(why)};
    strand.drops = true;
    return StrandOf(std::move(strand));
  }

  void AddTarget(const PlannedTensor& target) {
    WeaveStrand strand;
    for (const uint32_t rule : target.rules) {
      strand.rules.push_back(plan_.rules[rule].text);
      strand.places.push_back(plan_.rules[rule].where);
    }
    if (target.dtype != target.source_dtype) {
      strand.rules.push_back(
          absl::StrFormat("cast %s to %s", NameOf(target.source_dtype), NameOf(target.dtype)));
    }
    if (strand.rules.empty()) {
      strand.rules = {"pass unchanged"};
      strand.passes = true;
    }
    const uint32_t number = StrandOf(std::move(strand));
    const auto place = static_cast<uint32_t>(targets_.size());
    Member& member = targets_.emplace_back();
    member.name = target.name;
    member.dtype = target.dtype;
    member.shape = &target.shape;
    member.bytes = BytesOf(ElementsOf(target.shape), target.dtype);
    member.strands = {number};
    outgoing_[{place, number}] += member.bytes;
    std::set<uint32_t> read;
    for (const Box& box : target.boxes) {
      read.insert(box.source);
      incoming_[{box.source, number}] += BytesOf(ElementsOf(box), target.source_dtype);
    }
    member.is_mixed = read.size() > 1;
    for (const uint32_t source : read) {
      sources_[source].strands.insert(number);
      if (read.size() > 1) sources_[source].is_mixed = true;
      ++targets_of_[source];
    }
  }

  void AddDropped(const DroppedTensor& dropped) {
    WeaveStrand strand;
    strand.rules = {dropped.reason.empty() ? "dropped" : "dropped: " + dropped.reason};
    strand.drops = true;
    const uint32_t number = StrandOf(std::move(strand));
    sources_[dropped.source].strands.insert(number);
    incoming_[{dropped.source, number}] += sources_[dropped.source].bytes;
  }

  const Plan& plan_;
  std::vector<Member> sources_;  // tensors, then constants
  std::vector<uint32_t> targets_of_;
  std::vector<Member> targets_;
  std::vector<WeaveStrand> strands_;
  std::map<std::pair<std::vector<std::string>, std::vector<std::string>>, uint32_t> strand_number_;
  Flow incoming_;
  Flow outgoing_;
};

}  // namespace

Weave WeaveOf(const Plan& plan, size_t most_lines) { return Weaver(plan).Finish(most_lines); }

}  // namespace weft
