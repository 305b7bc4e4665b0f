// Patterns at work: RE2 for matching, a search for second readings, and writing names.
#include "mapping/pattern.h"

#include <algorithm>
#include <set>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "mapping/resolved_index.h"
#include "re2/re2.h"

namespace weft {
namespace {

constexpr size_t kMaxIndexDigits = 18;
// Steps of the search for a second reading of one name.
constexpr int kMaxReadingSteps = 1'000'000;
// Memory of one instruction of a compiled RE2 program, its caches included; a rough upper bound.
constexpr uint64_t kBytesPerInstruction = 48;

re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

RE2::Options RegexOptions() {
  RE2::Options options;
  options.set_log_errors(false);
  return options;
}

std::string QuotedForRegex(std::string_view text) { return RE2::QuoteMeta(Piece(text)); }

// RE2 reads characters, so a boundary between two variables is one between characters.
bool IsInsideCharacter(std::string_view text, size_t position) {
  return position < text.size() && (static_cast<unsigned char>(text[position]) & 0xC0) == 0x80;
}

bool ParseDigits(std::string_view text, uint64_t* value) {
  if (text.empty() || text.size() > kMaxIndexDigits) return false;
  *value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    *value = *value * 10 + static_cast<uint64_t>(c - '0');
  }
  return true;
}

// Where the path `tokens[path]`, which begins at `at` and takes the dot behind it, ends in `name`,
// if what follows has as many dots as the literals behind the path; npos when there are too few.
size_t EndOfPath(const std::vector<PatternToken>& tokens, size_t path, std::string_view name,
                 size_t at) {
  std::ptrdiff_t dots = std::count(name.begin() + static_cast<std::ptrdiff_t>(at), name.end(), '.');
  for (size_t i = path + 1; i < tokens.size(); ++i) {
    dots -= std::count(tokens[i].literal.begin(), tokens[i].literal.end(), '.');
  }
  if (dots < 0) return std::string_view::npos;
  for (; dots > 0; --dots) at = name.find('.', at) + 1;
  return at;
}

}  // namespace

int VariableTable::Intern(std::string_view name) {
  const int found = Find(name);
  if (found >= 0) return found;
  names_.emplace_back(name);
  return size() - 1;
}

int VariableTable::Find(std::string_view name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  return found == names_.end() ? -1 : static_cast<int>(found - names_.begin());
}

std::string TextOf(const Bindings& bindings, const VariableTable& variables) {
  std::string text;
  for (size_t i = 0; i < bindings.size(); ++i) {
    const Binding& binding = bindings[i];
    if (binding.kind == Binding::Kind::kUnbound) continue;
    if (!text.empty()) text += ", ";
    text += variables.name(static_cast<int>(i)) + "=";
    text +=
        binding.kind == Binding::Kind::kIndex ? absl::StrCat(binding.index) : Escaped(binding.text);
  }
  return text;
}

absl::StatusOr<int> CheckRegex(std::string_view regex, std::string_view where) {
  const RE2 compiled(Piece(regex), RegexOptions());
  if (!compiled.ok()) {
    return ErrorStatus(ErrorCode::kRegexRefused, where,
                       absl::StrFormat("RE2 refuses /%s/: %s", Escaped(regex), compiled.error()),
                       "RE2 has no look-around and no back-references");
  }
  return compiled.NumberOfCapturingGroups();
}

bool Pattern::Uses(int variable) const {
  return std::find(variables_.begin(), variables_.end(), variable) != variables_.end();
}

bool Pattern::BeginWithPart(const std::vector<PatternToken>& tokens) {
  return tokens.size() > 1 && tokens[0].kind == PatternToken::Kind::kIndex &&
         tokens[1].kind == PatternToken::Kind::kLiteral && !tokens[1].literal.empty() &&
         tokens[1].literal.front() == '/';
}

std::string Pattern::RegexText() const {
  std::string regex;
  for (const PatternToken& token : tokens_) {
    switch (token.kind) {
      case PatternToken::Kind::kLiteral:
        regex += QuotedForRegex(token.literal);
        break;
      case PatternToken::Kind::kIndex:
        regex += token.width == 0 ? "(0|[1-9][0-9]*)" : absl::StrFormat("([0-9]{%d})", token.width);
        break;
      case PatternToken::Kind::kSegment:
        regex += "([^.]+)";
        break;
      case PatternToken::Kind::kPath:
        switch (token.path_dot) {
          case PatternToken::PathDot::kAfter:
            regex += "((?:[^.]+\\.)*)";
            break;
          case PatternToken::PathDot::kBefore:
            regex += "((?:\\.[^.]+)*)";
            break;
          case PatternToken::PathDot::kNone:
            regex += "((?:[^.]+(?:\\.[^.]+)*)?)";
            break;
        }
        break;
      case PatternToken::Kind::kText: {
        for (size_t row = 0; row < token.rows.size(); ++row) {
          regex += (row == 0 ? "(" : "|") + QuotedForRegex(token.rows[row].second);
        }
        regex += ")";
        break;
      }
      case PatternToken::Kind::kRegex:
        regex += "(" + token.literal + ")";
        break;
    }
  }
  return regex;
}

struct RegexCache::Entries {
  uint64_t budget_bytes = 0;
  uint64_t used_bytes = 0;
  absl::flat_hash_map<const Pattern*, std::unique_ptr<RE2>> whole;       // by pattern
  absl::flat_hash_map<const PatternToken*, std::unique_ptr<RE2>> parts;  // of kRegex tokens

  absl::StatusOr<const RE2*> Whole(const Pattern& pattern) {
    const auto found = whole.find(&pattern);
    if (found != whole.end()) return found->second.get();
    const std::string text = pattern.RegexText();
    auto regex = std::make_unique<RE2>(text, RegexOptions());
    if (!regex->ok()) {
      return ErrorStatus(ErrorCode::kRegexRefused, pattern.where(),
                         absl::StrFormat("RE2 refuses pattern \"%s\": %s", Escaped(pattern.text()),
                                         regex->error()));
    }
    const uint64_t bytes =
        static_cast<uint64_t>(regex->ProgramSize()) * kBytesPerInstruction + 2 * text.size();
    // Dropping everything is crude, and right for the order of keys: neighbours use the same rules.
    if (used_bytes + bytes > budget_bytes) {
      whole.clear();
      used_bytes = 0;
    }
    used_bytes += bytes;
    return whole.emplace(&pattern, std::move(regex)).first->second.get();
  }

  const RE2& Part(const PatternToken& token) {
    std::unique_ptr<RE2>& regex = parts[&token];
    if (regex == nullptr) regex = std::make_unique<RE2>(token.literal, RegexOptions());
    return *regex;
  }
};

RegexCache::RegexCache(uint64_t budget_bytes) : entries_(std::make_unique<Entries>()) {
  entries_->budget_bytes = budget_bytes;
}

RegexCache::~RegexCache() = default;

PatternMatcher::PatternMatcher(std::shared_ptr<const Pattern> pattern,
                               const VariableTable& variables, const Expression::Resolver& resolver,
                               RegexCache& cache)
    : pattern_(std::move(pattern)), variables_(variables), resolver_(resolver), cache_(cache) {}

PatternMatcher::~PatternMatcher() = default;
PatternMatcher::PatternMatcher(PatternMatcher&&) noexcept = default;

absl::Status PatternMatcher::Resolve() {
  if (resolved_) return absl::OkStatus();
  std::vector<ResolvedIndex> indexes(pattern_->tokens().size());
  for (size_t i = 0; i < indexes.size(); ++i) {
    const PatternToken& token = pattern_->tokens()[i];
    if (token.kind != PatternToken::Kind::kIndex) continue;
    WEFT_ASSIGN_OR_RETURN(indexes[i], ResolveIndex(token, *pattern_, variables_, resolver_));
  }
  indexes_ = std::move(indexes);
  resolved_ = true;
  return absl::OkStatus();
}

// The value of `token` when its text is exactly `text`.
bool PatternMatcher::ReadToken(const PatternToken& token, size_t token_index, std::string_view text,
                               Binding* value) const {
  switch (token.kind) {
    case PatternToken::Kind::kLiteral:
      return text == token.literal;
    case PatternToken::Kind::kIndex: {
      uint64_t number = 0;
      if (!ParseDigits(text, &number)) return false;
      if (token.width == 0 ? (text[0] == '0' && text.size() > 1)
                           : text.size() != static_cast<size_t>(token.width)) {
        return false;
      }
      if (!resolved_) return true;  // it has the form, which is all that is known
      const ResolvedIndex& resolved = indexes_[token_index];
      int64_t distance = 0;
      if (__builtin_sub_overflow(static_cast<int64_t>(number), resolved.offset, &distance)) {
        return false;
      }
      if (distance != 0 && (distance < 0) != (resolved.slope < 0)) return false;
      if (distance % resolved.slope != 0) return false;
      value->kind = Binding::Kind::kIndex;
      value->index = static_cast<uint64_t>(distance / resolved.slope);
      return resolved.Contains(value->index);
    }
    case PatternToken::Kind::kSegment:
      value->kind = Binding::Kind::kText;
      value->text = text;
      return !text.empty() && text.find('.') == std::string_view::npos;
    case PatternToken::Kind::kPath: {
      value->kind = Binding::Kind::kText;
      value->text = text;
      if (text.empty()) return true;
      if (token.path_dot == PatternToken::PathDot::kAfter) {
        if (text.back() != '.') return false;
        value->text.remove_suffix(1);
      } else if (token.path_dot == PatternToken::PathDot::kBefore) {
        if (text.front() != '.') return false;
        value->text.remove_prefix(1);
      }
      const std::string_view path = value->text;
      return !path.empty() && path.front() != '.' && path.back() != '.' &&
             path.find("..") == std::string_view::npos;
    }
    case PatternToken::Kind::kText:
      value->kind = Binding::Kind::kText;
      for (const auto& [canonical, written] : token.rows) {
        if (written == text) {
          value->text = canonical;
          return true;
        }
      }
      return false;
    case PatternToken::Kind::kRegex:
      value->kind = Binding::Kind::kText;
      value->text = text;
      return RE2::FullMatch(Piece(text), cache_.entries_->Part(token));
  }
  return false;
}

// All readings of `name`, at most two, by trying every boundary. Only for patterns whose form does
// not rule a second reading out; RE2 has seen before that there is a match but for sets and
// repeated variables.
absl::Status PatternMatcher::FindReadings(std::string_view name, const Bindings& start,
                                          std::vector<Bindings>* readings) const {
  struct Frame {
    size_t token;
    size_t position;
    size_t next_end;  // the next boundary to try
    Binding before;   // of the token's variable, to restore
  };
  const std::vector<PatternToken>& tokens = pattern_->tokens();
  Bindings bindings = start;
  std::vector<Frame> frames;
  const auto push = [&](size_t token, size_t position) {
    Frame frame{token, position, position, {}};
    if (tokens[token].variable >= 0) {
      frame.before = bindings[static_cast<size_t>(tokens[token].variable)];
    }
    frames.push_back(frame);
  };
  push(0, 0);
  int steps = 0;
  while (!frames.empty()) {
    Frame& frame = frames.back();
    const PatternToken& token = tokens[frame.token];
    Binding* slot = token.variable >= 0 ? &bindings[static_cast<size_t>(token.variable)] : nullptr;
    if (slot != nullptr) *slot = frame.before;
    if (frame.next_end > name.size()) {
      frames.pop_back();
      continue;
    }
    if (++steps > kMaxReadingSteps) {
      return ErrorStatus(ErrorCode::kLimitExceeded, pattern_->where(),
                         absl::StrFormat("tensor '%s' has too many ways to be read by pattern "
                                         "\"%s\"",
                                         Escaped(name), Escaped(pattern_->text())));
    }
    const bool last = frame.token + 1 == tokens.size();
    size_t end = frame.next_end;
    if (token.kind == PatternToken::Kind::kLiteral) {
      end = frame.position + token.literal.size();
      frame.next_end = name.size() + 1;  // one boundary only
      if (end > name.size()) continue;
    } else if (last) {
      end = name.size();
      frame.next_end = name.size() + 1;
    } else {
      ++frame.next_end;
      if (IsInsideCharacter(name, end)) continue;
    }
    Binding value;
    if (!ReadToken(token, frame.token, name.substr(frame.position, end - frame.position), &value)) {
      continue;
    }
    if (slot != nullptr) {
      if (slot->kind != Binding::Kind::kUnbound && !(*slot == value)) continue;
      *slot = value;
    }
    if (!last) {
      push(frame.token + 1, end);
    } else if (end == name.size() && (readings->empty() || !(readings->front() == bindings))) {
      readings->push_back(bindings);
      if (readings->size() == 2) return absl::OkStatus();
    }
  }
  return absl::OkStatus();
}

// Cuts `name` into the texts of the tokens, which dots and lengths fix; false when it cannot be.
// The texts of variables are not looked at.
bool PatternMatcher::CutBySegments(std::string_view name, Pieces* pieces) const {
  const std::vector<PatternToken>& tokens = pattern_->tokens();
  size_t at = 0;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const PatternToken& token = tokens[i];
    size_t end = name.size();
    if (token.kind == PatternToken::Kind::kLiteral) {
      end = at + token.literal.size();
      if (name.substr(at, token.literal.size()) != token.literal) return false;
    } else if (token.kind == PatternToken::Kind::kPath) {
      if (token.path_dot == PatternToken::PathDot::kAfter) {
        end = EndOfPath(tokens, i, name, at);
        if (end == std::string_view::npos) return false;
      }
    } else if (i == 0 && pattern_->has_part()) {
      end = name.find('/');
      if (end == std::string_view::npos) return false;
    } else {
      // The only variable of its segment: up to the literal that ends the segment.
      end = std::min(name.find('.', at), name.size());
      if (i + 1 < tokens.size() && tokens[i + 1].kind == PatternToken::Kind::kLiteral) {
        const std::string& literal = tokens[i + 1].literal;
        const size_t rest = std::min(literal.find('.'), literal.size());
        if (end - at < rest) return false;
        end -= rest;
      }
    }
    pieces->push_back(name.substr(at, end - at));
    at = end;
  }
  return at == name.size();
}

absl::StatusOr<bool> PatternMatcher::CutByRegex(std::string_view name, Pieces* pieces) const {
  WEFT_ASSIGN_OR_RETURN(const RE2* regex, cache_.entries_->Whole(*pattern_));
  absl::InlinedVector<re2::StringPiece, 8> groups(
      static_cast<size_t>(regex->NumberOfCapturingGroups()) + 1);
  // RE2 sets no group when it runs out of memory and says "no match"; its budget of 8 MiB for a
  // pattern of at most 4 KiB leaves the slower matchers, which need none.
  if (!regex->Match(Piece(name), 0, name.size(), RE2::ANCHOR_BOTH, groups.data(),
                    static_cast<int>(groups.size()))) {
    return false;
  }
  size_t group = 1;
  for (const PatternToken& token : pattern_->tokens()) {
    if (token.kind == PatternToken::Kind::kLiteral) {
      pieces->emplace_back();
      continue;
    }
    pieces->emplace_back(groups[group].data(), groups[group].size());
    group += 1 + static_cast<size_t>(token.inner_groups);
  }
  return true;
}

absl::StatusOr<bool> PatternMatcher::Match(std::string_view name, Bindings& bindings) {
  const std::vector<PatternToken>& tokens = pattern_->tokens();
  Pieces pieces;
  if (pattern_->reads_by_segments()) {
    if (!CutBySegments(name, &pieces)) return false;
    // A name of another form needs no params.
    for (size_t i = 0; i < tokens.size() && !resolved_; ++i) {
      Binding unused;
      if (!ReadToken(tokens[i], i, pieces[i], &unused)) return false;
    }
  } else {
    WEFT_ASSIGN_OR_RETURN(const bool matches, CutByRegex(name, &pieces));
    if (!matches) return false;
  }
  WEFT_RETURN_IF_ERROR(Resolve());
  for (const int variable : pattern_->variables()) {
    bindings[static_cast<size_t>(variable)] = Binding();
  }
  if (!pattern_->plainly_unambiguous()) {
    std::vector<Bindings> readings;
    WEFT_RETURN_IF_ERROR(FindReadings(name, bindings, &readings));
    if (readings.size() > 1) {
      return ErrorStatus(
          ErrorCode::kAmbiguousKey, pattern_->where(),
          absl::StrFormat("tensor '%s' reads in two ways by pattern \"%s\": %s; or %s",
                          Escaped(name), Escaped(pattern_->text()), TextOf(readings[0], variables_),
                          TextOf(readings[1], variables_)),
          "write more of the name out, or constrain a variable, so that one reading is left");
    }
    if (readings.empty()) return false;
    bindings = readings[0];
    return true;
  }
  for (size_t i = 0; i < tokens.size(); ++i) {
    const PatternToken& token = tokens[i];
    if (token.kind == PatternToken::Kind::kLiteral) continue;
    Binding value;
    if (!ReadToken(token, i, pieces[i], &value)) return false;
    Binding& slot = bindings[static_cast<size_t>(token.variable)];
    if (slot.kind != Binding::Kind::kUnbound && !(slot == value)) return false;
    slot = value;
  }
  return true;
}

absl::StatusOr<std::optional<std::string>> PatternMatcher::Make(const Bindings& bindings) {
  WEFT_RETURN_IF_ERROR(Resolve());
  std::string name;
  for (size_t i = 0; i < pattern_->tokens().size(); ++i) {
    const PatternToken& token = pattern_->tokens()[i];
    if (token.kind == PatternToken::Kind::kLiteral) {
      name += token.literal;
      continue;
    }
    const Binding& binding = bindings[static_cast<size_t>(token.variable)];
    if (token.kind == PatternToken::Kind::kIndex) {
      const ResolvedIndex& resolved = indexes_[i];
      int64_t written = 0;
      if (binding.kind != Binding::Kind::kIndex || !resolved.Contains(binding.index) ||
          __builtin_mul_overflow(static_cast<int64_t>(binding.index), resolved.slope, &written) ||
          __builtin_add_overflow(written, resolved.offset, &written) || written < 0) {
        return std::nullopt;
      }
      const std::string digits = absl::StrCat(written);
      const auto width = static_cast<size_t>(token.width);
      if (width > 0 && digits.size() > width) return std::nullopt;
      if (width > digits.size()) name.append(width - digits.size(), '0');
      name += digits;
      continue;
    }
    if (binding.kind != Binding::Kind::kText) return std::nullopt;
    std::string text;
    if (token.kind == PatternToken::Kind::kText) {
      const auto row = std::find_if(token.rows.begin(), token.rows.end(),
                                    [&](const auto& r) { return r.first == binding.text; });
      if (row == token.rows.end()) return std::nullopt;
      text = row->second;
    } else {
      text = std::string(binding.text);
      if (token.kind == PatternToken::Kind::kPath && !text.empty()) {
        if (token.path_dot == PatternToken::PathDot::kAfter) text += ".";
        if (token.path_dot == PatternToken::PathDot::kBefore) text.insert(0, ".");
      }
      Binding unused;
      if (!ReadToken(token, i, text, &unused)) return std::nullopt;
    }
    name += text;
  }
  return name;
}

absl::StatusOr<std::optional<std::vector<Binding>>> PatternMatcher::Values(int variable,
                                                                           uint64_t limit) {
  WEFT_RETURN_IF_ERROR(Resolve());
  for (size_t i = 0; i < pattern_->tokens().size(); ++i) {
    const PatternToken& token = pattern_->tokens()[i];
    if (token.variable != variable || !token.IsFinite()) continue;
    std::vector<Binding> values;
    if (token.kind == PatternToken::Kind::kText) {
      for (const auto& [canonical, written] : token.rows) {
        values.push_back({Binding::Kind::kText, 0, canonical});
      }
      return values;
    }
    std::set<uint64_t> indexes;
    for (const ResolvedIndex::Range& range : indexes_[i].ranges) {
      int64_t value = range.first;
      if (value < 0) {
        // The first value of the range that is no less than 0.
        const int64_t steps = -(value + 1) / range.step + 1;
        if (__builtin_mul_overflow(steps, range.step, &value)) continue;
        value += range.first;
      }
      while (value <= range.last) {
        indexes.insert(static_cast<uint64_t>(value));
        if (indexes.size() > limit) {
          return ErrorStatus(
              ErrorCode::kLimitExceeded, pattern_->where(),
              absl::StrFormat("variable {%s} of pattern \"%s\" takes more than %d values",
                              variables_.name(variable), Escaped(pattern_->text()), limit));
        }
        if (__builtin_add_overflow(value, range.step, &value)) break;
      }
    }
    for (const uint64_t index : indexes) values.push_back({Binding::Kind::kIndex, index, {}});
    return values;
  }
  return std::nullopt;
}

}  // namespace weft
