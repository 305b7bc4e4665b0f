// Pickles that name nothing but data.
#ifndef WEFT_FORMATS_PYTORCH_INERT_PICKLE_H_
#define WEFT_FORMATS_PYTORCH_INERT_PICKLE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "formats/byte_reader.h"
#include "formats/pickle/machine.h"
#include "formats/pickle/tree.h"
#include "formats/pytorch/inert_names.h"

namespace weft::pytorch {

// As pickle::Read and pickle::ReadWhole, with the names of a table.
//
// Python 3.11.0 to 3.11.3 pickle the member of an enumeration as getattr(Class, "NAME"). Just that
// is taken: of a class whose objects are opaque, a name that is public, and nothing done with the
// result. Any other use of getattr is kUnknownGlobal, as it may reach a function.
absl::StatusOr<pickle::Tree> ReadPickle(const ByteReader& reader, uint64_t offset_bytes,
                                        std::string_view where, const InertNames& names,
                                        const pickle::Limits& limits);
absl::StatusOr<pickle::Tree> ReadWholePickle(std::string bytes, std::string_view where,
                                             const InertNames& names, const pickle::Limits& limits);

}  // namespace weft::pytorch

#endif  // WEFT_FORMATS_PYTORCH_INERT_PICKLE_H_
