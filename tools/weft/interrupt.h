// Ctrl-C and its kin become a flag; nothing ends this program by a signal.
#ifndef WEFT_TOOLS_WEFT_INTERRUPT_H_
#define WEFT_TOOLS_WEFT_INTERRUPT_H_

#include "absl/status/status.h"

namespace weft::cli {

// From now on SIGINT, SIGTERM and SIGHUP set the flag, and writing to a closed pipe or beyond the
// file size limit is an error of the call. A SIGHUP that was ignored (nohup) stays so.
void CatchSignals();

bool Interrupted();

// kCancelled once the flag is set.
absl::Status CheckInterrupted();

}  // namespace weft::cli

#endif  // WEFT_TOOLS_WEFT_INTERRUPT_H_
