// weft: the command line. Arguments → a command → its output, its warnings and an exit code.
#include <sys/resource.h>

#include <exception>
#include <new>
#include <utility>
#include <variant>

#include "arguments.h"
#include "commands.h"
#include "interrupt.h"
#include "output.h"
#include "report.h"
#include "weft/diagnostic.h"

namespace weft::cli {

absl::StatusOr<Output> Run(const InformationRequest& request) { return Output{request.text, {}}; }

namespace {

// Returns the exit code.
absl::StatusOr<int> RunCommandLine(int argc, const char* const* argv) {
  const absl::StatusOr<Arguments> arguments = ParseArguments(argc, argv);
  if (!arguments.ok()) return arguments.status();
  const absl::StatusOr<Output> output =
      std::visit([](const auto& of_command) { return Run(of_command); }, *arguments);
  if (!output.ok()) return output.status();
  if (absl::Status status = WriteToStdout(output->text); !status.ok()) return status;
  ReportWarnings(output->warnings);
  return output->exit_code;
}

// Neither weft nor this program throws; the standard library does when memory runs out.
absl::StatusOr<int> RunWithoutExceptions(int argc, const char* const* argv) {
  try {
    return RunCommandLine(argc, argv);
  } catch (const std::bad_alloc&) {
    return ErrorStatus(ErrorCode::kLimitExceeded, "weft", "out of memory");
  } catch (const std::exception& error) {
    return ErrorStatus(ErrorCode::kInternal, "weft", Escaped(error.what()));
  } catch (...) {
    return ErrorStatus(ErrorCode::kInternal, "weft", "an exception of unknown type");
  }
}

// The usual limit of 1024 open files is below the number of arrays that a directory may hold. What
// an administrator forbids stays forbidden.
void AllowManyOpenFiles() {
  struct rlimit limit;
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);  // where it fails, opening a file will say so
}

}  // namespace
}  // namespace weft::cli

int main(int argc, char** argv) {
  weft::cli::ReserveStandardStreams();
  weft::cli::CatchSignals();
  weft::cli::AllowManyOpenFiles();
  const absl::StatusOr<int> exit_code = weft::cli::RunWithoutExceptions(argc, argv);
  return exit_code.ok() ? *exit_code : weft::cli::ReportErrors(exit_code.status());
}
