// What metadata say of tensors and files goes to the output only where it is true of it.
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "io/error_of.h"
#include "mindspore/raw_checkpoint.h"
#include "weft/weft.h"

namespace weft {
namespace {

using test::RawEntry;
using test::TemporaryDirectory;
using test::WriteFile;
using test::WriteSafetensors;
using Texts = std::map<std::string, std::string>;

// As in a .ckpt file.
std::string Text(const std::string& name, const std::string& text) {
  std::string content;
  for (const char c : text) content += std::string(1, c) + std::string(3, '\0');
  return RawEntry(name, {0}, "str", content);
}

Mapping MappingOf(const std::string& rules, const std::string& rest) {
  absl::StatusOr<Mapping> mapping = Mapping::FromJson(
      R"({"weft": 1, "name": "m",)" + rest + R"( "stages": [{"rules": [)" + rules + "]}]}",
      "m.json");
  INFO(mapping.status());
  REQUIRE(mapping.ok());
  return *std::move(mapping);
}

// The warnings of a conversion.
std::vector<std::string> Run(const std::string& from, const std::string& to,
                             const std::string& format, const Mapping& mapping,
                             Direction direction) {
  OpenOptions open;
  if (direction == Direction::kForward && mapping.part_files() != nullptr) {
    open.part_files = *mapping.part_files();
  }
  const absl::StatusOr<Checkpoint> source = Checkpoint::Open(from, open);
  INFO(source.status());
  REQUIRE(source.ok());
  CompileOptions compile;
  compile.direction = direction;
  const absl::StatusOr<Plan> plan = Compile({mapping}, source->catalog(), compile);
  INFO(plan.status());
  REQUIRE(plan.ok());
  ConvertOptions options;
  options.format = format;
  options.sync = false;
  options.overwrite = true;
  const absl::StatusOr<ConvertReport> report = Convert(*plan, *source, to, options);
  INFO(report.status());
  REQUIRE(report.ok());
  return report->warnings;
}

// The metadata of a checkpoint but for the record of a conversion.
Texts MetadataOf(const std::string& path) {
  const absl::StatusOr<Checkpoint> checkpoint = Checkpoint::Open(path);
  INFO(checkpoint.status());
  REQUIRE(checkpoint.ok());
  Texts metadata = checkpoint->catalog()->metadata;
  for (const char* key : {"weft.mapping", "weft.digests", "weft.direction", "weft.reversible"}) {
    metadata.erase(key);
  }
  return metadata;
}

struct Written {
  Texts metadata;
  std::vector<std::string> warnings;
};

// Converts with these rules of one stage; without any with none.
Written Convert(const std::string& from, const std::string& to, const std::string& format,
                const std::string& rules, const std::string& rest = "") {
  const Mapping mapping = rules.empty() ? Mapping::Identity() : MappingOf(rules, rest);
  std::vector<std::string> warnings = Run(from, to, format, mapping, Direction::kForward);
  return {MetadataOf(to), std::move(warnings)};
}

Written Renamed(const std::string& from, const std::string& to, const std::string& format) {
  return Convert(from, to, format,
                 R"({"rename": "q", "to": "model.q"}, {"rename": "i8", "to": "q"})");
}

// A tensor of Int4 and one of Int8.
const std::string kInt4 = RawEntry("q", {2}, "Int4", "ab") + RawEntry("i8", {2}, "Int8", "cd");

TEST_CASE("mindspore: Int4 goes with a tensor to its new name, and not to another of the old one",
          "[mindspore]") {
  const TemporaryDirectory directory;
  WriteFile(directory / "q.ckpt", kInt4);
  for (const auto& [file, format] :
       {std::pair("out.ckpt", "mindspore"), std::pair("out.safetensors", "mindspore-safetensors"),
        std::pair("plain.safetensors", "safetensors")}) {
    const Written written = Renamed(directory / "q.ckpt", directory / file, format);
    CHECK(written.metadata.count("q") == 0);
    CHECK(written.metadata.at("model.q") == "Int4");
    CHECK(written.warnings.empty());
    // And back from there.
    const Written back =
        Convert(directory / file, directory / "back.ckpt", "mindspore",
                R"({"rename": "q", "to": "i8"}, {"rename": "model.q", "to": "q"})");
    CHECK(back.metadata.at("q") == "Int4");
    CHECK(back.metadata.count("model.q") == 0);
  }
  // In the file itself the type says so.
  const std::string bytes = test::ReadFile(directory / "out.ckpt");
  CHECK(bytes.find(RawEntry("model.q", {2}, "Int4", "ab")) != std::string::npos);
  CHECK(bytes.find(RawEntry("q", {2}, "Int8", "cd")) != std::string::npos);
}

TEST_CASE(
    "mindspore: what is made of Int4 alone is Int4; what is mixed is not, with a "
    "warning",
    "[mindspore]") {
  const TemporaryDirectory directory;
  WriteFile(directory / "q.ckpt", RawEntry("a", {2}, "Int4", "ab") +
                                      RawEntry("b", {2}, "Int4", "cd") +
                                      RawEntry("c", {2}, "Int8", "ef"));
  const std::string out = directory / "out.ckpt";
  Written written =
      Convert(directory / "q.ckpt", out, "mindspore",
              R"({"from": {"x": ["a", "n"], "y": ["b", "n"]}, "to": ["q", "[x:n | y:n]"]})");
  CHECK(written.metadata == Texts{{"q", "Int4"}});
  CHECK(written.warnings.empty());

  written = Convert(directory / "q.ckpt", out, "mindspore",
                    R"({"from": {"x": ["c", "n"], "y": ["b", "n"]}, "to": ["b", "[x:n | y:n]"]})");
  CHECK(written.metadata == Texts{{"a", "Int4"}});
  REQUIRE(written.warnings.size() == 1);
  CHECK(written.warnings[0].find("tensor 'b' is made in part of 'b', which") == 0);
  CHECK(written.warnings[0].find("it is written as plain I8") != std::string::npos);
}

TEST_CASE("mindspore: Int4 goes into part files, and out of them", "[mindspore]") {
  const TemporaryDirectory directory;
  std::filesystem::create_directories(directory / "in");
  WriteFile(directory / "in/p0.ckpt", RawEntry("q", {2}, "Int4", "ab"));
  WriteFile(directory / "in/p1.ckpt", RawEntry("q", {2}, "Int8", "cd"));
  const std::string files = R"("files": "p{r}.ckpt",)";
  const std::string rules = R"({"rename": "0/q", "to": "a"}, {"rename": "1/q", "to": "b"})";
  const Written whole =
      Convert(directory / "in", directory / "whole.ckpt", "mindspore", rules, files);
  CHECK(whole.metadata == Texts{{"a", "Int4"}});
  CHECK(Run(directory / "whole.ckpt", directory / "out", "mindspore", MappingOf(rules, files),
            Direction::kReverse)
            .empty());
  CHECK(MetadataOf(directory / "out/p0.ckpt") == Texts{{"q", "Int4"}});
  CHECK(MetadataOf(directory / "out/p1.ckpt").empty());
}

TEST_CASE("mindspore: a text 'Int4' is a text where no I8 tensor has its name", "[mindspore]") {
  const TemporaryDirectory directory;
  WriteFile(directory / "t.ckpt",
            RawEntry("w", {2}, "Int8", "ab") + Text("quant", "Int4") + Text("format", "x"));
  Written written = Convert(directory / "t.ckpt", directory / "out.ckpt", "mindspore", "");
  CHECK(written.metadata == Texts{{"format", "x"}, {"quant", "Int4"}});
  CHECK(written.warnings.empty());
  // A tensor that gets its name is not marked by it.
  written = Convert(directory / "t.ckpt", directory / "out.ckpt", "mindspore",
                    R"({"rename": "w", "to": "quant"})");
  CHECK(written.metadata == Texts{{"format", "x"}});
  CHECK(written.warnings.size() == 1);
  CHECK(test::ReadFile(directory / "out.ckpt").find(RawEntry("quant", {2}, "Int8", "ab")) !=
        std::string::npos);
}

TEST_CASE("mindspore: 'format' of safetensors files is said of no others", "[mindspore]") {
  const TemporaryDirectory directory;
  WriteSafetensors(directory / "in.safetensors", {{"w", test::Counting({2}, 0)}},
                   {{"format", "pt"}, {"author", "me"}});
  const Written written =
      Convert(directory / "in.safetensors", directory / "out.ckpt", "mindspore", "");
  CHECK(written.metadata == Texts{{"author", "me"}});
  CHECK(written.warnings.empty());
  // A text of that name gives way where the format has a meaning for it.
  WriteFile(directory / "t.ckpt", RawEntry("w", {2}, "Int8", "ab") + Text("format", "x"));
  const Written told =
      Convert(directory / "t.ckpt", directory / "out.safetensors", "mindspore-safetensors", "");
  CHECK(told.metadata == Texts{{"format", "ms"}});
  CHECK(told.warnings.size() == 1);
}

TEST_CASE("mindspore: the check sum of a safetensors file is not that of what is made of it",
          "[mindspore]") {
  const TemporaryDirectory directory;
  WriteSafetensors(directory / "in.safetensors", {{"w", test::Counting({2}, 0)}},
                   {{"format", "ms"}, {"crc_num", "12"}, {"remove_redundancy", "True"}});
  for (const auto& [file, format] :
       {std::pair("out.ckpt", "mindspore"), std::pair("out.safetensors", "mindspore-safetensors"),
        std::pair("plain.safetensors", "safetensors"), std::pair("dir", "mindspore-safetensors")}) {
    const Written written = Convert(directory / "in.safetensors", directory / file, format, "");
    CHECK(written.metadata.count("crc_num") == 0);
    CHECK(written.metadata.count("remove_redundancy") == 0);
    CHECK(written.warnings.empty());
  }
  // Texts of these names say something else; where MindSpore would misread them, they are left out.
  WriteFile(directory / "t.ckpt", RawEntry("w", {2}, "Int8", "ab") + Text("crc_num", "x"));
  CHECK(Convert(directory / "t.ckpt", directory / "out.ckpt", "mindspore", "").metadata ==
        Texts{{"crc_num", "x"}});
  const Written told =
      Convert(directory / "t.ckpt", directory / "out.safetensors", "mindspore-safetensors", "");
  CHECK(told.metadata == Texts{{"format", "ms"}});
  CHECK(told.warnings.size() == 1);
}

TEST_CASE("mindspore: metadata with the name of a tensor are left out, with a warning",
          "[mindspore]") {
  const TemporaryDirectory directory;
  WriteSafetensors(directory / "in.safetensors",
                   {{"epoch", test::Counting({2}, 0)}, {"i", {"I8", {2}, "ab"}}},
                   {{"epoch", "3"}, {"i", "Int4"}, {"other", "4"}});
  const std::string in = directory / "in.safetensors";
  Written written = Convert(in, directory / "out.ckpt", "mindspore", "");
  CHECK(written.metadata == Texts{{"i", "Int4"}, {"other", "4"}});
  REQUIRE(written.warnings.size() == 1);
  CHECK(written.warnings[0].find("the metadata 'epoch' are left out") == 0);
  for (const char* file : {"out.safetensors", "out"}) {
    written = Convert(in, directory / file, "mindspore-safetensors", "");
    CHECK(written.metadata == Texts{{"format", "ms"}, {"i", "Int4"}, {"other", "4"}});
    CHECK(written.warnings.size() == 1);
  }
  // Elsewhere they do no harm.
  written = Convert(in, directory / "plain.safetensors", "safetensors", "");
  CHECK(written.metadata == Texts{{"epoch", "3"}, {"i", "Int4"}, {"other", "4"}});
  CHECK(written.warnings.empty());
}

}  // namespace
}  // namespace weft
