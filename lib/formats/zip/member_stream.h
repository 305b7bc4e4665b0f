// The content of a zip member, from its beginning to its end.
//
//   WEFT_ASSIGN_OR_RETURN(zip::MemberStream stream,
//                         zip::MemberStream::Open(reader, member, zip::Checksum::kUnlessZero));
//   while (stream.left_bytes() > 0) {
//     WEFT_RETURN_IF_ERROR(stream.Read(std::min(stream.left_bytes(), kBlock), buffer));
//   }
#ifndef WEFT_FORMATS_ZIP_MEMBER_STREAM_H_
#define WEFT_FORMATS_ZIP_MEMBER_STREAM_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "formats/byte_reader.h"
#include "formats/zip/inflate.h"
#include "formats/zip/zip_directory.h"

namespace weft::zip {

// PyTorch can be told to compute no checksums, and writes zeros then.
enum class Checksum { kAlways, kUnlessZero };

// Move-only; for one thread. Holds 64 KiB for a deflated member.
class MemberStream {
 public:
  // `reader` must live as long. Errors: kUnsupportedFeature (deflated, in a build without zlib).
  static absl::StatusOr<MemberStream> Open(const ByteReader& reader, const Member& member,
                                           Checksum checksum);

  uint64_t left_bytes() const { return left_bytes_; }

  // The next `size_bytes` ≤ left_bytes(). With the last of them, the checksum is compared, and a
  // deflated stream must end. Errors: kWrongChecksum; kSizeMismatch when the stream is longer or
  // shorter than its size; kBadHeaderSyntax; kCannotRead.
  absl::Status Read(uint64_t size_bytes, char* out);

 private:
  MemberStream(const ByteReader& reader, const Member& member, Checksum checksum);
  absl::Status Refill();
  absl::Status ReadDeflated(uint64_t size_bytes, char* out);
  absl::Status CheckEnd();

  const ByteReader* reader_;
  std::string where_;
  Checksum checksum_;
  uint32_t crc_ = 0;
  uint32_t expected_crc_;
  uint64_t left_bytes_;         // of the content
  uint64_t stored_left_bytes_;  // in the file
  uint64_t offset_bytes_;       // in the file, of what is to be read next
  std::optional<Inflater> inflater_;
  std::string block_;    // what was read and not inflated yet…
  size_t block_at_ = 0;  // …begins here
  bool is_end_ = false;  // of the deflated stream
};

// The whole content of a small member. Errors: those of MemberStream; kLimitExceeded when it has
// more than `max_bytes`, or is a small deflated stream of very many bytes.
absl::StatusOr<std::string> ReadMember(const ByteReader& reader, const Member& member,
                                       Checksum checksum, uint64_t max_bytes);

}  // namespace weft::zip

#endif  // WEFT_FORMATS_ZIP_MEMBER_STREAM_H_
