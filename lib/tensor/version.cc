#include "weft/version.h"

#define WEFT_TEXT_INNER(x) #x
#define WEFT_TEXT(x) WEFT_TEXT_INNER(x)

namespace weft {

std::string_view Version() {
  return WEFT_TEXT(WEFT_VERSION_MAJOR) "." WEFT_TEXT(WEFT_VERSION_MINOR) "." WEFT_TEXT(
      WEFT_VERSION_PATCH);
}

}  // namespace weft
