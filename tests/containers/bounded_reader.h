// A reader in memory that fails the test when it is asked for what it does not have.
#ifndef WEFT_TESTS_CONTAINERS_BOUNDED_READER_H_
#define WEFT_TESTS_CONTAINERS_BOUNDED_READER_H_

#include <cstdint>
#include <string>
#include <utility>

#include "containers/random.h"
#include "formats/byte_reader.h"

namespace weft::test {

// Not to be read by several threads when the test may fail.
class BoundedReader final : public ByteReader {
 public:
  explicit BoundedReader(std::string bytes) : bytes_(std::move(bytes)) {}

  uint64_t size_bytes() const override { return bytes_.size(); }
  const std::string& where() const override { return where_; }
  absl::Status ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const override;

  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
  std::string where_ = "f";
};

// All of `reader`, and ranges of all kinds, are as in `expected`, and no read writes beside its
// place.
void CheckReads(const ByteReader& reader, const std::string& expected, Random& random);

}  // namespace weft::test

#endif  // WEFT_TESTS_CONTAINERS_BOUNDED_READER_H_
