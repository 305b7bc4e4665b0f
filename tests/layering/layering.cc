#include "layering/layering.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

namespace weft::layering {
namespace {

using Names = std::set<std::string, std::less<>>;

struct Room {
  Names rooms;           // of lib/, beside itself
  Names public_headers;  // of include/weft/
};

Names Union(std::initializer_list<Names> sets) {
  Names all;
  for (const Names& names : sets) all.insert(names.begin(), names.end());
  return all;
}

// The table. Data flows from the first room to the last; a room knows only those above it.
const std::map<std::string, Room, std::less<>>& Rooms() {
  static const auto* const kRooms = [] {
    const Names values = {"dtype.h",       "catalog.h",    "limits.h",
                          "name_report.h", "part_files.h", "version.h"};
    const Names errors = {"diagnostic.h", "error_code.h"};
    const Names rules = {"lint.h",  "mapping.h",  "mapping_library.h", "operations.h",
                         "rules.h", "sharding.h", "side_files.h"};
    return new std::map<std::string, Room, std::less<>>{
        {"tensor", {{}, values}},
        {"diagnostic", {{"tensor"}, Union({values, errors})}},
        {"json", {{"diagnostic", "tensor"}, Union({values, errors})}},
        {"io", {{"diagnostic", "tensor"}, Union({values, errors})}},
        {"formats",
         {{"io", "json", "diagnostic", "tensor"},
          Union({values, errors, {"checkpoint.h", "template.h"}})}},
        {"mapping", {{"json", "diagnostic", "tensor"}, Union({values, errors, rules})}},
        {"plan",
         {{"mapping", "json", "diagnostic", "tensor"},
          Union({values,
                 errors,
                 rules,
                 {"compile_into.h", "complement.h", "expectation.h", "plan.h", "plan_picture.h",
                  "provenance.h", "template.h"}})}},
        {"execute",
         {{"plan", "formats", "io", "json", "diagnostic", "tensor"},
          Union({values,
                 errors,
                 {"checkpoint.h", "complement.h", "convert.h", "digest.h", "expectation.h", "io.h",
                  "load.h", "plan.h", "provenance.h", "side_files.h", "verify.h"}})}},
    };
  }();
  return *kRooms;
}

// Libraries that only some files may include. Whatever no prefix matches is free.
struct Restricted {
  std::string_view include;              // prefix
  std::vector<std::string_view> places;  // prefixes of paths
  std::string_view extension;            // of files of lib/; empty for any
};

const std::vector<Restricted>& RestrictedIncludes() {
  static const auto* const kRestricted = new std::vector<Restricted>{
      {"nlohmann/", {"lib/json/", "tools/"}, ".cc"},
      {"re2/", {"lib/mapping/pattern.cc"}, ".cc"},
      {"CLI/", {"tools/"}, ""},
      {"zlib.h", {"lib/formats/zip/inflate.cc"}, ".cc"},
      {"xxhash.h",
       {"lib/execute/digest.cc", "lib/execute/survey.cc", "lib/plan/plan_digest.cc"},
       ".cc"},
      // The locks of a system's Abseil hide from ThreadSanitizer.
      {"absl/synchronization/", {}, ""},
      // One room of the library opens, reads and writes; formats may look at what is there.
      {"fcntl.h", {"lib/io/", "tools/"}, ".cc"},
      {"sys/mman.h", {"lib/io/", "tools/"}, ".cc"},
      {"sys/stat.h", {"lib/io/", "lib/formats/", "tools/"}, ".cc"},
      {"unistd.h", {"lib/io/", "tools/"}, ".cc"},
  };
  return *kRestricted;
}

// The one file that may include more than the table of rooms allows: mappings can be opened by the
// names of their files.
constexpr std::string_view kExceptionFile = "lib/mapping/mapping_library.cc";
constexpr std::string_view kExceptionRoom = "io";

// What a public header may include beside the standard library and weft/.
const std::vector<std::string_view>& PublicLibraries() {
  static const auto* const kLibraries = new std::vector<std::string_view>{
      "absl/status/", "absl/container/inlined_vector.h", "absl/types/span.h"};
  return *kLibraries;
}

// Words that say nothing about what a file holds.
const Names& BannedWords() {
  static const auto* const kBanned =
      new Names{"util", "utils", "helper", "helpers", "common", "misc",
                "base", "core",  "stuff",  "manager", "various"};
  return *kBanned;
}

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

bool EndsWith(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

bool StartsWithAny(std::string_view text, const std::vector<std::string_view>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return StartsWith(text, prefix); });
}

struct Include {
  std::string path;
  int line = 0;
};

std::vector<Include> IncludesOf(std::string_view text) {
  std::vector<Include> includes;
  std::istringstream lines{std::string(text)};
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    size_t at = line.find_first_not_of(" \t");
    if (at == std::string::npos || line[at] != '#') continue;
    at = line.find_first_not_of(" \t", at + 1);
    if (at == std::string::npos || !StartsWith(std::string_view(line).substr(at), "include")) {
      continue;
    }
    const size_t begin = line.find_first_of("\"<", at);
    if (begin == std::string::npos) continue;
    const size_t end = line.find_first_of("\">", begin + 1);
    if (end == std::string::npos) continue;
    includes.push_back({line.substr(begin + 1, end - begin - 1), number});
  }
  return includes;
}

class Checker {
 public:
  explicit Checker(const std::vector<SourceFile>& tree) {
    for (const SourceFile& file : tree) paths_.insert(file.path);
    for (const SourceFile& file : tree) Check(file);
  }

  std::vector<std::string> violations() && { return std::move(violations_); }

 private:
  void Check(const SourceFile& file) {
    CheckName(file);
    if (EndsWith(file.path, ".h")) CheckGuard(file);
    for (const Include& include : IncludesOf(file.text)) {
      CheckRestricted(file, include);
      if (StartsWith(file.path, "include/weft/")) {
        CheckPublicHeader(file, include);
      } else if (StartsWith(file.path, "lib/")) {
        CheckRoom(file, include);
      } else {
        CheckTool(file, include);
      }
    }
  }

  void CheckName(const SourceFile& file) {
    std::string word;
    for (const char c : file.path + "/") {
      if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
        word += c;
        continue;
      }
      if (BannedWords().count(word) != 0) Add(file, 1, "the name says \"" + word + "\"");
      word.clear();
    }
  }

  // The path from the project's root, or from the folder that includes of it start at.
  void CheckGuard(const SourceFile& file) {
    std::string_view path = file.path;
    for (const std::string_view top : {"include/weft/", "lib/"}) {
      if (StartsWith(path, top)) path.remove_prefix(top.size());
    }
    std::string guard = "WEFT_";
    for (const char c : path) {
      const auto byte = static_cast<unsigned char>(c);
      guard += std::isalnum(byte) != 0 ? static_cast<char>(std::toupper(byte)) : '_';
    }
    guard += '_';
    if (file.text.find("#ifndef " + guard + "\n#define " + guard + "\n") == std::string::npos) {
      Add(file, 1, "the include guard is not " + guard);
    }
  }

  void CheckRestricted(const SourceFile& file, const Include& include) {
    for (const Restricted& restricted : RestrictedIncludes()) {
      if (!StartsWith(include.path, restricted.include)) continue;
      const bool is_hidden =
          !StartsWith(file.path, "lib/") || EndsWith(file.path, restricted.extension);
      if (is_hidden && StartsWithAny(file.path, restricted.places)) continue;
      Add(file, include.line, include.path + " may not be included here");
    }
  }

  void CheckPublicHeader(const SourceFile& file, const Include& include) {
    const bool is_standard = include.path.find_first_of("/.") == std::string::npos;
    if (is_standard || StartsWithAny(include.path, PublicLibraries())) return;
    if (StartsWith(include.path, "weft/") && paths_.count("include/" + include.path) != 0) return;
    Add(file, include.line, include.path + " may not be included by a public header");
  }

  void CheckRoom(const SourceFile& file, const Include& include) {
    const std::string name = file.path.substr(4, file.path.find('/', 4) - 4);
    const auto room = Rooms().find(name);
    if (room == Rooms().end()) {
      Add(file, include.line, "lib/" + name + " is no room of the table");
      return;
    }
    const std::string_view path = include.path;
    if (StartsWith(path, "weft/")) {
      if (room->second.public_headers.count(path.substr(5)) == 0) {
        Add(file, include.line, name + " may not know <" + include.path + ">");
      }
      return;
    }
    const std::string other = include.path.substr(0, include.path.find('/'));
    if (other == name || room->second.rooms.count(other) != 0) return;
    if (file.path == kExceptionFile && other == kExceptionRoom) return;
    if (Rooms().count(other) != 0) {
      Add(file, include.line, name + " may not know " + other);
    } else if (paths_.count("lib/" + name + "/" + include.path) != 0) {
      Add(file, include.line, include.path + " has to be named from lib/");
    }
  }

  // The command line is a user of the library like any other: it has its own files and the public
  // headers.
  void CheckTool(const SourceFile& file, const Include& include) {
    const std::string first = include.path.substr(0, include.path.find('/'));
    if (Rooms().count(first) != 0 && first != include.path) {
      Add(file, include.line, include.path + " is not public");
    }
  }

  void Add(const SourceFile& file, int line, std::string_view what) {
    violations_.push_back(file.path + ":" + std::to_string(line) + ": " + std::string(what));
  }

  Names paths_;
  std::vector<std::string> violations_;
};

}  // namespace

std::vector<SourceFile> ReadTree(const std::string& root) {
  namespace fs = std::filesystem;
  std::vector<SourceFile> tree;
  for (const char* top : {"include", "lib", "tools"}) {
    for (const fs::directory_entry& entry :
         fs::recursive_directory_iterator(fs::path(root) / top)) {
      const fs::path& path = entry.path();
      if (path.extension() != ".h" && path.extension() != ".cc") continue;
      std::ifstream stream(path);
      tree.push_back({fs::relative(path, root).generic_string(),
                      {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()}});
    }
  }
  std::sort(tree.begin(), tree.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return tree;
}

std::vector<std::string> Violations(const std::vector<SourceFile>& tree) {
  return Checker(tree).violations();
}

}  // namespace weft::layering
