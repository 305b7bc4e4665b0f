// A zip of which some members get other content, and all else stays byte for byte.
//
// Members keep their order, names, flags and dates. What follows a member that gets longer or
// shorter moves; members whose writer aligned them, as torch does with an extra field, stay
// aligned. Where no size changes nothing moves.
//
//   WEFT_ASSIGN_OR_RETURN(zip::Rewrite rewrite, zip::Rewrite::Make(reader, directory, changes));
//   …                                       // copy rewrite.kept()
//   …                                       // write content at rewrite.offset_bytes(member)
//   for (const Patch& patch : rewrite.Finish(crcs)) …
#ifndef WEFT_FORMATS_ZIP_REWRITE_H_
#define WEFT_FORMATS_ZIP_REWRITE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "formats/byte_reader.h"
#include "formats/kept_range.h"
#include "formats/patch.h"
#include "formats/zip/end_record.h"
#include "formats/zip/zip_directory.h"

namespace weft::zip {

class Rewrite {
 public:
  // `directory` is that of the file. `changes`: members that get other content, which is stored,
  // and its sizes. Errors: kUnsupportedFeature (a size or an offset that its record has no room
  // for; no data descriptor where one should be); kCannotRead.
  static absl::StatusOr<Rewrite> Make(const std::shared_ptr<const ByteReader>& reader,
                                      const Directory& directory,
                                      const std::map<uint32_t, uint64_t>& changes);

  uint64_t file_bytes() const { return file_bytes_; }
  // Where the content of a member begins.
  uint64_t offset_bytes(uint32_t member) const { return members_[member].offset_bytes; }
  // All but the content of what changes, and the patches.
  const std::vector<KeptRange>& kept() const { return kept_; }
  // Headers, what follows the content of members, the directory and the end. `crcs`: the checksum
  // of each member that changes.
  std::vector<Patch> Finish(const std::map<uint32_t, uint32_t>& crcs) const;

 private:
  // A field of a record, of 32 or 64 bits.
  struct Field {
    size_t offset = 0;
    size_t size = 0;  // 0: there is none
  };
  struct MemberPlan {
    bool is_changed = false;
    uint64_t size_bytes = 0;
    uint64_t header_offset_bytes = 0;
    uint64_t offset_bytes = 0;  // of the content
    std::string header;         // its checksum is still that of the old content
    Field header_crc;
    uint64_t descriptor_offset_bytes = 0;
    std::string descriptor;  // empty: there is none; the checksum is still the old one
    Field descriptor_crc;
    Field entry_crc;  // in the directory
  };

  Rewrite() = default;
  absl::Status PlanMembers(const std::shared_ptr<const ByteReader>& reader,
                           const Directory& directory, const EndRecord& end,
                           const std::map<uint32_t, uint64_t>& changes);
  absl::Status PlanDirectory(const ByteReader& reader, const Directory& directory,
                             const EndRecord& end);
  absl::Status PlanEnd(const ByteReader& reader, const EndRecord& end);

  std::vector<MemberPlan> members_;  // in the order of the directory
  std::vector<KeptRange> kept_;
  uint64_t directory_offset_bytes_ = 0;
  std::string directory_;
  std::string end_;
  uint64_t file_bytes_ = 0;
};

}  // namespace weft::zip

#endif  // WEFT_FORMATS_ZIP_REWRITE_H_
