// What is deflated, in a build with zlib.
#include "containers/deflated.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "containers/bounded_reader.h"
#include "containers/random.h"
#include "containers/stored_form_check.h"
#include "containers/stored_forms.h"
#include "formats/zip/inflated_member.h"
#include "io/error_of.h"

namespace weft {
namespace {

using test::BoundedReader;
using test::Random;

zip::Member FirstMember(const ByteReader& reader) {
  auto directory = zip::ReadDirectory(reader, {});
  REQUIRE(directory.ok());
  return directory->members.at(0);
}

TEST_CASE("readers: a deflated member is read in any order, by several threads", "[containers]") {
  Random random(7);
  for (const uint64_t size : {uint64_t{0}, uint64_t{1}, zip::InflatedMember::kMemoryBytes,
                              zip::InflatedMember::kMemoryBytes + 1, uint64_t{3} << 20}) {
    CAPTURE(size);
    const std::string content = random.Bytes(size);
    const auto reader =
        std::make_shared<BoundedReader>(test::ZipBytes({test::Deflated("m", content)}));
    const zip::InflatedMember member(reader, FirstMember(*reader), zip::Checksum::kAlways);
    test::CheckReads(member, content, random);

    const zip::InflatedMember shared(reader, FirstMember(*reader), zip::Checksum::kAlways);
    std::vector<std::string> read(4, std::string(size, '\0'));
    std::vector<std::thread> threads;
    for (std::string& out : read) {
      threads.emplace_back([&] {
        const uint64_t half = size / 2;
        if (!shared.ReadAt(half, size - half, out.data() + half).ok()) out.clear();
        if (!shared.ReadAt(0, half, out.data()).ok()) out.clear();
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const std::string& out : read) CHECK((out == content));
  }
}

TEST_CASE("readers: a deflated member with a wrong checksum is refused at each read",
          "[containers]") {
  for (const uint64_t size : {uint64_t{10}, uint64_t{200'000}}) {
    test::RawMember wrong = test::Deflated("m", std::string(size, 'x'));
    wrong.header.crc ^= 1;
    wrong.entry.crc ^= 1;
    const auto reader = std::make_shared<BoundedReader>(test::ZipBytes({wrong}));
    const zip::InflatedMember member(reader, FirstMember(*reader), zip::Checksum::kAlways);
    char out = 0;
    CHECK(ErrorNameOf(member.ReadAt(0, 1, &out)) == "WRONG_CHECKSUM");
    CHECK(ErrorNameOf(member.ReadAt(5, 1, &out)) == "WRONG_CHECKSUM");
  }
}

// Some members of each file are deflated, some are not.
test::MakeMember Mixed(Random& random) {
  return [&random](std::string name, const std::string& content) {
    return random.Chance(3) ? test::Stored(std::move(name), content)
                            : test::Deflated(std::move(name), content);
  };
}

TEST_CASE("stored forms: deflated storages of PyTorch", "[containers]") {
  Random random(31);
  for (int i = 0; i < 40; ++i) {
    test::CheckStoredForm(test::TorchViews(random, Mixed(random)), random);
  }
}

TEST_CASE("stored forms: deflated arrays of NumPy", "[containers]") {
  Random random(32);
  for (int i = 0; i < 40; ++i) {
    test::CheckStoredForm(test::NumpyArchive(random, Mixed(random)), random);
  }
}

}  // namespace
}  // namespace weft
