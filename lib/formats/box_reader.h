// A tensor that is stored in boxes: blocks of it, each a contiguous tensor of its own.
//
// Programs that split a tensor over a mesh of devices along several axes save one block for each.
#ifndef WEFT_FORMATS_BOX_READER_H_
#define WEFT_FORMATS_BOX_READER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "formats/byte_reader.h"
#include "weft/catalog.h"

namespace weft {

// A block of a tensor.
struct TensorBox {
  Shape begin;  // its first element, in the tensor
  Shape sizes;
};

// Whether a box lies in a tensor of that shape. Its numbers may be any.
bool IsInside(const TensorBox& box, const Shape& shape);

// Whether the elements of a box that lies in it are one behind the other in the tensor too.
bool IsContiguousIn(const TensorBox& box, const Shape& shape);

// Where its first element is in the tensor, in row-major order.
uint64_t FirstElementOf(const TensorBox& box, const Shape& shape);

// Holds the layout; a read takes 256 KiB.
class BoxReader final : public ByteReader {
 public:
  struct StoredBox {
    TensorBox box;  // not empty
    std::shared_ptr<const ByteReader> reader;
    uint64_t offset_bytes = 0;  // of the first element; all lie in `reader`
  };

  // The boxes fill the tensor, and share no element. `where` is for messages, escaped.
  BoxReader(const Shape& shape, uint64_t element_bytes, std::vector<StoredBox> boxes,
            std::string where);

  uint64_t size_bytes() const override { return size_bytes_; }
  const std::string& where() const override { return where_; }
  absl::Status ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const override;

 private:
  // A box as runs of bytes: each is contiguous in the tensor, and the next one follows in the box.
  struct Runs {
    std::shared_ptr<const ByteReader> reader;
    uint64_t offset_bytes = 0;
    uint64_t run_bytes = 0;
    uint64_t first = 0;  // byte of the tensor at which the first run begins
    uint64_t end = 0;    // and the last one ends
    Shape counts;        // of runs, outermost first; none is 1
    Shape strides;       // in bytes of the tensor
    uint64_t count = 1;  // of all runs
  };

  static Runs RunsOf(StoredBox stored, const Shape& shape, uint64_t element_bytes);
  static uint64_t BeginOfRun(const Runs& runs, uint64_t run);
  // Runs follow one another in the tensor in the order in which they are stored, so what a stretch
  // of the tensor has of a box is a stretch of the box.
  static uint64_t BytesBefore(const Runs& runs, uint64_t end);
  // What of a box lies in the bytes from `begin` to `end` of the tensor; `out` is where `begin`
  // goes.
  static absl::Status ReadRuns(const Runs& runs, uint64_t begin, uint64_t end, char* out);

  std::vector<Runs> boxes_;
  uint64_t size_bytes_;
  std::string where_;
};

}  // namespace weft

#endif  // WEFT_FORMATS_BOX_READER_H_
