#include "formats/zip/inflated_member.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"

namespace weft::zip {
namespace {

constexpr uint64_t kBlockBytes = uint64_t{256} << 10U;

}  // namespace

InflatedMember::InflatedMember(std::shared_ptr<const ByteReader> reader, Member member,
                               Checksum checksum, std::shared_ptr<ScratchFile> scratch)
    : reader_(std::move(reader)),
      member_(std::move(member)),
      checksum_(checksum),
      where_(absl::StrFormat("%s: member '%s'", reader_->where(), Escaped(member_.name))),
      scratch_(std::move(scratch)) {}

absl::Status InflatedMember::ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const {
  std::call_once(once_, [this] { status_ = Inflate(); });
  WEFT_RETURN_IF_ERROR(status_);
  return scratch_->ReadAt(scratch_offset_bytes_ + offset_bytes, size_bytes, out);
}

absl::Status InflatedMember::Inflate() const {
  WEFT_ASSIGN_OR_RETURN(MemberStream stream, MemberStream::Open(*reader_, member_, checksum_));
  WEFT_ASSIGN_OR_RETURN(scratch_offset_bytes_, scratch_->Take(member_.size_bytes));
  std::string block(std::min(member_.size_bytes, kBlockBytes), '\0');
  for (uint64_t done = 0; done < member_.size_bytes;) {
    const uint64_t count = std::min(stream.left_bytes(), kBlockBytes);
    WEFT_RETURN_IF_ERROR(stream.Read(count, block.data()));
    WEFT_RETURN_IF_ERROR(scratch_->WriteAt(scratch_offset_bytes_ + done, block.data(), count));
    done += count;
  }
  return absl::OkStatus();
}

}  // namespace weft::zip
