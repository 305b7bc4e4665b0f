// A zip of stored members, planned before any content is there.
//
// Every offset is known when the last member has been added, so that content can be written in any
// order. Only the checksums come at the end: those of the headers are patched, and the directory
// is made then.
//
//   zip::Layout layout;
//   const uint64_t offset = layout.Add("archive/data/0", size_bytes, 64);
//   …                                    // write content at `offset`
//   layout.SetCrc(0, crc);
//   …                                    // write layout.Header(0) at layout.header_offset_bytes(0)
//   …                                    // write layout.End() at layout.end_offset_bytes()
#ifndef WEFT_FORMATS_ZIP_ZIP_LAYOUT_H_
#define WEFT_FORMATS_ZIP_ZIP_LAYOUT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft::zip {

class Layout {
 public:
  // Plans a member behind the last one; its content begins at a multiple of `alignment_bytes`,
  // which is at most 4096. Returns the offset of the content. `name` is at most 65535 bytes.
  uint64_t Add(std::string_view name, uint64_t size_bytes, uint64_t alignment_bytes);

  // The checksum of a member's content, 0 before.
  void SetCrc(size_t member, uint32_t crc) { members_[member].crc = crc; }

  size_t members() const { return members_.size(); }
  uint64_t size_bytes(size_t member) const { return members_[member].size_bytes; }
  uint64_t offset_bytes(size_t member) const { return members_[member].offset_bytes; }
  uint64_t header_offset_bytes(size_t member) const { return members_[member].header_offset_bytes; }

  // What stands before the content of a member, from header_offset_bytes to offset_bytes.
  std::string Header(size_t member) const;

  // The directory and the end records.
  uint64_t end_offset_bytes() const { return end_bytes_; }
  std::string End() const;

  // Of the whole file; End() is that long whatever the checksums are.
  uint64_t file_bytes() const { return end_bytes_ + End().size(); }

 private:
  struct Member {
    std::string name;
    uint32_t crc = 0;
    uint64_t size_bytes = 0;
    uint64_t offset_bytes = 0;
    uint64_t header_offset_bytes = 0;
  };

  std::vector<Member> members_;
  uint64_t end_bytes_ = 0;  // of the last content
};

}  // namespace weft::zip

#endif  // WEFT_FORMATS_ZIP_ZIP_LAYOUT_H_
