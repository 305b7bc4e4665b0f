// Pickles in which some storages get another type.
#include "formats/pytorch/storage_types.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>

#include "formats/pickle/instruction.h"
#include "formats/raw_pickle.h"
#include "io/error_of.h"

namespace weft {
namespace {

using pickle::Instruction;
using pickle::InstructionReader;
using pickle::Opcode;
using test::Pickle;
using test::PickledGlobal;
using test::PickledInt;
using test::PickledStorage;
using test::PickledText;
using test::PickledTuple;

std::string Changed(const std::string& pickle, const std::map<std::string, std::string>& types) {
  absl::StatusOr<std::string> changed = pytorch::WithStorageTypes(pickle, types, "data.pkl");
  INFO(changed.status());
  REQUIRE(changed.ok());
  return *std::move(changed);
}

TEST_CASE("pytorch: a storage gets another type, and the others keep theirs", "[pytorch]") {
  const auto both = [](std::string_view first, std::string_view second) {
    return Pickle(PickledTuple({PickledStorage(first, "0", 4), PickledStorage(second, "1", 4)}));
  };
  const std::string before = both("FloatStorage", "FloatStorage");
  CHECK(Changed(before, {}) == before);
  CHECK(Changed(before, {{"0", "HalfStorage"}}) == both("HalfStorage", "FloatStorage"));
  CHECK(Changed(before, {{"1", "HalfStorage"}}) == both("FloatStorage", "HalfStorage"));
}

// As torch writes: the type and the key are put into the memo, and the type is read from there.
std::string Memoized(std::string_view first, const std::string& second, const std::string& third) {
  const std::string type = PickledGlobal("torch", first) + "q\2";
  const auto id = [](const std::string& of, const std::string& key, char slot) {
    return "(" + PickledText("storage") + of + PickledText(key) + "q" + slot + PickledText("cpu") +
           PickledInt(4) + "tQ";
  };
  return Pickle("(" + id(type, "0", '\3') + id(second, "1", '\4') + id(third, "2", '\5') + "t");
}

TEST_CASE("pytorch: a type in the memo is given to those that read it there", "[pytorch]") {
  const std::string get = "h\2";
  const std::string half = PickledGlobal("torch", "HalfStorage");
  const std::string single = PickledGlobal("torch", "FloatStorage");
  const std::string before = Memoized("FloatStorage", get, get);
  CHECK(Changed(before, {{"0", "HalfStorage"}, {"1", "HalfStorage"}, {"2", "HalfStorage"}}) ==
        Memoized("HalfStorage", get, get));
  CHECK(Changed(before, {{"0", "HalfStorage"}}) == Memoized("HalfStorage", single, single));
  CHECK(Changed(before, {{"1", "HalfStorage"}}) == Memoized("FloatStorage", half, get));
  CHECK(Changed(before, {{"0", "HalfStorage"}, {"2", "HalfStorage"}}) ==
        Memoized("HalfStorage", single, get));
}

TEST_CASE("pytorch: a key that no type stands before is refused", "[pytorch]") {
  const std::string pickle = Pickle(PickledTuple({PickledText("0"), PickledText("1")}));
  CHECK(ErrorNameOf(pytorch::WithStorageTypes(pickle, {{"0", "HalfStorage"}}, "data.pkl")) ==
        "UNSUPPORTED_FEATURE");
}

TEST_CASE("pickle: instructions come one by one with their arguments", "[pickle]") {
  const std::string bytes = Pickle(PickledTuple({PickledText("abc"), PickledInt(7)}) +
                                   PickledGlobal("torch", "Size") + "I12\n");
  InstructionReader reader(bytes);
  std::string arguments;
  Instruction instruction;
  size_t end = 0;
  while (reader.Next(instruction)) {
    CHECK(instruction.offset == end);
    end = instruction.offset + instruction.size;
    if (instruction.opcode == Opcode::kBinUnicode || instruction.opcode == Opcode::kGlobal ||
        instruction.opcode == Opcode::kInt) {
      arguments += std::string(instruction.argument) + "|";
    }
  }
  CHECK(end == bytes.size());
  CHECK(arguments == "abc|torch\nSize|12|");
}

TEST_CASE("pickle: an instruction that is cut off is none", "[pickle]") {
  for (const std::string bytes : {"X\5", "X\5\1\1\1abc", "ctorch\nSi", "I12", "J\1\1"}) {
    InstructionReader reader(bytes);
    Instruction instruction;
    CHECK(!reader.Next(instruction));
  }
}

}  // namespace
}  // namespace weft
