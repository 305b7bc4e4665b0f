// Random documents that a schema accepts, made by walking it. Text that has a syntax of its own is
// drawn from lists of right texts, by the definition that it stands under.
#ifndef WEFT_TESTS_SCHEMA_RANDOM_DOCUMENT_H_
#define WEFT_TESTS_SCHEMA_RANDOM_DOCUMENT_H_

#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <string>

namespace weft {

class RandomDocuments {
 public:
  RandomDocuments(const nlohmann::json& schema, uint64_t seed) : schema_(schema), random_(seed) {}

  nlohmann::json Make() { return ValueOf(schema_, 0); }

  // The definitions that were walked so far.
  const std::set<std::string>& used() const { return used_; }

 private:
  nlohmann::json ValueOf(const nlohmann::json& schema, int depth);
  nlohmann::json Referred(const std::string& name, int depth);
  nlohmann::json ObjectOf(const nlohmann::json& schema, int depth);
  nlohmann::json ArrayOf(const nlohmann::json& schema, int depth);
  nlohmann::json AnyValue();

  size_t Below(size_t count) { return random_() % count; }
  bool Chance(int percent) { return Below(100) < static_cast<size_t>(percent); }
  const nlohmann::json& OneOf(const nlohmann::json& list) { return list.at(Below(list.size())); }

  const nlohmann::json& schema_;
  std::mt19937_64 random_;
  std::set<std::string> used_;
};

}  // namespace weft

#endif  // WEFT_TESTS_SCHEMA_RANDOM_DOCUMENT_H_
