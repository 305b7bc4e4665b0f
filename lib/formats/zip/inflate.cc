#include "formats/zip/inflate.h"

#ifdef WEFT_HAVE_ZLIB
#include <zlib.h>
#endif

#include <algorithm>
#include <limits>
#include <utility>

#include "diagnostic/status.h"

namespace weft::zip {

#ifdef WEFT_HAVE_ZLIB

struct Inflater::Stream {
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { ::inflateEnd(&state); }

  z_stream state = {};
};

absl::StatusOr<Inflater> Inflater::Create(std::string_view where) {
  auto stream = std::make_unique<Stream>();
  // Negative: a bare stream, without zlib's own header and checksum.
  if (::inflateInit2(&stream->state, -MAX_WBITS) == Z_OK) return Inflater(std::move(stream));
  return ErrorStatus(ErrorCode::kLimitExceeded, where, "there is no memory to inflate a member");
}

absl::StatusOr<Inflater::Step> Inflater::Inflate(std::string_view input, char* output,
                                                 uint64_t output_bytes, std::string_view where) {
  constexpr uint64_t kMost = std::numeric_limits<uInt>::max();
  z_stream& state = stream_->state;
  const auto input_bytes = static_cast<uInt>(std::min<uint64_t>(input.size(), kMost));
  const auto room = static_cast<uInt>(std::min(output_bytes, kMost));
  // zlib does not write to its input.
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
  state.avail_in = input_bytes;
  state.next_out = reinterpret_cast<Bytef*>(output);
  state.avail_out = room;
  const int result = ::inflate(&state, Z_NO_FLUSH);
  if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
    return ErrorStatus(ErrorCode::kBadHeaderSyntax, where, "is no valid deflated stream",
                       "the file is damaged; fetch it again");
  }
  return Step{input_bytes - state.avail_in, room - state.avail_out, result == Z_STREAM_END};
}

#else

struct Inflater::Stream {};

absl::StatusOr<Inflater> Inflater::Create(std::string_view where) {
  return ErrorStatus(ErrorCode::kUnsupportedFeature, where,
                     "is deflated, and this build has no zlib",
                     "build weft with zlib, or write the file without compression");
}

absl::StatusOr<Inflater::Step> Inflater::Inflate(std::string_view, char*, uint64_t,
                                                 std::string_view) {
  return Step();
}

#endif

Inflater::Inflater(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {}
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;
Inflater::~Inflater() = default;

}  // namespace weft::zip
