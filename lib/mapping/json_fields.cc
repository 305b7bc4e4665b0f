#include "mapping/json_fields.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace weft {
namespace {

// '/' and '~' are escaped in JSON pointers (RFC 6901).
std::string PointerToken(std::string_view key) {
  std::string token;
  for (const char c : key) {
    if (c == '~') {
      token += "~0";
    } else if (c == '/') {
      token += "~1";
    } else {
      token += c;
    }
  }
  return token;
}

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

FileText::FileText(std::string_view text, std::string_view file_name) : file_name_(file_name) {
  line_starts_.push_back(0);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') line_starts_.push_back(i + 1);
  }
}

std::string FileText::Place(size_t offset, std::string_view pointer) const {
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const auto line = static_cast<size_t>(after - line_starts_.begin());
  return absl::StrFormat("%s:%d:%d (%s)", Escaped(file_name_), line,
                         offset - line_starts_[line - 1] + 1,
                         pointer.empty() ? "/" : Escaped(pointer));
}

std::string Field::Place(std::string_view relative) const {
  const json::Value* value = value_;
  std::string pointer = pointer_;
  while (!relative.empty()) {
    relative.remove_prefix(1);  // the '/'
    const std::string_view token = relative.substr(0, relative.find('/'));
    const json::Value* next = nullptr;
    if (value->kind == json::Kind::kArray && !token.empty() &&
        std::all_of(token.begin(), token.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      size_t index = 0;
      for (const char c : token) index = index * 10 + static_cast<size_t>(c - '0');
      if (index < value->elements.size()) next = &value->elements[index];
    } else {
      next = value->Find(token);
    }
    if (next == nullptr) break;
    value = next;
    pointer += "/" + PointerToken(token);
    relative.remove_prefix(token.size());
  }
  return text_->Place(value->offset, pointer);
}

void Field::Error(ErrorCode code, std::string_view what, std::string_view hint) const {
  diagnostics_->Add(code, Place(), what, hint);
}

bool Field::Expect(json::Kind kind) const {
  if (value_->kind == kind) return true;
  Error(ErrorCode::kMappingField,
        absl::StrFormat("expected %s, got %s", json::NameOf(kind), json::NameOf(value_->kind)));
  return false;
}

void Field::ExpectKeys(std::initializer_list<std::string_view> known) const {
  for (const json::Member& member : value_->members) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    const std::string nearest = NearestWord(member.key, known);
    diagnostics_->Add(ErrorCode::kMappingField,
                      text_->Place(member.key_offset, pointer_ + "/" + PointerToken(member.key)),
                      absl::StrFormat("unknown field \"%s\"", Escaped(member.key)),
                      nearest.empty() ? "" : absl::StrFormat("did you mean \"%s\"?", nearest));
  }
}

Field Field::Member(std::string_view key) const {
  return {*value_->Find(key), pointer_ + "/" + PointerToken(key), *text_, *diagnostics_};
}

Field Field::Element(size_t index) const {
  return {value_->elements[index], absl::StrCat(pointer_, "/", index), *text_, *diagnostics_};
}

std::string Field::String() const {
  if (!Expect(json::Kind::kString)) return "";
  return value_->string;
}

std::vector<std::string> Field::Strings() const {
  std::vector<std::string> strings;
  if (value_->kind != json::Kind::kArray) {
    strings.push_back(String());
    return strings;
  }
  for (size_t i = 0; i < value_->elements.size(); ++i) strings.push_back(Element(i).String());
  return strings;
}

std::string Field::ExpressionText() const {
  switch (value_->kind) {
    case json::Kind::kInteger:
      return absl::StrCat(value_->integer);
    case json::Kind::kBool:
      return value_->boolean ? "true" : "false";
    case json::Kind::kString:
      return value_->string;
    default:
      Error(ErrorCode::kMappingField,
            absl::StrFormat("expected an expression (a string, an integer or a boolean), got %s",
                            json::NameOf(value_->kind)));
      return "0";
  }
}

std::string Field::OptionalString(std::string_view key) const {
  return Has(key) ? Member(key).String() : std::string();
}

std::string NearestWord(std::string_view word, const std::vector<std::string_view>& words) {
  std::string_view nearest;
  size_t best = word.size() / 3 + 2;
  for (const std::string_view candidate : words) {
    const size_t distance = EditDistance(word, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return std::string(nearest);
}

}  // namespace weft
