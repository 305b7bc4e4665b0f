#include "containers/deflated.h"

#include <zlib.h>

#include <catch2/catch.hpp>
#include <utility>

namespace weft::test {

RawMember Deflated(std::string name, const std::string& content) {
  z_stream stream = {};
  // Without the header and the checksum of zlib, which zips do not have.
  REQUIRE(::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8,
                         Z_DEFAULT_STRATEGY) == Z_OK);
  std::string deflated(::deflateBound(&stream, content.size()), '\0');
  std::string input = content;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(deflated.data());
  stream.avail_out = static_cast<uInt>(deflated.size());
  REQUIRE(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
  deflated.resize(stream.total_out);
  ::deflateEnd(&stream);

  RawMember member = Stored(std::move(name), content);
  for (RawFields* const fields : {&member.header, &member.entry}) {
    fields->method = 8;
    fields->stored_bytes = deflated.size();
  }
  member.stored = std::move(deflated);
  return member;
}

}  // namespace weft::test
