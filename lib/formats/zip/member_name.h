// Names of zip members that may be used.
#ifndef WEFT_FORMATS_ZIP_MEMBER_NAME_H_
#define WEFT_FORMATS_ZIP_MEMBER_NAME_H_

#include <string_view>

#include "absl/status/status.h"
#include "formats/byte_reader.h"

namespace weft::zip {

// A relative path with slashes whose components say something; a folder's ends in a slash.
// Errors: kBadName (empty, no UTF-8), kUnsafePath.
absl::Status CheckMemberName(std::string_view name, std::string_view where);

}  // namespace weft::zip

#endif  // WEFT_FORMATS_ZIP_MEMBER_NAME_H_
