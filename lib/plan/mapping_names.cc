#include "plan/mapping_names.h"

#include <optional>

namespace weft {
namespace {

class Collector {
 public:
  explicit Collector(std::set<std::string>* names) : names_(names) {}

  void Add(const internal::MappingDocument& document) {
    for (const auto& [name, source] : document.params) {
      names_->insert(name);
      Add(source.expression);
    }
    for (const internal::CheckedStage& stage : document.stages) {
      if (!stage.name.empty()) names_->insert(stage.name);
      if (stage.when.has_value()) Add(*stage.when);
      for (const internal::CheckedRule& rule : stage.rules) Add(rule);
    }
  }

 private:
  void Add(const Expression& expression) {
    names_->insert(expression.names().begin(), expression.names().end());
  }
  void Add(const std::optional<Expression>& expression) {
    if (expression.has_value()) Add(*expression);
  }

  void Add(const Pattern& pattern) {
    for (const PatternToken& token : pattern.tokens()) {
      Add(token.written);
      for (const PatternToken::Range& range : token.ranges) {
        Add(range.first);
        Add(range.last);
        Add(range.step);
      }
    }
  }

  void Add(const Guard& guard) {
    if (guard.name.pattern != nullptr) Add(*guard.name.pattern);
    for (const Expression& size : guard.shape) Add(size);
    Add(guard.param);
    for (const Guard& part : guard.parts) Add(part);
  }

  void Add(const internal::CheckedRule& rule) {
    for (const auto* side : {&rule.from, &rule.to}) {
      for (const internal::CheckedTensor& tensor : *side) {
        for (const internal::CheckedName& name : tensor.names) {
          Add(*name.pattern);
          for (const int variable : name.replicated) names_->insert(rule.variables.name(variable));
        }
      }
    }
    for (const NamePattern& unless : rule.unless) Add(*unless.pattern);
    for (int atom = 0; atom < rule.atoms.size(); ++atom) names_->insert(rule.atoms.name(atom));
    for (const auto& [name, size] : rule.sizes) {
      names_->insert(name);
      Add(size);
    }
    for (const auto* chain : {&rule.forward, &rule.reverse}) {
      for (const internal::CheckedOperation& operation : *chain) {
        for (const Expression& size : operation.sizes) Add(size);
      }
    }
    Add(rule.when);
  }

  std::set<std::string>* names_;
};

}  // namespace

void AddNames(const internal::MappingDocument& document, std::set<std::string>* names) {
  Collector(names).Add(document);
}

}  // namespace weft
