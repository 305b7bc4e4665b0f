// weft diff: in what two checkpoints differ.
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "process/process.h"

namespace weft::test {
namespace {

FileTensors Model() {
  FileTensors tensors;
  for (int i = 0; i < 4; ++i) tensors["l." + std::to_string(i) + ".w"] = Counting({2, 3}, 0);
  tensors["norm"] = Counting({3}, 0);
  return tensors;
}

class Two {
 public:
  Two(const FileTensors& a, const FileTensors& b,
      const std::map<std::string, std::string>& b_metadata = {})
      : a_bytes_(SafetensorsBytes(a)), b_bytes_(SafetensorsBytes(b, b_metadata)) {
    WriteFile(directory_ / "a.safetensors", a_bytes_);
    WriteFile(directory_ / "b.safetensors", b_bytes_);
  }

  Outcome Diff(const std::vector<std::string>& options = {}) const {
    std::vector<std::string> words = {"diff", directory_ / "a.safetensors",
                                      directory_ / "b.safetensors"};
    words.insert(words.end(), options.begin(), options.end());
    return Weft(words);
  }

  // Of the last elements of F32.
  std::string ByteInA(size_t from_end) const {
    return std::to_string(a_bytes_.size() - 4 * from_end);
  }
  std::string ByteInB(size_t from_end) const {
    return std::to_string(b_bytes_.size() - 4 * from_end);
  }

 private:
  TemporaryDirectory directory_;
  std::string a_bytes_;
  std::string b_bytes_;
};

}  // namespace

TEST_CASE("diff: equal checkpoints, however they are cut into files", "[cli]") {
  const Two same(Model(), Model());
  CHECK(same.Diff().exit_code == 0);
  CHECK(same.Diff().out == "equal: 5 and 5 tensors, 108 B of data in both\n");
  TemporaryDirectory directory;
  FileTensors rest = Model();
  rest.erase("norm");
  WriteShards(directory / "shards", {{{"norm", Counting({3}, 0)}}, rest});
  WriteSafetensors(directory / "one.safetensors", Model());
  CHECK(Weft({"diff", directory / "shards", directory / "one.safetensors"}).exit_code == 0);
}

TEST_CASE("diff: names are grouped, and a rule that would pair them is suggested", "[cli]") {
  FileTensors b;
  for (const auto& [name, tensor] : Model()) b["model." + name] = tensor;
  const Outcome outcome = Two(Model(), b).Diff();
  CHECK(outcome.exit_code == 1);
  CHECK(outcome.err.empty());
  CHECK(outcome.out ==
        "only in A: l.{0..3}.w\n"
        "only in A: norm\n"
        "only in B: model.l.{0..3}.w\n"
        "only in B: model.norm\n"
        "the names of B would be those of A by a stage of the rules:\n"
        "  {\"rename\": \"model.{x*}\", \"to\": \"{x*}\"}  (5 tensors)\n"
        "not equal: 10 differences in 5 and 5 tensors, 0 B of data in both\n");
}

TEST_CASE("diff: dtypes, shapes and data, with both places of the first element", "[cli]") {
  FileTensors b = Model();
  b["l.0.w"] = Counting({3, 2}, 0);
  b["l.1.w"] = {"I32", {2, 3}, std::string(24, '\0')};
  b["norm"] = Counting({3}, 1);  // 1 2 3 for 0 1 2
  const Two two(Model(), b);
  const Outcome outcome = two.Diff();
  CHECK(outcome.exit_code == 1);
  CHECK(outcome.out ==
        "shape: l.0.w is [2, 3] in A, [3, 2] in B\n"
        "dtype: l.1.w is F32 in A, I32 in B\n"
        "data: norm differs in 3 elements; the first, 0, is 0 (0x00000000) in A (byte " +
            two.ByteInA(3) + " of a.safetensors), 1 (0x3F800000) in B (byte " + two.ByteInB(3) +
            " of b.safetensors)\n"
            "not equal: 3 differences in 5 and 5 tensors, 60 B of data in both\n");
}

TEST_CASE("diff: within a tolerance numbers are equal", "[cli]") {
  FileTensors b = Model();
  b["norm"] = Counting({3}, 0.25F);
  const Two two(Model(), b);
  CHECK(two.Diff().exit_code == 1);
  CHECK(two.Diff({"--atol", "0.25"}).exit_code == 0);
  CHECK(two.Diff({"--rtol", "0.125"}).exit_code == 1);
  CHECK(two.Diff({"--rtol", "-1"}).exit_code == 2);
}

TEST_CASE("diff: metadata is told, and does not count", "[cli]") {
  const Two two(Model(), Model(), {{"format", "pt"}});
  const Outcome outcome = two.Diff();
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.out ==
        "metadata differs, which does not count: format\n"
        "equal: 5 and 5 tensors, 108 B of data in both\n");
  CHECK(nlohmann::json::parse(two.Diff({"--json"}).out)["metadata"] ==
        nlohmann::json::array({"format"}));
}

TEST_CASE("diff --json: the same as a document", "[cli]") {
  FileTensors b = Model();
  b["norm"] = Counting({3}, 1);
  b["m.0.w"] = b["l.0.w"];
  b.erase("l.0.w");
  const Two two(Model(), b);
  const Outcome outcome = two.Diff({"--json", "--threads", "1", "--memory", "1MiB"});
  CHECK(outcome.exit_code == 1);
  const auto document = nlohmann::json::parse(outcome.out);
  CHECK(document["equal"] == false);
  CHECK(document["tensors_a"] == 5);
  CHECK(document["tensors_b"] == 5);
  CHECK(document["bytes_compared"] == 84);
  CHECK(document["only_in_a"] == nlohmann::json::array({"l.0.w"}));
  CHECK(document["only_in_b"] == nlohmann::json::array({"m.0.w"}));
  CHECK(document["total_findings"] == 3);
  CHECK(document["renames"] ==
        nlohmann::json::array({{{"rename", "m.{i}.w"}, {"to", "l.{i}.w"}, {"tensors", 1}}}));
  REQUIRE(document["findings"].size() == 1);
  const auto& finding = document["findings"][0];
  CHECK(finding["kind"] == "data");
  CHECK(finding["tensor"] == "norm");
  CHECK(finding["a"] == "0 (0x00000000)");
  CHECK(finding["b"] == "1 (0x3F800000)");
  CHECK(finding["element"] == 0);
  CHECK(finding["differing_elements"] == 3);
  CHECK(finding["a_file"] == "a.safetensors");
  CHECK(finding["b_file"] == "b.safetensors");
  CHECK(std::to_string(finding["a_offset"].get<int>()) == two.ByteInA(3));
  CHECK(std::to_string(finding["b_offset"].get<int>()) == two.ByteInB(3));
}

TEST_CASE("diff: what cannot be opened is an error, not a difference", "[cli]") {
  const Two two(Model(), Model());
  const Outcome outcome = Weft({"diff", "/nonexistent/a", "/nonexistent/b"});
  CHECK(outcome.exit_code == 3);
  CHECK(outcome.out.empty());
  CHECK(outcome.first_error_line().rfind("error[CANNOT_READ] /nonexistent/a", 0) == 0);
}

}  // namespace weft::test
