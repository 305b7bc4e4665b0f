// A short text that tells mappings apart by their rules.
#ifndef WEFT_MAPPING_MAPPING_DIGEST_H_
#define WEFT_MAPPING_MAPPING_DIGEST_H_

#include <string>

#include "mapping/document.h"

namespace weft {

// 16 hexadecimal digits (FNV-1a, 64 bits) of everything that its rules say; names, notes, params
// and evidence do not count. Empty for a mapping without rules.
std::string DigestOf(const internal::MappingDocument& document);

}  // namespace weft

#endif  // WEFT_MAPPING_MAPPING_DIGEST_H_
