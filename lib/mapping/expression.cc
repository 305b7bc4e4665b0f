#include "mapping/expression.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"

namespace weft {
namespace {

constexpr int kMaxDepth = 64;
// A row of operators is a deep tree, which is walked by recursion: this fits a small stack.
constexpr int kMaxOperators = 256;

enum class Op {
  kConstant,
  kName,
  kNegate,
  kNot,
  kOr,
  kAnd,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kAdd,
  kSubtract,
  kMultiply,
  kFloorDivide,
  kModulo,
  kCeilTo,
  kCeilDiv,
  kMin,
  kMax,
  kAt,
};

struct BinaryRow {
  std::string_view spelling;
  int level;  // binds tighter with a larger level
  Op op;
};

constexpr int kNotLevel = 3;
constexpr int kCompareLevel = 4;
constexpr int kUnaryLevel = 7;

// Longer spellings stand before their prefixes.
constexpr BinaryRow kBinary[] = {
    {"or", 1, Op::kOr},       {"and", 2, Op::kAnd},      {"==", 4, Op::kEqual},
    {"!=", 4, Op::kNotEqual}, {"<=", 4, Op::kLessEqual}, {">=", 4, Op::kGreaterEqual},
    {"<", 4, Op::kLess},      {">", 4, Op::kGreater},    {"+", 5, Op::kAdd},
    {"-", 5, Op::kSubtract},  {"*", 6, Op::kMultiply},   {"//", 6, Op::kFloorDivide},
    {"%", 6, Op::kModulo},
};

struct CallRow {
  std::string_view name;
  Op op;
};

constexpr CallRow kCalls[] = {
    {"ceil_to", Op::kCeilTo}, {"ceil_div", Op::kCeilDiv}, {"min", Op::kMin}, {"max", Op::kMax},
    {"at", Op::kAt},
};

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The following hold for all pairs but b = 0 and the least integer divided by −1.
int64_t FloorDivide(int64_t a, int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}
int64_t CeilDivide(int64_t a, int64_t b) {
  return a / b + (a % b != 0 && (a < 0) == (b < 0) ? 1 : 0);
}
int64_t FloorModulo(int64_t a, int64_t b) {
  const int64_t rest = a % b;
  return rest != 0 && (a < 0) != (b < 0) ? rest + b : rest;
}

}  // namespace

bool IsIdentifier(std::string_view text) {
  if (text.empty() || !IsLetter(text[0])) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return IsLetter(c) || IsDigit(c); });
}

struct Expression::Node {
  Op op = Op::kConstant;
  ParamValue value;  // kConstant
  std::string name;  // kName
  std::vector<Node> arguments;
};

namespace {

using Node = Expression::Node;

class Parser {
 public:
  Parser(std::string_view text, std::string_view where) : text_(text), where_(where) {}

  absl::StatusOr<Node> Parse() {
    WEFT_ASSIGN_OR_RETURN(Node node, ParseLevel(1));
    SkipSpace();
    if (position_ < text_.size()) {
      return Error(absl::StrFormat("unexpected \"%s\"", Escaped(text_.substr(position_))));
    }
    return node;
  }

  std::vector<std::string> TakeNames() { return std::move(names_); }

 private:
  absl::Status Error(std::string_view what) const { return ErrorAt(position_, what); }

  absl::Status ErrorAt(size_t position, std::string_view what) const {
    return ErrorStatus(ErrorCode::kExpressionSyntax, where_,
                       absl::StrFormat("%s at position %d of expression \"%s\"", what, position + 1,
                                       Escaped(text_)),
                       "operators: or and not == != < <= > >= + - * // %; functions: ceil_to, "
                       "ceil_div, min, max, at");
  }

  void SkipSpace() {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\t')) {
      ++position_;
    }
  }

  // A word must not run on into a longer name: "or" is no prefix of "order".
  bool Take(std::string_view spelling) {
    SkipSpace();
    if (text_.substr(position_, spelling.size()) != spelling) return false;
    const size_t end = position_ + spelling.size();
    if (IsLetter(spelling[0]) && end < text_.size() &&
        (IsLetter(text_[end]) || IsDigit(text_[end]))) {
      return false;
    }
    position_ = end;
    return true;
  }

  const BinaryRow* TakeBinary(int level) {
    for (const BinaryRow& row : kBinary) {
      if (row.level == level && Take(row.spelling)) return &row;
    }
    return nullptr;
  }

  absl::StatusOr<Node> ParseLevel(int level) {
    if (++depth_ > kMaxDepth * kUnaryLevel) return Error("too many nested parentheses");
    absl::StatusOr<Node> node = ParseLevelUnbounded(level);
    --depth_;
    return node;
  }

  absl::StatusOr<Node> ParseLevelUnbounded(int level) {
    if (level == kNotLevel) {
      if (!Take("not")) return ParseLevel(level + 1);
      WEFT_ASSIGN_OR_RETURN(Node operand, ParseLevel(level));
      return Unary(Op::kNot, std::move(operand));
    }
    if (level == kUnaryLevel) {
      if (!Take("-")) return ParseValue();
      WEFT_ASSIGN_OR_RETURN(Node operand, ParseLevel(level));
      return Unary(Op::kNegate, std::move(operand));
    }
    WEFT_ASSIGN_OR_RETURN(Node left, ParseLevel(level + 1));
    while (const BinaryRow* row = TakeBinary(level)) {
      WEFT_ASSIGN_OR_RETURN(Node right, ParseLevel(level + 1));
      Node both;
      both.op = row->op;
      both.arguments.push_back(std::move(left));
      both.arguments.push_back(std::move(right));
      left = std::move(both);
      if (level == kCompareLevel) break;  // a < b < c means nothing here
      if (++operators_ > kMaxOperators) return Error("too many operators");
    }
    return left;
  }

  static Node Unary(Op op, Node operand) {
    Node node;
    node.op = op;
    node.arguments.push_back(std::move(operand));
    return node;
  }

  absl::StatusOr<Node> ParseValue() {
    SkipSpace();
    if (position_ >= text_.size()) return Error("expected a value");
    const char c = text_[position_];
    if (c == '(') {
      ++position_;
      WEFT_ASSIGN_OR_RETURN(Node node, ParseLevel(1));
      if (!Take(")")) return Error("expected \")\"");
      return node;
    }
    if (c == '\'') return ParseString();
    if (IsDigit(c)) return ParseInteger();
    if (IsLetter(c)) return ParseName();
    return Error("expected a value");
  }

  absl::StatusOr<Node> ParseString() {
    const size_t end = text_.find('\'', position_ + 1);
    if (end == std::string_view::npos) return Error("a string without closing quote");
    Node node;
    node.value = ParamValue::String(text_.substr(position_ + 1, end - position_ - 1));
    position_ = end + 1;
    return node;
  }

  absl::StatusOr<Node> ParseInteger() {
    const size_t start = position_;
    int64_t value = 0;
    while (position_ < text_.size() && IsDigit(text_[position_])) {
      if (__builtin_mul_overflow(value, 10, &value) ||
          __builtin_add_overflow(value, text_[position_] - '0', &value)) {
        return ErrorAt(start, "an integer beyond 64 bits");
      }
      ++position_;
    }
    if (position_ < text_.size() && IsLetter(text_[position_]))
      return Error("expected an operator");
    Node node;
    node.value = ParamValue::Integer(value);
    return node;
  }

  absl::StatusOr<Node> ParseName() {
    const size_t start = position_;
    while (position_ < text_.size() &&
           (IsLetter(text_[position_]) || IsDigit(text_[position_]) || text_[position_] == '.')) {
      ++position_;
    }
    const std::string_view name = text_.substr(start, position_ - start);
    Node node;
    if (name == "true" || name == "false") {
      node.value = ParamValue::Bool(name == "true");
      return node;
    }
    if (name == "or" || name == "and" || name == "not") return ErrorAt(start, "expected a value");
    if (name.back() == '.') {
      return ErrorAt(start, absl::StrFormat("the name \"%s\" ends in a dot", Escaped(name)));
    }
    if (Take("(")) return ParseCall(name, start);
    node.op = Op::kName;
    node.name = std::string(name);
    if (std::find(names_.begin(), names_.end(), node.name) == names_.end()) {
      names_.push_back(node.name);
    }
    return node;
  }

  absl::StatusOr<Node> ParseCall(std::string_view name, size_t start) {
    const auto* row = std::find_if(std::begin(kCalls), std::end(kCalls),
                                   [name](const CallRow& r) { return r.name == name; });
    if (row == std::end(kCalls)) {
      return ErrorAt(start, absl::StrFormat("unknown function \"%s\"", Escaped(name)));
    }
    Node node;
    node.op = row->op;
    do {
      WEFT_ASSIGN_OR_RETURN(Node argument, ParseLevel(1));
      node.arguments.push_back(std::move(argument));
    } while (Take(","));
    if (!Take(")")) return Error("expected \")\"");
    const bool any_number = node.op == Op::kMin || node.op == Op::kMax;
    if (any_number ? node.arguments.size() < 2 : node.arguments.size() != 2) {
      return ErrorAt(start,
                     absl::StrFormat("%s takes %s arguments, got %d", name,
                                     any_number ? "two or more" : "two", node.arguments.size()));
    }
    return node;
  }

  std::string_view text_;
  std::string_view where_;
  size_t position_ = 0;
  int depth_ = 0;
  int operators_ = 0;
  std::vector<std::string> names_;
};

class Evaluator {
 public:
  Evaluator(const Expression::Resolver& resolver, std::string_view where, std::string_view text)
      : resolver_(resolver), where_(where), text_(text) {}

  absl::StatusOr<ParamValue> Evaluate(const Node& node) const {
    switch (node.op) {
      case Op::kConstant:
        return node.value;
      case Op::kName:
        return resolver_(node.name);
      case Op::kOr:
      case Op::kAnd: {
        // The right side is evaluated only when it decides, so that it may use params that exist
        // only then.
        WEFT_ASSIGN_OR_RETURN(bool left, Bool(node.arguments[0]));
        if (left == (node.op == Op::kOr)) return ParamValue::Bool(left);
        WEFT_ASSIGN_OR_RETURN(bool right, Bool(node.arguments[1]));
        return ParamValue::Bool(right);
      }
      case Op::kNot: {
        WEFT_ASSIGN_OR_RETURN(bool operand, Bool(node.arguments[0]));
        return ParamValue::Bool(!operand);
      }
      case Op::kEqual:
      case Op::kNotEqual: {
        WEFT_ASSIGN_OR_RETURN(ParamValue left, Evaluate(node.arguments[0]));
        WEFT_ASSIGN_OR_RETURN(ParamValue right, Evaluate(node.arguments[1]));
        return ParamValue::Bool((left == right) == (node.op == Op::kEqual));
      }
      case Op::kAt:
        return At(node);
      default:
        return Arithmetic(node);
    }
  }

  absl::StatusOr<int64_t> Integer(const Node& node) const {
    WEFT_ASSIGN_OR_RETURN(ParamValue value, Evaluate(node));
    if (value.kind != ParamValue::Kind::kInteger) return WrongKind("an integer", value);
    return value.integer;
  }

  absl::StatusOr<bool> Bool(const Node& node) const {
    WEFT_ASSIGN_OR_RETURN(ParamValue value, Evaluate(node));
    if (value.kind != ParamValue::Kind::kBool) return WrongKind("a boolean", value);
    return value.integer != 0;
  }

 private:
  absl::Status Error(std::string_view what) const {
    return ErrorStatus(ErrorCode::kBadParam, where_,
                       absl::StrFormat("%s in expression \"%s\"", what, Escaped(text_)));
  }

  absl::Status WrongKind(std::string_view expected, const ParamValue& got) const {
    return Error(absl::StrFormat("expected %s, got %s", expected, ShownText(got)));
  }

  absl::StatusOr<ParamValue> At(const Node& node) const {
    WEFT_ASSIGN_OR_RETURN(ParamValue list, Evaluate(node.arguments[0]));
    WEFT_ASSIGN_OR_RETURN(int64_t index, Integer(node.arguments[1]));
    if (list.kind != ParamValue::Kind::kList) return WrongKind("a list", list);
    if (index < 0 || static_cast<uint64_t>(index) >= list.list.size()) {
      return Error(
          absl::StrFormat("index %d is outside a list of %d entries", index, list.list.size()));
    }
    return list.list[static_cast<size_t>(index)];
  }

  absl::StatusOr<ParamValue> Arithmetic(const Node& node) const {
    WEFT_ASSIGN_OR_RETURN(int64_t a, Integer(node.arguments[0]));
    if (node.op == Op::kNegate) {
      int64_t negative = 0;
      if (__builtin_sub_overflow(int64_t{0}, a, &negative)) return Error("overflow");
      return ParamValue::Integer(negative);
    }
    for (size_t i = 1; i < node.arguments.size(); ++i) {
      WEFT_ASSIGN_OR_RETURN(int64_t b, Integer(node.arguments[i]));
      WEFT_ASSIGN_OR_RETURN(ParamValue result, Binary(node.op, a, b));
      if (node.arguments.size() == 2) return result;
      a = result.integer;
    }
    return ParamValue::Integer(a);
  }

  absl::StatusOr<ParamValue> Binary(Op op, int64_t a, int64_t b) const {
    int64_t result = 0;
    bool overflow = false;
    switch (op) {
      case Op::kLess:
        return ParamValue::Bool(a < b);
      case Op::kLessEqual:
        return ParamValue::Bool(a <= b);
      case Op::kGreater:
        return ParamValue::Bool(a > b);
      case Op::kGreaterEqual:
        return ParamValue::Bool(a >= b);
      case Op::kMin:
        return ParamValue::Integer(std::min(a, b));
      case Op::kMax:
        return ParamValue::Integer(std::max(a, b));
      case Op::kAdd:
        overflow = __builtin_add_overflow(a, b, &result);
        break;
      case Op::kSubtract:
        overflow = __builtin_sub_overflow(a, b, &result);
        break;
      case Op::kMultiply:
        overflow = __builtin_mul_overflow(a, b, &result);
        break;
      default: {
        if (b == 0) return Error("division by zero");
        if (b == -1) {  // the one divisor that can overflow
          if (op == Op::kModulo) return ParamValue::Integer(0);
          overflow = op != Op::kCeilTo && __builtin_sub_overflow(int64_t{0}, a, &result);
          if (op == Op::kCeilTo) result = a;
          break;
        }
        if (op == Op::kFloorDivide) {
          result = FloorDivide(a, b);
        } else if (op == Op::kModulo) {
          result = FloorModulo(a, b);
        } else if (op == Op::kCeilDiv) {
          result = CeilDivide(a, b);
        } else {
          overflow = __builtin_mul_overflow(CeilDivide(a, b), b, &result);
        }
      }
    }
    if (overflow) return Error("overflow");
    return ParamValue::Integer(result);
  }

  const Expression::Resolver& resolver_;
  std::string_view where_;
  std::string_view text_;
};

}  // namespace

absl::StatusOr<Expression> Expression::Parse(std::string_view text, std::string_view where) {
  Parser parser(text, where);
  WEFT_ASSIGN_OR_RETURN(Node root, parser.Parse());
  Expression expression;
  expression.root_ = std::make_shared<const Node>(std::move(root));
  expression.text_ = std::string(text);
  expression.where_ = std::string(where);
  expression.names_ = parser.TakeNames();
  return expression;
}

Expression Expression::Constant(int64_t value) {
  Node node;
  node.value = ParamValue::Integer(value);
  Expression expression;
  expression.root_ = std::make_shared<const Node>(std::move(node));
  expression.text_ = absl::StrFormat("%d", value);
  return expression;
}

absl::StatusOr<ParamValue> Expression::Evaluate(const Resolver& resolver) const {
  return Evaluator(resolver, where_, text_).Evaluate(*root_);
}

absl::StatusOr<int64_t> Expression::EvaluateInteger(const Resolver& resolver) const {
  return Evaluator(resolver, where_, text_).Integer(*root_);
}

absl::StatusOr<bool> Expression::EvaluateBool(const Resolver& resolver) const {
  return Evaluator(resolver, where_, text_).Bool(*root_);
}

}  // namespace weft
