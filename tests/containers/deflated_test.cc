// What is deflated, in a build with zlib.
#include "containers/deflated.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <iterator>
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
#include "io/scratch_directory.h"
#include "io/scratch_file.h"
#include "numpy/raw_array.h"
#include "weft/checkpoint.h"

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
  const auto scratch = std::make_shared<ScratchFile>();
  for (const uint64_t size : {uint64_t{0}, uint64_t{1}, uint64_t{256} << 10,
                              (uint64_t{256} << 10) + 1, uint64_t{3} << 20}) {
    CAPTURE(size);
    const std::string content = random.Bytes(size);
    const auto reader =
        std::make_shared<BoundedReader>(test::ZipBytes({test::Deflated("m", content)}));
    const zip::InflatedMember member(reader, FirstMember(*reader), zip::Checksum::kAlways, scratch);
    test::CheckReads(member, content, random);

    const zip::InflatedMember shared(reader, FirstMember(*reader), zip::Checksum::kAlways, scratch);
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
    const zip::InflatedMember member(reader, FirstMember(*reader), zip::Checksum::kAlways,
                                     std::make_shared<ScratchFile>());
    char out = 0;
    CHECK(ErrorNameOf(member.ReadAt(0, 1, &out)) == "WRONG_CHECKSUM");
    CHECK(ErrorNameOf(member.ReadAt(5, 1, &out)) == "WRONG_CHECKSUM");
  }
}

size_t OpenDescriptors() {
  namespace fs = std::filesystem;
  return static_cast<size_t>(
      std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

TEST_CASE("readers: however many deflated members an archive has, it takes one descriptor more",
          "[containers]") {
  const ScratchDirectory scratch;
  std::vector<test::RawMember> members;
  for (int i = 0; i < 40; ++i) {
    members.push_back(test::Deflated(std::to_string(i) + ".npy",
                                     test::RawArray(test::DictText("|u1", "(100000,)"),
                                                    std::string(100'000, static_cast<char>(i)))));
  }
  const auto checkpoint = Checkpoint::Open(scratch.Write("a.npz", test::ZipBytes(members)));
  REQUIRE(checkpoint.ok());
  const size_t before = OpenDescriptors();
  for (const TensorInfo& tensor : checkpoint->catalog()->tensors) {
    std::string data(100'000, '.');
    REQUIRE(checkpoint->ReadAt(tensor.file, tensor.offset_bytes, data.size(), data.data()).ok());
    CHECK((data == std::string(100'000, static_cast<char>(std::stoi(tensor.name)))));
  }
  CHECK(OpenDescriptors() == before + 1);
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
