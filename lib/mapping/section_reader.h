// The sections of a mapping file that stand beside its stages: tables, params, what becomes of
// other tensors, detection, keys, expectations, casts, sharding, side files.
#ifndef WEFT_MAPPING_SECTION_READER_H_
#define WEFT_MAPPING_SECTION_READER_H_

#include <string>

#include "diagnostic/status.h"
#include "mapping/document.h"
#include "mapping/json_fields.h"
#include "mapping/pattern_reader.h"

namespace weft {

// Where the names of a file stand, when it is included by another.
struct SectionContext {
  const PatternReader& patterns;
  const std::string& prefix;     // of names before the stages
  const std::string& to_prefix;  // … and behind them
};

// Reads those that `file` has into the document, and its tables into `tables`, which are those of
// `context.patterns`. Errors go to `diagnostics`.
void ReadSections(const Field& file, const SectionContext& context, Tables& tables,
                  internal::MappingDocument& document, Diagnostics& diagnostics);

// The same of detection alone, and of the tables, which it may use.
void ReadDetectionSection(const Field& file, const SectionContext& context, Tables& tables,
                          internal::MappingDocument& document, Diagnostics& diagnostics);

}  // namespace weft

#endif  // WEFT_MAPPING_SECTION_READER_H_
