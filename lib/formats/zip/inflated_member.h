// A deflated member of a zip, read by position.
//
// A deflated stream can only be read from its beginning on. It is inflated once, when first asked
// for, into a temporary file, so that tensors may be read from it in any order, by several threads,
// and in little memory, however many members there are.
#ifndef WEFT_FORMATS_ZIP_INFLATED_MEMBER_H_
#define WEFT_FORMATS_ZIP_INFLATED_MEMBER_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "formats/byte_reader.h"
#include "formats/zip/member_stream.h"
#include "formats/zip/zip_directory.h"
#include "io/scratch_file.h"

namespace weft::zip {

class InflatedMember final : public ByteReader {
 public:
  // The members of an archive share `scratch`.
  InflatedMember(std::shared_ptr<const ByteReader> reader, Member member, Checksum checksum,
                 std::shared_ptr<ScratchFile> scratch);

  uint64_t size_bytes() const override { return member_.size_bytes; }
  const std::string& where() const override { return where_; }

  // Errors besides those of ByteReader: those of MemberStream, the same for every read;
  // kCannotWrite when there is no room in the temporary file.
  absl::Status ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const override;

 private:
  absl::Status Inflate() const;

  std::shared_ptr<const ByteReader> reader_;
  Member member_;
  Checksum checksum_;
  std::string where_;
  std::shared_ptr<ScratchFile> scratch_;
  mutable std::once_flag once_;
  mutable absl::Status status_;
  mutable uint64_t scratch_offset_bytes_ = 0;  // of the content, when the status is OK
};

}  // namespace weft::zip

#endif  // WEFT_FORMATS_ZIP_INFLATED_MEMBER_H_
