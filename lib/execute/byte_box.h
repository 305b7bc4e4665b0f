// Boxes of a plan, from elements of tensors to bytes of files.
#ifndef WEFT_EXECUTE_BYTE_BOX_H_
#define WEFT_EXECUTE_BYTE_BOX_H_

#include <cstdint>

#include "absl/status/status.h"
#include "execute/loops.h"
#include "execute/plan_source.h"
#include "weft/plan.h"

namespace weft::execute {

// What the loops of a tensor's boxes step over. Dtypes of less than a byte are moved as bytes.
struct Element {
  uint64_t source_bytes = 1;
  uint64_t target_bytes = 1;
  Kernel cast = nullptr;  // null: copied as it is
};

struct ByteBox {
  uint32_t file = 0;           // of the source, index into Catalog::files
  uint64_t source_offset = 0;  // from the start of that file
  uint64_t target_offset = 0;  // from the start of the output file
  Loops loops;                 // counts ≥ 2; neighbours that are one loop are merged
};

// The element of a tensor that passed CheckBoxes.
Element ElementOf(const PlannedTensor& tensor);

// The box in bytes; its source begins at `source`, and its tensor at `tensor_offset` of the output
// file. For boxes that passed CheckBoxes.
ByteBox BytesOf(const Box& box, const PlannedTensor& tensor, const Place& source,
                uint64_t tensor_offset);

// Proves that the boxes of a plan, those of its checks included, can be carried out without leaving
// the bytes of their tensors, and that each output tensor gets as many elements as it has.
//
// Errors: kNotByteAligned (a box of a dtype smaller than a byte starts or ends inside a byte),
// kUnsupportedFeature (a cast between dtypes that have none), kInternal (the plan contradicts
// itself).
absl::Status CheckBoxes(const Plan& plan);

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_BYTE_BOX_H_
