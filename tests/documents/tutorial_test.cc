// The tutorial is run as it is written: its files are made, its commands run in their order, and
// what they print is what it shows.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "files/temporary_directory.h"

namespace weft {
namespace {

namespace fs = std::filesystem;

using Lines = std::vector<std::string>;

// What is shown instead of lines, or of the rest of a line.
const std::string kLeftOut = "…";

struct Block {
  std::string kind;  // what stands behind the opening fence: "console", "json engine.json"
  Lines lines;
};

Lines LinesOf(const std::string& text) {
  Lines lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<Block> BlocksOf(const std::string& document) {
  std::vector<Block> blocks;
  bool open = false;
  for (const std::string& line : LinesOf(document)) {
    if (line.rfind("```", 0) == 0) {
      open = !open;
      if (open) blocks.push_back({line.substr(3), {}});
    } else if (open) {
      blocks.back().lines.push_back(line);
    }
  }
  return blocks;
}

// Both streams of a command that runs in `folder`.
std::string OutputOf(const std::string& command, const fs::path& folder) {
  const std::string line = "cd '" + folder.string() + "' && { " + command + "; } 2>&1";
  FILE* pipe = popen(line.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string output;
  char buffer[4096];
  for (size_t size = 0; (size = fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    output.append(buffer, size);
  }
  pclose(pipe);
  return output;
}

bool LineFits(const std::string& shown, const std::string& printed) {
  const size_t begin = shown.size() - std::min(shown.size(), kLeftOut.size());
  if (shown.compare(begin, std::string::npos, kLeftOut) != 0) return shown == printed;
  return printed.compare(0, begin, shown, 0, begin) == 0;
}

// Whether the lines from `s` and `p` on are the same but for what is left out.
bool Fits(const Lines& shown, size_t s, const Lines& printed, size_t p) {
  for (; s < shown.size(); ++s, ++p) {
    if (shown[s] == kLeftOut) {
      for (; p <= printed.size(); ++p) {
        if (Fits(shown, s + 1, printed, p)) return true;
      }
      return false;
    }
    if (p == printed.size() || !LineFits(shown[s], printed[p])) return false;
  }
  return p == printed.size();
}

TEST_CASE("documents: the tutorial's commands print what it shows", "[documents]") {
  const test::TemporaryDirectory folder;
  fs::create_symlink(WEFT_PROGRAM, folder / "weft");
  fs::create_symlink(WEFT_SOURCE_DIR "/examples", folder / "examples");
  int commands = 0;
  for (const Block& block :
       BlocksOf(test::ReadFile(WEFT_SOURCE_DIR "/docs/writing-a-mapping.md"))) {
    if (block.kind.rfind("json ", 0) == 0) {
      std::string text;
      for (const std::string& line : block.lines) text += line + "\n";
      test::WriteFile(folder / block.kind.substr(5), text);
    }
    if (block.kind != "console") continue;
    for (size_t i = 0; i < block.lines.size();) {
      REQUIRE(block.lines[i].rfind("$ ", 0) == 0);
      const std::string command = block.lines[i++].substr(2);
      Lines shown;
      while (i < block.lines.size() && block.lines[i].rfind("$ ", 0) != 0) {
        shown.push_back(block.lines[i++]);
      }
      const std::string printed = OutputOf(command, folder.path());
      INFO("$ " << command << "\n" << printed);
      CHECK(Fits(shown, 0, LinesOf(printed), 0));
      ++commands;
    }
  }
  CHECK(commands >= 8);
}

}  // namespace
}  // namespace weft
