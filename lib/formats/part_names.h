// Names of the files of one checkpoint: "model-00001-of-00003.safetensors" and its siblings.
#ifndef WEFT_FORMATS_PART_NAMES_H_
#define WEFT_FORMATS_PART_NAMES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace weft {

// A name of the form PREFIX-PART-of-COUNT.SUFFIX.
struct PartName {
  std::string prefix;  // "model-"
  uint64_t part = 0;
  uint64_t count = 0;
  std::string suffix;  // ".safetensors"
};

std::optional<PartName> ParsePartName(std::string_view name);

// What the names of one checkpoint have in common: names of one family differ in numbers only, and
// agree in COUNT where they have one.
std::string FamilyOf(std::string_view name);

// The name of one part of `count`, numbered from 1: "model-00002-of-00003.safetensors".
std::string NameOfPart(std::string_view stem, uint64_t part, uint64_t count,
                       std::string_view extension);

// Checks that names of one family, in natural order, are all of their COUNT, numbered from 1 or
// from 0. Names without COUNT cannot be checked. Errors: kMissingPart; kDuplicateName.
absl::Status CheckAllParts(const std::vector<std::string>& names, std::string_view directory);

}  // namespace weft

#endif  // WEFT_FORMATS_PART_NAMES_H_
