// One line on the terminal that says how far a conversion is.
#ifndef WEFT_TOOLS_WEFT_PROGRESS_BAR_H_
#define WEFT_TOOLS_WEFT_PROGRESS_BAR_H_

#include <chrono>
#include <string>

#include "weft/convert.h"

namespace weft::cli {

// Draws on stderr when that is a terminal; otherwise every method does nothing.
class ProgressBar {
 public:
  explicit ProgressBar(bool wanted);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar();  // clears the line

  // Draws at the first call, then at most ten times a second.
  void Update(const Progress& progress);

 private:
  using Clock = std::chrono::steady_clock;

  void Draw(const std::string& line);

  bool enabled_;
  bool drawn_ = false;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point next_draw_ = begin_;
};

}  // namespace weft::cli

#endif  // WEFT_TOOLS_WEFT_PROGRESS_BAR_H_
