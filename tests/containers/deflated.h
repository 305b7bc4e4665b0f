// Deflated members of zip files.
#ifndef WEFT_TESTS_CONTAINERS_DEFLATED_H_
#define WEFT_TESTS_CONTAINERS_DEFLATED_H_

#include <string>

#include "formats/raw_zip.h"

namespace weft::test {

// A member whose header and entry say the truth.
RawMember Deflated(std::string name, const std::string& content);

}  // namespace weft::test

#endif  // WEFT_TESTS_CONTAINERS_DEFLATED_H_
