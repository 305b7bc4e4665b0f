// A deflated member of a zip, read by position.
//
// A deflated stream can only be read from its beginning on. It is inflated once, when first asked
// for: a short one into memory, a long one into a temporary file, so that tensors may be read from
// it in any order, in bounded memory, and by several threads.
#ifndef WEFT_FORMATS_ZIP_INFLATED_MEMBER_H_
#define WEFT_FORMATS_ZIP_INFLATED_MEMBER_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "formats/byte_reader.h"
#include "formats/zip/member_stream.h"
#include "formats/zip/zip_directory.h"
#include "io/scratch_file.h"

namespace weft::zip {

class InflatedMember final : public ByteReader {
 public:
  // Members of at most so many bytes are kept in memory.
  static constexpr uint64_t kMemoryBytes = uint64_t{64} << 10U;

  InflatedMember(std::shared_ptr<const ByteReader> reader, Member member, Checksum checksum);

  uint64_t size_bytes() const override { return member_.size_bytes; }
  const std::string& where() const override { return where_; }

  // Errors besides those of ByteReader: those of MemberStream, the same for every read;
  // kCannotWrite when there is no room for a temporary file.
  absl::Status ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const override;

 private:
  absl::Status Inflate() const;

  std::shared_ptr<const ByteReader> reader_;
  Member member_;
  Checksum checksum_;
  std::string where_;
  mutable std::once_flag once_;
  mutable absl::Status status_;                 // what follows is there when it is OK
  mutable std::string bytes_;                   // of a short member
  mutable std::optional<ScratchFile> scratch_;  // of a long one
};

}  // namespace weft::zip

#endif  // WEFT_FORMATS_ZIP_INFLATED_MEMBER_H_
