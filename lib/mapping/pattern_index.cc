#include "mapping/pattern_index.h"

#include <algorithm>
#include <utility>

namespace weft {
namespace {

// Alternatives of one pattern that are written out as paths of their own.
constexpr size_t kMaxExpansions = 256;

}  // namespace

// One segment of a pattern.
struct PatternIndex::Segment {
  enum class Kind { kLiteral, kAny, kMixed, kPath, kRest };

  Kind kind = Kind::kLiteral;
  std::string text;    // kLiteral; kMixed: before the first variable
  std::string suffix;  // kMixed: behind the last variable
};

PatternIndex::PatternIndex() { NewNode(); }

uint32_t PatternIndex::NewNode() {
  nodes_.emplace_back();
  return static_cast<uint32_t>(nodes_.size() - 1);
}

uint32_t PatternIndex::LiteralChild(uint32_t node, std::string_view text) {
  const auto found = nodes_[node].literals.find(text);
  if (found != nodes_[node].literals.end()) return found->second;
  texts_.emplace_back(text);
  const uint32_t child = NewNode();
  nodes_[node].literals.emplace(texts_.back(), child);
  return child;
}

uint32_t PatternIndex::MixedChild(uint32_t node, std::string_view prefix, std::string_view suffix) {
  const auto found = mixed_.find(MixedKey{node, prefix, suffix});
  if (found != mixed_.end()) return found->second;
  const uint32_t child = NewNode();
  const std::string& kept_prefix = texts_.emplace_back(prefix);
  const std::string& kept_suffix = texts_.emplace_back(suffix);
  mixed_.emplace(MixedKey{node, kept_prefix, kept_suffix}, child);
  std::vector<MixedLengths>& lengths = nodes_[node].mixed;
  const bool is_known = std::any_of(lengths.begin(), lengths.end(), [&](const MixedLengths& l) {
    return l.prefix == prefix.size() && l.suffix == suffix.size();
  });
  if (!is_known) lengths.push_back({prefix.size(), suffix.size()});
  return child;
}

void PatternIndex::Insert(uint32_t node, const std::vector<Segment>& segments, size_t from,
                          uint32_t id) {
  for (size_t i = from; i < segments.size(); ++i) {
    const Segment& segment = segments[i];
    switch (segment.kind) {
      case Segment::Kind::kLiteral:
        node = LiteralChild(node, segment.text);
        break;
      case Segment::Kind::kAny:
        if (nodes_[node].any == 0) {
          const uint32_t child = NewNode();
          nodes_[node].any = child;
        }
        node = nodes_[node].any;
        break;
      case Segment::Kind::kMixed:
        node = MixedChild(node, segment.text, segment.suffix);
        break;
      case Segment::Kind::kPath:
        if (nodes_[node].path == 0) {
          const uint32_t child = NewNode();
          nodes_[child].is_path = true;
          nodes_[node].path = child;
        }
        node = nodes_[node].path;
        break;
      case Segment::Kind::kRest:
        nodes_[node].rests.push_back(id);
        return;
    }
  }
  nodes_[node].ends.push_back(id);
}

void PatternIndex::Add(const Pattern& pattern, uint32_t id) {
  const std::vector<PatternToken>& tokens = pattern.tokens();
  // Decide which alternatives are written out, and where the pattern becomes too free to follow.
  size_t expansions = 1;
  std::vector<bool> expanded(tokens.size(), false);
  size_t rest_at = tokens.size();
  for (size_t i = 0; i < tokens.size() && rest_at == tokens.size(); ++i) {
    if (tokens[i].kind == PatternToken::Kind::kRegex) rest_at = i;
    if (tokens[i].kind != PatternToken::Kind::kText) continue;
    if (expansions * tokens[i].rows.size() <= kMaxExpansions) {
      expansions *= tokens[i].rows.size();
      expanded[i] = true;
    } else if (tokens[i].dotted) {
      rest_at = i;
    }
  }
  // What follows a part is read as a name of its own.
  const bool has_part = pattern.has_part();
  if (has_part && parts_root_ == 0) parts_root_ = NewNode();
  std::vector<size_t> choice(tokens.size(), 0);
  for (size_t combination = 0; combination < expansions; ++combination) {
    size_t remaining = combination;
    for (size_t i = 0; i < rest_at; ++i) {
      if (!expanded[i]) continue;
      choice[i] = remaining % tokens[i].rows.size();
      remaining /= tokens[i].rows.size();
    }
    std::vector<Segment> segments;
    Segment open;               // the segment being read
    bool has_variable = false;  // in the open segment
    bool is_open = true;        // a segment is being read; after a path a new one begins
    const auto close = [&]() {
      if (has_variable) {
        const bool whole = open.text.empty() && open.suffix.empty();
        open.kind = whole ? Segment::Kind::kAny : Segment::Kind::kMixed;
      }
      segments.push_back(std::move(open));
      open = Segment();
      has_variable = false;
    };
    const auto add_text = [&](std::string_view text) {
      for (const char c : text) {
        if (c == '.') {
          close();
        } else {
          (has_variable ? open.suffix : open.text) += c;
        }
      }
      is_open = true;
    };
    for (size_t i = has_part ? 1 : 0; i < tokens.size(); ++i) {
      const PatternToken& token = tokens[i];
      if (i == rest_at) {
        open = Segment();
        open.kind = Segment::Kind::kRest;
        segments.push_back(std::move(open));
        is_open = false;
        break;
      }
      if (token.kind == PatternToken::Kind::kLiteral) {
        add_text(std::string_view(token.literal).substr(has_part && i == 1 ? 1 : 0));
      } else if (token.kind == PatternToken::Kind::kPath) {
        // The dot before the path is the end of a segment, unless the path took that dot itself.
        if (token.path_dot == PatternToken::PathDot::kBefore) close();
        Segment path;
        path.kind = Segment::Kind::kPath;
        segments.push_back(std::move(path));
        is_open = token.path_dot == PatternToken::PathDot::kAfter;
      } else if (expanded[i]) {
        add_text(token.rows[choice[i]].second);
      } else {
        has_variable = true;
        open.suffix.clear();
        is_open = true;
      }
    }
    if (is_open) close();
    Insert(has_part ? parts_root_ : 0, segments, 0, id);
  }
}

void PatternIndex::Candidates(std::string_view name, std::vector<uint32_t>* ids) const {
  const size_t before = ids->size();
  Walk(0, name, ids);
  const size_t digits = std::min(name.find_first_not_of("0123456789"), name.size());
  if (parts_root_ != 0 && digits > 0 && name.substr(digits, 1) == "/") {
    Walk(parts_root_, name.substr(digits + 1), ids);
  }
  std::sort(ids->begin() + static_cast<std::ptrdiff_t>(before), ids->end());
  ids->erase(std::unique(ids->begin() + static_cast<std::ptrdiff_t>(before), ids->end()),
             ids->end());
}

void PatternIndex::Walk(uint32_t root, std::string_view name, std::vector<uint32_t>* ids) const {
  absl::InlinedVector<uint32_t, 16> active;
  absl::InlinedVector<uint32_t, 16> next;
  // A node reached twice in one step is followed once.
  const auto reach = [this, ids](absl::InlinedVector<uint32_t, 16>& set, uint32_t node) {
    while (std::find(set.begin(), set.end(), node) == set.end()) {
      set.push_back(node);
      ids->insert(ids->end(), nodes_[node].rests.begin(), nodes_[node].rests.end());
      if (nodes_[node].path == 0) break;
      node = nodes_[node].path;  // a path may be empty
    }
  };
  reach(active, root);
  size_t start = 0;
  while (true) {
    const size_t dot = name.find('.', start);
    const std::string_view segment = name.substr(start, dot - start);
    next.clear();
    for (const uint32_t index : active) {
      const Node& node = nodes_[index];
      if (node.is_path) reach(next, index);
      if (node.any != 0) reach(next, node.any);
      const auto literal = node.literals.find(segment);
      if (literal != node.literals.end()) reach(next, literal->second);
      for (const MixedLengths& lengths : node.mixed) {
        if (segment.size() < lengths.prefix + lengths.suffix) continue;
        const auto mixed = mixed_.find(MixedKey{index, segment.substr(0, lengths.prefix),
                                                segment.substr(segment.size() - lengths.suffix)});
        if (mixed != mixed_.end()) reach(next, mixed->second);
      }
    }
    std::swap(active, next);
    if (dot == std::string_view::npos || active.empty()) break;
    start = dot + 1;
  }
  for (const uint32_t index : active) {
    ids->insert(ids->end(), nodes_[index].ends.begin(), nodes_[index].ends.end());
  }
}

}  // namespace weft
