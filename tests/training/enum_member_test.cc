// Members of enumerations, as Python 3.11.0 to 3.11.3 pickle them; and what else getattr could do.
#include <catch2/catch.hpp>

#include "formats/pytorch/reader.h"
#include "formats/raw_pickle.h"
#include "io/error_of.h"

namespace weft::test {
namespace {

absl::StatusOr<pytorch::Contents> Read(const std::string& object) {
  const std::string bytes = TorchZip(Pickle(object), {{"0", "0123456789abcdef"}});
  return pytorch::Read(TextReader(bytes, "f.pt"), {});
}

std::string Class() { return PickledGlobal("deepspeed.runtime.zero.config", "ZeroStageEnum"); }

std::string Member(const std::vector<std::string>& arguments) {
  return PickledCall("builtins", "getattr", arguments);
}

TEST_CASE("getattr: of a member of an enumeration it is a value", "[training]") {
  for (const char* const module : {"builtins", "__builtin__"}) {
    const absl::StatusOr<pytorch::Contents> contents = Read(
        PickledDict({{"stage", PickledCall(module, "getattr", {Class(), PickledText("gradients")})},
                     {"w", PickledTensor("0", 4, 0, {4}, {1})}}));
    REQUIRE(contents.ok());
    REQUIRE(contents->values.size() == 1);
    CHECK(contents->values[0].text == "deepspeed.runtime.zero.config.ZeroStageEnum.gradients");
    CHECK(contents->tensors.size() == 1);
  }
}

TEST_CASE("getattr: anything else refuses the file", "[training]") {
  const std::string getter = PickledGlobal("builtins", "getattr");
  const std::string member = Member({Class(), PickledText("gradients")});
  for (const std::string& object : {
           getter,
           PickledList({getter}),
           PickledDict({{"x", getter}}),
           Member({Class(), PickledText("__class__")}),
           Member({Class(), PickledText("_value_")}),
           Member({Class(), PickledText("a.b")}),
           Member({Class(), PickledText("")}),
           Member({Class(), PickledInt(1)}),
           Member({Class()}),
           Member({Class(), PickledText("a"), PickledText("b")}),
           Member({member, PickledText("name")}),
           Member({PickledText("text"), PickledText("format")}),
           Member({PickledGlobal("collections", "OrderedDict"), PickledText("update")}),
           Member({getter, PickledText("name")}),
           PickledList({member + PickledDict({{"a", PickledInt(1)}}) + "b"}),
           PickledCall("collections", "deque", {getter}),
           PickledGlobal("argparse", "Namespace") + ")\x81" + getter + "b",
       }) {
    CHECK(ErrorNameOf(Read(PickledList({object}))) == "UNKNOWN_GLOBAL");
  }
  CHECK(ErrorNameOf(Read(getter)) == "UNKNOWN_GLOBAL");
}

TEST_CASE("getattr: what it gives is never called", "[training]") {
  const std::string member = Member({Class(), PickledText("gradients")});
  CHECK_FALSE(Read(member + PickledTuple({}) + "R").ok());
}

}  // namespace
}  // namespace weft::test
