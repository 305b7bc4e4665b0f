// Text → events. nlohmann_json's lexer reports no positions, so its input is an iterator that says
// how far it was read. The end of each token is known exactly then, and the start of the next one
// is found by skipping what can stand between two tokens. Only a number is read one character too
// far; its end is found by scanning it.
#include <algorithm>
#include <deque>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "json/json.h"

namespace weft::json {
namespace {

// An input iterator over characters that shows in `*reached` how far it was moved.
class TrackedIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  using Position = std::string_view::const_iterator;

  TrackedIterator(Position at, Position* reached) : at_(at), reached_(reached) {}

  reference operator*() const { return *at_; }
  TrackedIterator& operator++() {
    *reached_ = ++at_;
    return *this;
  }
  bool operator==(const TrackedIterator& other) const { return at_ == other.at_; }
  bool operator!=(const TrackedIterator& other) const { return at_ != other.at_; }

 private:
  Position at_;
  Position* reached_;
};

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

bool IsNumberCharacter(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

std::string Where(std::string_view text, size_t offset, const Options& options) {
  const LineColumn position = PositionOf(text, offset);
  return absl::StrFormat("%s:%d:%d", options.file_name, position.line, position.column);
}

// The reason in nlohmann's message, which reads "[id] parse error at line L, column C: syntax error
// while parsing CONTEXT - REASON; last read: 'TOKEN'; expected TOKEN". What was read last is left
// out: it can be as long as the file.
std::string SyntaxError(const nlohmann::json::exception& error) {
  constexpr int kNumberOverflow = 406;
  if (error.id == kNumberOverflow) return "JSON syntax error: a number beyond the range of double";
  std::string_view message = error.what();
  const size_t begin = message.find("syntax error ");
  if (begin != std::string_view::npos) message.remove_prefix(begin);

  std::string_view expected;
  if (const size_t token = message.find("; last read: '"); token != std::string_view::npos) {
    const size_t end = message.rfind("'; expected ");
    if (end != std::string_view::npos && end > token) expected = message.substr(end + 1);
    message = message.substr(0, token);
  }
  const size_t dash = message.find(" - ");
  if (dash == std::string_view::npos) return absl::StrFormat("JSON %s%s", message, expected);
  return absl::StrFormat("JSON %s: %s%s", message.substr(0, dash), message.substr(dash + 3),
                         expected);
}

// Receives nlohmann's events, adds offsets and passes them on. Every method returns whether to go
// on; nlohmann throws nothing as long as parse_error returns.
class Events {
 public:
  // `null_words`: where `text` has a number for a word that means null; ascending.
  Events(std::string_view text, const Options& options, const std::vector<size_t>& null_words,
         Handler& handler)
      : text_(text),
        options_(options),
        null_word_(null_words.begin()),
        null_words_end_(null_words.end()),
        handler_(handler),
        reached_(text.begin()) {}

  TrackedIterator::Position* reached() { return &reached_; }
  size_t token_end() const { return token_end_; }
  const absl::Status& status() const { return status_; }

  bool null() { return Pass(handler_.Null(TakeToken())); }
  bool boolean(bool value) { return Pass(handler_.Bool(value, TakeToken())); }

  bool number_integer(int64_t value) {
    const size_t offset = TakeNumber();
    if (IsNullWord(offset)) return Pass(handler_.Null(offset));
    return Pass(handler_.Integer(value, offset));
  }

  bool number_unsigned(uint64_t value) {
    const size_t offset = TakeNumber();
    if (IsNullWord(offset)) return Pass(handler_.Null(offset));
    return Pass(handler_.Unsigned(value, offset));
  }

  bool number_float(double value, const std::string&) {
    const size_t offset = TakeNumber();
    return Pass(handler_.Number(value, text_.substr(offset, token_end_ - offset), offset));
  }

  bool string(std::string& value) {
    const size_t offset = TakeToken();
    // Copied, so that the lexer keeps its buffer and a handler that keeps the value gets one of
    // the right size.
    scratch_ = value;
    return Pass(handler_.String(std::move(scratch_), offset));
  }

  bool binary(nlohmann::json::binary_t&) { return false; }

  bool start_object(size_t) {
    const size_t offset = TakeBracket();
    if (!Enter(offset)) return false;
    if (options_.check_duplicates) {
      if (objects_ == keys_.size()) keys_.emplace_back();
      keys_[objects_++].clear();
    }
    return Pass(handler_.StartObject(offset));
  }

  bool key(std::string& value) {
    const size_t offset = TakeToken();
    if (options_.check_duplicates && !keys_[objects_ - 1].insert(Lasting(value, offset)).second) {
      return Fail(options_.duplicate_code, offset,
                  absl::StrFormat("the key '%s' stands twice in one object", Escaped(value)));
    }
    scratch_ = value;
    return Pass(handler_.Key(std::move(scratch_), offset));
  }

  bool end_object() {
    TakeBracket();
    --depth_;
    if (options_.check_duplicates) --objects_;
    return Pass(handler_.EndObject());
  }

  bool start_array(size_t) {
    const size_t offset = TakeBracket();
    return Enter(offset) && Pass(handler_.StartArray(offset));
  }

  bool end_array() {
    TakeBracket();
    --depth_;
    return Pass(handler_.EndArray());
  }

  bool parse_error(size_t read, const std::string&, const nlohmann::json::exception& error) {
    const size_t offset = std::min(read == 0 ? 0 : read - 1, text_.size());
    return Fail(options_.syntax_code, offset, SyntaxError(error));
  }

  // Between tokens nlohmann takes a NUL for the end of the text.
  absl::Status CheckEnd() {
    const size_t rest = SkipSpace(token_end_);
    if (rest == text_.size()) return absl::OkStatus();
    Fail(options_.syntax_code, rest, "JSON syntax error: text follows the end of the root value");
    return status_;
  }

 private:
  size_t SkipSpace(size_t at) const {
    while (at < text_.size() && IsSpace(text_[at])) ++at;
    return at;
  }

  size_t TokenStart() const {
    size_t at = token_end_;
    while (IsSpace(text_[at]) || text_[at] == ',' || text_[at] == ':') ++at;
    return at;
  }

  // Each of these moves to the end of the token that an event is about and returns its start.
  size_t TakeToken() {
    const size_t start = TokenStart();
    token_end_ = static_cast<size_t>(reached_ - text_.begin());
    return start;
  }

  size_t TakeBracket() {
    const size_t start = TokenStart();
    token_end_ = start + 1;
    return start;
  }

  size_t TakeNumber() {
    const size_t start = TokenStart();
    token_end_ = start;
    while (token_end_ < text_.size() && IsNumberCharacter(text_[token_end_])) ++token_end_;
    return start;
  }

  // The key that was just read, as a view that lives until the end: of the text, or, where the key
  // is written with escapes, of a copy.
  std::string_view Lasting(const std::string& key, size_t offset) {
    const std::string_view written = text_.substr(offset + 1, token_end_ - offset - 2);
    if (written == key) return written;
    return unescaped_.emplace_back(key);
  }

  bool IsNullWord(size_t offset) {
    if (null_word_ == null_words_end_ || *null_word_ != offset) return false;
    ++null_word_;
    return true;
  }

  bool Enter(size_t offset) {
    if (++depth_ <= options_.max_depth) return true;
    return Fail(
        ErrorCode::kLimitExceeded, offset,
        absl::StrFormat("arrays and objects are nested more than %d deep", options_.max_depth));
  }

  bool Pass(absl::Status status) {
    if (status.ok()) return true;
    status_ = std::move(status);
    return false;
  }

  bool Fail(ErrorCode code, size_t offset, std::string_view what) {
    status_ = ErrorStatus(code, Where(text_, offset, options_), what);
    return false;
  }

  std::string_view text_;
  const Options& options_;
  std::vector<size_t>::const_iterator null_word_;
  std::vector<size_t>::const_iterator null_words_end_;
  Handler& handler_;
  TrackedIterator::Position reached_;
  size_t token_end_ = 0;
  int depth_ = 0;
  // The keys of each open object; sets behind the first `objects_` wait to be used again.
  std::vector<absl::flat_hash_set<std::string_view>> keys_;
  size_t objects_ = 0;
  std::deque<std::string> unescaped_;  // keys
  std::string scratch_;
  absl::Status status_;
};

// Offset of the quote that ends the string whose first quote stands at `at`; the end of `text` when
// there is none.
size_t EndOfString(std::string_view text, size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at, text.size());
}

bool IsWordCharacter(char c) {
  return IsNumberCharacter(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// Overwrites the words NaN, Infinity and -Infinity outside of strings by numbers of the same
// length, so that no offset changes, and returns where they stood.
std::vector<size_t> ReplaceNanWords(std::string& text) {
  std::vector<size_t> offsets;
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '"') {
      at = EndOfString(text, at) + 1;
      continue;
    }
    const size_t begin = at;
    while (at < text.size() && IsWordCharacter(text[at])) ++at;
    const std::string_view word = std::string_view(text).substr(begin, at - begin);
    if (word == "NaN" || word == "Infinity" || word == "-Infinity") {
      text.replace(begin, word.size(), word.size(), ' ');
      text[begin] = '0';
      offsets.push_back(begin);
    }
    if (at == begin) ++at;
  }
  return offsets;
}

absl::Status ParseStrict(std::string_view text, const Options& options,
                         const std::vector<size_t>& null_words, Handler& handler) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") {
    return ErrorStatus(options.syntax_code, Where(text, 0, options),
                       "JSON syntax error: the text starts with a byte order mark",
                       "save the file as UTF-8 without a byte order mark");
  }
  Events events(text, options, null_words, handler);
  const TrackedIterator begin(text.begin(), events.reached());
  const TrackedIterator end(text.end(), events.reached());
  const bool done = nlohmann::json::sax_parse(begin, end, &events);
  if (!done) return events.status();
  return events.CheckEnd();
}

}  // namespace

absl::Status Parse(std::string_view text, const Options& options, Handler& handler) {
  if (!options.allow_nan) return ParseStrict(text, options, {}, handler);
  std::string copy(text);
  const std::vector<size_t> null_words = ReplaceNanWords(copy);
  return ParseStrict(copy, options, null_words, handler);
}

LineColumn PositionOf(std::string_view text, size_t offset) {
  LineColumn position;
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  position.line += static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
  const size_t newline = before.rfind('\n');
  position.column +=
      newline == std::string_view::npos ? before.size() : before.size() - newline - 1;
  return position;
}

}  // namespace weft::json
