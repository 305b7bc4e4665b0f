// Small changes of the texts of a mapping: patterns and layouts.
//
// Each returns the changed text, or the same one where there is nothing to change.
#ifndef WEFT_TESTS_MUTATION_PATTERN_EDIT_H_
#define WEFT_TESTS_MUTATION_PATTERN_EDIT_H_

#include <string>

#include "mutation/random.h"

namespace weft::mutation {

// "{p*}.experts.{e}.w1" → "{p*}.experts.w1", "{p*}.experts.0.w1"
std::string LoseVariable(const std::string& pattern, Random& random);

// "{p*}.experts.{e}.w1" → "{p*}.experts_x.{e}.w1", "{p*}.{e}.w1", "{p*}.w1.{e}.experts"
std::string ChangeLiteral(const std::string& pattern, Random& random);

// "{i}" → "{i=1..}", "{i+1}"; "{i=0..15/3}" → "{i=0..15}", "{i=3..15/3}", "{i=0..12/3}"
std::string ChangeIndexSet(const std::string& pattern, Random& random);

// "{i}" → "{i:seg}", "{x:seg}" → "{x*}", "{x*}" → "{x:seg}", "{w:weight|bias}" → "{w:seg}"
std::string ChangeKind(const std::string& pattern, Random& random);

// "{w:weight|bias}" → "{w:weight}", "{w:weight|bias|bias_x}", "{w:bias=weight|weight=bias}"
std::string ChangeAlternatives(const std::string& pattern, Random& random);

// "e [gate:f | up:f] d" → "[gate:f | up:f] e d", "e [up:f | gate:f] d", "e [gate:f] d", "e d",
// "e ([gate:f | up:f] d)"; "(h hd) d" → "(hd h) d"
std::string ChangeLayout(const std::string& layout, Random& random);

}  // namespace weft::mutation

#endif  // WEFT_TESTS_MUTATION_PATTERN_EDIT_H_
