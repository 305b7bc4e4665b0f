// Text → tokens of a Pattern. The forms are listed in docs/dsl.md.
#include <algorithm>

#include "absl/strings/str_format.h"
#include "mapping/pattern.h"

namespace weft {

namespace {

constexpr int kMaxWidth = 18;

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> Cut(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  size_t start = 0;
  while (true) {
    const size_t end = text.find(separator, start);
    if (end == std::string_view::npos) break;
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  parts.push_back(text.substr(start));
  return parts;
}

// The '=' that begins a set: not part of ==, <=, >=, !=.
size_t FindSetSign(std::string_view body) {
  for (size_t i = 0; i < body.size(); ++i) {
    if (body[i] != '=') continue;
    if (i + 1 < body.size() && body[i + 1] == '=') {
      ++i;
      continue;
    }
    if (i > 0 && (body[i - 1] == '<' || body[i - 1] == '>' || body[i - 1] == '!')) continue;
    return i;
  }
  return std::string_view::npos;
}

// An expression is about the whole text of its variable, which ^ and $ may say once more; in the
// middle of a name they would match nothing.
std::string_view WithoutAnchors(std::string_view regex) {
  if (!regex.empty() && regex.front() == '^') regex.remove_prefix(1);
  if (regex.empty() || regex.back() != '$') return regex;
  const size_t end = regex.size() - 1;
  size_t backslashes = 0;
  while (backslashes < end && regex[end - 1 - backslashes] == '\\') ++backslashes;
  if (backslashes % 2 == 0) regex.remove_suffix(1);
  return regex;
}

// The last '/' that stands alone; // is division.
size_t FindStepSign(std::string_view text) {
  for (size_t i = text.size(); i-- > 0;) {
    if (text[i] != '/') continue;
    if (i > 0 && text[i - 1] == '/') {
      --i;
      continue;
    }
    return i;
  }
  return std::string_view::npos;
}

}  // namespace

class PatternParser {
 public:
  PatternParser(std::string_view text, Side side, const Tables& tables, VariableTable& variables,
                std::string_view where)
      : text_(text), side_(side), tables_(tables), variables_(variables), where_(where) {}

  absl::StatusOr<std::shared_ptr<const Pattern>> Parse() {
    auto pattern = std::make_shared<Pattern>();
    pattern->text_ = std::string(text_);
    pattern->where_ = std::string(where_);
    if (text_.empty()) return Error("an empty pattern");
    size_t position = 0;
    while (position < text_.size()) {
      const size_t brace = text_.find('{', position);
      const std::string_view literal = text_.substr(position, brace - position);
      if (!literal.empty()) {
        PatternToken token;
        token.literal = std::string(literal);
        tokens_.push_back(std::move(token));
      }
      if (brace == std::string_view::npos) break;
      WEFT_ASSIGN_OR_RETURN(std::string_view body, TakeBody(brace, &position));
      WEFT_ASSIGN_OR_RETURN(PatternToken token, ParseBody(body));
      tokens_.push_back(std::move(token));
    }
    WEFT_RETURN_IF_ERROR(AttachPathDots());
    pattern->plainly_unambiguous_ = IsPlainlyUnambiguous();
    pattern->reads_by_segments_ =
        pattern->plainly_unambiguous_ &&
        std::none_of(tokens_.begin(), tokens_.end(),
                     [](const PatternToken& token) { return token.dotted; });
    for (const PatternToken& token : tokens_) {
      if (token.kind == PatternToken::Kind::kLiteral || pattern->Uses(token.variable)) continue;
      pattern->variables_.push_back(token.variable);
    }
    pattern->tokens_ = std::move(tokens_);
    return std::shared_ptr<const Pattern>(std::move(pattern));
  }

 private:
  absl::Status Error(std::string_view what, std::string_view hint = "") const {
    return ErrorStatus(ErrorCode::kPatternSyntax, where_,
                       absl::StrFormat("%s in pattern \"%s\"", what, Escaped(text_)), hint);
  }

  // The text between the brace at `brace` and its partner; `*position` is set behind the partner.
  absl::StatusOr<std::string_view> TakeBody(size_t brace, size_t* position) const {
    const std::string_view rest = text_.substr(brace + 1);
    const size_t colon = rest.find(':');
    const bool regex = colon != std::string_view::npos && rest.substr(colon + 1, 1) == "/" &&
                       IsIdentifier(rest.substr(0, colon));
    const std::string_view closing = regex ? "/}" : "}";
    const size_t end = rest.find(closing, regex ? colon + 2 : 0);
    if (end == std::string_view::npos) {
      return Error(absl::StrFormat("\"{\" at position %d without \"%s\"", brace + 1, closing));
    }
    *position = brace + 1 + end + closing.size();
    const std::string_view body = rest.substr(0, regex ? end + 1 : end);
    if (!regex && body.find('{') != std::string_view::npos) {
      return Error(absl::StrFormat("\"{\" inside the braces at position %d", brace + 1));
    }
    return body;
  }

  absl::StatusOr<int> Intern(std::string_view name) {
    if (!IsIdentifier(name)) {
      return Error(absl::StrFormat("\"%s\" is no name of a variable", Escaped(name)),
                   "a name is letters, digits and underscores, and begins with a letter");
    }
    return variables_.Intern(name);
  }

  absl::StatusOr<PatternToken> ParseBody(std::string_view body) {
    PatternToken token;
    if (!body.empty() && body.back() == '*' && IsIdentifier(body.substr(0, body.size() - 1))) {
      token.kind = PatternToken::Kind::kPath;
      WEFT_ASSIGN_OR_RETURN(token.variable, Intern(body.substr(0, body.size() - 1)));
      return token;
    }
    const size_t at = body.find('@');
    const size_t colon = body.find(':');
    if (colon != std::string_view::npos && IsIdentifier(body.substr(0, colon)) &&
        body.substr(colon + 1, 1) == "/") {
      return ParseRegex(body.substr(0, colon), body.substr(colon + 2, body.size() - colon - 3));
    }
    if (at != std::string_view::npos && IsIdentifier(body.substr(0, at))) {
      return ParseTable(body.substr(0, at), body.substr(at + 1));
    }
    if (colon != std::string_view::npos) {
      const std::string_view kind = body.substr(colon + 1);
      if (IsIdentifier(body.substr(0, colon))) {
        if (kind == "seg") {
          token.kind = PatternToken::Kind::kSegment;
          WEFT_ASSIGN_OR_RETURN(token.variable, Intern(body.substr(0, colon)));
          return token;
        }
        if (!IsWidth(kind.substr(0, FindSetSign(kind)))) {
          return ParseAlternatives(body.substr(0, colon), kind);
        }
      }
    }
    return ParseIndex(body);
  }

  absl::StatusOr<PatternToken> ParseRegex(std::string_view name, std::string_view regex) {
    PatternToken token;
    token.kind = PatternToken::Kind::kRegex;
    token.literal = std::string(WithoutAnchors(regex));
    WEFT_ASSIGN_OR_RETURN(token.variable, Intern(name));
    WEFT_ASSIGN_OR_RETURN(token.inner_groups, CheckRegex(token.literal, where_));
    return token;
  }

  absl::StatusOr<PatternToken> ParseTable(std::string_view name, std::string_view table_name) {
    PatternToken token;
    token.kind = PatternToken::Kind::kText;
    WEFT_ASSIGN_OR_RETURN(token.variable, Intern(name));
    const auto table = tables_.find(table_name);
    if (table == tables_.end()) {
      return ErrorStatus(ErrorCode::kUnknownTable, where_,
                         absl::StrFormat("pattern \"%s\" uses table \"%s\", which is not in "
                                         "\"tables\"",
                                         Escaped(text_), Escaped(table_name)));
    }
    return WithRows(std::move(token), table->second);
  }

  absl::StatusOr<PatternToken> ParseAlternatives(std::string_view name, std::string_view list) {
    PatternToken token;
    token.kind = PatternToken::Kind::kText;
    WEFT_ASSIGN_OR_RETURN(token.variable, Intern(name));
    Table table;
    for (const std::string_view entry : Cut(list, '|')) {
      const size_t equal = entry.find('=');
      const std::string_view from = entry.substr(0, equal);
      const std::string_view to = equal == std::string_view::npos ? from : entry.substr(equal + 1);
      if (to.find('=') != std::string_view::npos) {
        return Error(absl::StrFormat("alternative \"%s\" has two \"=\"", Escaped(entry)));
      }
      table.emplace_back(from, to);
    }
    return WithRows(std::move(token), table);
  }

  absl::StatusOr<PatternToken> WithRows(PatternToken token, const Table& table) const {
    for (const Side side : {Side::kFrom, Side::kTo}) {
      std::vector<std::string_view> texts;
      texts.reserve(table.size());
      for (const auto& [from, to] : table) texts.push_back(side == Side::kFrom ? from : to);
      std::sort(texts.begin(), texts.end());
      const auto twice = std::adjacent_find(texts.begin(), texts.end());
      if (twice != texts.end()) {
        return Error(absl::StrFormat("alternative \"%s\" stands twice", Escaped(*twice)),
                     "a table is one-to-one: no text may stand twice in a column");
      }
    }
    for (const auto& [from, to] : table) {
      token.rows.emplace_back(from, side_ == Side::kFrom ? from : to);
    }
    token.dotted = std::any_of(token.rows.begin(), token.rows.end(), [](const auto& row) {
      return row.second.find('.') != std::string::npos;
    });
    return token;
  }

  static bool IsWidth(std::string_view text) {
    return text.size() >= 2 && text[0] == '0' &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  }

  // EXPRESSION [:0WIDTH] [=SET]
  absl::StatusOr<PatternToken> ParseIndex(std::string_view body) {
    PatternToken token;
    token.kind = PatternToken::Kind::kIndex;
    const size_t equal = FindSetSign(body);
    std::string_view written = body.substr(0, equal);
    const size_t colon = written.find(':');
    if (colon != std::string_view::npos) {
      const std::string_view width = written.substr(colon + 1);
      if (!IsWidth(width)) {
        return Error(absl::StrFormat("\"%s\" is no width", Escaped(width)),
                     "a width is written {r:02}");
      }
      token.width = 0;
      for (const char c : width) {
        token.width = std::min(token.width * 10 + (c - '0'), kMaxWidth + 1);
      }
      if (token.width < 1 || token.width > kMaxWidth) {
        return Error(
            absl::StrFormat("a width of %s digits; expected 1..%d", width.substr(1), kMaxWidth));
      }
      written = written.substr(0, colon);
    }
    written = Trimmed(written);
    if (IsIdentifier(written)) {
      WEFT_ASSIGN_OR_RETURN(token.variable, Intern(written));
    } else {
      WEFT_RETURN_IF_ERROR(ParseWritten(written, &token));
    }
    if (equal != std::string_view::npos) {
      for (const std::string_view part : Cut(body.substr(equal + 1), '|')) {
        WEFT_ASSIGN_OR_RETURN(PatternToken::Range range, ParseRange(Trimmed(part)));
        token.ranges.push_back(std::move(range));
      }
    }
    return token;
  }

  absl::Status ParseWritten(std::string_view text, PatternToken* token) {
    absl::StatusOr<Expression> written = Expression::Parse(text, where_);
    if (!written.ok() || written->names().empty()) {
      return Error(absl::StrFormat("\"{%s}\" is none of the forms of a variable", Escaped(text)),
                   "{i} {i=0..n-1} {3*i+1} {r:02} {x:seg} {x*} {w:a|b} {t:a=b|c=d} {a@table} "
                   "{x:/RE/}");
    }
    WEFT_ASSIGN_OR_RETURN(token->variable, Intern(written->names()[0]));
    token->written = *std::move(written);
    return absl::OkStatus();
  }

  absl::StatusOr<PatternToken::Range> ParseRange(std::string_view text) const {
    PatternToken::Range range;
    const size_t dots = text.find("..");
    WEFT_ASSIGN_OR_RETURN(range.first, Expression::Parse(Trimmed(text.substr(0, dots)), where_));
    range.single = dots == std::string_view::npos;
    if (range.single) return range;
    std::string_view last = text.substr(dots + 2);
    const size_t step = FindStepSign(last);
    if (step != std::string_view::npos) {
      WEFT_ASSIGN_OR_RETURN(range.step, Expression::Parse(Trimmed(last.substr(step + 1)), where_));
      last = last.substr(0, step);
    }
    last = Trimmed(last);
    if (!last.empty()) {
      WEFT_ASSIGN_OR_RETURN(range.last, Expression::Parse(last, where_));
    }
    return range;
  }

  // A path takes whole segments, and one neighbouring dot goes with it.
  absl::Status AttachPathDots() {
    for (size_t i = 0; i < tokens_.size(); ++i) {
      PatternToken& token = tokens_[i];
      if (token.kind != PatternToken::Kind::kPath) continue;
      PatternToken* before = i > 0 ? &tokens_[i - 1] : nullptr;
      PatternToken* after = i + 1 < tokens_.size() ? &tokens_[i + 1] : nullptr;
      const bool is_behind_part =
          i == 2 && Pattern::BeginWithPart(tokens_) && before->literal == "/";
      const bool whole = (before == nullptr || is_behind_part ||
                          (before->kind == PatternToken::Kind::kLiteral &&
                           (before->literal.empty() || before->literal.back() == '.'))) &&
                         (after == nullptr || (after->kind == PatternToken::Kind::kLiteral &&
                                               after->literal.front() == '.'));
      // An empty literal stands where a path before took its dot: two paths side by side.
      if (!whole || (before != nullptr && before->literal.empty())) {
        return Error(
            absl::StrFormat("{%s*} must stand alone between dots", variables_.name(token.variable)),
            "a path takes whole segments; two paths need a segment between them");
      }
      if (after != nullptr) {
        token.path_dot = PatternToken::PathDot::kAfter;
        after->literal.erase(0, 1);
      } else if (before != nullptr && !is_behind_part) {
        token.path_dot = PatternToken::PathDot::kBefore;
        before->literal.pop_back();
      }
    }
    tokens_.erase(std::remove_if(tokens_.begin(), tokens_.end(),
                                 [](const PatternToken& token) {
                                   return token.kind == PatternToken::Kind::kLiteral &&
                                          token.literal.empty();
                                 }),
                  tokens_.end());
    return absl::OkStatus();
  }

  // At most one piece takes a varying number of segments, and no two variables share a segment:
  // then the number of dots in a name fixes every boundary. A part ends with its slash.
  bool IsPlainlyUnambiguous() const {
    const bool has_part = Pattern::BeginWithPart(tokens_);
    int elastic = 0;
    bool segment_has_variable = false;
    for (const PatternToken& token : tokens_) {
      switch (token.kind) {
        case PatternToken::Kind::kLiteral:
          if (token.literal.find('.') != std::string::npos || (has_part && &token == &tokens_[1])) {
            segment_has_variable = false;
          }
          continue;
        case PatternToken::Kind::kRegex:
          return false;
        case PatternToken::Kind::kPath:
          ++elastic;
          if (token.path_dot == PatternToken::PathDot::kBefore) segment_has_variable = false;
          if (segment_has_variable) return false;
          segment_has_variable = token.path_dot != PatternToken::PathDot::kAfter;
          continue;
        case PatternToken::Kind::kText:
          if (token.dotted) ++elastic;
          break;
        case PatternToken::Kind::kIndex:
        case PatternToken::Kind::kSegment:
          break;
      }
      if (segment_has_variable) return false;
      segment_has_variable = true;
    }
    return elastic <= 1;
  }

  std::string_view text_;
  Side side_;
  const Tables& tables_;
  VariableTable& variables_;
  std::string_view where_;
  std::vector<PatternToken> tokens_;
};

absl::StatusOr<std::shared_ptr<const Pattern>> Pattern::Parse(std::string_view text, Side side,
                                                              const Tables& tables,
                                                              VariableTable& variables,
                                                              std::string_view where) {
  return PatternParser(text, side, tables, variables, where).Parse();
}

}  // namespace weft
