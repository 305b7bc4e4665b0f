// Reads a pickle into a tree, and executes nothing.
#ifndef WEFT_FORMATS_PICKLE_MACHINE_H_
#define WEFT_FORMATS_PICKLE_MACHINE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "formats/byte_reader.h"
#include "formats/pickle/tree.h"

namespace weft::pickle {

// Whether a class or function of that name is known to be data. All others refuse the file.
using IsInert = std::function<bool(std::string_view module, std::string_view name)>;

struct Limits {
  uint64_t bytes = uint64_t{64} << 20U;       // of one pickle
  uint64_t values = 10'000'000;               // and places on the stack, and items of containers
  uint64_t text_bytes = uint64_t{16} << 20U;  // of one text
  uint64_t long_bytes = 1024;                 // of one integer
  uint64_t marks = 1000;                      // containers that are being filled at once
};

// The pickle that begins at `offset_bytes` of `reader`, up to its STOP, of whatever protocol; what
// is behind it is not looked at, but may be read. `where` is for messages. Text that the pickle
// holds need not be UTF-8.
//
// Errors: kUnknownGlobal, for every name that is not inert, with the first error behind them if
// there is one; kBadHeaderSyntax; kTruncated; kUnsupportedFeature (an instruction that plain data
// do not need); kLimitExceeded; kCannotRead.
absl::StatusOr<Tree> Read(const ByteReader& reader, uint64_t offset_bytes, std::string_view where,
                          const IsInert& is_inert, const Limits& limits);

// The same of bytes that are one pickle and nothing else. Errors: also kTrailingData.
absl::StatusOr<Tree> ReadWhole(std::string bytes, std::string_view where, const IsInert& is_inert,
                               const Limits& limits);

}  // namespace weft::pickle

#endif  // WEFT_FORMATS_PICKLE_MACHINE_H_
