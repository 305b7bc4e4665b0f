// Command lines: what is understood, what is refused, and in which words.
#include <catch2/catch.hpp>

#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "process/process.h"

namespace weft::test {
namespace {

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

void CheckRefused(const std::vector<std::string>& arguments, const std::string& first_line) {
  const Outcome outcome = Weft(arguments);
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.out.empty());
  CHECK(outcome.first_error_line() == first_line);
}

}  // namespace

TEST_CASE("usage: help and version go to stdout", "[cli]") {
  for (const std::string flag : {"--help", "-h"}) {
    const Outcome outcome = Weft({flag});
    CHECK(outcome.exit_code == 0);
    CHECK(outcome.err.empty());
    for (const std::string command :
         {"convert", "load", "inspect", "plan", "verify", "lint", "maps"}) {
      CHECK(Contains(outcome.out, command));
    }
  }
  const Outcome version = Weft({"--version"});
  CHECK(version.exit_code == 0);
  CHECK(version.out == "weft 0.1.0\nformats: safetensors pytorch mindspore npz npy onnx (read)\n");
  CHECK(version.err.empty());
}

TEST_CASE("usage: the help of a command names its options", "[cli]") {
  const Outcome outcome = Weft({"convert", "--help"});
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.err.empty());
  for (const std::string option : {"--map",     "--allow-global", "--reverse",  "--complement",
                                   "--set",     "--config",       "--to",       "--dtype",
                                   "--rank",    "--world-size",   "--sharding", "--max-shard-size",
                                   "--threads", "--memory",       "--strict",   "--lenient",
                                   "--dry-run", "--force",        "--no-sync",  "--no-progress",
                                   "--json"}) {
    CHECK(Contains(outcome.out, option));
  }
}

TEST_CASE("usage: without a known command, the commands are listed", "[cli]") {
  CheckRefused({},
               "error[BAD_ARGUMENT] weft: expected a command (convert, load, inspect, plan, "
               "verify, diff, lint, maps), "
               "got none");
  CheckRefused({"merge", "a", "b"},
               "error[BAD_ARGUMENT] weft: expected a command (convert, load, inspect, plan, "
               "verify, diff, lint, maps), "
               "got 'merge'");
  CheckRefused({"a\x1b[31m\nb"},
               "error[BAD_ARGUMENT] weft: expected a command (convert, load, inspect, plan, "
               "verify, diff, lint, maps), "
               "got 'a\\x1B[31m\\nb'");
}

TEST_CASE("usage: every refusal of a command line says where to look", "[cli]") {
  const Outcome outcome = Weft({"inspect"});
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.err ==
        "error[BAD_ARGUMENT] weft inspect: PATH is required\n"
        "  hint: see 'weft inspect --help'\n");
}

TEST_CASE("usage: unknown options and surplus paths are refused", "[cli]") {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"inspect", "a", "--colour"},
        {"inspect", "a", "b"},
        {"convert", "a"},
        {"convert", "a", "b", "c"},
        {"convert", "a", "b", "--rank", "1"},
        {"convert", "a", "b", "--resume"},
        {"maps", "a", "b"},
        {"verify", "a", "b", "--borrow"},
        {"plan", "a", "--borrow"},
        {"--json"}}) {
    const Outcome outcome = Weft(arguments);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.rfind("error[BAD_ARGUMENT] weft", 0) == 0);
  }
}

TEST_CASE("usage: values of options are checked before any file is opened", "[cli]") {
  const std::string where = "error[BAD_ARGUMENT] weft convert: ";
  CheckRefused({"convert", "a", "b", "--strict", "--lenient"},
               where + "--strict and --lenient exclude each other");
  CheckRefused({"convert", "a", "b", "--threads", "0"},
               where + "--threads: expected a number from 1 to 1024, got '0'");
  CheckRefused({"convert", "a", "b", "--threads", "1025"},
               where + "--threads: expected a number from 1 to 1024, got '1025'");
  CheckRefused({"convert", "a", "b", "--threads", "two"},
               where + "--threads: expected a number from 1 to 1024, got 'two'");
  CheckRefused({"convert", "a", "b", "--to", "tar"},
               where +
                   "--to: expected one of safetensors, pytorch, mindspore, mindspore-safetensors, "
                   "npz, npy, npy-dir, got 'tar'");
  CheckRefused({"convert", "a", "b", "--dtype", "I8"},
               where +
                   "--dtype: expected 'keep' or a floating-point dtype such as BF16 or float32, "
                   "got 'I8'");
  for (const char* option : {"--max-shard-size", "--threads", "--memory", "--dtype", "--to"}) {
    CheckRefused({"convert", "a", "b", option, ""},
                 where + option + ": expected a value, got an empty text");
  }
  CheckRefused({"convert", "a", "b", "--set", "heads"},
               where + "--set: expected NAME=VALUE, got 'heads'");
  CheckRefused({"convert", "a", "b", "--set", "=3"},
               where + "--set: expected NAME=VALUE, got '=3'");
  CheckRefused({"convert", "a", "b", "--set", "h=1", "--set", "h=2"},
               where + "--set: 'h' is given twice");
}

TEST_CASE("usage: sizes have decimal and binary units, and a least value", "[cli]") {
  TemporaryDirectory directory;
  WriteSafetensors(directory / "a.safetensors", {{"w", Counting({2}, 0)}});
  // 1048576 bytes are the least memory, however they are spelled.
  for (const std::string size : {"1048576", "1MiB", "1mib", "1024KiB", "1048576B", "2MB", "1GB"}) {
    INFO(size);
    CHECK(Weft({"plan", directory / "a.safetensors", "--map", "identity", "--memory", size})
              .exit_code == 0);
  }
  for (const std::string size :
       {"1MB", "1048575", "1023KiB", "0", "-1", "1.5GB", "GB", "12 MiB", "1MiBi", "3parsec",
        "18446744073709551616", "18446744073709551615TiB"}) {
    CheckRefused({"plan", directory / "a.safetensors", "--map", "identity", "--memory=" + size},
                 "error[BAD_ARGUMENT] weft plan: --memory: expected a size of at least 1.0 MiB, "
                 "such as 64MiB or 5GB, got '" +
                     size + "'");
  }
  CheckRefused({"convert", "a", "b", "--max-shard-size", "0"},
               "error[BAD_ARGUMENT] weft convert: --max-shard-size: expected a size of at least "
               "1 B, such as 64MiB or 5GB, got '0'");
}

TEST_CASE("usage: a path that is called like a command is a path", "[cli]") {
  const Outcome outcome = Weft({"inspect", "plan"});
  CHECK(outcome.exit_code == 3);
  CHECK(outcome.err.rfind("error[CANNOT_READ] plan: ", 0) == 0);
}

TEST_CASE("usage: a full device behind stdout is an I/O error", "[cli]") {
  const Outcome outcome = Weft({"maps"}, {"/dev/full", -1});
  CHECK(outcome.exit_code == 3);
  CHECK(outcome.first_error_line() ==
        "error[CANNOT_WRITE] standard output: No space left on device");
}

}  // namespace weft::test
