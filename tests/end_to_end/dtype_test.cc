// Every dtype and every shape that the format allows, through a conversion and back.
#include <catch2/catch.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "process/process.h"

namespace weft::test {
namespace {

struct Format {
  const char* dtype;
  int64_t bits;
};

// The table of the safetensors format, written down once more.
constexpr Format kFormats[] = {
    {"BOOL", 8},        {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"U8", 8},
    {"I8", 8},          {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8},
    {"F8_E5M2FNUZ", 8}, {"I16", 16},    {"U16", 16},    {"F16", 16},    {"BF16", 16},
    {"I32", 32},        {"U32", 32},    {"F32", 32},    {"C64", 64},    {"F64", 64},
    {"I64", 64},        {"U64", 64},
};

// `size` bytes that differ from tensor to tensor, NaNs and infinities among them.
std::string Bytes(size_t size, size_t seed) {
  std::string bytes;
  uint64_t state = seed * 2 + 1;
  for (size_t i = 0; i < size; ++i) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    bytes += static_cast<char>(state >> 56);
  }
  return bytes;
}

FileTensor Tensor(const Format& format, const std::vector<int64_t>& shape, size_t seed) {
  int64_t elements = 1;
  for (const int64_t size : shape) elements *= size;
  REQUIRE(elements * format.bits % 8 == 0);
  FileTensor tensor{format.dtype, shape,
                    Bytes(static_cast<size_t>(elements * format.bits / 8), seed)};
  if (tensor.dtype == "BOOL") {
    for (char& byte : tensor.data) byte &= 1;
  }
  return tensor;
}

// Each dtype in several shapes; the first tensor has three bytes, so that nothing behind it is
// aligned.
FileTensors AllKinds() {
  FileTensors tensors = {{"a", {"U8", {3}, "xyz"}}};
  size_t seed = 0;
  for (const Format& format : kFormats) {
    const std::string name = std::string("kind.") + format.dtype;
    tensors[name + ".matrix"] = Tensor(format, {5, 4}, ++seed);
    tensors[name + ".empty"] = Tensor(format, {0}, ++seed);
    tensors[name + ".hollow"] = Tensor(format, {3, 0, 2}, ++seed);
    tensors[name + ".deep"] = Tensor(format, {1, 2, 1, 2, 1, 2, 1}, ++seed);
    if (format.bits % 8 == 0) tensors[name + ".scalar"] = Tensor(format, {}, ++seed);
    // An odd number of bytes in front of the next tensor.
    tensors[name + ".odd"] = Tensor(format, {format.bits == 4 ? 2 : 4}, ++seed);
    tensors[name + ".pad"] = {"U8", {1}, "p"};
  }
  return tensors;
}

void Convert(const std::string& source, const std::string& destination, const std::string& map,
             const std::vector<std::string>& options = {}) {
  std::vector<std::string> arguments = {"convert", source, destination, "--map", map, "--no-sync"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  const Outcome outcome = Weft(arguments);
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  CHECK(outcome.err.empty());
}

}  // namespace

TEST_CASE("dtypes: the identity keeps every dtype, shape and byte", "[end_to_end]") {
  REQUIRE(std::size(kFormats) == 22);
  const TemporaryDirectory directory;
  const FileTensors tensors = AllKinds();
  WriteSafetensors(directory / "m.safetensors", tensors);
  Convert(directory / "m.safetensors", directory / "copy.safetensors", "identity");
  CheckSame(ReadSafetensors(directory / "copy.safetensors"), tensors);
  Convert(directory / "copy.safetensors", directory / "back.safetensors", "identity",
          {"--reverse"});
  CheckSame(ReadSafetensors(directory / "back.safetensors"), tensors);
}

TEST_CASE("dtypes: renaming keeps every dtype, shape and byte, and turns back", "[end_to_end]") {
  const TemporaryDirectory directory;
  const FileTensors tensors = AllKinds();
  WriteSafetensors(directory / "m.safetensors", tensors);
  WriteFile(directory / "rename.json",
            R"({"weft": 1, "stages": [[{"rename": "kind.{x*}", "to": "{x*}.z"}]]})");
  FileTensors renamed;
  for (const auto& [name, tensor] : tensors) {
    renamed[name == "a" ? name : name.substr(5) + ".z"] = tensor;
  }
  const std::string map = directory / "rename.json";
  Convert(directory / "m.safetensors", directory / "there.safetensors", map);
  CheckSame(ReadSafetensors(directory / "there.safetensors"), renamed);
  Convert(directory / "there.safetensors", directory / "back.safetensors", map, {"--reverse"});
  CheckSame(ReadSafetensors(directory / "back.safetensors"), tensors);
}

TEST_CASE("dtypes: a split at whole bytes works for all, and turns back", "[end_to_end]") {
  const TemporaryDirectory directory;
  FileTensors tensors;
  FileTensors split;
  size_t seed = 100;
  for (const Format& format : kFormats) {
    // Rows of 4 elements are whole bytes for 4, 6 and all larger numbers of bits.
    const std::string name = format.dtype;
    const FileTensor whole = Tensor(format, {5, 4}, ++seed);
    // The first two rows: eight elements of that many bits.
    const auto cut = static_cast<size_t>(format.bits);
    tensors[name] = whole;
    split["head." + name] = {whole.dtype, {2, 4}, whole.data.substr(0, cut)};
    split["tail." + name] = {whole.dtype, {3, 4}, whole.data.substr(cut)};
  }
  WriteSafetensors(directory / "m.safetensors", tensors);
  WriteFile(directory / "split.json", R"({"weft": 1, "stages": [[
      {"from": ["{x:seg}", "[head:h | tail:t] d"],
       "to": {"head": ["head.{x:seg}", "h d"], "tail": ["tail.{x:seg}", "t d"]},
       "sizes": {"h": 2}}]]})");
  const std::string map = directory / "split.json";
  Convert(directory / "m.safetensors", directory / "there.safetensors", map);
  CheckSame(ReadSafetensors(directory / "there.safetensors"), split);
  Convert(directory / "there.safetensors", directory / "back.safetensors", map, {"--reverse"});
  CheckSame(ReadSafetensors(directory / "back.safetensors"), tensors);
}

TEST_CASE("dtypes: a transpose that would tear bytes apart is refused", "[end_to_end]") {
  const TemporaryDirectory directory;
  WriteSafetensors(directory / "m.safetensors", {{"w", {"F4", {2, 2}, "ab"}}});
  WriteFile(directory / "turn.json",
            R"({"weft": 1, "stages": [[{"from": ["w", "a b"], "to": ["t", "b a"]}]]})");
  const std::vector<std::string> before = ListTree(directory.path());
  const Outcome outcome = Weft({"convert", directory / "m.safetensors",
                                directory / "new/t.safetensors", "--map", directory / "turn.json"});
  CHECK(outcome.exit_code == 1);
  CHECK(outcome.first_error_line() ==
        "error[NOT_BYTE_ALIGNED] tensor 't': elements of F4 have 4 bits, and a part that is copied "
        "from 'w' does not start and end on a whole byte");
  CHECK(ListTree(directory.path()) == before);
  // The plan says so, too.
  const Outcome plan =
      Weft({"plan", directory / "m.safetensors", "--map", directory / "turn.json"});
  CHECK(plan.exit_code == 1);
  CHECK(plan.first_error_line() == outcome.first_error_line());
}

TEST_CASE("metadata: what the source has is kept both ways, and runs do not differ",
          "[end_to_end]") {
  const TemporaryDirectory directory;
  const std::map<std::string, std::string> metadata = {
      {"format", "pt"}, {"note", "naïve \"quotes\"\n"}, {"empty", ""}};
  WriteSafetensors(directory / "m.safetensors", {{"w", Counting({4, 2}, 0)}}, metadata);
  WriteFile(directory / "split.json", R"({"weft": 1, "name": "split", "stages": [[
      {"from": ["w", "[a:n | b:m] d"], "to": {"a": ["a", "n d"], "b": ["b", "m d"]}}]]})");
  const std::string map = directory / "split.json";
  for (const char* name : {"one.safetensors", "two.safetensors"}) {
    Convert(directory / "m.safetensors", directory / name, map, {"--set", "n=1"});
  }
  CHECK(ReadFile(directory / "one.safetensors") == ReadFile(directory / "two.safetensors"));

  const auto with_record = ReadMetadata(directory / "one.safetensors");
  for (const auto& [key, value] : metadata) {
    INFO(key);
    REQUIRE(with_record.count(key) == 1);
    CHECK(with_record.at(key) == value);
  }
  // The way back needs no --set: the record says what n was.
  CHECK(with_record.count("weft.params.split") == 1);
  Convert(directory / "one.safetensors", directory / "back.safetensors", map, {"--reverse"});
  CHECK(ReadSafetensors(directory / "back.safetensors") ==
        ReadSafetensors(directory / "m.safetensors"));
  const auto back = ReadMetadata(directory / "back.safetensors");
  for (const auto& [key, value] : metadata) {
    INFO(key);
    REQUIRE(back.count(key) == 1);
    CHECK(back.at(key) == value);
  }
}

}  // namespace weft::test
