// weft plan --svg: the picture of a plan, and those of the documents.
#include <catch2/catch.hpp>
#include <string>

#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "process/process.h"

namespace weft::test {

TEST_CASE("plan --svg: the pictures of docs/ are what the program draws", "[cli]") {
  const std::string root = WEFT_SOURCE_DIR;
  const TemporaryDirectory directory;
  for (const std::string name : {"mixtral", "encodec"}) {
    const std::string drawn = directory / (name + ".svg");
    const Outcome outcome =
        Weft({"plan", root + "/examples/checkpoints/" + name + "-tiny", "--svg", drawn});
    INFO("draw it again: ./weft plan examples/checkpoints/" << name << "-tiny --svg docs/images/"
                                                            << name << ".svg --force");
    CHECK(outcome.exit_code == 0);
    CHECK(outcome.err.empty());
    CHECK((ReadFile(drawn) == ReadFile(root + "/docs/images/" + name + ".svg")));
  }
}

TEST_CASE("plan --svg: nothing is replaced unasked, and no file of the source at all", "[cli]") {
  const TemporaryDirectory directory;
  const std::string source = directory / "m.safetensors";
  const std::string picture = directory / "m.svg";
  WriteSafetensors(source, {{"w", Counting({4}, 0)}});
  WriteFile(picture, "mine");
  const auto draw = [&](const std::string& path, bool force) {
    std::vector<std::string> words = {"plan", source, "--map", "identity", "--svg", path};
    if (force) words.emplace_back("--force");
    return Weft(words);
  };
  const Outcome refused = draw(picture, false);
  CHECK(refused.exit_code == 2);
  CHECK(refused.out.empty());
  CHECK(refused.err ==
        "error[OUTPUT_EXISTS] " + picture + ": the file exists\n  hint: --force replaces it\n");
  CHECK(ReadFile(picture) == "mine");
  CHECK(draw(picture, true).exit_code == 0);
  CHECK(ReadFile(picture).rfind("<svg ", 0) == 0);

  const std::string before = ReadFile(source);
  const Outcome same = draw(source, true);
  CHECK(same.exit_code == 2);
  CHECK(same.err == "error[SAME_FILE] " + source +
                        ": the picture would replace a file of the source\n"
                        "  hint: give it another name\n");
  CHECK(ReadFile(source) == before);

  const Outcome nowhere = draw(directory / "no/such/m.svg", false);
  CHECK(nowhere.exit_code == 3);
  CHECK(nowhere.first_error_line() ==
        "error[CANNOT_WRITE] " + (directory / "no/such/m.svg") + ": No such file or directory");
  CHECK(ListTree(directory / "") == std::vector<std::string>{"m.safetensors", "m.svg"});
}

}  // namespace weft::test
