#include "interpreter/arithmetic.h"

#include <cctype>
#include <stdexcept>

namespace weft::interpreter {
namespace {

class Reader {
 public:
  Reader(const std::string& text, const Lookup& lookup) : text_(text), lookup_(lookup) {}

  int64_t All() {
    const int64_t value = Or();
    if (position_ != text_.size()) throw std::logic_error("no expression: " + text_);
    return value;
  }

 private:
  bool Take(const std::string& word) {
    while (position_ < text_.size() && text_[position_] == ' ') ++position_;
    if (text_.compare(position_, word.size(), word) != 0) return false;
    position_ += word.size();
    while (position_ < text_.size() && text_[position_] == ' ') ++position_;
    return true;
  }

  int64_t Or() {
    int64_t value = And();
    while (Take("or ")) value = static_cast<int64_t>((And() != 0) | (value != 0));
    return value;
  }
  int64_t And() {
    int64_t value = Not();
    while (Take("and ")) value = static_cast<int64_t>((Not() != 0) & (value != 0));
    return value;
  }
  int64_t Not() { return Take("not ") ? static_cast<int64_t>(Not() == 0) : Comparison(); }
  int64_t Comparison() {
    const int64_t left = Sum();
    if (Take("==")) return static_cast<int64_t>(left == Sum());
    if (Take("!=")) return static_cast<int64_t>(left != Sum());
    if (Take("<=")) return static_cast<int64_t>(left <= Sum());
    if (Take(">=")) return static_cast<int64_t>(left >= Sum());
    if (Take("<")) return static_cast<int64_t>(left < Sum());
    if (Take(">")) return static_cast<int64_t>(left > Sum());
    return left;
  }
  int64_t Sum() {
    int64_t value = Term();
    while (true) {
      if (Take("+")) {
        value += Term();
      } else if (Take("-")) {
        value -= Term();
      } else {
        return value;
      }
    }
  }
  int64_t Term() {
    int64_t value = Factor();
    while (true) {
      if (Take("*")) {
        value *= Factor();
      } else if (Take("//")) {
        value /= Factor();
      } else if (Take("%")) {
        value %= Factor();
      } else {
        return value;
      }
    }
  }
  int64_t Factor() {
    if (Take("(")) {
      const int64_t value = Or();
      Take(")");
      return value;
    }
    std::string word;
    while (position_ < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[position_])) != 0 ||
            text_[position_] == '_')) {
      word += text_[position_++];
    }
    Take("");
    if (word.empty()) throw std::logic_error("no expression: " + text_);
    if (word == "true" || word == "false") return static_cast<int64_t>(word == "true");
    return std::isdigit(static_cast<unsigned char>(word[0])) != 0 ? std::stoll(word)
                                                                  : lookup_(word);
  }

  const std::string& text_;
  const Lookup& lookup_;
  size_t position_ = 0;
};

}  // namespace

int64_t Evaluate(const std::string& expression, const Lookup& lookup) {
  return Reader(expression, lookup).All();
}

int64_t Evaluate(const Json& expression, const Lookup& lookup) {
  if (expression.is_boolean()) return static_cast<int64_t>(expression.get<bool>());
  if (expression.is_number()) return expression.get<int64_t>();
  return Evaluate(expression.get<std::string>(), lookup);
}

}  // namespace weft::interpreter
