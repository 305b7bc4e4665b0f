#include "interpreter/name_pattern.h"

#include <algorithm>
#include <cctype>

namespace weft::interpreter {
namespace {

bool IsNumber(const std::string& text) {
  return !text.empty() && text.size() < 10 &&
         std::all_of(
             text.begin(), text.end(),
             [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
}

// One or more segments.
bool IsPath(const std::string& text) {
  return !text.empty() && text.front() != '.' && text.back() != '.' &&
         text.find("..") == std::string::npos;
}

std::vector<std::string> Parts(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

}  // namespace

NamePattern::NamePattern(const std::string& text, Side side,
                         const std::map<std::string, Table>& tables, const Lookup& lookup)
    : side_(side) {
  bool wants_dot = false;  // of a path whose dot stands behind it
  for (size_t i = 0; i < text.size();) {
    if (text[i] != '{') {
      if (tokens_.empty() || tokens_.back().kind != Kind::kLiteral) tokens_.emplace_back();
      tokens_.back().text += text[i++];
      continue;
    }
    const size_t end = text.find('}', i);
    const std::string inside = text.substr(i + 1, end - i - 1);
    i = end + 1;
    const size_t colon = inside.find(':');
    const size_t at = inside.find('@');
    if (inside.back() == '*') {
      AddPath(inside.substr(0, inside.size() - 1));
      wants_dot = i < text.size() && text[i] == '.';
      if (wants_dot) {
        tokens_.back().dot_behind = true;
        ++i;
      } else if (tokens_.size() > 1) {
        tokens_.back().dot_before = true;
        tokens_[tokens_.size() - 2].text.pop_back();
      }
    } else if (at != std::string::npos) {
      Token token;
      token.kind = Kind::kChoice;
      token.text = inside.substr(0, at);
      token.choices = tables.at(inside.substr(at + 1));
      tokens_.push_back(token);
    } else if (colon == std::string::npos) {
      AddIndex(inside, lookup);
    } else if (inside.substr(colon + 1) == "seg") {
      Token token;
      token.kind = Kind::kSegment;
      token.text = inside.substr(0, colon);
      tokens_.push_back(token);
    } else if (IsNumber(inside.substr(colon + 1))) {
      AddIndex(inside.substr(0, colon), lookup);
      tokens_.back().width = std::stoul(inside.substr(colon + 1));
    } else {
      Token token;
      token.kind = Kind::kChoice;
      token.text = inside.substr(0, colon);
      for (const std::string& part : Parts(inside.substr(colon + 1), '|')) {
        const std::vector<std::string> columns = Parts(part, '=');
        token.choices.emplace_back(columns.front(), columns.back());
      }
      tokens_.push_back(token);
    }
  }
}

void NamePattern::AddPath(const std::string& name) {
  Token token;
  token.kind = Kind::kPath;
  token.text = name;
  tokens_.push_back(token);
}

// "i", "i=SET", "i+1", "3*i+1", "i-k"
void NamePattern::AddIndex(const std::string& inside, const Lookup& lookup) {
  Token token;
  token.kind = Kind::kIndex;
  token.in_set = [](int64_t) { return true; };
  const size_t equals = inside.find('=');
  const std::string affine = inside.substr(0, equals);
  size_t begin = 0;
  const size_t star = affine.find('*');
  if (star != std::string::npos) {
    token.factor = Evaluate(affine.substr(0, star), lookup);
    begin = star + 1;
  }
  const size_t sign = affine.find_first_of("+-", begin);
  token.text = affine.substr(begin, sign == std::string::npos ? sign : sign - begin);
  if (sign != std::string::npos) token.offset = Evaluate("0" + affine.substr(sign), lookup);
  if (equals != std::string::npos) AddSet(inside.substr(equals + 1), lookup, &token);
  tokens_.push_back(token);
}

void NamePattern::AddSet(const std::string& set, const Lookup& lookup, Token* token) {
  struct Range {
    int64_t first;
    int64_t last;
    int64_t step;
  };
  std::vector<Range> ranges;
  token->listed.emplace();
  for (const std::string& part : Parts(set, '|')) {
    const size_t dots = part.find("..");
    if (dots == std::string::npos) {
      const int64_t value = Evaluate(part, lookup);
      ranges.push_back({value, value, 1});
      continue;
    }
    Range range{Evaluate(part.substr(0, dots), lookup), INT64_MAX, 1};
    const std::string rest = part.substr(dots + 2);
    size_t slash = rest.rfind('/');
    if (slash != std::string::npos && slash > 0 && rest[slash - 1] == '/')
      slash = std::string::npos;
    if (slash != std::string::npos) range.step = Evaluate(rest.substr(slash + 1), lookup);
    if (!rest.empty()) range.last = Evaluate(rest.substr(0, slash), lookup);
    ranges.push_back(range);
  }
  token->in_set = [ranges](int64_t value) {
    return std::any_of(ranges.begin(), ranges.end(), [value](const Range& range) {
      return value >= range.first && value <= range.last && (value - range.first) % range.step == 0;
    });
  };
  for (int64_t value = 0; value < 1000; ++value) {
    if (token->in_set(value)) token->listed->push_back(std::to_string(value));
  }
  if (token->in_set(1'000'000)) token->listed.reset();
}

std::set<Values> NamePattern::Readings(const std::string& name) const {
  std::set<Values> readings;
  Read(name, 0, 0, {}, &readings);
  return readings;
}

// Every token tries every piece of text from `position` on.
void NamePattern::Read(const std::string& name, size_t token, size_t position, const Values& values,
                       std::set<Values>* readings) const {
  if (token == tokens_.size()) {
    if (position == name.size()) readings->insert(values);
    return;
  }
  const Token& here = tokens_[token];
  for (size_t end = position; end <= name.size(); ++end) {
    const std::string text = name.substr(position, end - position);
    if (here.kind == Kind::kLiteral) {
      if (text == here.text) Read(name, token + 1, end, values, readings);
      continue;
    }
    const std::optional<std::string> value = ValueOf(here, text);
    if (!value) continue;
    const auto known = values.find(here.text);
    if (known != values.end() && known->second != *value) continue;
    Values more = values;
    more[here.text] = *value;
    Read(name, token + 1, end, more, readings);
  }
}

std::optional<std::string> NamePattern::ValueOf(const Token& token, const std::string& text) const {
  switch (token.kind) {
    case Kind::kIndex: {
      if (!IsNumber(text)) return std::nullopt;
      if (token.width > 0 ? text.size() != token.width : text.size() > 1 && text[0] == '0') {
        return std::nullopt;
      }
      const int64_t left = std::stoll(text) - token.offset;
      if (left < 0 || left % token.factor != 0) return std::nullopt;
      const int64_t value = left / token.factor;
      if (!token.in_set(value)) return std::nullopt;
      return std::to_string(value);
    }
    case Kind::kSegment:
      if (text.empty() || text.find('.') != std::string::npos) return std::nullopt;
      return text;
    case Kind::kPath: {
      if (text.empty()) return text;
      if (token.dot_before && text.front() != '.') return std::nullopt;
      if (token.dot_behind && text.back() != '.') return std::nullopt;
      std::string path = text.substr(token.dot_before ? 1 : 0,
                                     text.size() - (token.dot_before || token.dot_behind ? 1 : 0));
      if (!IsPath(path)) return std::nullopt;
      return path;
    }
    case Kind::kChoice:
      for (const auto& [left, right] : token.choices) {
        if (text == (side_ == Side::kFrom ? left : right)) return left;
      }
      return std::nullopt;
    case Kind::kLiteral:
      break;
  }
  return std::nullopt;
}

std::optional<std::string> NamePattern::TextOf(const Token& token, const std::string& value) const {
  switch (token.kind) {
    case Kind::kIndex: {
      const int64_t number = token.factor * std::stoll(value) + token.offset;
      if (number < 0 || !token.in_set(std::stoll(value))) return std::nullopt;
      std::string text = std::to_string(number);
      while (text.size() < token.width) text.insert(0, "0");
      if (token.width > 0 && text.size() > token.width) return std::nullopt;
      return text;
    }
    case Kind::kSegment:
      return value;
    case Kind::kPath:
      if (value.empty()) return value;
      return (token.dot_before ? "." : "") + value + (token.dot_behind ? "." : "");
    case Kind::kChoice:
      for (const auto& [left, right] : token.choices) {
        if (value == left) return side_ == Side::kFrom ? left : right;
      }
      return std::nullopt;
    case Kind::kLiteral:
      break;
  }
  return token.text;
}

std::optional<std::string> NamePattern::Make(const Values& values) const {
  std::string name;
  for (const Token& token : tokens_) {
    const std::string value = token.kind == Kind::kLiteral ? token.text : values.at(token.text);
    const std::optional<std::string> text = TextOf(token, value);
    if (!text) return std::nullopt;
    name += *text;
  }
  return name;
}

std::set<std::string> NamePattern::Variables() const {
  std::set<std::string> variables;
  for (const Token& token : tokens_) {
    if (token.kind != Kind::kLiteral) variables.insert(token.text);
  }
  return variables;
}

std::optional<std::vector<std::string>> NamePattern::Listed(const std::string& variable) const {
  for (const Token& token : tokens_) {
    if (token.kind == Kind::kLiteral || token.text != variable) continue;
    if (token.listed) return token.listed;
    if (token.kind != Kind::kChoice) continue;
    std::vector<std::string> values;
    for (const auto& choice : token.choices) values.push_back(choice.first);
    return values;
  }
  return std::nullopt;
}

}  // namespace weft::interpreter
