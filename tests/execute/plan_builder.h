// Plans written by hand: sources with random bytes, tensors with boxes.
#ifndef WEFT_TESTS_EXECUTE_PLAN_BUILDER_H_
#define WEFT_TESTS_EXECUTE_PLAN_BUILDER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "execute/memory_files.h"
#include "weft/plan.h"

namespace weft::execute {

class PlanBuilder {
 public:
  // Appends a source tensor to the only file; returns its index.
  uint32_t Source(DType dtype, Shape shape) {
    TensorInfo info;
    info.name = "source." + std::to_string(catalog_.tensors.size());
    info.dtype = dtype;
    info.size_bytes = ElementsOf(shape) * static_cast<uint64_t>(BitsOf(dtype)) / 8;
    info.shape = std::move(shape);
    info.offset_bytes = bytes_.size();
    bytes_.reserve(bytes_.size() + info.size_bytes);
    for (uint64_t i = 0; i < info.size_bytes; ++i) {
      state_ = state_ * 6364136223846793005 + 1442695040888963407;
      bytes_.push_back(static_cast<char>(state_ >> 56));
    }
    catalog_.tensors.push_back(std::move(info));
    return static_cast<uint32_t>(catalog_.tensors.size() - 1);
  }

  PlannedTensor& Tensor(DType dtype, Shape shape, std::vector<Box> boxes) {
    PlannedTensor tensor;
    tensor.name = "tensor." + std::to_string(plan_.tensors.size());
    tensor.dtype = dtype;
    tensor.source_dtype = dtype;
    tensor.shape = std::move(shape);
    tensor.boxes = std::move(boxes);
    plan_.tensors.push_back(std::move(tensor));
    return plan_.tensors.back();
  }

  // Source and tensor of one shape, copied as it is.
  void Copied(DType dtype, const Shape& shape) {
    const uint64_t elements = ElementsOf(shape);
    Box box;
    box.source = Source(dtype, shape);
    if (elements > 1) box.factors = {{elements, 1, 1}};
    Tensor(dtype, shape, elements == 0 ? std::vector<Box>{} : std::vector<Box>{box});
  }

  // A source [rows, columns] and a tensor [columns, rows].
  void Transposed(DType dtype, uint64_t rows, uint64_t columns) {
    const auto r = static_cast<int64_t>(rows);
    const auto c = static_cast<int64_t>(columns);
    Box box;
    box.source = Source(dtype, {r, c});
    box.factors = {{columns, 1, rows}, {rows, columns, 1}};
    Tensor(dtype, {c, r}, {box});
  }

  Plan plan() const {
    Plan plan = plan_;
    Catalog catalog = catalog_;
    catalog.files.resize(1);
    plan.catalog = std::make_shared<const Catalog>(std::move(catalog));
    return plan;
  }
  std::vector<Bytes> files() const { return {bytes_}; }

 private:
  uint64_t state_ = 1;
  Catalog catalog_;
  Plan plan_;
  Bytes bytes_;
};

}  // namespace weft::execute

#endif  // WEFT_TESTS_EXECUTE_PLAN_BUILDER_H_
