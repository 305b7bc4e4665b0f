// Reads what stands for names in a mapping file: patterns, and guards made of them.
#ifndef WEFT_MAPPING_PATTERN_READER_H_
#define WEFT_MAPPING_PATTERN_READER_H_

#include <string>
#include <vector>

#include "diagnostic/status.h"
#include "mapping/expression.h"
#include "mapping/guard.h"
#include "mapping/json_fields.h"
#include "mapping/pattern.h"
#include "weft/dtype.h"
#include "weft/limits.h"

namespace weft {

// Everything given to it outlives it. Errors go to the diagnostics, with which what was read is not
// to be used.
class PatternReader {
 public:
  // Patterns may use `tables`, which may still grow. Their names stand under `prefix`.
  PatternReader(const Tables& tables, const Limits& limits, const std::string& prefix,
                Diagnostics& diagnostics)
      : tables_(tables), limits_(limits), prefix_(prefix), diagnostics_(diagnostics) {}

  // A pattern, or a list of patterns.
  std::vector<NamePattern> ReadNamePatterns(const Field& field, Side side) const;
  // The same under another prefix.
  std::vector<NamePattern> ReadNamePatterns(const Field& field, Side side,
                                            const std::string& prefix) const;
  NamePattern ReadNamePattern(const Field& field, Side side) const;

  Guard ReadGuard(const Field& field) const;
  Expression ReadExpression(const Field& field) const;
  static DType ReadDType(const Field& field);

 private:
  NamePattern ReadNamePattern(const Field& field, Side side, const std::string& prefix) const;
  void ReadTensorGuard(const Field& field, bool shape, Guard* guard) const;

  const Tables& tables_;
  const Limits& limits_;
  const std::string& prefix_;
  Diagnostics& diagnostics_;
};

}  // namespace weft

#endif  // WEFT_MAPPING_PATTERN_READER_H_
