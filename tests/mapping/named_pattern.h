// One pattern with everything it needs to read and write names.
#ifndef WEFT_TESTS_MAPPING_NAMED_PATTERN_H_
#define WEFT_TESTS_MAPPING_NAMED_PATTERN_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "mapping/errors_of.h"
#include "mapping/pattern.h"

namespace weft {

class NamedPattern {
 public:
  explicit NamedPattern(std::string_view text, Side side = Side::kFrom, const Tables& tables = {},
                        std::map<std::string, int64_t> params = {})
      : params_(std::move(params)), cache_(1 << 20) {
    auto pattern = Pattern::Parse(text, side, tables, variables_, "here");
    if (!pattern.ok()) {
      error_ = pattern.status();
      return;
    }
    matcher_.emplace(*std::move(pattern), variables_, resolver_, cache_);
  }
  NamedPattern(const NamedPattern&) = delete;
  NamedPattern& operator=(const NamedPattern&) = delete;

  const absl::Status& error() const { return error_; }
  const Pattern& pattern() const { return matcher_->pattern(); }
  const VariableTable& variables() const { return variables_; }
  PatternMatcher& matcher() { return *matcher_; }

  // The bindings as text, "no match", or the error. Makes sure that writing undoes reading.
  std::string Read(std::string_view name) {
    if (!error_.ok()) return MessageOf(error_);
    bindings_.assign(static_cast<size_t>(variables_.size()), Binding());
    const absl::StatusOr<bool> matches = matcher_->Match(name, bindings_);
    if (!matches.ok()) return MessageOf(matches.status());
    if (!*matches) return "no match";
    if (Write(bindings_) != name) return "Make gives " + Write(bindings_);
    return TextOf(bindings_, variables_);
  }

  // Of the last name that was read.
  const Bindings& bindings() const { return bindings_; }

  std::string Write(const Bindings& bindings) {
    const absl::StatusOr<std::optional<std::string>> name = matcher_->Make(bindings);
    if (!name.ok()) return MessageOf(name.status());
    return name->value_or("no name");
  }

 private:
  std::map<std::string, int64_t> params_;
  Expression::Resolver resolver_ = [this](std::string_view name) -> absl::StatusOr<ParamValue> {
    const auto found = params_.find(std::string(name));
    if (found != params_.end()) return ParamValue::Integer(found->second);
    return ErrorStatus(ErrorCode::kUnknownParam, "param '" + std::string(name) + "'",
                       "nothing gives it");
  };
  VariableTable variables_;
  RegexCache cache_;
  std::optional<PatternMatcher> matcher_;
  absl::Status error_;
  Bindings bindings_;
};

inline Binding IndexBinding(uint64_t index) {
  Binding binding;
  binding.kind = Binding::Kind::kIndex;
  binding.index = index;
  return binding;
}

inline Binding TextBinding(std::string_view text) {
  Binding binding;
  binding.kind = Binding::Kind::kText;
  binding.text = text;
  return binding;
}

// Name by pattern `from`, written by pattern `to`, which share their variables.
inline std::string Renamed(std::string_view from, std::string_view to, std::string_view name,
                           const Tables& tables = {}) {
  VariableTable variables;
  RegexCache cache(1 << 20);
  const Expression::Resolver resolver = [](std::string_view param) -> absl::StatusOr<ParamValue> {
    return ErrorStatus(ErrorCode::kUnknownParam, param, "nothing gives it");
  };
  auto read = Pattern::Parse(from, Side::kFrom, tables, variables, "from");
  auto written = Pattern::Parse(to, Side::kTo, tables, variables, "to");
  if (!read.ok()) return MessageOf(read.status());
  if (!written.ok()) return MessageOf(written.status());
  Bindings bindings(static_cast<size_t>(variables.size()));
  PatternMatcher reader(*read, variables, resolver, cache);
  PatternMatcher writer(*written, variables, resolver, cache);
  const absl::StatusOr<bool> matches = reader.Match(name, bindings);
  if (!matches.ok()) return MessageOf(matches.status());
  if (!*matches) return "no match";
  const auto made = writer.Make(bindings);
  if (!made.ok()) return MessageOf(made.status());
  return made->value_or("no name");
}

}  // namespace weft

#endif  // WEFT_TESTS_MAPPING_NAMED_PATTERN_H_
