// Side files that a plan changes on the way.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "files/safetensors_files.h"
#include "io/error_of.h"
#include "io/scratch_directory.h"
#include "weft/convert.h"

namespace weft {
namespace {

using Names = std::vector<std::string>;
using Kind = SideFileEdit::Kind;

// A directory "in" with one tensor, a config and a tokenizer.
class Fixture {
 public:
  Fixture() {
    scratch_.Write("in/config.json", R"({"b": 1, "a": {"x": [1, 2], "y": null}})");
    scratch_.Write("in/tokenizer.json", "{ \"kept\":  1 }");
    test::WriteSafetensors(scratch_.PathOf("in/model.safetensors"),
                           {{"t", test::Counting({2}, 1)}});
    checkpoint_ = Checkpoint::Open(scratch_.PathOf("in"));
    REQUIRE(checkpoint_.ok());
    plan_.catalog = checkpoint_->catalog();
    Box box;
    box.factors = {{2, 1, 1}};
    plan_.tensors = {{"t", DType::kF32, DType::kF32, {2}, {box}, {}}};
  }

  void Edit(const std::string& file, Kind kind, const std::string& json) {
    plan_.side_file_edits.push_back({file, "m.json:7:3 (/side_files/0)", kind, json});
  }
  absl::StatusOr<ConvertReport> Run(const std::string& destination) const {
    return Convert(plan_, *checkpoint_, scratch_.PathOf(destination));
  }
  const ScratchDirectory& scratch() const { return scratch_; }

 private:
  ScratchDirectory scratch_;
  absl::StatusOr<Checkpoint> checkpoint_;
  Plan plan_;
};

TEST_CASE("side files: edits apply in order, and the rest is copied byte for byte", "[execute]") {
  Fixture fixture;
  fixture.Edit("config.json", Kind::kMerge, R"({"a": {"y": 2, "z": 3}})");
  fixture.Edit("config.json", Kind::kPatch, R"([{"op": "replace", "path": "/a/y", "value": 4}])");
  const auto report = fixture.Run("out");
  INFO(report.status());
  REQUIRE(report.ok());
  CHECK(report->patched == Names{"config.json"});
  CHECK(report->side_files == Names{"tokenizer.json"});
  CHECK(report->warnings.empty());
  CHECK(fixture.scratch().Read("out/config.json") ==
        "{\n  \"b\": 1,\n  \"a\": {\n    \"x\": [\n      1,\n      2\n    ],\n    \"y\": 4,\n"
        "    \"z\": 3\n  }\n}\n");
  CHECK(fixture.scratch().Read("out/tokenizer.json") == "{ \"kept\":  1 }");
  CHECK(fixture.scratch().Read("in/config.json") == R"({"b": 1, "a": {"x": [1, 2], "y": null}})");
}

TEST_CASE("side files: an edit of a file that is not there is left out with a warning",
          "[execute]") {
  Fixture fixture;
  fixture.Edit("generation_config.json", Kind::kMerge, "{}");
  fixture.Edit("generation_config.json", Kind::kPatch, "[]");
  fixture.Edit("model.safetensors", Kind::kMerge, "{}");
  const auto report = fixture.Run("out");
  INFO(report.status());
  REQUIRE(report.ok());
  CHECK(report->patched.empty());
  CHECK(report->side_files == Names{"config.json", "tokenizer.json"});
  CHECK(report->warnings ==
        Names{"m.json:7:3 (/side_files/0): the source has no side file 'generation_config.json' to "
              "change; the edit was left out",
              "m.json:7:3 (/side_files/0): the source has no side file 'model.safetensors' to "
              "change; the edit was left out"});
}

TEST_CASE("side files: an output of one file takes no edits", "[execute]") {
  Fixture fixture;
  fixture.Edit("config.json", Kind::kPatch, R"([{"op": "remove", "path": "/none"}])");
  const auto report = fixture.Run("out.safetensors");
  REQUIRE(report.ok());
  CHECK(report->patched.empty());
  CHECK(report->warnings.empty());
}

TEST_CASE("side files: an edit that does not apply leaves no output", "[execute]") {
  Fixture fixture;
  fixture.Edit("config.json", Kind::kPatch, R"([{"op": "remove", "path": "/none"}])");
  const auto report = fixture.Run("out");
  CHECK(ErrorNameOf(report) == "PATCH_REFUSED");
  CHECK(
      ErrorTextOf(report) ==
      fixture.scratch().PathOf("in/config.json") +
          ", changed by m.json:7:3 (/side_files/0): operation 0, remove \"/none\": key \\'none\\' "
          "not found");
  CHECK(fixture.scratch().Names() == Names{"in"});
}

}  // namespace
}  // namespace weft
