// Reads the fields of JSON objects of a mapping file, and says where each error stands.
#ifndef WEFT_MAPPING_JSON_FIELDS_H_
#define WEFT_MAPPING_JSON_FIELDS_H_

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "diagnostic/status.h"
#include "json/json.h"

namespace weft {

// The text of a file, to turn offsets into lines.
class FileText {
 public:
  FileText(std::string_view text, std::string_view file_name);

  // "mixtral.json:9:4 (/stages/0/0)"
  std::string Place(size_t offset, std::string_view pointer) const;

 private:
  std::string file_name_;
  std::vector<size_t> line_starts_;
};

// A value and its JSON pointer. Cheap to copy; the tree outlives it.
class Field {
 public:
  Field(const json::Value& value, std::string pointer, const FileText& text,
        Diagnostics& diagnostics)
      : value_(&value), pointer_(std::move(pointer)), text_(&text), diagnostics_(&diagnostics) {}

  const json::Value& value() const { return *value_; }
  const std::string& pointer() const { return pointer_; }

  // The place of this value, or of the deepest value that exists along `relative`.
  std::string Place(std::string_view relative = "") const;
  void Error(ErrorCode code, std::string_view what, std::string_view hint = "") const;

  // False, with an error, when the value is of another kind.
  bool Expect(json::Kind kind) const;
  // Reports every member whose key is not listed, with the nearest key.
  void ExpectKeys(std::initializer_list<std::string_view> known) const;

  bool Has(std::string_view key) const { return value_->Find(key) != nullptr; }
  // The member of that name, which exists.
  Field Member(std::string_view key) const;
  Field Element(size_t index) const;

  // The value as text; empty with an error for other kinds.
  std::string String() const;
  // A string, or a list of strings.
  std::vector<std::string> Strings() const;
  // A string or an integer, as text of an expression.
  std::string ExpressionText() const;

  // The optional member as text; empty when it is absent.
  std::string OptionalString(std::string_view key) const;

 private:
  const json::Value* value_;
  std::string pointer_;
  const FileText* text_;
  Diagnostics* diagnostics_;
};

// The word of `words` that is nearest to `word` by edit distance; empty when none is near.
std::string NearestWord(std::string_view word, const std::vector<std::string_view>& words);

}  // namespace weft

#endif  // WEFT_MAPPING_JSON_FIELDS_H_
