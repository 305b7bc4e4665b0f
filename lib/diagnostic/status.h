// How code inside weft passes errors on and collects them.
#ifndef WEFT_DIAGNOSTIC_STATUS_H_
#define WEFT_DIAGNOSTIC_STATUS_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "weft/diagnostic.h"

// Returns the status of `expression` from the enclosing function unless it is OK.
#define WEFT_RETURN_IF_ERROR(expression)       \
  do {                                         \
    absl::Status weft_status = (expression);   \
    if (!weft_status.ok()) return weft_status; \
  } while (false)

#define WEFT_CONCAT_INNER(a, b) a##b
#define WEFT_CONCAT(a, b) WEFT_CONCAT_INNER(a, b)

// Declares `target` from the value of a StatusOr expression, or returns its status.
//   WEFT_ASSIGN_OR_RETURN(Shape shape, ParseShape(text));
#define WEFT_ASSIGN_OR_RETURN(target, expression) \
  WEFT_ASSIGN_OR_RETURN_INNER(WEFT_CONCAT(weft_status_or_, __LINE__), target, expression)
// NOLINTBEGIN(bugprone-macro-parentheses): `target` may declare a variable.
#define WEFT_ASSIGN_OR_RETURN_INNER(holder, target, expression) \
  auto holder = (expression);                                   \
  if (!holder.ok()) return std::move(holder).status();          \
  target = *std::move(holder)
// NOLINTEND(bugprone-macro-parentheses)

namespace weft {

// Collects diagnostics so that one run reports all errors. Keeps the first kMost and counts the
// rest.
class Diagnostics {
 public:
  static constexpr size_t kMost = 100;

  void Add(ErrorCode code, std::string_view where, std::string_view what,
           std::string_view hint = "");
  // Adds every diagnostic of a failed status; nothing for OK.
  void Add(const absl::Status& status);

  bool ok() const { return count_ == 0; }
  size_t count() const { return count_; }

  // OK when nothing was added. Where more than kMost were added, the last diagnostic says how many.
  absl::Status ToStatus() const;

 private:
  std::vector<Diagnostic> kept_;
  size_t count_ = 0;
};

}  // namespace weft

#endif  // WEFT_DIAGNOSTIC_STATUS_H_
