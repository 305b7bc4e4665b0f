// JSON with positions: text → events, or text → a tree that knows where each value stood.
//
// Strict RFC 8259: no comments, no byte order mark, no NaN, one root, valid UTF-8, no duplicate
// keys (compared after unescaping). Never recurses on the input; depth is bounded. The lexing is
// nlohmann_json's SAX parser; nothing else of weft's library includes nlohmann for reading.
#ifndef WEFT_JSON_JSON_H_
#define WEFT_JSON_JSON_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "weft/error_code.h"

namespace weft::json {

struct Options {
  std::string_view file_name;  // for messages
  int max_depth = 64;          // kLimitExceeded beyond
  // Python's json module writes NaN, Infinity and -Infinity, so config files may hold them. When
  // set, these words are read as null.
  bool allow_nan = false;
  // Report duplicate keys here, or leave it to the handler (which then sees both).
  bool check_duplicates = true;
  // The codes to report with: who reads a checkpoint's header blames the input, not the usage.
  ErrorCode syntax_code = ErrorCode::kJsonSyntax;
  ErrorCode duplicate_code = ErrorCode::kJsonSyntax;
};

// Receives events in the order of the text. `offset` is the byte offset of the first character of
// the value (of the opening bracket of a container). Every method may return an error, which ends
// the parse and is returned from it.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual absl::Status Null(size_t offset) = 0;
  virtual absl::Status Bool(bool value, size_t offset) = 0;
  // An integer literal: sign and magnitude both fit. Literals with a minus come as Integer,
  // others as Unsigned.
  virtual absl::Status Integer(int64_t value, size_t offset) = 0;
  virtual absl::Status Unsigned(uint64_t value, size_t offset) = 0;
  // Any other number: with fraction or exponent, or too large for 64 bits. `text` is the literal.
  virtual absl::Status Number(double value, std::string_view text, size_t offset) = 0;
  virtual absl::Status String(std::string&& value, size_t offset) = 0;
  virtual absl::Status StartObject(size_t offset) = 0;
  virtual absl::Status Key(std::string&& key, size_t offset) = 0;
  virtual absl::Status EndObject() = 0;
  virtual absl::Status StartArray(size_t offset) = 0;
  virtual absl::Status EndArray() = 0;
};

// Errors: those of `options` for syntax and for a repeated key, with line and column;
// kLimitExceeded (depth); those of the handler.
absl::Status Parse(std::string_view text, const Options& options, Handler& handler);

enum class Kind { kNull, kBool, kInteger, kNumber, kString, kArray, kObject };

struct Member;

// A value of the tree. Integers beyond int64 are kNumber.
struct Value {
  Kind kind = Kind::kNull;
  bool boolean = false;
  int64_t integer = 0;
  double number = 0;
  std::string string;
  std::vector<Value> elements;  // of an array
  std::vector<Member> members;  // of an object, in the order of the text
  size_t offset = 0;

  // The member of that name, or null.
  const Value* Find(std::string_view key) const;
};

struct Member {
  std::string key;
  size_t key_offset = 0;
  Value value;
};

std::string_view NameOf(Kind kind);  // "an array", "a string", …

absl::StatusOr<Value> ParseTree(std::string_view text, const Options& options);

// Compact JSON text of a value; object members in their order.
std::string TextOf(const Value& value);

// `text` as a JSON string literal with quotes. Bytes that are not valid UTF-8 become U+FFFD.
std::string Quoted(std::string_view text);
void AppendQuoted(std::string_view text, std::string& out);

struct LineColumn {
  size_t line = 1;    // from 1
  size_t column = 1;  // in bytes, from 1
};
LineColumn PositionOf(std::string_view text, size_t offset);

}  // namespace weft::json

#endif  // WEFT_JSON_JSON_H_
