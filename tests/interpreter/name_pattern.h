// Patterns of names: every way to read a name, by trying all of them.
#ifndef WEFT_TESTS_INTERPRETER_NAME_PATTERN_H_
#define WEFT_TESTS_INTERPRETER_NAME_PATTERN_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "interpreter/arithmetic.h"

namespace weft::interpreter {

enum class Side { kFrom, kTo };

// Variable → its value: an index as a plain number, an entry of a table as its left column.
using Values = std::map<std::string, std::string>;

// Left column, right column.
using Table = std::vector<std::pair<std::string, std::string>>;

class NamePattern {
 public:
  NamePattern(const std::string& text, Side side, const std::map<std::string, Table>& tables,
              const Lookup& lookup);

  std::set<Values> Readings(const std::string& name) const;

  // The name for these values; none where a value is outside its set.
  std::optional<std::string> Make(const Values& values) const;

  std::set<std::string> Variables() const;

  // The values that the pattern itself lists for a variable, in order.
  std::optional<std::vector<std::string>> Listed(const std::string& variable) const;

 private:
  enum class Kind { kLiteral, kIndex, kSegment, kPath, kChoice };
  struct Token {
    Kind kind = Kind::kLiteral;
    std::string text;  // the literal, or the name of the variable
    int64_t factor = 1;
    int64_t offset = 0;
    size_t width = 0;
    std::function<bool(int64_t)> in_set;  // of indices
    std::optional<std::vector<std::string>> listed;
    Table choices;
    bool dot_before = false;  // of a path that takes the dot beside it along
    bool dot_behind = false;
  };

  void AddIndex(const std::string& inside, const Lookup& lookup);
  void AddSet(const std::string& set, const Lookup& lookup, Token* token);
  void AddPath(const std::string& name);
  void Read(const std::string& name, size_t token, size_t position, const Values& values,
            std::set<Values>* readings) const;
  std::optional<std::string> ValueOf(const Token& token, const std::string& text) const;
  std::optional<std::string> TextOf(const Token& token, const std::string& value) const;

  Side side_;
  std::vector<Token> tokens_;
};

}  // namespace weft::interpreter

#endif  // WEFT_TESTS_INTERPRETER_NAME_PATTERN_H_
