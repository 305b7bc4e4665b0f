// Zip files byte by byte, right and wrong ones.
#ifndef WEFT_TESTS_FORMATS_RAW_ZIP_H_
#define WEFT_TESTS_FORMATS_RAW_ZIP_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::test {

// What the header and the directory say of a member; each may lie.
struct RawFields {
  std::string name;
  uint64_t flags = 0;
  uint64_t method = 0;
  uint64_t crc = 0;
  uint64_t stored_bytes = 0;
  uint64_t size_bytes = 0;
  uint64_t offset_bytes = 0;  // of the header; of the directory only
  uint64_t disk = 0;          // the same
  std::string extra;
};

struct RawMember {
  RawFields header;
  RawFields entry;
  std::string stored;
};

struct RawEnd {
  uint64_t disk = 0;
  uint64_t members = 0;
  uint64_t directory_bytes = 0;
  uint64_t directory_offset_bytes = 0;
  std::string comment;
  bool has_zip64 = false;
};

// A stored member whose header and entry say the truth.
RawMember Stored(std::string name, std::string content);

// A zip of the members; where their headers are is filled in. `change` may make any of it lie
// before the bytes are made.
struct RawZip {
  std::vector<RawMember> members;
  RawEnd end;
  std::string before_directory;
  std::string before_end;
};
std::string ZipBytes(std::vector<RawMember> members,
                     const std::function<void(RawZip&)>& change = nullptr);

}  // namespace weft::test

#endif  // WEFT_TESTS_FORMATS_RAW_ZIP_H_
