// Tensors that share a storage: kept by PyTorch's files, written twice by all others.
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "containers/containers.h"
#include "containers/random.h"
#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "formats/byte_reader.h"
#include "formats/pytorch/reader.h"
#include "formats/raw_pickle.h"
#include "io/input_file.h"

namespace weft {
namespace {

using test::Container;
using test::Containers;
using test::Family;
using test::FileTensors;
using test::PickledTensor;
using test::Random;
using test::TemporaryDirectory;

struct Read {
  std::map<std::string, uint32_t> storage_of;
  std::vector<uint64_t> storage_bytes;
};

Read ReadStorages(const std::string& path) {
  const FileReader reader(std::make_shared<const InputFile>(*InputFile::Open(path)));
  const auto contents = pytorch::Read(reader, {});
  REQUIRE(contents.ok());
  Read read;
  for (const pytorch::Tensor& tensor : contents->tensors) {
    read.storage_of[tensor.name] = tensor.storage;
  }
  for (const pytorch::Storage& storage : contents->storages) {
    read.storage_bytes.push_back(storage.size_bytes);
  }
  return read;
}

constexpr const char* kStorage = "0123456789abcdefghijklmnopqrstuv";  // eight floats

// `a` and `b` are the same elements, `flat` the same in another shape, `half` a part of them, `t`
// their transpose; `c` is a storage of its own with the same bytes.
std::string Tied() {
  return test::TorchZip(
      test::Pickle(test::PickledDict({{"a", PickledTensor("0", 8, 0, {2, 4}, {4, 1})},
                                      {"b", PickledTensor("0", 8, 0, {2, 4}, {4, 1})},
                                      {"flat", PickledTensor("0", 8, 0, {8}, {1})},
                                      {"half", PickledTensor("0", 8, 4, {4}, {1})},
                                      {"t", PickledTensor("0", 8, 0, {4, 2}, {1, 4})},
                                      {"t2", PickledTensor("0", 8, 0, {4, 2}, {1, 4})},
                                      {"c", PickledTensor("1", 8, 0, {2, 4}, {4, 1})}})),
      {{"0", kStorage}, {"1", kStorage}});
}

FileTensors Expected() {
  const std::string all = kStorage;
  std::string transposed;
  for (size_t i = 0; i < 4; ++i) transposed += all.substr(4 * i, 4) + all.substr(16 + 4 * i, 4);
  return {{"a", {"F32", {2, 4}, all}},        {"b", {"F32", {2, 4}, all}},
          {"flat", {"F32", {8}, all}},        {"half", {"F32", {4}, all.substr(16)}},
          {"t", {"F32", {4, 2}, transposed}}, {"t2", {"F32", {4, 2}, transposed}},
          {"c", {"F32", {2, 4}, all}}};
}

TEST_CASE("aliases: equal views of a storage share one in what is written", "[containers]") {
  Random random(41);
  const TemporaryDirectory directory;
  test::WriteFile(directory / "tied.pt", Tied());
  const Container torch = {Family::kPyTorch, "", "", "", UINT64_MAX};
  REQUIRE(test::Rewrite(directory / "tied.pt", directory / "out.pt", torch, random).ok());
  test::CheckSame(test::LoadTensors(directory / "out.pt", random), Expected());

  const Read read = ReadStorages(directory / "out.pt");
  CHECK(read.storage_of.at("a") == read.storage_of.at("b"));
  CHECK(read.storage_of.at("t") == read.storage_of.at("t2"));
  for (const std::string other : {"flat", "half", "t", "c"}) {
    CHECK(read.storage_of.at(other) != read.storage_of.at("a"));
  }
  CHECK(read.storage_of.at("c") != read.storage_of.at("flat"));
  // No storage is larger than its tensors.
  for (const uint64_t bytes : read.storage_bytes) CHECK((bytes == 32 || bytes == 16));

  REQUIRE(test::Rewrite(directory / "out.pt", directory / "again.pt", torch, random).ok());
  CHECK((test::ReadFile(directory / "again.pt") == test::ReadFile(directory / "out.pt")));
}

TEST_CASE("aliases: they are in one shard, which they fill once", "[containers]") {
  Random random(42);
  const TemporaryDirectory directory;
  test::WriteFile(directory / "tied.pt", Tied());
  // `a` and `b` are 32 bytes together.
  const Container torch = {Family::kPyTorch, "", "", "pytorch", 48};
  REQUIRE(test::Rewrite(directory / "tied.pt", directory / "out", torch, random).ok());
  test::CheckSame(test::LoadTensors(directory / "out", random), Expected());
  int together = 0;
  for (const std::string& name : test::ListTree(directory / "out")) {
    if (name.find(".bin") == std::string::npos || name.find("json") != std::string::npos) continue;
    const Read read = ReadStorages(directory / ("out/" + name));
    const bool has_both = read.storage_of.count("a") == 1 && read.storage_of.count("b") == 1;
    CHECK(read.storage_of.count("a") == read.storage_of.count("b"));
    if (!has_both) continue;
    ++together;
    CHECK(read.storage_of.at("a") == read.storage_of.at("b"));
  }
  CHECK(together == 1);
}

TEST_CASE("aliases: other containers hold the tensors one by one", "[containers]") {
  Random random(43);
  for (const Container& container : Containers()) {
    CAPTURE(container.name);
    const TemporaryDirectory directory;
    test::WriteFile(directory / "tied.pt", Tied());
    const std::string out = directory / ("out/" + container.file);
    REQUIRE(test::Rewrite(directory / "tied.pt", out, container, random).ok());
    test::CheckSame(test::LoadTensors(out, random), Expected());
  }
}

}  // namespace
}  // namespace weft
