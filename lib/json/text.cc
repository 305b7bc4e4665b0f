#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "absl/strings/str_format.h"
#include "diagnostic/utf8.h"
#include "json/json.h"

namespace weft::json {
namespace {

// A character that stands for itself and takes one byte.
bool IsPlain(char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

// `character` stands at the start of `text` and is not plain.
void AppendEscaped(const Utf8Character& character, std::string_view text, std::string& out) {
  if (character.bytes == 0) {
    out += "\xEF\xBF\xBD";
  } else if (character.code_point == '"' || character.code_point == '\\') {
    out += '\\';
    out += text[0];
  } else if (character.code_point == '\n') {
    out += "\\n";
  } else if (character.code_point == '\t') {
    out += "\\t";
  } else if (character.code_point < 0x20) {
    absl::StrAppendFormat(&out, "\\u%04x", static_cast<unsigned>(character.code_point));
  } else {
    out += text.substr(0, character.bytes);
  }
}

// The shortest text that reads as the same number.
void AppendNumber(double number, std::string& out) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  std::array<char, 32> buffer;
  const std::to_chars_result result =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  out.append(buffer.data(), result.ptr);
}

// Recursion is as deep as the tree, which Options::max_depth bounds.
void AppendValue(const Value& value, std::string& out) {
  switch (value.kind) {
    case Kind::kNull:
      out += "null";
      break;
    case Kind::kBool:
      out += value.boolean ? "true" : "false";
      break;
    case Kind::kInteger:
      out += std::to_string(value.integer);
      break;
    case Kind::kNumber:
      AppendNumber(value.number, out);
      break;
    case Kind::kString:
      AppendQuoted(value.string, out);
      break;
    case Kind::kArray: {
      out += '[';
      bool first = true;
      for (const Value& element : value.elements) {
        if (!first) out += ',';
        first = false;
        AppendValue(element, out);
      }
      out += ']';
      break;
    }
    case Kind::kObject: {
      out += '{';
      bool first = true;
      for (const Member& member : value.members) {
        if (!first) out += ',';
        first = false;
        AppendQuoted(member.key, out);
        out += ':';
        AppendValue(member.value, out);
      }
      out += '}';
      break;
    }
  }
}

}  // namespace

std::string_view NameOf(Kind kind) {
  switch (kind) {
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return "true or false";
    case Kind::kInteger:
      return "an integer";
    case Kind::kNumber:
      return "a number";
    case Kind::kString:
      return "a string";
    case Kind::kArray:
      return "an array";
    case Kind::kObject:
      return "an object";
  }
  return "";
}

std::string TextOf(const Value& value) {
  std::string out;
  AppendValue(value, out);
  return out;
}

void AppendQuoted(std::string_view text, std::string& out) {
  out += '"';
  while (!text.empty()) {
    const auto plain_end = std::find_if_not(text.begin(), text.end(), IsPlain);
    const auto plain_bytes = static_cast<size_t>(plain_end - text.begin());
    out += text.substr(0, plain_bytes);
    text.remove_prefix(plain_bytes);
    if (text.empty()) break;
    const Utf8Character character = FirstCharacter(text);
    AppendEscaped(character, text, out);
    text.remove_prefix(character.bytes == 0 ? 1 : character.bytes);
  }
  out += '"';
}

std::string Quoted(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  AppendQuoted(text, out);
  return out;
}

}  // namespace weft::json
