#include "containers/bounded_reader.h"

#include <algorithm>
#include <catch2/catch.hpp>

namespace weft::test {

absl::Status BoundedReader::ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const {
  const bool is_inside =
      offset_bytes <= bytes_.size() && size_bytes <= bytes_.size() - offset_bytes;
  if (!is_inside) FAIL("asked for " << size_bytes << " bytes at " << offset_bytes);
  bytes_.copy(out, size_bytes, offset_bytes);
  return absl::OkStatus();
}

void CheckReads(const ByteReader& reader, const std::string& expected, Random& random) {
  REQUIRE(reader.size_bytes() == expected.size());
  for (int i = 0; i < 24; ++i) {
    const uint64_t begin = i == 0 ? 0 : random.Below(expected.size() + 1);
    const uint64_t most = expected.size() - begin;
    const uint64_t some =
        random.Below(random.Chance(2) ? most + 1 : std::min<uint64_t>(most, 24) + 1);
    const uint64_t count = i == 0 ? most : some;
    std::string out(count + 2, '#');
    REQUIRE(reader.ReadAt(begin, count, out.data() + 1).ok());
    CAPTURE(begin, count, expected.size());
    CHECK((out == '#' + expected.substr(begin, count) + '#'));
  }
}

}  // namespace weft::test
