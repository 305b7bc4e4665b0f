#include "mapping/mapping_names.h"

#include <optional>
#include <string>
#include <utility>

#include "mapping/share_reader.h"

namespace weft {
namespace {

class Collector {
 public:
  explicit Collector(std::set<std::string>* names) : names_(names) {}

  void Add(const internal::MappingDocument& document) {
    for (const internal::ParamTable& table : document.scopes) {
      table_ = &table;
      for (const auto& [name, source] : table.params) {
        Insert(name);
        Add(source.expression);
      }
      table_ = &document.scopes[table.parent];
      for (const auto& [name, expression] : table.given) Add(expression);
    }
    for (const internal::CheckedStage& stage : document.stages) {
      table_ = &document.scopes[stage.scope];
      if (stage.when.has_value()) {
        if (!stage.name.empty()) names_->insert(stage.name);
        Add(*stage.when);
      }
      for (const internal::CheckedRule& rule : stage.rules) Add(rule);
    }
    table_ = &document.scopes.front();
    for (const auto* side : {&document.from_expected, &document.to_expected}) {
      for (const internal::ExpectedName& expected : *side) {
        Add(*expected.name.pattern);
        if (!expected.shape.has_value()) continue;
        for (const std::optional<Expression>& size : *expected.shape) Add(size);
      }
    }
    for (const auto* side : {&document.from_shares, &document.to_shares}) {
      for (const internal::ShareRule& rule : *side) {
        table_ = &document.scopes[rule.scope];
        Add(rule);
      }
    }
  }

  void Add(const internal::ShareRule& rule) {
    // What every shard says of itself is no param.
    std::set<std::string> names;
    std::swap(*names_, names);
    AddAll(rule);
    names_->erase(Qualified(std::string(kRankName)));
    names_->erase(Qualified(std::string(kWorldSizeName)));
    std::swap(*names_, names);
    names_->merge(names);
  }

 private:
  void AddAll(const internal::ShareRule& rule) {
    for (const NamePattern& name : rule.names) Add(*name.pattern);
    for (int atom = 0; atom < rule.atoms.size(); ++atom) Insert(rule.atoms.name(atom));
    for (const internal::SplitAxis& axis : rule.split) {
      Insert(axis.name);
      Add(axis.pad);
    }
    for (const auto& [name, size] : rule.sizes) {
      Insert(name);
      Add(size);
    }
    Add(rule.when);
  }

  std::string Qualified(const std::string& name) const {
    return table_ == nullptr ? name : table_->Qualified(name);
  }
  void Insert(const std::string& name) { names_->insert(Qualified(name)); }

  void Add(const Expression& expression) {
    for (const std::string& name : expression.names()) Insert(name);
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
          for (const int variable : name.replicated) Insert(rule.variables.name(variable));
        }
      }
    }
    for (const NamePattern& unless : rule.unless) Add(*unless.pattern);
    for (int atom = 0; atom < rule.atoms.size(); ++atom) Insert(rule.atoms.name(atom));
    for (const auto& [name, size] : rule.sizes) {
      Insert(name);
      Add(size);
    }
    for (const auto* chain : {&rule.forward, &rule.reverse}) {
      for (const internal::CheckedOperation& operation : *chain) {
        for (const Expression& size : operation.sizes) Add(size);
        for (const Expression& size : operation.extra_sizes) Add(size);
      }
    }
    Add(rule.when);
  }

  std::set<std::string>* names_;
  const internal::ParamTable* table_ = nullptr;  // whose names are added; null: of no mapping
};

}  // namespace

void AddNames(const internal::MappingDocument& document, std::set<std::string>* names) {
  Collector(names).Add(document);
}

void AddNames(const std::vector<internal::ShareRule>& rules, std::set<std::string>* names) {
  Collector collector(names);
  for (const internal::ShareRule& rule : rules) collector.Add(rule);
}

}  // namespace weft
