// Deflated bytes → bytes, a block at a time. Builds with and without zlib.
#ifndef WEFT_FORMATS_ZIP_INFLATE_H_
#define WEFT_FORMATS_ZIP_INFLATE_H_

#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"

namespace weft::zip {

class Inflater {
 public:
  struct Step {
    uint64_t taken_bytes = 0;  // of the input
    uint64_t given_bytes = 0;  // of the output
    bool is_end = false;       // the stream is complete
  };

  // Errors: kUnsupportedFeature when zlib was left out of this build; kLimitExceeded, no memory.
  static absl::StatusOr<Inflater> Create(std::string_view where);

  Inflater(Inflater&&) noexcept;
  Inflater& operator=(Inflater&&) noexcept;
  ~Inflater();

  // Goes on until the input is used up, the output is full, or the stream ends.
  // Errors: kBadHeaderSyntax when the input is no deflated stream.
  absl::StatusOr<Step> Inflate(std::string_view input, char* output, uint64_t output_bytes,
                               std::string_view where);

 private:
  struct Stream;
  explicit Inflater(std::unique_ptr<Stream> stream);

  std::unique_ptr<Stream> stream_;
};

}  // namespace weft::zip

#endif  // WEFT_FORMATS_ZIP_INFLATE_H_
