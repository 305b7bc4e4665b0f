#include <catch2/catch.hpp>
#include <string>

#include "schema/compiler_verdict.h"
#include "schema/published_schema.h"
#include "schema/random_document.h"

namespace weft {
namespace {

using nlohmann::json;

TEST_CASE("schema: the compiler parses what it accepts", "[schema]") {
  RandomDocuments documents(PublishedSchema(), 1);
  int accepted = 0;
  for (int i = 0; i < 20000; ++i) {
    const json document = documents.Make();
    const CompilerVerdict verdict = VerdictOf(document);
    if (verdict.accepted) ++accepted;
    if (!verdict.structural) continue;
    FAIL_CHECK(document.dump() << "\n" << verdict.errors);
    break;
  }
  CHECK(accepted > 2000);
  for (const auto& [name, definition] : PublishedSchema().at("definitions").items()) {
    INFO(name);
    CHECK(documents.used().count(name) == 1);
  }
}

TEST_CASE("schema: what is made from it is accepted by it", "[schema]") {
  RandomDocuments documents(PublishedSchema(), 2);
  for (int i = 0; i < 500; ++i) {
    const json document = documents.Make();
    INFO(document.dump());
    REQUIRE(SchemaErrors(document) == kNoErrors);
  }
}

}  // namespace
}  // namespace weft
