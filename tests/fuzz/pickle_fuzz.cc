#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "formats/pickle/machine.h"

// Pickles in which every name is allowed.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto is_inert = [](std::string_view, std::string_view) { return true; };
  const auto tree = weft::pickle::ReadWhole(bytes, "fuzz", is_inert, {});
  if (!tree.ok()) return 0;
  // Everything that a value refers to is there.
  size_t bytes_of_text = 0;
  for (weft::pickle::Ref ref = 0; ref < tree->values(); ++ref) {
    switch (tree->KindOf(ref)) {
      case weft::pickle::Kind::kText:
      case weft::pickle::Kind::kBytes:
      case weft::pickle::Kind::kLong:
        bytes_of_text += tree->TextOf(ref).size();
        break;
      case weft::pickle::Kind::kTuple:
      case weft::pickle::Kind::kList:
      case weft::pickle::Kind::kDict:
      case weft::pickle::Kind::kSet:
        for (const weft::pickle::Ref item : tree->ItemsOf(ref)) {
          if (item >= tree->values()) __builtin_trap();
        }
        break;
      default:
        break;
    }
  }
  // Decoding makes text longer, but not by much.
  if (bytes_of_text > 4 * size) __builtin_trap();
  return 0;
}
