// An array file cut or changed at every byte: an error or a right read.
#include <catch2/catch.hpp>
#include <string>

#include "files/byte_changes.h"
#include "formats/byte_reader.h"
#include "formats/numpy/array_file.h"
#include "io/error_of.h"
#include "numpy/raw_array.h"

namespace weft {
namespace {

std::string Control() {
  return test::RawArray(test::DictText(">i2", "(2, 3)", "True") + "    \n", "0123456789ab");
}

TEST_CASE("numpy: a file cut at any byte is refused", "[numpy]") {
  const std::string control = Control();
  REQUIRE(numpy::ReadArray(TextReader(control, "f.npy"), {}).ok());
  for (size_t size = 0; size < control.size(); ++size) {
    CAPTURE(size);
    const std::string cut = control.substr(0, size);
    CHECK(ErrorNameOf(numpy::ReadArray(TextReader(cut, "f.npy"), {})) == "TRUNCATED");
  }
}

TEST_CASE("numpy: a file changed at any byte is refused or read right", "[numpy]") {
  const std::string control = Control();
  int refused = 0;
  int accepted = 0;
  for (size_t i = 0; i < control.size(); ++i) {
    for (const char change : test::ByteChangesOf(control[i])) {
      std::string bytes = control;
      bytes[i] = change;
      CAPTURE(i, static_cast<int>(change));
      const auto read = numpy::ReadArray(TextReader(bytes, "f.npy"), {});
      if (!read.ok()) {
        ++refused;
        REQUIRE(read.status().code() != absl::StatusCode::kInternal);
        continue;
      }
      ++accepted;
      REQUIRE(read->data.end_bytes() + read->trailing_bytes == bytes.size());
      REQUIRE(read->data.size_bytes ==
              ElementsOf(read->array.shape) * static_cast<uint64_t>(BitsOf(read->array.dtype)) / 8);
    }
  }
  CHECK(refused > 500);
  CHECK(accepted > 100);  // the data may say anything
}

}  // namespace
}  // namespace weft
