#include "files/checkpoint_tensors.h"

#include <catch2/catch.hpp>

#include "weft/weft.h"

namespace weft::test {

FileTensors TensorsOf(const std::string& path) {
  const absl::StatusOr<Checkpoint> checkpoint = Checkpoint::Open(path);
  INFO(checkpoint.status());
  REQUIRE(checkpoint.ok());
  FileTensors tensors;
  for (const TensorInfo& info : checkpoint->catalog()->tensors) {
    FileTensor& tensor = tensors[info.name];
    tensor.dtype = NameOf(info.dtype);
    tensor.shape.assign(info.shape.begin(), info.shape.end());
    tensor.data.resize(info.size_bytes);
    REQUIRE(
        checkpoint->ReadAt(info.file, info.offset_bytes, info.size_bytes, tensor.data.data()).ok());
  }
  return tensors;
}

}  // namespace weft::test
