#include "progress_bar.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "absl/strings/str_format.h"
#include "quantity.h"

namespace weft::cli {
namespace {

constexpr size_t kWidestBar = 40;
constexpr size_t kNarrowestBar = 8;

// Asked anew for each drawing: windows change.
size_t TerminalWidth() {
  struct winsize size = {};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

std::string BarText(double fraction, size_t width) {
  const auto filled = static_cast<size_t>(fraction * static_cast<double>(width));
  return "[" + std::string(filled, '#') + std::string(width - filled, '-') + "] ";
}

std::string LineText(const Progress& progress, double seconds, size_t width) {
  const double fraction = progress.bytes_total == 0
                              ? 1
                              : std::min(1.0, static_cast<double>(progress.bytes_done) /
                                                  static_cast<double>(progress.bytes_total));
  std::string line =
      absl::StrFormat("%3.0f%%  %s of %s  %s", fraction * 100, SizeText(progress.bytes_done),
                      SizeText(progress.bytes_total), RateText(progress.bytes_done, seconds));
  if (fraction > 0) {
    const auto left = static_cast<uint64_t>(std::ceil(seconds * (1 - fraction) / fraction));
    line += absl::StrFormat("  %d:%02d left", left / 60, left % 60);
  }
  const size_t needed = line.size() + sizeof("[] ") - 1;
  if (needed + kNarrowestBar <= width) {
    line = BarText(fraction, std::min(kWidestBar, width - needed)) + line;
  }
  return line.substr(0, width);
}

}  // namespace

ProgressBar::ProgressBar(bool wanted) : enabled_(wanted && ::isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (drawn_) Draw("");
}

void ProgressBar::Update(const Progress& progress) {
  if (!enabled_) return;
  const Clock::time_point now = Clock::now();
  if (now < next_draw_) return;
  next_draw_ = now + std::chrono::milliseconds(100);
  // The last column stays free: some terminals wrap when it is written.
  const std::chrono::duration<double> elapsed = now - begin_;
  Draw(LineText(progress, elapsed.count(), TerminalWidth() - 1));
}

void ProgressBar::Draw(const std::string& line) {
  const std::string text = "\r" + line + "\x1b[K";  // ESC [ K: clear to the end of the line
  std::fwrite(text.data(), 1, text.size(), stderr);
  drawn_ = true;
}

}  // namespace weft::cli
