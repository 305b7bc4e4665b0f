#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "files/byte_changes.h"
#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "formats/byte_reader.h"
#include "formats/onnx/model.h"
#include "formats/onnx/number_reader.h"
#include "io/error_of.h"
#include "io/input_file.h"
#include "protobuf/raw_fields.h"

namespace weft {
namespace {

using onnx::Initializer;
using onnx::Model;
using test::FileTensors;
using test::RawBytes;
using test::RawNumber;
using test::RawVarint;

std::string PathOf(const std::string& name) {
  return std::string(WEFT_SOURCE_DIR) + "/tests/onnx/files/" + name;
}

// A model of one graph, whose fields are given.
std::string RawModel(const std::string& graph) {
  return RawNumber(1, 10) + RawBytes(2, "hand") + RawBytes(7, graph);
}

// Name, data_type and sizes of a tensor.
std::string RawHead(std::string_view name, uint64_t data_type, const std::vector<uint64_t>& dims) {
  std::string tensor;
  for (const uint64_t size : dims) tensor += RawNumber(1, size);
  return tensor + RawNumber(2, data_type) + RawBytes(8, name);
}

std::string RawFloat(std::string_view name) { return RawHead(name, 1, {1}) + RawBytes(9, "1234"); }

absl::StatusOr<Model> ReadBytes(std::string_view bytes, const Limits& limits = {}) {
  return onnx::Read(TextReader(bytes, "m.onnx"), limits);
}

absl::StatusOr<Model> ReadTensor(const std::string& tensor, const Limits& limits = {}) {
  return ReadBytes(RawModel(RawBytes(5, tensor)), limits);
}

std::string ErrorOf(const std::string& tensor, const Limits& limits = {}) {
  return ErrorNameOf(ReadTensor(tensor, limits));
}

// Of a reader that lives as long.
absl::StatusOr<std::shared_ptr<const onnx::NumberReader>> NumbersOf(
    const ByteReader& reader, const Initializer& initializer) {
  return onnx::NumberReader::Open(
      std::shared_ptr<const ByteReader>(std::shared_ptr<int>(), &reader), initializer);
}

absl::StatusOr<std::string> Decoded(const ByteReader& reader, const Initializer& initializer) {
  const auto numbers = NumbersOf(reader, initializer);
  if (!numbers.ok()) return numbers.status();
  return weft::ReadBytes(**numbers, 0, (*numbers)->size_bytes(), "");
}

// The elements, from `directory` when they are external.
std::string DataOf(const ByteReader& reader, const Initializer& initializer,
                   const std::string& directory) {
  if (initializer.external) {
    const std::string file = test::ReadFile(directory + initializer.external->location);
    REQUIRE(onnx::CheckExternal(initializer.name, *initializer.external, file.size()).ok());
    return file.substr(initializer.external->offset_bytes, initializer.external->size_bytes);
  }
  if (!initializer.numbers.empty()) return *Decoded(reader, initializer);
  std::string data;
  for (const FileRange& range : initializer.bytes) {
    data += *weft::ReadBytes(reader, range.offset_bytes, range.size_bytes, "");
  }
  return data;
}

FileTensors LoadAll(const ByteReader& reader, const Model& model, const std::string& directory) {
  FileTensors tensors;
  for (const Initializer& initializer : model.initializers) {
    tensors[initializer.name] = {std::string(NameOf(initializer.dtype)),
                                 {initializer.shape.begin(), initializer.shape.end()},
                                 DataOf(reader, initializer, directory)};
  }
  return tensors;
}

// files/NAME.txt: what the package onnx reads.
FileTensors ReadListing(const std::string& name) {
  FileTensors tensors;
  std::ifstream lines(PathOf(name + ".txt"));
  REQUIRE(lines.is_open());
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string key;
    std::string shape;
    std::string hex;
    test::FileTensor tensor;
    words >> key >> tensor.dtype >> shape >> hex;
    std::istringstream sizes(shape.substr(1, shape.size() - 2));
    std::string size;
    while (std::getline(sizes, size, ',')) tensor.shape.push_back(std::stoll(size));
    for (size_t i = 0; i + 1 < hex.size(); i += 2) {
      tensor.data += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    }
    tensors[key] = tensor;
  }
  return tensors;
}

TEST_CASE("onnx: raw, typed and external values are read as the package onnx reads them",
          "[onnx]") {
  for (const std::string name : {"raw", "typed", "external"}) {
    CAPTURE(name);
    const auto file = std::make_shared<const InputFile>(*InputFile::Open(PathOf(name + ".onnx")));
    const FileReader reader(file);
    const auto model = onnx::Read(reader, {});
    REQUIRE(model.ok());
    const FileTensors expected = ReadListing(name);
    CHECK(expected.size() >= 2);
    test::CheckSame(LoadAll(reader, *model, PathOf("")), expected);
    CHECK(model->warnings.empty());
    CHECK(onnx::Recognises(test::ReadFile(PathOf(name + ".onnx")).substr(0, 64)));
  }
}

TEST_CASE("onnx: a golden model holds the same with its values inside and beside it", "[onnx]") {
  const auto load = [](const std::string& directory, const std::string& name) {
    const auto file = std::make_shared<const InputFile>(*InputFile::Open(directory + name));
    const FileReader reader(file);
    const auto model = onnx::Read(reader, {});
    REQUIRE(model.ok());
    return LoadAll(reader, *model, directory);
  };
  CHECK(load(PathOf(""), "raw.onnx").size() == 21);
  const char* golden = std::getenv("WEFT_GOLDEN");
  if (golden == nullptr) return;
  const std::string folder = std::string(golden) + "/seeds/onnx/";
  const FileTensors inside = load(folder, "estimator_a.onnx");
  CHECK(inside.size() == 114);
  test::CheckSame(load(folder + "external/", "estimator_a.onnx"), inside);
  test::CheckSame(load(folder + "external_per_tensor/", "estimator_a.onnx"), inside);
  CHECK(load(folder, "estimator_untrained.onnx").size() == 50);
}

TEST_CASE("onnx: values in two places, or of another kind, are refused", "[onnx]") {
  const std::string head = RawHead("w", 1, {1});
  const std::string raw = RawBytes(9, "1234");
  const std::string floats = RawBytes(4, "1234");
  const std::string external =
      RawBytes(13, RawBytes(1, "location") + RawBytes(2, "x")) + RawNumber(14, 1);
  CHECK(ErrorOf(head + raw) == "OK");
  CHECK(ErrorOf(head + floats) == "OK");
  CHECK(ErrorOf(head + external) == "OK");
  for (const std::string& two :
       {raw + floats, raw + external, floats + external, raw + raw, floats + RawBytes(5, "\x01")}) {
    CHECK(ErrorOf(head + two) == "BAD_HEADER_SYNTAX");
  }
  CHECK(ErrorOf(head + RawBytes(5, "\x01")) == "BAD_HEADER_SYNTAX");  // int32_data of FLOAT
  CHECK(ErrorOf(head + std::string("\x25"
                                   "1234",
                                   5)) == "UNSUPPORTED_FEATURE");
  CHECK(ErrorOf(head + RawNumber(14, 2)) == "BAD_HEADER_SYNTAX");
}

TEST_CASE("onnx: values that are not what the shape needs are refused", "[onnx]") {
  const std::string head = RawHead("w", 1, {3});
  CHECK(ErrorTextOf(ReadTensor(head + RawBytes(9, "12345678"))) ==
        "m.onnx: initializer 'w': shape [3] of F32 needs 12 bytes; the file has 8");
  CHECK(ErrorOf(head) == "SIZE_MISMATCH");
  CHECK(ErrorOf(head + RawBytes(4, std::string(16, 'x'))) == "SIZE_MISMATCH");
  const std::string ints = RawHead("w", 7, {3});
  CHECK(ErrorOf(ints + RawBytes(7, RawVarint(1) + RawVarint(300) + RawVarint(3))) == "OK");
  CHECK(ErrorTextOf(ReadTensor(ints + RawBytes(7, RawVarint(300)))) ==
        "m.onnx: initializer 'w': shape [3] has 3 elements; the file has 1");
  CHECK(ErrorOf(RawHead("w", 1, {0, 5})) == "OK");
}

TEST_CASE("onnx: numbers that the dtype does not hold are refused", "[onnx]") {
  const auto decode = [](uint64_t data_type, uint64_t number) {
    const std::string bytes =
        RawModel(RawBytes(5, RawHead("w", data_type, {1}) + RawBytes(5, RawVarint(number))));
    const TextReader reader(bytes, "m.onnx");
    const auto model = onnx::Read(reader, {});
    REQUIRE(model.ok());
    return Decoded(reader, model->initializers[0]);
  };
  CHECK(*decode(3, 127) == "\x7F");
  CHECK(*decode(3, ~uint64_t{0}) == "\xFF");  // -1
  CHECK(*decode(10, 0x3C00) == std::string("\x00\x3C", 2));
  CHECK(ErrorNameOf(decode(2, 256)) == "OVERFLOW");
  CHECK(ErrorNameOf(decode(2, ~uint64_t{0})) == "OVERFLOW");
  CHECK(ErrorNameOf(decode(3, 128)) == "OVERFLOW");
  CHECK(ErrorNameOf(decode(10, 0x10000)) == "OVERFLOW");
}

TEST_CASE("onnx: numbers of variable size are read from anywhere", "[onnx]") {
  std::string expected;
  std::string fields;
  uint64_t count = 0;
  for (const uint64_t size : {uint64_t{1}, 2 * onnx::NumberReader::kStep, uint64_t{5000}}) {
    std::string packed;
    for (uint64_t i = 0; i < size; ++i, ++count) {
      const uint64_t number = count * 7919 % 40'000;  // of one to three bytes
      packed += RawVarint(number);
      expected += static_cast<char>(number & 0xFF);
      expected += static_cast<char>(number >> 8);
    }
    fields += RawBytes(5, packed);
  }
  const std::string bytes = RawModel(RawBytes(5, RawHead("w", 4, {count}) + fields));
  const TextReader reader(bytes, "m.onnx");
  const auto model = onnx::Read(reader, {});
  REQUIRE(model.ok());
  const auto numbers = NumbersOf(reader, model->initializers[0]);
  REQUIRE(numbers.ok());
  REQUIRE((*numbers)->size_bytes() == expected.size());
  for (uint64_t offset = 0; offset <= expected.size(); offset += 1 + offset / 3) {
    for (const uint64_t size : std::vector<uint64_t>{0, 1, 2, 3, 8191, 20'000}) {
      if (offset + size > expected.size()) continue;
      CAPTURE(offset, size);
      CHECK(*weft::ReadBytes(**numbers, offset, size, "") == expected.substr(offset, size));
    }
  }
}

TEST_CASE("onnx: external data stay below the directory of the model", "[onnx]") {
  const auto error_of = [](std::string_view location) {
    return ErrorOf(RawHead("w", 1, {1}) +
                   RawBytes(13, RawBytes(1, "location") + RawBytes(2, location)) +
                   RawNumber(14, 1));
  };
  CHECK(error_of("w.bin") == "OK");
  CHECK(error_of("weights/w.bin") == "OK");
  CHECK(error_of("./w.bin") == "OK");
  CHECK(error_of("././w.bin") == "OK");
  for (const std::string_view location :
       {std::string_view("../w.bin"), std::string_view("a/../../w"),
        std::string_view("/etc/passwd"), std::string_view(""), std::string_view("a//b"),
        std::string_view("./../w"), std::string_view("./"), std::string_view("a\\b"),
        std::string_view("C:w"), std::string_view("."), std::string_view("w.bin\0x", 7)}) {
    CAPTURE(location);
    CHECK(error_of(location) == "UNSAFE_PATH");
  }
}

TEST_CASE("onnx: places of external data are numbers in their file", "[onnx]") {
  const auto tensor = [](std::string_view offset, std::string_view length) {
    std::string fields = RawBytes(13, RawBytes(1, "location") + RawBytes(2, "w"));
    fields += RawBytes(13, RawBytes(1, "offset") + RawBytes(2, offset));
    fields += RawBytes(13, RawBytes(1, "length") + RawBytes(2, length));
    return RawHead("w", 1, {2}) + fields + RawNumber(14, 1);
  };
  const auto model = ReadTensor(tensor("100", "8"));
  REQUIRE(model.ok());
  CHECK(model->initializers[0].external->offset_bytes == 100);
  CHECK(onnx::CheckExternal("w", *model->initializers[0].external, 108).ok());
  CHECK(ErrorNameOf(onnx::CheckExternal("w", *model->initializers[0].external, 107)) ==
        "TRUNCATED");
  CHECK(ErrorOf(tensor("100", "9")) == "SIZE_MISMATCH");
  CHECK(ErrorOf(tensor("-1", "8")) == "BAD_METADATA");
  CHECK(ErrorOf(tensor("", "8")) == "BAD_METADATA");
  CHECK(ErrorOf(tensor("1e3", "8")) == "BAD_METADATA");
  CHECK(ErrorOf(tensor("18446744073709551616", "8")) == "BAD_METADATA");
  const auto far = ReadTensor(tensor("18446744073709551615", "8"));
  REQUIRE(far.ok());
  CHECK(ErrorNameOf(onnx::CheckExternal("w", *far->initializers[0].external, 108)) == "TRUNCATED");
  CHECK(ErrorOf(RawHead("w", 1, {2}) + RawNumber(14, 1)) == "BAD_METADATA");
}

TEST_CASE("onnx: names, sizes and types are checked", "[onnx]") {
  CHECK(ErrorOf(RawNumber(2, 1)) == "BAD_NAME");
  CHECK(ErrorOf(RawFloat("\xFF")) == "BAD_NAME");
  CHECK(ErrorOf(RawFloat("a") + RawBytes(8, "b")) == "BAD_HEADER_SYNTAX");
  CHECK(ErrorOf(RawHead("w", 1, {~uint64_t{0}})) == "BAD_SHAPE");
  CHECK(ErrorOf(RawHead("w", 1, {uint64_t{1} << 62})) == "OVERFLOW");
  CHECK(ErrorOf(RawHead("w", 0, {})) == "BAD_DTYPE");
  CHECK(ErrorOf(RawHead("w", 99, {})) == "BAD_DTYPE");
  // There is a dtype F4, but not for this.
  CHECK(ErrorTextOf(ReadTensor(RawHead("w", 23, {2}))) ==
        "m.onnx: initializer 'w': has the data_type FLOAT4E2M1, which weft does not read from ONNX "
        "models");
  for (const uint64_t type : {8U, 15U, 21U, 22U, 23U}) {
    CHECK(ErrorOf(RawHead("w", type, {2})) == "UNSUPPORTED_FEATURE");
  }
  CHECK(ErrorOf(RawFloat("w") + RawBytes(3, "")) == "UNSUPPORTED_FEATURE");
  CHECK(ErrorOf(RawFloat("w") + RawBytes(6, "text")) == "UNSUPPORTED_FEATURE");
  CHECK(ErrorOf(RawFloat("w") + RawBytes(12, "doc") + RawBytes(99, "new")) == "OK");
  Limits limits;
  limits.rank = 1;
  CHECK(ErrorOf(RawHead("w", 1, {1, 1}) + RawBytes(9, "1234"), limits) == "LIMIT_EXCEEDED");
  limits.rank = 2;
  limits.name_bytes = 0;
  CHECK(ErrorOf(RawFloat("w"), limits) == "LIMIT_EXCEEDED");
}

TEST_CASE("onnx: a model has one graph, and its initializers names of their own", "[onnx]") {
  CHECK(ErrorNameOf(ReadBytes("")) == "TRUNCATED");
  CHECK(ErrorNameOf(ReadBytes(RawNumber(1, 10))) == "BAD_HEADER_SYNTAX");
  CHECK(ErrorNameOf(ReadBytes(RawModel("") + RawBytes(7, ""))) == "BAD_HEADER_SYNTAX");
  CHECK(ReadBytes(RawModel("")).ok());
  const auto twice = ReadBytes(RawModel(RawBytes(5, RawFloat("w")) + RawBytes(5, RawFloat("w")) +
                                        RawBytes(5, RawHead("x", 99, {}))));
  const std::vector<Diagnostic> errors = DiagnosticsOf(twice.status());
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].code == ErrorCode::kDuplicateName);
  CHECK(errors[1].code == ErrorCode::kBadDtype);
  CHECK(ErrorNameOf(ReadBytes(RawModel(RawBytes(15, "")))) == "UNSUPPORTED_FEATURE");
  Limits limits;
  limits.tensors = 1;
  CHECK(ErrorNameOf(ReadBytes(RawModel(RawBytes(5, RawFloat("a")) + RawBytes(5, RawFloat("b"))),
                              limits)) == "LIMIT_EXCEEDED");
}

// A graph in the attribute of a node, `field` 6 or 11.
std::string NodeWith(const std::string& graph, uint64_t field) {
  return RawBytes(1, RawBytes(5, RawBytes(1, "body") + RawBytes(field, graph)));
}

TEST_CASE("onnx: initializers of graphs within nodes are left out with a warning", "[onnx]") {
  const std::string inner = RawBytes(5, RawFloat("w"));
  const auto model =
      ReadBytes(RawModel(NodeWith(inner + NodeWith(inner, 11), 6) + RawBytes(5, RawFloat("w"))));
  REQUIRE(model.ok());
  CHECK(model->initializers.size() == 1);
  CHECK(model->warnings == std::vector<std::string>{
                               "m.onnx: 2 initializers of graphs within nodes (If, Loop, Scan) are "
                               "left out"});
  std::string deep = inner;
  for (int i = 0; i < 50; ++i) deep = NodeWith(deep, 6);
  CHECK(ErrorNameOf(ReadBytes(RawModel(deep))) == "LIMIT_EXCEEDED");
}

TEST_CASE("onnx: models are recognised, files of others are not", "[onnx]") {
  CHECK(onnx::Recognises(RawModel("")));
  CHECK(onnx::Recognises(RawNumber(1, 3) + RawBytes(7, "graph")));
  const std::string strategy = RawNumber(1, 3) + RawBytes(2, RawBytes(1, "node"));
  for (const std::string& bytes :
       {std::string(), std::string("\x08"), strategy, std::string("\x0A\x05xxxxx"),
        std::string("PK\x03\x04xxxx"), RawNumber(1, 0) + RawBytes(2, "x"),
        std::string("\x08\x03xxxx")}) {
    CAPTURE(bytes);
    CHECK_FALSE(onnx::Recognises(bytes));
  }
}

TEST_CASE("onnx: a model cut or changed at any byte is refused or read right", "[onnx]") {
  const std::string control = RawModel(
      NodeWith(RawBytes(5, RawFloat("i")), 6) + RawBytes(5, RawFloat("w")) +
      RawBytes(5, RawHead("n", 6, {2}) + RawBytes(5, RawVarint(300) + RawVarint(7))) +
      RawBytes(5, RawHead("x", 1, {1}) + RawBytes(13, RawBytes(1, "location") + RawBytes(2, "f")) +
                      RawNumber(14, 1)));
  REQUIRE(ReadBytes(control).ok());
  const auto check = [](const std::string& bytes) {
    const TextReader reader(bytes, "m.onnx");
    const auto model = onnx::Read(reader, {});
    if (!model.ok()) {
      REQUIRE(model.status().code() != absl::StatusCode::kInternal);
      return false;
    }
    for (const Initializer& initializer : model->initializers) {
      for (const FileRange& range : initializer.bytes) REQUIRE(range.end_bytes() <= bytes.size());
      if (!initializer.numbers.empty()) {
        const auto data = Decoded(reader, initializer);
        if (data.ok()) {
          REQUIRE(data->size() == ElementsOf(initializer.shape) *
                                      static_cast<uint64_t>(BitsOf(initializer.dtype)) / 8);
        }
      }
    }
    return true;
  };
  // The graph is the last field, so that every cut goes through it, or loses it.
  for (size_t size = 0; size < control.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(check(control.substr(0, size)));
  }
  int refused = 0;
  int accepted = 0;
  for (size_t i = 0; i < control.size(); ++i) {
    for (const char change : test::ByteChangesOf(control[i])) {
      std::string bytes = control;
      bytes[i] = change;
      CAPTURE(i, static_cast<int>(change));
      ++(check(bytes) ? accepted : refused);
    }
  }
  CHECK(refused > 300);
  CHECK(accepted > 100);
}

}  // namespace
}  // namespace weft
