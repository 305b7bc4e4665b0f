// What reads stored bytes in another form, against the slow and obvious way.
#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "containers/bounded_reader.h"
#include "containers/element_layout.h"
#include "containers/random.h"
#include "formats/byte_reader.h"
#include "formats/piece_reader.h"
#include "formats/range_map.h"
#include "formats/strided_reader.h"
#include "formats/strides.h"
#include "formats/swapped_reader.h"
#include "weft/catalog.h"

namespace weft {
namespace {

using test::BoundedReader;
using test::CheckReads;
using test::ElementLayout;
using test::Random;
using test::RandomLayout;
using test::RowMajor;

// Reads that fail once so many have been made.
class Failing final : public ByteReader {
 public:
  Failing(std::string bytes, int reads) : bytes_(std::move(bytes)), left_(reads) {}
  uint64_t size_bytes() const override { return bytes_.size(); }
  const std::string& where() const override { return where_; }
  absl::Status ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const override {
    if (left_-- == 0) return absl::DataLossError("a read failed");
    bytes_.copy(out, size_bytes, offset_bytes);
    return absl::OkStatus();
  }

 private:
  std::string bytes_;
  mutable int left_;
  std::string where_ = "f";
};

// Further apart than what one read takes with it.
constexpr uint64_t kMostStride = 6'000;

void CheckStrided(const ElementLayout& layout, Random& random) {
  const uint64_t skipped = random.Below(9);
  const auto stored = std::make_shared<BoundedReader>(
      random.Bytes(skipped + layout.storage_elements * layout.element_bytes));
  const StridedReader reader(stored, skipped + layout.offset_elements * layout.element_bytes,
                             layout.shape, layout.strides, layout.element_bytes);
  CAPTURE(TextOf(layout.shape), TextOf(layout.strides), layout.element_bytes);
  CheckReads(reader, RowMajor(layout, stored->bytes().substr(skipped)), random);
}

TEST_CASE("readers: elements with any strides are read row-major", "[containers]") {
  Random random(1);
  for (int i = 0; i < 1500; ++i)
    CheckStrided(RandomLayout(random, 600, uint64_t{1} << random.Below(4), kMostStride), random);
}

TEST_CASE("readers: strides beyond the window of a read", "[containers]") {
  Random random(2);
  for (int i = 0; i < 12; ++i)
    CheckStrided(RandomLayout(random, 60'000, uint64_t{1} << random.Below(4), kMostStride), random);
  // A matrix with its axes exchanged, of more bytes than one window; with a column apart; repeated.
  CheckStrided({{700, 500}, {1, 700}, 3, 2, 3 + 700 * 500}, random);
  CheckStrided({{300, 2}, {2000, 1}, 0, 4, 300 * 2000}, random);
  CheckStrided({{2, 300'000}, {1, 0}, 0, 1, 2}, random);
  CheckStrided({{3, 100'000}, {0, 1}, 5, 4, 5 + 100'000}, random);
  CheckStrided({{5, 70'001}, {1, 5}, 0, 4, 5 * 70'001}, random);
}

TEST_CASE("readers: an error of a strided read is told", "[containers]") {
  for (int reads = 0; reads < 2; ++reads) {
    const auto stored = std::make_shared<Failing>(std::string(100'000, 'x'), reads);
    const StridedReader reader(stored, 0, {3, 2}, {20'000, 1}, 2);
    std::string out(12, '\0');
    CHECK(reader.ReadAt(0, 12, out.data()).code() == absl::StatusCode::kDataLoss);
  }
}

TEST_CASE("readers: row-major is what lies so, whatever axes of one element say", "[containers]") {
  Random random(3);
  int row_major = 0;
  for (int i = 0; i < 3000; ++i) {
    ElementLayout layout = RandomLayout(random, 40, 1, 100);
    if (random.Chance(2)) {
      int64_t next = 1;
      for (size_t axis = layout.shape.size(); axis-- > 0;) {
        if (layout.shape[axis] != 1 || random.Chance(2)) layout.strides[axis] = next;
        next *= layout.shape[axis];
      }
      layout.storage_elements = 10'000'000;
    }
    bool expected = true;
    std::vector<int64_t> at(layout.shape.size(), 0);
    for (uint64_t element = 0; element < ElementsOf(layout.shape); ++element) {
      uint64_t place = 0;
      for (size_t axis = 0; axis < at.size(); ++axis) {
        place += static_cast<uint64_t>(at[axis] * layout.strides[axis]);
      }
      expected &= place == element;
      for (size_t axis = at.size(); axis-- > 0;) {
        if (++at[axis] < layout.shape[axis]) break;
        at[axis] = 0;
      }
    }
    CAPTURE(TextOf(layout.shape), TextOf(layout.strides));
    CHECK(IsRowMajor(layout.shape, layout.strides) == expected);
    row_major += expected ? 1 : 0;
  }
  CHECK(row_major > 1000);
  CHECK(row_major < 2800);
}

TEST_CASE("readers: pieces are read as one", "[containers]") {
  Random random(4);
  for (int i = 0; i < 500; ++i) {
    std::vector<std::shared_ptr<const BoundedReader>> files;
    for (int file = 0; file < 3; ++file) {
      files.push_back(std::make_shared<const BoundedReader>(random.Bytes(random.Below(400))));
    }
    std::vector<PieceReader::Piece> pieces;
    std::string expected;
    for (uint64_t count = random.Below(8); count > 0; --count) {
      const auto& file = random.Pick(files);
      const uint64_t begin = random.Below(file->size_bytes() + 1);
      const uint64_t size = random.Chance(4) ? 0 : random.Below(file->size_bytes() - begin + 1);
      pieces.push_back({file, {begin, size}});
      expected += file->bytes().substr(begin, size);
    }
    CheckReads(PieceReader(pieces, "f"), expected, random);
  }
}

TEST_CASE("readers: numbers are read the other way round", "[containers]") {
  Random random(5);
  for (int i = 0; i < 300; ++i) {
    const uint64_t number_bytes = uint64_t{2} << random.Below(3);
    const uint64_t begin = random.Below(9);
    const uint64_t size = random.Below(200) * number_bytes;
    const auto stored =
        std::make_shared<BoundedReader>(random.Bytes(begin + size + random.Below(9)));
    std::string expected = stored->bytes().substr(begin, size);
    for (uint64_t at = 0; at < size; at += number_bytes) {
      std::reverse(expected.begin() + static_cast<std::ptrdiff_t>(at),
                   expected.begin() + static_cast<std::ptrdiff_t>(at + number_bytes));
    }
    CheckReads(SwappedReader(stored, {begin, size}, number_bytes), expected, random);
  }
}

TEST_CASE("readers: a range of a tensor in several ranges is found", "[containers]") {
  Random random(6);
  for (int i = 0; i < 300; ++i) {
    RangeMap map;
    // Where each byte of each tensor is in the file.
    std::vector<std::pair<OutputExtent, std::vector<uint64_t>>> tensors;
    uint64_t end = 0;
    for (uint64_t count = random.Between(1, 6); count > 0; --count) {
      TensorPlace place;
      std::vector<uint64_t> bytes;
      for (uint64_t ranges = random.Below(4); ranges > 0; --ranges) {
        end += random.Below(10);
        const uint64_t size = random.Between(1, 40);
        place.ranges.push_back({end, size});
        for (uint64_t k = 0; k < size; ++k) bytes.push_back(end + k);
        end += size;
      }
      const OutputExtent extent = map.Add(place);
      CHECK(extent.size_bytes == bytes.size());
      tensors.emplace_back(extent, std::move(bytes));
    }
    for (const auto& [extent, bytes] : tensors) {
      if (bytes.empty()) continue;
      for (int k = 0; k < 20; ++k) {
        const uint64_t begin = random.Below(bytes.size());
        const uint64_t count = random.Between(1, bytes.size() - begin);
        std::vector<uint64_t> found;
        for (const FileRange& range : map.RangesOf(extent.offset_bytes + begin, count)) {
          for (uint64_t at = 0; at < range.size_bytes; ++at) {
            found.push_back(range.offset_bytes + at);
          }
        }
        CHECK((found ==
               std::vector<uint64_t>(bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                                     bytes.begin() + static_cast<std::ptrdiff_t>(begin + count))));
      }
    }
  }
}

}  // namespace
}  // namespace weft
