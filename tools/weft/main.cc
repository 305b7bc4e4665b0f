// weft: the command line. Arguments → a command → its output, its warnings and an exit code.
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

}  // namespace
}  // namespace weft::cli

int main(int argc, char** argv) {
  weft::cli::ReserveStandardStreams();
  weft::cli::CatchSignals();
  const absl::StatusOr<int> exit_code = weft::cli::RunWithoutExceptions(argc, argv);
  return exit_code.ok() ? *exit_code : weft::cli::ReportErrors(exit_code.status());
}
