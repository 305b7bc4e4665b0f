// The version of the library; semantic versioning, source compatibility within a minor version.
#ifndef WEFT_VERSION_H_
#define WEFT_VERSION_H_

#include <string_view>

#define WEFT_VERSION_MAJOR 0
#define WEFT_VERSION_MINOR 1
#define WEFT_VERSION_PATCH 0

namespace weft {

// "0.1.0": of the library that is linked, which may be newer than this header.
std::string_view Version();

}  // namespace weft

#endif  // WEFT_VERSION_H_
