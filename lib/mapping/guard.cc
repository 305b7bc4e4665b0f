#include "mapping/guard.h"

#include <string_view>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"

namespace weft {
namespace {

// The longest text that stands in every name the pattern matches. Most names do not have it, and
// looking for it costs less than a regular expression.
std::string_view TextInEveryMatch(const Pattern& pattern) {
  std::string_view longest;
  for (const PatternToken& token : pattern.tokens()) {
    if (token.kind != PatternToken::Kind::kLiteral) continue;
    std::string_view text = token.literal;
    // Beside an empty path a dot goes.
    if (!text.empty() && text.front() == '.') text.remove_prefix(1);
    if (!text.empty() && text.back() == '.') text.remove_suffix(1);
    if (text.size() > longest.size()) longest = text;
  }
  return longest;
}

class Judgement {
 public:
  Judgement(const std::vector<GuardKey>& keys, const Expression::Resolver& resolver,
            RegexCache& cache)
      : keys_(keys), resolver_(resolver), cache_(cache) {}

  absl::StatusOr<bool> Judge(const Guard& guard) const {
    switch (guard.kind) {
      case Guard::Kind::kHas:
      case Guard::Kind::kLacks: {
        WEFT_ASSIGN_OR_RETURN(const bool found, Any(guard));
        return found == (guard.kind == Guard::Kind::kHas);
      }
      case Guard::Kind::kParam:
        return guard.param->EvaluateBool(resolver_);
      case Guard::Kind::kAll:
      case Guard::Kind::kAny: {
        const bool decisive = guard.kind == Guard::Kind::kAny;
        for (const Guard& part : guard.parts) {
          WEFT_ASSIGN_OR_RETURN(const bool holds, Judge(part));
          if (holds == decisive) return decisive;
        }
        return !decisive;
      }
      case Guard::Kind::kNot: {
        WEFT_ASSIGN_OR_RETURN(const bool holds, Judge(guard.parts.front()));
        return !holds;
      }
      case Guard::Kind::kShape:
      case Guard::Kind::kDtype:
        return JudgeTensors(guard);
    }
    return false;
  }

 private:
  absl::StatusOr<bool> Any(const Guard& guard) const {
    PatternMatcher matcher(guard.name.pattern, guard.name.variables, resolver_, cache_);
    Bindings bindings(static_cast<size_t>(guard.name.variables.size()));
    const std::string_view held = TextInEveryMatch(*guard.name.pattern);
    for (const GuardKey& key : keys_) {
      if (key.name.find(held) == std::string_view::npos) continue;
      WEFT_ASSIGN_OR_RETURN(const bool matches, matcher.Match(key.name, bindings));
      if (matches) return true;
    }
    return false;
  }

  // A property of tensors: all that match must agree on it.
  absl::StatusOr<bool> JudgeTensors(const Guard& guard) const {
    PatternMatcher matcher(guard.name.pattern, guard.name.variables, resolver_, cache_);
    Bindings bindings(static_cast<size_t>(guard.name.variables.size()));
    const GuardKey* first = nullptr;
    bool verdict = false;
    for (const GuardKey& key : keys_) {
      WEFT_ASSIGN_OR_RETURN(const bool matches, matcher.Match(key.name, bindings));
      if (!matches) continue;
      WEFT_ASSIGN_OR_RETURN(const bool holds, Holds(guard, key, bindings));
      if (first != nullptr && holds != verdict) {
        return ErrorStatus(ErrorCode::kMissingTensor, guard.where,
                           absl::StrFormat("the evidence %s is undecided: tensors '%s' and '%s' "
                                           "disagree",
                                           TextOf(guard), Escaped(first->name), Escaped(key.name)));
      }
      first = &key;
      verdict = holds;
    }
    if (first == nullptr) {
      return ErrorStatus(
          ErrorCode::kMissingTensor, guard.where,
          absl::StrFormat("the evidence %s is undecided: no tensor matches", TextOf(guard)),
          "combine it with {\"has\": …}, or set the stage by name with --set");
    }
    return verdict;
  }

  absl::StatusOr<bool> Holds(const Guard& guard, const GuardKey& key,
                             const Bindings& bindings) const {
    if (guard.kind == Guard::Kind::kDtype) return key.dtype == guard.dtype;
    if (key.shape->size() != guard.shape.size()) return false;
    const Expression::Resolver with_variables =
        [this, &guard, &bindings](std::string_view name) -> absl::StatusOr<ParamValue> {
      const int variable = guard.name.variables.Find(name);
      if (variable < 0) return resolver_(name);
      const Binding& binding = bindings[static_cast<size_t>(variable)];
      return binding.kind == Binding::Kind::kIndex
                 ? ParamValue::Integer(static_cast<int64_t>(binding.index))
                 : ParamValue::String(binding.text);
    };
    for (size_t i = 0; i < guard.shape.size(); ++i) {
      WEFT_ASSIGN_OR_RETURN(const int64_t size, guard.shape[i].EvaluateInteger(with_variables));
      if (size != (*key.shape)[i]) return false;
    }
    return true;
  }

  const std::vector<GuardKey>& keys_;
  const Expression::Resolver& resolver_;
  RegexCache& cache_;
};

}  // namespace

absl::StatusOr<bool> Judge(const Guard& guard, const std::vector<GuardKey>& keys,
                           const Expression::Resolver& resolver, RegexCache& cache) {
  return Judgement(keys, resolver, cache).Judge(guard);
}

std::string TextOf(const Guard& guard) {
  const std::string pattern =
      guard.name.pattern == nullptr ? "" : "\"" + Escaped(guard.name.pattern->text()) + "\"";
  switch (guard.kind) {
    case Guard::Kind::kHas:
      return "has " + pattern;
    case Guard::Kind::kLacks:
      return "lacks " + pattern;
    case Guard::Kind::kDtype:
      return absl::StrFormat("dtype of %s is %s", pattern, NameOf(guard.dtype));
    case Guard::Kind::kParam:
      return "param " + guard.param->text();
    case Guard::Kind::kNot:
      return "not (" + TextOf(guard.parts.front()) + ")";
    case Guard::Kind::kShape: {
      std::string shape;
      for (const Expression& size : guard.shape) shape += (shape.empty() ? "" : ", ") + size.text();
      return absl::StrFormat("shape of %s is [%s]", pattern, shape);
    }
    case Guard::Kind::kAll:
    case Guard::Kind::kAny: {
      const std::string word = guard.kind == Guard::Kind::kAll ? " and " : " or ";
      std::string text;
      for (const Guard& part : guard.parts) {
        text += (text.empty() ? "" : word) + "(" + TextOf(part) + ")";
      }
      return text;
    }
  }
  return "";
}

}  // namespace weft
