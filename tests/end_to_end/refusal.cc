#include "end_to_end/refusal.h"

#include <catch2/catch.hpp>
#include <sstream>
#include <utility>

#include "end_to_end/mixtral_tiny.h"
#include "files/temporary_directory.h"
#include "process/process.h"

namespace weft::test {
namespace {

std::string Replaced(std::string text, const std::string& what, const std::string& by) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace

Refusal Refuse(const std::vector<FileTensors>& shards, const std::string& mapping,
               const std::vector<std::string>& options) {
  const TemporaryDirectory directory;
  const std::string source = directory / "source";
  const std::string map = directory / "map.json";
  WriteMixtral(source, shards);
  std::vector<std::string> arguments = {"convert", source, ""};
  if (!mapping.empty()) {
    WriteFile(map, mapping);
    arguments.insert(arguments.end(), {"--map", map});
  }
  arguments.insert(arguments.end(), options.begin(), options.end());

  const std::vector<std::string> before = ListTree(directory.path());
  std::vector<Refusal> refusals;
  for (const char* destination : {"new/out", "new/out.safetensors"}) {
    arguments[2] = directory / destination;
    const Outcome outcome = Weft(arguments);
    CHECK(outcome.out.empty());
    CHECK(ListTree(directory.path()) == before);
    refusals.push_back({outcome.exit_code, LinesOf(Replaced(outcome.err, source, "SRC"))});
  }
  CHECK(refusals[0].exit_code == refusals[1].exit_code);
  CHECK(refusals[0].lines == refusals[1].lines);
  return std::move(refusals[0]);
}

}  // namespace weft::test
