#include "formats/zip/member_stream.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/zip/crc32.h"

namespace weft::zip {
namespace {

constexpr uint64_t kBlockBytes = uint64_t{64} << 10U;

// What is read as a whole may not be inflated further than this; no pickle comes near.
constexpr uint64_t kMostInflation = 100;
constexpr uint64_t kFreeBytes = uint64_t{1} << 20U;

std::string WhereOf(const ByteReader& reader, const Member& member) {
  return absl::StrFormat("%s: member '%s'", reader.where(), Escaped(member.name));
}

}  // namespace

MemberStream::MemberStream(const ByteReader& reader, const Member& member, Checksum checksum)
    : reader_(&reader),
      where_(WhereOf(reader, member)),
      checksum_(checksum),
      expected_crc_(member.crc),
      left_bytes_(member.size_bytes),
      stored_left_bytes_(member.stored_bytes),
      offset_bytes_(member.offset_bytes) {}

absl::StatusOr<MemberStream> MemberStream::Open(const ByteReader& reader, const Member& member,
                                                Checksum checksum) {
  MemberStream stream(reader, member, checksum);
  if (member.method == Method::kDeflated) {
    WEFT_ASSIGN_OR_RETURN(stream.inflater_, Inflater::Create(stream.where_));
  }
  if (stream.left_bytes_ == 0) WEFT_RETURN_IF_ERROR(stream.CheckEnd());
  return stream;
}

absl::Status MemberStream::Read(uint64_t size_bytes, char* out) {
  if (inflater_) {
    WEFT_RETURN_IF_ERROR(ReadDeflated(size_bytes, out));
  } else {
    WEFT_RETURN_IF_ERROR(reader_->ReadAt(offset_bytes_, size_bytes, out));
    offset_bytes_ += size_bytes;
  }
  crc_ = Crc32(crc_, {out, size_bytes});
  left_bytes_ -= size_bytes;
  return left_bytes_ == 0 ? CheckEnd() : absl::OkStatus();
}

// Reads on when the block is used up and there is more.
absl::Status MemberStream::Refill() {
  if (block_at_ != block_.size() || stored_left_bytes_ == 0) return absl::OkStatus();
  block_.resize(std::min(stored_left_bytes_, kBlockBytes));
  block_at_ = 0;
  WEFT_RETURN_IF_ERROR(reader_->ReadAt(offset_bytes_, block_.size(), block_.data()));
  offset_bytes_ += block_.size();
  stored_left_bytes_ -= block_.size();
  return absl::OkStatus();
}

absl::Status MemberStream::ReadDeflated(uint64_t size_bytes, char* out) {
  while (size_bytes > 0) {
    WEFT_RETURN_IF_ERROR(Refill());
    WEFT_ASSIGN_OR_RETURN(
        const Inflater::Step step,
        inflater_->Inflate(std::string_view(block_).substr(block_at_), out, size_bytes, where_));
    block_at_ += step.taken_bytes;
    out += step.given_bytes;
    size_bytes -= step.given_bytes;
    is_end_ = step.is_end;
    const bool is_stuck = step.taken_bytes == 0 && step.given_bytes == 0;
    if (size_bytes > 0 && (is_end_ || is_stuck)) {
      return ErrorStatus(ErrorCode::kSizeMismatch, where_,
                         "its deflated stream ends before the size that it is said to have");
    }
  }
  return absl::OkStatus();
}

// Called when all of the content has been read.
absl::Status MemberStream::CheckEnd() {
  if (inflater_ && !is_end_) {
    // Room for one byte more tells a stream that ends here from one that goes on.
    char more = 0;
    uint64_t given_bytes = 0;
    while (!is_end_ && given_bytes == 0) {
      WEFT_RETURN_IF_ERROR(Refill());
      if (block_at_ == block_.size()) break;
      WEFT_ASSIGN_OR_RETURN(
          const Inflater::Step step,
          inflater_->Inflate(std::string_view(block_).substr(block_at_), &more, 1, where_));
      if (step.taken_bytes == 0 && step.given_bytes == 0 && !step.is_end) break;
      block_at_ += step.taken_bytes;
      given_bytes = step.given_bytes;
      is_end_ = step.is_end;
    }
    if (given_bytes > 0 || !is_end_) {
      return ErrorStatus(ErrorCode::kSizeMismatch, where_,
                         "its deflated stream does not end at the size that it is said to have");
    }
  }
  if (inflater_ && (stored_left_bytes_ > 0 || block_at_ != block_.size())) {
    return ErrorStatus(ErrorCode::kSizeMismatch, where_, "bytes follow its deflated stream");
  }
  if (checksum_ == Checksum::kUnlessZero && expected_crc_ == 0) return absl::OkStatus();
  if (crc_ == expected_crc_) return absl::OkStatus();
  return ErrorStatus(
      ErrorCode::kWrongChecksum, where_,
      absl::StrFormat("the checksum of its content is %08X; expected %08X", crc_, expected_crc_),
      "the file is damaged, or was edited in place; fetch it again");
}

absl::StatusOr<std::string> ReadMember(const ByteReader& reader, const Member& member,
                                       Checksum checksum, uint64_t max_bytes) {
  if (member.size_bytes > max_bytes) {
    return ErrorStatus(
        ErrorCode::kLimitExceeded, WhereOf(reader, member),
        absl::StrFormat("has %d bytes; the limit is %d", member.size_bytes, max_bytes));
  }
  if (member.size_bytes > kFreeBytes && member.size_bytes / kMostInflation > member.stored_bytes) {
    return ErrorStatus(ErrorCode::kLimitExceeded, WhereOf(reader, member),
                       absl::StrFormat("%d bytes become %d; more than %d for each is refused",
                                       member.stored_bytes, member.size_bytes, kMostInflation));
  }
  WEFT_ASSIGN_OR_RETURN(MemberStream stream, MemberStream::Open(reader, member, checksum));
  std::string content(member.size_bytes, '\0');
  if (!content.empty()) WEFT_RETURN_IF_ERROR(stream.Read(content.size(), content.data()));
  return content;
}

}  // namespace weft::zip
