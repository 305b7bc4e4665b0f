// Starts the program under test and says how it ended.
#ifndef WEFT_TESTS_PROCESS_PROCESS_H_
#define WEFT_TESTS_PROCESS_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "files/temporary_directory.h"

namespace weft::test {

struct Outcome {
  int exit_code = -1;  // -1 when a signal ended it
  std::string out;
  std::string err;

  // The first line of stderr, without its end.
  std::string first_error_line() const { return err.substr(0, err.find('\n')); }
};

// Where the program's streams go instead of being captured.
struct Streams {
  std::string stdout_path;
  int stderr_descriptor = -1;
};

// The program, running. Wait must be called.
class Process {
 public:
  explicit Process(const std::vector<std::string>& arguments, const Streams& streams = {});
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void Send(int signal) const;
  bool HasEnded() const;
  Outcome Wait();

 private:
  TemporaryDirectory captured_;
  Streams streams_;
  pid_t id_ = -1;
};

// Runs `weft arguments…` to its end.
Outcome Weft(const std::vector<std::string>& arguments, const Streams& streams = {});

}  // namespace weft::test

#endif  // WEFT_TESTS_PROCESS_PROCESS_H_
