// Expressions over params: "num_heads * head_dim", "kind == 'moe' and config.num_experts > 1".
//
// Grammar, loosest first: or · and · not · == != < <= > >= · + − · * // % · unary − · value. Values
// are integers, true, false, 'text', names (`kv`, `config.text_config.head_dim`), calls of ceil_to,
// ceil_div, min, max, at, and parentheses. // and % round towards minus infinity, as in Python.
// Arithmetic is on 64-bit integers and checked.
#ifndef WEFT_MAPPING_EXPRESSION_H_
#define WEFT_MAPPING_EXPRESSION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/param_value.h"

namespace weft {

class Expression {
 public:
  // The value of a name. An error ends the evaluation and is returned from it.
  using Resolver = std::function<absl::StatusOr<ParamValue>(std::string_view name)>;

  // Errors: kExpressionSyntax; `where` is put before the message.
  static absl::StatusOr<Expression> Parse(std::string_view text, std::string_view where);
  static Expression Constant(int64_t value);

  // Errors: those of the resolver; kBadParam (wrong kinds, division by zero, overflow, an index out
  // of the list), which name the expression.
  absl::StatusOr<ParamValue> Evaluate(const Resolver& resolver) const;
  absl::StatusOr<int64_t> EvaluateInteger(const Resolver& resolver) const;
  absl::StatusOr<bool> EvaluateBool(const Resolver& resolver) const;

  // Every name that stands in it, in order of appearance, without repetition.
  const std::vector<std::string>& names() const { return names_; }
  const std::string& text() const { return text_; }

  struct Node;

 private:
  std::shared_ptr<const Node> root_;
  std::string text_;
  std::string where_;
  std::vector<std::string> names_;
};

// True for [A-Za-z_][A-Za-z0-9_]*: names of variables, axes, params, labels and tables.
bool IsIdentifier(std::string_view text);

}  // namespace weft

#endif  // WEFT_MAPPING_EXPRESSION_H_
