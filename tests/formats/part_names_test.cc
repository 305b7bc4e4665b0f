#include "formats/part_names.h"

#include <catch2/catch.hpp>

#include "io/error_of.h"

namespace weft {
namespace {

std::string ErrorOfParts(const std::vector<std::string>& names) {
  return ErrorNameOf(CheckAllParts(names, "d"));
}

TEST_CASE("part names: taken apart", "[formats]") {
  const auto part = ParsePartName("model-00002-of-00003.safetensors");
  REQUIRE(part.has_value());
  CHECK(part->prefix == "model-");
  CHECK(part->part == 2);
  CHECK(part->count == 3);
  CHECK(part->suffix == ".safetensors");
  CHECK(ParsePartName("a-of-b-1-of-2").has_value());
  for (const char* name : {"model.safetensors", "of-2", "1-of-2", "model-of-2", "model-1-of-",
                           "model1-of-2", "model-1-of-2x", "model-99999999999999999999-of-2"}) {
    CAPTURE(name);
    CHECK_FALSE(ParsePartName(name).has_value());
  }
  CHECK(NameOfPart("model", 2, 3, ".safetensors") == "model-00002-of-00003.safetensors");
  CHECK(NameOfPart("pytorch_model", 123456, 234567, ".bin") ==
        "pytorch_model-123456-of-234567.bin");
}

TEST_CASE("part names: files of one checkpoint differ in numbers only", "[formats]") {
  CHECK(FamilyOf("model-00001-of-00003.safetensors") ==
        FamilyOf("model-00003-of-00003.safetensors"));
  CHECK(FamilyOf("model-00001-of-00003.safetensors") !=
        FamilyOf("model-00001-of-00002.safetensors"));
  CHECK(FamilyOf("consolidated.00.safetensors") == FamilyOf("consolidated.11.safetensors"));
  CHECK(FamilyOf("model.safetensors") != FamilyOf("adapter.safetensors"));
  CHECK(FamilyOf("model.safetensors") != FamilyOf("model2.safetensors"));
  CHECK(FamilyOf("model.safetensors") != FamilyOf("model-00001-of-00001.safetensors"));
}

TEST_CASE("part names: all parts are there", "[formats]") {
  CHECK(ErrorOfParts({"m-1-of-1"}) == "OK");
  CHECK(ErrorOfParts({"m-1-of-3", "m-2-of-3", "m-3-of-3"}) == "OK");
  CHECK(ErrorOfParts({"m-0-of-2", "m-1-of-2"}) == "OK");
  CHECK(ErrorOfParts({"consolidated.00", "consolidated.05"}) == "OK");
  CHECK(ErrorOfParts({"m-2-of-3", "m-3-of-3"}) == "MISSING_PART");
  CHECK(ErrorOfParts({"m-1-of-3", "m-3-of-3"}) == "MISSING_PART");
  CHECK(ErrorOfParts({"m-1-of-3", "m-2-of-3"}) == "MISSING_PART");
  CHECK(ErrorOfParts({"m-1-of-18446744073709551615"}) == "MISSING_PART");
  CHECK(ErrorOfParts({"m-1-of-2", "m-2-of-2", "m-3-of-2"}) == "MISSING_PART");
  CHECK(ErrorOfParts({"m-0-of-2", "m-1-of-2", "m-2-of-2"}) == "MISSING_PART");
  CHECK(ErrorOfParts({"m-01-of-2", "m-1-of-2"}) == "DUPLICATE_NAME");
  CHECK(ErrorTextOf(CheckAllParts({"m-1-of-3", "m-3-of-3"}, "d")) ==
        "d: part 2 of the checkpoint 'm-1-of-3' is missing: 2 of 3 files are there");
}

}  // namespace
}  // namespace weft
