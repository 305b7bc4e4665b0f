#include "layering/layering.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace weft::layering {
namespace {

using Lines = std::vector<std::string>;

TEST_CASE("layering: this tree breaks no rule", "[layering]") {
  const std::vector<SourceFile> tree = ReadTree(WEFT_SOURCE_DIR);
  REQUIRE(tree.size() > 30);
  CHECK_THAT(Violations(tree), Catch::Equals(Lines{}));
}

TEST_CASE("layering: a room may not know a later room", "[layering]") {
  CHECK(Violations(
            {{"lib/json/a.cc", "#include \"io/input_file.h\"\n"},
             {"lib/mapping/b.cc", "\n#include \"formats/writer.h\"\n#include \"json/json.h\"\n"},
             {"lib/mapping/mapping.cc", "#include \"io/output_file.h\"\n"},
             {"lib/tensor/c.cc", "  #  include <execute/pool.h>\n"}}) ==
        Lines{"lib/json/a.cc:1: json may not know io",
              "lib/mapping/b.cc:2: mapping may not know formats",
              "lib/mapping/mapping.cc:1: mapping may not know io",
              "lib/tensor/c.cc:1: tensor may not know execute"});
}

TEST_CASE("layering: a room may not know a public header of a later room", "[layering]") {
  CHECK(Violations({{"lib/plan/a.cc", "#include \"weft/checkpoint.h\"\n#include \"weft/plan.h\"\n"},
                    {"lib/mapping/b.cc", "#include \"weft/convert.h\"\n"},
                    {"lib/formats/c.cc", "#include \"weft/mapping.h\"\n"}}) ==
        Lines{"lib/plan/a.cc:1: plan may not know <weft/checkpoint.h>",
              "lib/mapping/b.cc:1: mapping may not know <weft/convert.h>",
              "lib/formats/c.cc:1: formats may not know <weft/mapping.h>"});
}

TEST_CASE("layering: a room that is not in the table has no rights", "[layering]") {
  CHECK(Violations({{"lib/cache/a.cc", "#include <vector>\n"}}) ==
        Lines{"lib/cache/a.cc:1: lib/cache is no room of the table"});
}

TEST_CASE("layering: libraries stay where they are wrapped", "[layering]") {
  CHECK(Violations({{"lib/plan/a.cc", "#include <nlohmann/json.hpp>\n"},
                    {"lib/json/b.h",
                     "#ifndef WEFT_JSON_B_H_\n#define WEFT_JSON_B_H_\n"
                     "#include <nlohmann/json_fwd.hpp>\n"},
                    {"lib/mapping/rule.cc", "#include <re2/re2.h>\n"},
                    {"lib/execute/pool.cc", "#include \"absl/synchronization/mutex.h\"\n"},
                    {"lib/json/parse.cc", "#include <nlohmann/json.hpp>\n"},
                    {"lib/mapping/pattern.cc", "#include <re2/re2.h>\n"}}) ==
        Lines{"lib/plan/a.cc:1: nlohmann/json.hpp may not be included here",
              "lib/json/b.h:3: nlohmann/json_fwd.hpp may not be included here",
              "lib/mapping/rule.cc:1: re2/re2.h may not be included here",
              "lib/execute/pool.cc:1: absl/synchronization/mutex.h may not be included here"});
}

TEST_CASE("layering: a public header shows neither rooms nor libraries", "[layering]") {
  CHECK(Violations({{"include/weft/a.h",
                     "#ifndef WEFT_A_H_\n#define WEFT_A_H_\n#include <vector>\n"
                     "#include \"absl/status/statusor.h\"\n#include \"absl/strings/str_cat.h\"\n"
                     "#include \"json/json.h\"\n#include \"weft/a.h\"\n#include \"weft/b.h\"\n"
                     "#include <pthread.h>\n"}}) ==
        Lines{"include/weft/a.h:5: absl/strings/str_cat.h may not be included by a public header",
              "include/weft/a.h:6: json/json.h may not be included by a public header",
              "include/weft/a.h:8: weft/b.h may not be included by a public header",
              "include/weft/a.h:9: pthread.h may not be included by a public header"});
}

TEST_CASE("layering: the command line uses the public headers alone", "[layering]") {
  CHECK(Violations(
            {{"tools/weft/main.cc",
              "#include \"weft/weft.h\"\n#include \"plan/compile.h\"\n#include \"text.h\"\n"}}) ==
        Lines{"tools/weft/main.cc:2: plan/compile.h is not public"});
}

TEST_CASE("layering: names have to say something", "[layering]") {
  CHECK(Violations({{"lib/json/string_utils.cc", ""}, {"lib/io/helpers/read.cc", ""}}) ==
        Lines{"lib/json/string_utils.cc:1: the name says \"utils\"",
              "lib/io/helpers/read.cc:1: the name says \"helpers\""});
}

TEST_CASE("layering: an include guard is the path", "[layering]") {
  CHECK(Violations(
            {{"lib/json/a.h", "#ifndef WEFT_A_H\n#define WEFT_A_H\n"},
             {"include/weft/b.h", "#ifndef WEFT_B_H_\n#define WEFT_B_H_\n"},
             {"tools/weft/c.h", "#ifndef WEFT_TOOLS_WEFT_C_H_\n#define WEFT_TOOLS_WEFT_C_H_\n"}}) ==
        Lines{"lib/json/a.h:1: the include guard is not WEFT_JSON_A_H_"});
}

}  // namespace
}  // namespace weft::layering
