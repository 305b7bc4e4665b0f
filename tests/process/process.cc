#include "process/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <csignal>

namespace weft::test {

Process::Process(const std::vector<std::string>& arguments, const Streams& streams)
    : streams_(streams) {
  std::vector<std::string> words = {"weft"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  if (streams_.stdout_path.empty()) streams_.stdout_path = captured_ / "out";
  constexpr int kWrite = O_WRONLY | O_CREAT;
  posix_spawn_file_actions_t actions;
  REQUIRE(::posix_spawn_file_actions_init(&actions) == 0);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, streams_.stdout_path.c_str(), kWrite,
                                     0600);
  if (streams_.stderr_descriptor >= 0) {
    ::posix_spawn_file_actions_adddup2(&actions, streams_.stderr_descriptor, STDERR_FILENO);
  } else {
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, (captured_ / "err").c_str(), kWrite,
                                       0600);
  }
  const int error = ::posix_spawn(&id_, WEFT_PROGRAM, &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  REQUIRE(error == 0);
}

void Process::Send(int signal) const { REQUIRE(::kill(id_, signal) == 0); }

bool Process::HasEnded() const {
  siginfo_t info = {};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG | WNOWAIT) == 0);
  return info.si_pid == id_;
}

Outcome Process::Wait() {
  int status = 0;
  pid_t ended = -1;
  do {
    ended = ::waitpid(id_, &status, 0);
  } while (ended < 0 && errno == EINTR);
  REQUIRE(ended == id_);
  Outcome outcome;
  if (WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
  if (streams_.stdout_path == captured_ / "out") outcome.out = ReadFile(streams_.stdout_path);
  if (streams_.stderr_descriptor < 0) outcome.err = ReadFile(captured_ / "err");
  return outcome;
}

Outcome Weft(const std::vector<std::string>& arguments, const Streams& streams) {
  return Process(arguments, streams).Wait();
}

}  // namespace weft::test
