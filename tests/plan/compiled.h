// Catalogs by hand, plans as text, and the elements that a plan moves, one by one.
#ifndef WEFT_TESTS_PLAN_COMPILED_H_
#define WEFT_TESTS_PLAN_COMPILED_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/errors_of.h"
#include "weft/plan.h"

namespace weft {

struct NamedShape {
  std::string name;
  Shape shape;
  DType dtype = DType::kF32;
};

// A catalog of one file, "model.safetensors", in natural order of names.
std::shared_ptr<const Catalog> CatalogOf(std::vector<NamedShape> tensors,
                                         std::map<std::string, std::string> metadata = {});

// The catalog of the checkpoint that the plan makes.
std::shared_ptr<const Catalog> CatalogOf(const Plan& plan);

// The mapping of a file "m.json" that must be right.
Mapping MappingOf(std::string_view json);

// A mapping of one stage, its rules each on a line of their own from the second on.
Mapping MappingOfRules(const std::vector<std::string>& rules, const std::string& fields = "");

// Each tensor of the plan: "name F32 [2, 3] <- source[offset + count*stride, …]".
std::string TextOf(const Plan& plan);

// Each check of the plan: "what F32 6: <- found[…] = <- expected[…]".
std::string ChecksOf(const Plan& plan);

// Only the names and shapes: "a [2, 3]\n".
std::string NamesOf(const Plan& plan);

// An element of a source tensor: its tensor's index, and its place there.
struct Element {
  uint32_t source = 0;
  uint64_t place = 0;
  bool operator==(const Element& o) const { return source == o.source && place == o.place; }
  bool operator!=(const Element& o) const { return !(*this == o); }
};

// What the boxes write, element by element. Fails the test case when an element is written twice or
// not at all, or read beyond its tensor.
std::vector<Element> ElementsWritten(const std::vector<Box>& boxes, uint64_t elements,
                                     const Catalog& catalog);

// By name of the planned tensor.
std::map<std::string, std::vector<Element>> ElementsOf(const Plan& plan);

// The elements of `second`, whose source is what `first` makes, as elements of the source of
// `first`.
std::map<std::string, std::vector<Element>> ElementsThrough(const Plan& first, const Plan& second);

// True when `second`, whose source is what `first` makes, gives back the source of `first`.
bool GivesBack(const Plan& first, const Plan& second);

}  // namespace weft

#endif  // WEFT_TESTS_PLAN_COMPILED_H_
