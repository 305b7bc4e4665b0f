#include "absl/strings/str_format.h"
#include "diagnostic/status.h"

namespace weft {

void Diagnostics::Add(ErrorCode code, std::string_view where, std::string_view what,
                      std::string_view hint) {
  ++count_;
  if (kept_.size() == kMost) return;
  kept_.push_back({code, std::string(where), std::string(what), std::string(hint)});
}

void Diagnostics::Add(const absl::Status& status) {
  for (const Diagnostic& d : DiagnosticsOf(status)) Add(d.code, d.where, d.what, d.hint);
}

absl::Status Diagnostics::ToStatus() const {
  std::vector<Diagnostic> all = kept_;
  if (count_ > kept_.size()) {
    all.push_back({all.back().code, "",
                   absl::StrFormat("%d more errors are not shown", count_ - kept_.size()),
                   "mend those that are shown, then start again"});
  }
  return StatusOf(std::move(all));
}

}  // namespace weft
