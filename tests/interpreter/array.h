// Tensors whose elements are known one by one, and how the interpreter says no.
#ifndef WEFT_TESTS_INTERPRETER_ARRAY_H_
#define WEFT_TESTS_INTERPRETER_ARRAY_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "weft/error_code.h"

namespace weft::interpreter {

using Sizes = std::vector<uint64_t>;

// Elements of four bytes, as bits.
struct Array {
  std::string dtype;  // "F32" or "I32"
  Sizes shape;
  std::vector<uint32_t> elements;  // row-major

  bool operator==(const Array& o) const {
    return dtype == o.dtype && shape == o.shape && elements == o.elements;
  }
};

using Tensors = std::map<std::string, Array>;  // by name

// An element that may be anything: a part "~:n" that was written.
inline constexpr uint32_t kAnything = 0xdeadbeef;

// Thrown by the interpreter: the mapping does not apply to the checkpoint.
struct Refusal {
  ErrorCode code;
  std::string what;
};

uint64_t Product(const Sizes& sizes);

// All index tuples below `sizes`, in order.
std::vector<Sizes> AllIndices(const Sizes& sizes);

// The element at an index.
uint32_t At(const Array& array, const Sizes& index);

// The array of that shape whose element at an index is what `element` says.
Array Build(const std::string& dtype, const Sizes& shape,
            const std::function<uint32_t(const Sizes&)>& element);

}  // namespace weft::interpreter

#endif  // WEFT_TESTS_INTERPRETER_ARRAY_H_
