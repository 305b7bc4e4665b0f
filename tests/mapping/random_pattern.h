// Random patterns and names over a small alphabet, so that names match often and in odd ways, and a
// slow reference that reads a name in all ways there are. Nothing here is shared with the library.
#ifndef WEFT_TESTS_MAPPING_RANDOM_PATTERN_H_
#define WEFT_TESTS_MAPPING_RANDOM_PATTERN_H_

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace weft {

// A piece of a segment, and how its variable reads.
struct RandomPiece {
  enum class Kind { kLiteral, kSegment, kIndex, kPadded, kChoice, kRegex, kPath };

  Kind kind = Kind::kLiteral;
  std::string text;      // kLiteral
  std::string variable;  // otherwise
  long long scale = 1;   // kIndex: written = scale · i + shift
  long long shift = 0;
  std::vector<long long> set;        // kIndex: values of i; empty for all
  std::vector<std::string> choices;  // kChoice
};

using RandomSegment = std::vector<RandomPiece>;

struct RandomPattern {
  bool has_part = false;  // "{i0}/" stands before the segments
  std::vector<RandomSegment> segments;
  std::string text;  // as a mapping spells it
};

// Variable → value as text.
using Reading = std::map<std::string, std::string>;

RandomPattern MakeRandomPattern(std::mt19937_64& random);

// A name that the pattern writes for random values, or one close to it, or any.
std::string MakeRandomName(const RandomPattern& pattern, std::mt19937_64& random);

// Every way to read the name.
std::set<Reading> AllReadings(const RandomPattern& pattern, const std::string& name);

}  // namespace weft

#endif  // WEFT_TESTS_MAPPING_RANDOM_PATTERN_H_
