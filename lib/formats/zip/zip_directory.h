// What is in a zip file that nobody vouches for.
//
// A zip says everything twice: in a header before each member, and in a directory at the end.
// Readers differ in which they believe, so a file in which the two differ is refused.
//
//   FileReader reader(file);
//   WEFT_ASSIGN_OR_RETURN(zip::Directory directory, zip::ReadDirectory(reader, {}));
//   for (const zip::Member& member : directory.members) …
//
// Source: PKWARE, APPNOTE.TXT 6.3.10.
#ifndef WEFT_FORMATS_ZIP_ZIP_DIRECTORY_H_
#define WEFT_FORMATS_ZIP_ZIP_DIRECTORY_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "formats/byte_reader.h"

namespace weft::zip {

enum class Method : uint8_t { kStored, kDeflated };

struct Member {
  std::string name;  // valid UTF-8; components that are neither empty nor "." nor ".."
  Method method = Method::kStored;
  uint32_t crc = 0;           // of the content; some writers leave it 0
  uint64_t offset_bytes = 0;  // of what is stored, from the start of the file
  uint64_t stored_bytes = 0;  // in the file
  uint64_t size_bytes = 0;    // of the content
  uint64_t header_offset_bytes = 0;
};

struct Directory {
  std::vector<Member> members;  // in the order of the directory
};

struct DirectoryLimits {
  uint64_t members = 2'000'000;
  uint64_t directory_bytes = uint64_t{256} << 20U;
  // Refuse two names that differ in ASCII case only: they are one file on some systems.
  bool ignore_case = true;
};

// The bytes that a file with members begins with.
inline constexpr std::string_view kMemberSignature = "PK\3\4";

// Reads and checks the end records, the directory and the header of every member; no content.
// Everything that is wrong with members is reported together.
// Errors: kTruncated, kBadHeaderSyntax, kOffsetRange, kOffsetHole, kOffsetOverlap, kSizeMismatch,
// kDuplicateName, kBadName, kUnsafePath, kUnsupportedFeature, kLimitExceeded, kCannotRead.
absl::StatusOr<Directory> ReadDirectory(const ByteReader& reader, const DirectoryLimits& limits);

// The member of that name; null when there is none. Walks the list.
const Member* FindMember(const Directory& directory, std::string_view name);

}  // namespace weft::zip

#endif  // WEFT_FORMATS_ZIP_ZIP_DIRECTORY_H_
