// Data of a tensor that lie in another file.
#ifndef WEFT_FORMATS_ONNX_EXTERNAL_DATA_H_
#define WEFT_FORMATS_ONNX_EXTERNAL_DATA_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "formats/protobuf/message_reader.h"

namespace weft::onnx {

// Bytes of another file, which stands beside the model or in a directory there.
struct External {
  std::string location;  // a relative path of plain names; never out of the directory
  uint64_t offset_bytes = 0;
  uint64_t size_bytes = 0;
  bool has_checksum = false;  // SHA-1 of the whole file; not looked at
};

// TensorProto.DataLocation.EXTERNAL
inline constexpr uint64_t kDataElsewhere = 1;

// The entries external_data of one tensor.
class ExternalData {
 public:
  // `where` names the tensor, for messages.
  ExternalData(protobuf::ByteWindow& window, std::function<std::string()> where)
      : window_(window), where_(std::move(where)) {}

  // Errors: those of MessageReader; kBadHeaderSyntax, kBadMetadata, kUnsafePath.
  absl::Status Add(protobuf::MessageReader entry);

  // What they say together; a tensor that says no size has `default_bytes`. Errors: kBadMetadata.
  absl::StatusOr<External> Place(uint64_t default_bytes) &&;

 private:
  absl::Status SetLocation(std::string value);
  absl::Status SetPlace(std::string_view key, std::string_view value,
                        std::optional<uint64_t>& place);
  absl::Status BadField() const;

  protobuf::ByteWindow& window_;
  std::function<std::string()> where_;
  External external_;
  std::optional<uint64_t> offset_;
  std::optional<uint64_t> length_;
};

// Checks that the data of a tensor lie in their file, which has `file_bytes`. Errors: kTruncated.
absl::Status CheckExternal(std::string_view tensor, const External& external, uint64_t file_bytes);

}  // namespace weft::onnx

#endif  // WEFT_FORMATS_ONNX_EXTERNAL_DATA_H_
