#include "formats/numpy/dict_reader.h"

#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"

namespace weft::numpy {
namespace {

constexpr std::string_view kWhiteSpace = " \t\n\r\f";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

class DictReader {
 public:
  DictReader(std::string_view text, std::string_view where, const Limits& limits)
      : text_(text), where_(where), limits_(limits) {}

  absl::StatusOr<HeaderDict> Read() {
    WEFT_RETURN_IF_ERROR(Expect('{'));
    while (!Take('}')) {
      WEFT_RETURN_IF_ERROR(ReadItem());
      if (Take(',')) continue;
      WEFT_RETURN_IF_ERROR(Expect('}'));
      break;
    }
    SkipWhiteSpace();
    if (at_ != text_.size()) return Unexpected("the end of the header");
    if (!has_descr_) return Missing("descr");
    if (!has_order_) return Missing("fortran_order");
    if (!has_shape_) return Missing("shape");
    return std::move(dict_);
  }

 private:
  absl::Status ReadItem() {
    WEFT_ASSIGN_OR_RETURN(const std::string key, ReadString());
    WEFT_RETURN_IF_ERROR(Expect(':'));
    if (key == "descr") {
      WEFT_RETURN_IF_ERROR(CheckFirst(key, has_descr_));
      return ReadDescr();
    }
    if (key == "fortran_order") {
      WEFT_RETURN_IF_ERROR(CheckFirst(key, has_order_));
      return ReadOrder();
    }
    if (key == "shape") {
      WEFT_RETURN_IF_ERROR(CheckFirst(key, has_shape_));
      return ReadShape();
    }
    return Error(ErrorCode::kBadHeaderSyntax,
                 absl::StrFormat("the header has the key '%s'; expected `descr`, `fortran_order` "
                                 "and `shape`",
                                 Escaped(key)));
  }

  absl::Status CheckFirst(std::string_view key, bool& has_key) const {
    if (!std::exchange(has_key, true)) return absl::OkStatus();
    return Error(ErrorCode::kDuplicateName, absl::StrFormat("the header has `%s` twice", key));
  }

  absl::Status ReadDescr() {
    SkipWhiteSpace();
    if (Peek() == '[' || Peek() == '(' || Peek() == '{') {
      return Error(ErrorCode::kUnsupportedFeature,
                   "the elements are records (a structured dtype), which weft does not hold",
                   "save each field as an array of its own");
    }
    WEFT_ASSIGN_OR_RETURN(dict_.descr, ReadString());
    return absl::OkStatus();
  }

  absl::Status ReadOrder() {
    SkipWhiteSpace();
    if (TakeWord("False")) return absl::OkStatus();
    if (!TakeWord("True")) return Unexpected("True or False");
    dict_.is_fortran_order = true;
    return absl::OkStatus();
  }

  // A tuple of integers; one of a single integer has a comma behind it.
  absl::Status ReadShape() {
    SkipWhiteSpace();
    if (Peek() != '(') return Error(ErrorCode::kBadShape, "the shape is no tuple");
    ++at_;
    bool has_comma = true;
    while (!Take(')')) {
      if (!has_comma) return Unexpected("',' or ')'");
      WEFT_RETURN_IF_ERROR(ReadSize());
      has_comma = Take(',');
    }
    if (dict_.shape.size() == 1 && !has_comma) {
      return Error(ErrorCode::kBadShape, "the shape is an integer in parentheses, and no tuple");
    }
    return absl::OkStatus();
  }

  absl::Status ReadSize() {
    SkipWhiteSpace();
    const size_t begin = at_;
    int64_t size = 0;
    for (; IsDigit(Peek()); ++at_) {
      const int digit = text_[at_] - '0';
      if (size > (std::numeric_limits<int64_t>::max() - digit) / 10) {
        return Error(ErrorCode::kOverflow, "a size of the shape is 2^63 or more");
      }
      size = size * 10 + digit;
    }
    const size_t digits = at_ - begin;
    if (digits == 0 || (digits > 1 && text_[begin] == '0')) {
      at_ = begin;
      return Error(ErrorCode::kBadShape,
                   absl::StrFormat("a size of the shape starts with '%s'; expected an integer from "
                                   "0",
                                   Escaped(text_.substr(at_, 1))));
    }
    if (Peek() == 'L') ++at_;  // Python 2 wrote large ones so
    if (dict_.shape.size() >= static_cast<size_t>(limits_.rank)) {
      return Error(ErrorCode::kLimitExceeded,
                   absl::StrFormat("the shape has more than %d axes", limits_.rank));
    }
    dict_.shape.push_back(size);
    return absl::OkStatus();
  }

  // No string of a header needs an escape.
  absl::StatusOr<std::string> ReadString() {
    SkipWhiteSpace();
    const char quote = Peek();
    if (quote != '\'' && quote != '"') return Unexpected("a string");
    const size_t begin = ++at_;
    while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\\' && text_[at_] != '\n') {
      ++at_;
    }
    if (Peek() != quote) return Unexpected("the end of the string");
    return std::string(text_.substr(begin, at_++ - begin));
  }

  void SkipWhiteSpace() {
    while (at_ < text_.size() && kWhiteSpace.find(text_[at_]) != std::string_view::npos) ++at_;
  }

  // NUL at the end, which no literal has.
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool Take(char c) {
    SkipWhiteSpace();
    if (Peek() != c) return false;
    ++at_;
    return true;
  }

  bool TakeWord(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  absl::Status Expect(char c) {
    if (Take(c)) return absl::OkStatus();
    return Unexpected(absl::StrFormat("'%c'", c));
  }

  absl::Status Unexpected(std::string_view expected) const {
    const std::string got = at_ < text_.size()
                                ? absl::StrFormat("'%s'", Escaped(text_.substr(at_, 1)))
                                : std::string("the end");
    return Error(
        ErrorCode::kBadHeaderSyntax,
        absl::StrFormat("the header has %s at character %d; expected %s", got, at_, expected));
  }

  absl::Status Missing(std::string_view key) const {
    return Error(ErrorCode::kBadHeaderSyntax, absl::StrFormat("the header has no `%s`", key));
  }

  absl::Status Error(ErrorCode code, std::string_view what, std::string_view hint = "") const {
    return ErrorStatus(code, where_, what, hint);
  }

  std::string_view text_;
  std::string_view where_;
  const Limits& limits_;
  size_t at_ = 0;
  HeaderDict dict_;
  bool has_descr_ = false;
  bool has_order_ = false;
  bool has_shape_ = false;
};

}  // namespace

absl::StatusOr<HeaderDict> ReadDict(std::string_view text, std::string_view where,
                                    const Limits& limits) {
  return DictReader(text, where, limits).Read();
}

}  // namespace weft::numpy
