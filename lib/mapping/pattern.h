// Name patterns: "{p*}.experts.{e}.w1.weight".
//
// A Pattern is parsed text, immutable and shared. A PatternMatcher joins it with the values of the
// params it uses, and reads and writes names:
//   Match: name → values of the variables ("bindings"), or no match, or an error for a name that
//   reads in two ways;  Make: bindings → name.
// In most patterns the dots of a name tell where each variable ends (Pattern::reads_by_segments).
// Others are matched by one anchored RE2 each, compiled when the first candidate arrives.
#ifndef WEFT_MAPPING_PATTERN_H_
#define WEFT_MAPPING_PATTERN_H_

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"
#include "diagnostic/status.h"
#include "mapping/expression.h"

namespace weft {

// Which column of a table a pattern uses.
enum class Side { kFrom, kTo };

// A finite bijection of texts, one pair for each entry: `from` column, `to` column.
using Table = std::vector<std::pair<std::string, std::string>>;
using Tables = std::map<std::string, Table, std::less<>>;

// The variables of one rule, numbered; all its patterns share one.
class VariableTable {
 public:
  int Intern(std::string_view name);
  int Find(std::string_view name) const;  // −1 when there is none
  int size() const { return static_cast<int>(names_.size()); }
  const std::string& name(int variable) const { return names_[static_cast<size_t>(variable)]; }

 private:
  std::vector<std::string> names_;
};

// The value of one variable. Texts point into the name that was matched, or into a pattern.
struct Binding {
  enum class Kind : uint8_t { kUnbound, kIndex, kText };

  Kind kind = Kind::kUnbound;
  uint64_t index = 0;     // kIndex
  std::string_view text;  // kText; of a table: the `from` column

  bool operator==(const Binding& o) const {
    return kind == o.kind && index == o.index && text == o.text;
  }
};

// By number of the variable.
using Bindings = absl::InlinedVector<Binding, 4>;

// "i=3, p=model.layers" for messages.
std::string TextOf(const Bindings& bindings, const VariableTable& variables);

// A piece of a pattern.
struct PatternToken {
  enum class Kind : uint8_t { kLiteral, kIndex, kSegment, kPath, kText, kRegex };
  // Which neighbouring dot goes when a path is empty.
  enum class PathDot : uint8_t { kNone, kBefore, kAfter };

  // Both ends belong to the range; without `last` it is open.
  struct Range {
    Expression first;
    std::optional<Expression> last;
    std::optional<Expression> step;
    bool single = false;
  };

  Kind kind = Kind::kLiteral;
  std::string literal;  // kLiteral: the text; kRegex: the expression
  int variable = -1;
  PathDot path_dot = PathDot::kNone;

  // kIndex: the written number is `written` as a function of the index; empty for the index itself.
  std::optional<Expression> written;
  int width = 0;              // 0: as many digits as it takes
  std::vector<Range> ranges;  // of the index; empty for all
  // kText: (canonical, as written on this side)
  std::vector<std::pair<std::string, std::string>> rows;
  bool dotted = false;   // kText: a row holds a dot
  int inner_groups = 0;  // kRegex: groups of the expression itself

  // True when the token itself lists all values of its variable.
  bool IsFinite() const {
    if (kind != Kind::kIndex) return kind == Kind::kText;
    return !ranges.empty() && std::all_of(ranges.begin(), ranges.end(), [](const Range& range) {
      return range.single || range.last.has_value();
    });
  }
};

// The number of groups of an RE2 expression. Errors: kRegexRefused.
absl::StatusOr<int> CheckRegex(std::string_view regex, std::string_view where);

class Pattern {
 public:
  // Errors: kPatternSyntax, kUnknownTable, kRegexRefused, kExpressionSyntax.
  static absl::StatusOr<std::shared_ptr<const Pattern>> Parse(std::string_view text, Side side,
                                                              const Tables& tables,
                                                              VariableTable& variables,
                                                              std::string_view where);

  const std::string& text() const { return text_; }
  const std::string& where() const { return where_; }
  const std::vector<PatternToken>& tokens() const { return tokens_; }

  // Numbers of the variables, in order of first appearance.
  const std::vector<int>& variables() const { return variables_; }
  bool Uses(int variable) const;

  // True when it begins with a part, "{r}/…": names of part files (weft/part_files.h) do.
  bool has_part() const { return BeginWithPart(tokens_); }
  static bool BeginWithPart(const std::vector<PatternToken>& tokens);

  // True when no name can read in two ways, decided from the form of the pattern alone. When false,
  // Match looks for a second reading of each name.
  bool plainly_unambiguous() const { return plainly_unambiguous_; }

  // True when, besides, the only piece that may hold dots is one path: then the dots of a name tell
  // what each variable is, and no regular expression is needed.
  bool reads_by_segments() const { return reads_by_segments_; }

  // The RE2 expression, with one group for each variable token.
  std::string RegexText() const;

 private:
  std::string text_;
  std::string where_;
  std::vector<PatternToken> tokens_;
  std::vector<int> variables_;
  bool plainly_unambiguous_ = false;
  bool reads_by_segments_ = false;

  friend class PatternParser;
};

struct ResolvedIndex;

// A pattern with variables of its own.
struct NamePattern {
  VariableTable variables;
  std::shared_ptr<const Pattern> pattern;
};

// Keeps the compiled regular expressions of many matchers within a budget of memory; a pattern
// whose expression was dropped compiles again. Not thread-safe: one for each Compile.
class RegexCache {
 public:
  explicit RegexCache(uint64_t budget_bytes);
  ~RegexCache();
  RegexCache(const RegexCache&) = delete;
  RegexCache& operator=(const RegexCache&) = delete;

 private:
  friend class PatternMatcher;
  struct Entries;
  std::unique_ptr<Entries> entries_;
};

class PatternMatcher {
 public:
  // All arguments outlive the matcher. `variables` is the table that the pattern was parsed with.
  PatternMatcher(std::shared_ptr<const Pattern> pattern, const VariableTable& variables,
                 const Expression::Resolver& resolver, RegexCache& cache);

  const Pattern& pattern() const { return *pattern_; }

  // Reads `name`. On a match, sets the pattern's variables in `bindings` (sized to the table) and
  // returns true. The texts live as long as `name` and the pattern.
  // Errors: kAmbiguousKey with both readings; kUnknownParam and kBadParam of the expressions used;
  // kLimitExceeded.
  absl::StatusOr<bool> Match(std::string_view name, Bindings& bindings);

  // Writes the name for `bindings`, in which all the pattern's variables are bound. nullopt when
  // there is no such name: an index outside the pattern's set, a text that is no row of its table,
  // …
  absl::StatusOr<std::optional<std::string>> Make(const Bindings& bindings);

  // All values of `variable`, in order, where a token of the pattern lists them; nullopt where none
  // does. Errors: kLimitExceeded for more than `limit`; kUnknownParam and kBadParam of the bounds.
  absl::StatusOr<std::optional<std::vector<Binding>>> Values(int variable, uint64_t limit);

 private:
  absl::Status Resolve();
  bool ReadToken(const PatternToken& token, size_t token_index, std::string_view text,
                 Binding* value) const;
  using Pieces = absl::InlinedVector<std::string_view, 8>;  // of a name, by token
  bool CutBySegments(std::string_view name, Pieces* pieces) const;
  absl::StatusOr<bool> CutByRegex(std::string_view name, Pieces* pieces) const;
  absl::Status FindReadings(std::string_view name, const Bindings& start,
                            std::vector<Bindings>* readings) const;

  std::shared_ptr<const Pattern> pattern_;
  const VariableTable& variables_;
  const Expression::Resolver& resolver_;
  RegexCache& cache_;
  bool resolved_ = false;
  std::vector<ResolvedIndex> indexes_;  // by token

 public:
  ~PatternMatcher();
  PatternMatcher(PatternMatcher&&) noexcept;
  PatternMatcher(const PatternMatcher&) = delete;
  PatternMatcher& operator=(const PatternMatcher&) = delete;
  PatternMatcher& operator=(PatternMatcher&&) = delete;
};

}  // namespace weft

#endif  // WEFT_MAPPING_PATTERN_H_
