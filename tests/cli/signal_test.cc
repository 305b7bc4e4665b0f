// Ctrl-C during a conversion, and the bar that a terminal shows.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "process/process.h"

namespace weft::test {
namespace {

constexpr char kTransposeMapping[] = R"({"weft": 1, "name": "transpose", "stages": [[
    {"from": ["w", "a b"], "to": ["v", "b a"]}]]})";

// The two ends of a new terminal.
class Terminal {
 public:
  Terminal() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    REQUIRE(master_ >= 0);
    REQUIRE(::grantpt(master_) == 0);
    REQUIRE(::unlockpt(master_) == 0);
    slave_ = ::open(::ptsname(master_), O_RDWR | O_NOCTTY | O_CLOEXEC);
    REQUIRE(slave_ >= 0);
    const winsize size = {24, 100, 0, 0};
    REQUIRE(::ioctl(slave_, TIOCSWINSZ, &size) == 0);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() {
    ::close(master_);
    if (slave_ >= 0) ::close(slave_);
  }

  int slave() const { return slave_; }

  // Everything that was written to the terminal, whose other end is closed first.
  std::string Shown() {
    ::close(slave_);
    slave_ = -1;
    std::string shown;
    char buffer[4096];
    for (;;) {
      const ssize_t got = ::read(master_, buffer, sizeof(buffer));
      if (got <= 0) return shown;
      shown.append(buffer, static_cast<size_t>(got));
    }
  }

 private:
  int master_;
  int slave_ = -1;
};

// Interrupts a conversion once its temporary output has appeared. A machine that finished the
// conversion before the signal arrived gets one of twice the size.
Outcome Interrupt(int signal, const TemporaryDirectory& directory) {
  const std::string source = directory / "m.safetensors";
  WriteFile(directory / "transpose.json", kTransposeMapping);
  constexpr size_t kInputs = 2;
  for (int64_t rows = 4096;; rows *= 2) {
    WriteSparseSafetensors(source, "w", rows, 8192);
    Process process({"convert", source, directory / "out.safetensors", "--map",
                     directory / "transpose.json", "--threads", "1", "--no-sync"});
    while (ListTree(directory.path()).size() == kInputs && !process.HasEnded()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    process.Send(signal);
    Outcome outcome = process.Wait();
    if (outcome.exit_code != 0 || rows == 65536) return outcome;
    std::filesystem::remove(directory / "out.safetensors");
  }
}

}  // namespace

TEST_CASE("signals: an interrupted conversion exits 5 and leaves nothing behind", "[cli]") {
  for (const int signal : {SIGINT, SIGTERM}) {
    TemporaryDirectory directory;
    const Outcome outcome = Interrupt(signal, directory);
    CHECK(outcome.exit_code == 5);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.rfind("error[CANCELLED] ", 0) == 0);
    CHECK(ListTree(directory.path()) ==
          std::vector<std::string>{"m.safetensors", "transpose.json"});
  }
}

TEST_CASE("progress: a terminal gets a bar, which is gone in the end", "[cli]") {
  TemporaryDirectory directory;
  WriteSparseSafetensors(directory / "m.safetensors", "w", 4096, 1024);
  const auto shown = [&](const std::vector<std::string>& options) {
    Terminal terminal;
    std::vector<std::string> arguments = {"convert",
                                          directory / "m.safetensors",
                                          directory / "out.safetensors",
                                          "--map",
                                          "identity",
                                          "--force",
                                          "--no-sync"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Outcome outcome = Weft(arguments, {"", terminal.slave()});
    CHECK(outcome.exit_code == 0);
    CHECK(outcome.out.find('\r') == std::string::npos);
    return terminal.Shown();
  };
  const std::string bar = shown({});
  CHECK(bar.find("% ") != std::string::npos);
  CHECK(bar.find(" of 16.0 MiB") != std::string::npos);
  const std::string cleared = "\r\x1b[K";
  REQUIRE(bar.size() > cleared.size());
  CHECK(bar.substr(bar.size() - cleared.size()) == cleared);
  CHECK(shown({"--no-progress"}).empty());
}

}  // namespace weft::test
