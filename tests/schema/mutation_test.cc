// Each mapping with one thing wrong: the schema refuses it exactly when the compiler refuses its
// structure.
#include <catch2/catch.hpp>
#include <fstream>
#include <string>
#include <vector>

#include "schema/compiler_verdict.h"
#include "schema/published_schema.h"
#include "weft/mapping.h"

namespace weft {
namespace {

using nlohmann::json;

// A value of each type; none of them means anything in particular anywhere.
const std::vector<json>& Strangers() {
  static const auto* const kStrangers = new std::vector<json>{
      nullptr, true, 17, 1.5, "text", json::array(), json::object(),
  };
  return *kStrangers;
}

// Every place of a document, as pointers.
void AddPlaces(const json& value, const json::json_pointer& at,
               std::vector<json::json_pointer>& places) {
  places.push_back(at);
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) AddPlaces(member, at / key, places);
  } else if (value.is_array()) {
    for (size_t i = 0; i < value.size(); ++i) AddPlaces(value[i], at / i, places);
  }
}

struct Mutant {
  std::string change;
  json document;
};

// All that one change makes of a document.
std::vector<Mutant> MutantsOf(const json& document) {
  std::vector<json::json_pointer> places;
  AddPlaces(document, json::json_pointer(), places);
  std::vector<Mutant> mutants;
  for (const json::json_pointer& place : places) {
    const json& value = document.at(place);
    const auto add = [&](const std::string& change) -> json& {
      mutants.push_back({place.to_string() + change, document});
      return mutants.back().document;
    };
    for (const json& stranger : Strangers()) {
      if (stranger.type() == value.type()) continue;
      add(" becomes " + stranger.dump()).at(place) = stranger;
    }
    if (value.is_object()) add(" gets a field").at(place)["stranger"] = 17;
    if (place.empty()) continue;
    const json::json_pointer parent = place.parent_pointer();
    if (document.at(parent).is_object()) {
      add(" is left out").at(parent).erase(place.back());
      json& siblings = add(" is renamed").at(parent);
      siblings.erase(place.back());
      siblings[place.back() + "_x"] = value;
    } else {
      add(" is left out").at(parent).erase(std::stoul(place.back()));
    }
  }
  return mutants;
}

void CheckMutants(const json& document) {
  REQUIRE(VerdictOf(document).errors == kNoErrors);
  REQUIRE(SchemaErrors(document) == kNoErrors);
  int refused = 0;
  for (const Mutant& mutant : MutantsOf(document)) {
    const CompilerVerdict verdict = VerdictOf(mutant.document);
    const std::string errors = SchemaErrors(mutant.document);
    if (verdict.structural) ++refused;
    if (verdict.structural == !errors.empty()) continue;
    FAIL_CHECK(mutant.change << "\nthe schema says: " << errors
                             << "\nthe compiler says: " << verdict.errors);
  }
  CHECK(refused > 50);
}

// Expectations are alike; the first of each side will do.
json Shortened(json mapping) {
  for (json& side : mapping["expect"]) {
    if (side.size() > 2) side.erase(side.begin() + 2, side.end());
  }
  return mapping;
}

TEST_CASE("schema: one change to a shipped mapping is refused by both or by none", "[schema]") {
  for (const BuiltinMapping& builtin : Mapping::Builtins()) {
    INFO(builtin.name);
    const json mapping = json::parse(builtin.json);
    CHECK(SchemaErrors(mapping) == kNoErrors);
    CheckMutants(Shortened(mapping));
  }
}

TEST_CASE("schema: one change to a mapping with every field is refused by both or by none",
          "[schema]") {
  std::ifstream file(WEFT_SOURCE_DIR "/tests/schema/every_field.json");
  CheckMutants(json::parse(file));
}

}  // namespace
}  // namespace weft
