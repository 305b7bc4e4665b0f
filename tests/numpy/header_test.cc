// Every rule of an .npy header, and the headers that NumPy writes.
#include "formats/numpy/header.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "formats/byte_reader.h"
#include "formats/numpy/array_file.h"
#include "io/error_of.h"
#include "io/input_file.h"
#include "numpy/raw_array.h"

namespace weft {
namespace {

using numpy::LocatedArray;
using test::DictText;
using test::RawArray;

absl::StatusOr<LocatedArray> ReadBytes(std::string_view bytes, const Limits& limits = {}) {
  return numpy::ReadArray(TextReader(bytes, "f.npy"), limits);
}

std::string ErrorOfText(std::string_view text, const Limits& limits = {}) {
  return ErrorNameOf(ReadBytes(RawArray(text, std::string(64, 'x')), limits));
}

std::string ErrorOfDescr(std::string_view descr) { return ErrorOfText(DictText(descr, "(2,)")); }

std::string ErrorOfShape(std::string_view shape) { return ErrorOfText(DictText("|u1", shape)); }

TEST_CASE("numpy: an array is read where it lies, in every version", "[numpy]") {
  for (const int major : {1, 2, 3}) {
    CAPTURE(major);
    const std::string text = DictText("<i4", "(2, 3)") + "   \n";
    const auto read = ReadBytes(RawArray(text, std::string(24, 'x'), major));
    REQUIRE(read.ok());
    CHECK(read->array.dtype == DType::kI32);
    CHECK(read->array.shape == Shape{2, 3});
    CHECK_FALSE(read->array.is_big_endian);
    CHECK_FALSE(read->array.is_fortran_order);
    CHECK(read->data == FileRange{text.size() + (major == 1 ? 10U : 12U), 24});
    CHECK(read->trailing_bytes == 0);
  }
}

TEST_CASE("numpy: other versions are refused", "[numpy]") {
  const std::string text = DictText("|u1", "(1,)");
  CHECK(ErrorNameOf(ReadBytes(RawArray(text, "x", 4))) == "UNSUPPORTED_FEATURE");
  CHECK(ErrorNameOf(ReadBytes(RawArray(text, "x", 0))) == "UNSUPPORTED_FEATURE");
  std::string minor = RawArray(text, "x");
  minor[7] = '\x01';
  CHECK(ErrorTextOf(ReadBytes(minor)) ==
        "f.npy: has version 1.1 of the .npy format; weft reads 1.0, 2.0 and 3.0");
}

TEST_CASE("numpy: what is no array is of unknown format", "[numpy]") {
  CHECK(ErrorNameOf(ReadBytes("hello, world and more")) == "UNKNOWN_FORMAT");
  CHECK(numpy::Recognises("\x93NUMPY\x01"));
  CHECK_FALSE(numpy::Recognises("\x93NUMP"));
  CHECK_FALSE(numpy::Recognises(""));
}

TEST_CASE("numpy: data that end too soon are refused, data beyond are counted", "[numpy]") {
  const std::string text = DictText("<f4", "(2,)");
  CHECK(ErrorTextOf(ReadBytes(RawArray(text, "1234567"))) ==
        "f.npy: shape [2] of F32 needs 8 bytes; 7 follow the header");
  CHECK(ErrorNameOf(ReadBytes(RawArray(text, "1234567"))) == "TRUNCATED");
  CHECK(ReadBytes(RawArray(text, "12345678"))->trailing_bytes == 0);
  CHECK(ReadBytes(RawArray(text, "123456789"))->trailing_bytes == 1);
}

TEST_CASE("numpy: a header that is longer than NumPy reads is refused before it is read",
          "[numpy]") {
  const auto padded = [](size_t size) {
    const std::string text = DictText("|u1", "(1,)");
    return RawArray(text + std::string(size - text.size(), ' '), "x", 2);
  };
  CHECK(ErrorNameOf(ReadBytes(padded(10'000))) == "OK");
  CHECK(ErrorNameOf(ReadBytes(padded(10'001))) == "LIMIT_EXCEEDED");
  CHECK(ErrorNameOf(ReadBytes(std::string("\x93NUMPY\x02\0\xFF\xFF\xFF\xFF", 12))) ==
        "LIMIT_EXCEEDED");
}

TEST_CASE("numpy: every numeric dtype, in both byte orders", "[numpy]") {
  const std::vector<std::pair<std::string, DType>> types = {
      {"i2", DType::kI16}, {"u2", DType::kU16}, {"i4", DType::kI32}, {"u4", DType::kU32},
      {"i8", DType::kI64}, {"u8", DType::kU64}, {"f2", DType::kF16}, {"f4", DType::kF32},
      {"f8", DType::kF64}, {"c8", DType::kC64}};
  for (const auto& [type, dtype] : types) {
    for (const char order : {'<', '>'}) {
      CAPTURE(type, order);
      const auto read = ReadBytes(RawArray(DictText(order + type, "(2,)"), std::string(16, 'x')));
      REQUIRE(read.ok());
      CHECK(read->array.dtype == dtype);
      CHECK(read->array.is_big_endian == (order == '>'));
    }
    CHECK(ErrorOfDescr('|' + type) == "BAD_DTYPE");
    CHECK(ErrorOfDescr('=' + type) == "BAD_DTYPE");
    CHECK(ErrorOfDescr(type) == "BAD_DTYPE");
  }
  for (const std::string descr : {"|b1", "|i1", "|u1", "<u1", ">i1", "b1"}) {
    CAPTURE(descr);
    const auto read = ReadBytes(RawArray(DictText(descr, "(2,)"), "xx"));
    REQUIRE(read.ok());
    CHECK_FALSE(read->array.is_big_endian);
  }
}

TEST_CASE("numpy: bfloat16 and float8_e5m2 of ml_dtypes are read", "[numpy]") {
  CHECK(ReadBytes(RawArray(DictText("<V2", "(2,)"), "1234"))->array.dtype == DType::kBF16);
  CHECK(ReadBytes(RawArray(DictText("<f1", "(2,)"), "12"))->array.dtype == DType::kF8E5M2);
}

TEST_CASE("numpy: elements that are no numbers, or none of weft's, are refused by name",
          "[numpy]") {
  for (const std::string descr : {"|O", "|O8", "|S3", "|a3", "<U2", ">U2", "<M8[s]", "<m8", "|V2",
                                  "|V1", "<V1", "<c16", ">c32", "<f16", "<f12"}) {
    CAPTURE(descr);
    CHECK(ErrorOfDescr(descr) == "UNSUPPORTED_FEATURE");
  }
  CHECK(ErrorTextOf(ReadBytes(RawArray(DictText("|O", "(1,)"), ""))) ==
        "f.npy: the elements are Python objects, which are a pickle ('|O')");
  for (const std::string shape : {"[('a', '<f4')]", "('<f4', (2,))", "{'names': ['a']}"}) {
    const std::string text = "{'descr': " + shape + ", 'fortran_order': False, 'shape': (1,), }";
    CHECK(ErrorOfText(text) == "UNSUPPORTED_FEATURE");
  }
  for (const std::string descr : {"", "<", "<i3", "<b1x", "<f44", "float32", "<x4", ",f4"}) {
    CAPTURE(descr);
    CHECK(ErrorOfDescr(descr) == "BAD_DTYPE");
  }
}

TEST_CASE("numpy: shapes are tuples of integers", "[numpy]") {
  for (const std::string shape : {"()", "( )", "(3,)", "(3, 4)", "(3,4,)", "( 3 , 4 )", "(0,)",
                                  "(3L, 4L)", "(3L,)", "(1, 1, 1, 1)"}) {
    CAPTURE(shape);
    CHECK(ErrorOfShape(shape) == "OK");
  }
  for (const std::string shape :
       {"(3)", "(-1,)", "(+1,)", "(True,)", "('3',)", "(1.0,)", "(03,)", "(00,)", "(None,)", "3",
        "[3]", "None", "(,)", "(3,,4)", "(0x3,)", "(1e2,)", "(3 4)", "(1_0,)"}) {
    CAPTURE(shape);
    const std::string error = ErrorOfShape(shape);
    CHECK((error == "BAD_SHAPE" || error == "BAD_HEADER_SYNTAX"));
  }
  CHECK(ErrorOfShape("(3)") == "BAD_SHAPE");
  CHECK(ErrorOfShape("(-1,)") == "BAD_SHAPE");
  CHECK(ErrorOfShape("(9223372036854775808,)") == "OVERFLOW");
  CHECK(ErrorOfShape("(9223372036854775807,)") == "OVERFLOW");
  CHECK(ErrorOfShape("(0, 4611686018427387904, 4)") == "OVERFLOW");
  CHECK(ErrorOfShape("(1000000000000,)") == "TRUNCATED");
  Limits limits;
  limits.rank = 2;
  CHECK(ErrorOfText(DictText("|u1", "(1, 1)"), limits) == "OK");
  CHECK(ErrorOfText(DictText("|u1", "(1, 1, 1)"), limits) == "LIMIT_EXCEEDED");
}

TEST_CASE("numpy: the order of axes is told where it matters", "[numpy]") {
  const auto is_fortran = [](std::string_view shape) {
    return ReadBytes(RawArray(DictText("|u1", shape, "True"), std::string(64, 'x')))
        ->array.is_fortran_order;
  };
  CHECK(is_fortran("(2, 3)"));
  CHECK(is_fortran("(2, 1, 3)"));
  CHECK_FALSE(is_fortran("(3,)"));
  CHECK_FALSE(is_fortran("()"));
  CHECK_FALSE(is_fortran("(1, 3, 1)"));
}

TEST_CASE("numpy: headers that Python would read as well are read", "[numpy]") {
  for (const std::string text :
       {R"({"descr":"|u1","fortran_order":False,"shape":(1,)})",
        "{'shape': (1,), 'fortran_order': False, 'descr': '|u1'}",
        "  {'descr': '|u1',\n'fortran_order': False,\t'shape': (1,)}  \n"}) {
    CAPTURE(text);
    CHECK(ErrorOfText(text) == "OK");
  }
}

TEST_CASE("numpy: a header that is not one dict of the three literals is refused", "[numpy]") {
  const std::string good = DictText("|u1", "(1,)");
  for (const std::string& text :
       {std::string(),
        std::string("   \n"),
        std::string("{}"),
        std::string("{"),
        good.substr(0, good.size() - 1),
        good + "x",
        good + good,
        good + std::string(1, '\0'),
        std::string("{'descr': '|u1', 'fortran_order': False}"),
        std::string("{'descr': '|u1', 'shape': (1,)}"),
        std::string("{'fortran_order': False, 'shape': (1,)}"),
        std::string("{'descr': '|u1', 'fortran_order': false, 'shape': (1,)}"),
        std::string("{'descr': '|u1', 'fortran_order': 0, 'shape': (1,)}"),
        std::string("{'descr': '|u1' 'fortran_order': False, 'shape': (1,)}"),
        std::string("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'x': 1}"),
        std::string("{'descr': __import__('os'), 'fortran_order': False, 'shape': (1,)}"),
        std::string("{'descr': '|u1, 'fortran_order': False, 'shape': (1,)}"),
        std::string("{'descr': '|\\x751', 'fortran_order': False, 'shape': (1,)}"),
        std::string("{descr: '|u1', 'fortran_order': False, 'shape': (1,)}"),
        std::string("['descr']"),
        std::string("# comment\n") + good}) {
    CAPTURE(text);
    CHECK(ErrorOfText(text) == "BAD_HEADER_SYNTAX");
  }
  CHECK(ErrorOfText("{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (1,)}") ==
        "DUPLICATE_NAME");
  CHECK(ErrorOfText("{'shape': (1,), 'shape': (1,), 'descr': '|u1', 'fortran_order': False}") ==
        "DUPLICATE_NAME");
}

// A line of files/headers.txt.
struct KnownHeader {
  std::string dtype;
  Shape shape;
  std::string bytes;
};

std::vector<KnownHeader> KnownHeaders() {
  std::vector<KnownHeader> headers;
  std::ifstream lines(test::PathOfArray("headers.txt"));
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream parts(line);
    std::string shape;
    std::string hex;
    KnownHeader& header = headers.emplace_back();
    std::getline(parts, header.dtype, '\t');
    std::getline(parts, shape, '\t');
    std::getline(parts, hex, '\t');
    std::istringstream sizes(shape.substr(1, shape.size() - 2));
    std::string size;
    while (std::getline(sizes, size, ',')) header.shape.push_back(std::stoll(size));
    for (size_t i = 0; i + 1 < hex.size(); i += 2) {
      header.bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    }
  }
  return headers;
}

TEST_CASE("numpy: headers are written as NumPy writes them, and read back", "[numpy]") {
  const std::vector<KnownHeader> headers = KnownHeaders();
  CHECK(headers.size() == 60);
  for (const KnownHeader& known : headers) {
    CAPTURE(known.dtype, TextOf(known.shape));
    const auto text = numpy::HeaderText(*DTypeFromName(known.dtype), known.shape, "tensor 'w'");
    REQUIRE(text.ok());
    CHECK(*text == known.bytes);
    CHECK(text->size() % 64 == 0);
    const auto array = numpy::ParseHeader(*text, "f.npy", {});
    REQUIRE(array.ok());
    CHECK(NameOf(array->dtype) == known.dtype);
    CHECK(array->shape == known.shape);
    CHECK(array->header_bytes == text->size());
  }
}

TEST_CASE("numpy: what NumPy does not read back is not written", "[numpy]") {
  for (const DType dtype : {DType::kF8E4M3, DType::kF8E5M2, DType::kF8E8M0, DType::kF4,
                            DType::kF6E2M3, DType::kF8E4M3Fnuz, DType::kF8E5M2Fnuz}) {
    CHECK(ErrorNameOf(numpy::HeaderText(dtype, {2}, "")) == "UNSUPPORTED_FEATURE");
  }
  CHECK(numpy::HeaderText(DType::kU8, Shape(64, 1), "").ok());
  CHECK(ErrorNameOf(numpy::HeaderText(DType::kU8, Shape(65, 1), "")) == "UNSUPPORTED_FEATURE");
  CHECK(ErrorNameOf(numpy::HeaderText(DType::kF64, {int64_t{1} << 60}, "tensor 'w'")) ==
        "OVERFLOW");
}

TEST_CASE("numpy: arrays that NumPy wrote are read", "[numpy]") {
  const auto read = [](const std::string& name) {
    const auto file = std::make_shared<const InputFile>(*InputFile::Open(test::PathOfArray(name)));
    return *numpy::ReadArray(FileReader(file), {});
  };
  CHECK(read("big.npy").array.is_big_endian);
  CHECK(read("big.npy").array.dtype == DType::kI16);
  CHECK(read("fortran.npy").array.is_fortran_order);
  CHECK(read("fortran.npy").array.shape == Shape{2, 3});
  CHECK(read("bf16.npy").array.dtype == DType::kBF16);
  CHECK(read("complex.npy").array.dtype == DType::kC64);
  CHECK(read("scalar.npy").array.shape.empty());
  CHECK(read("none.npy").array.data_bytes == 0);
  for (const std::string name : {"flags.npy", "flags3.npy"}) {
    const LocatedArray flags = read(name);
    CHECK(flags.array.dtype == DType::kBool);
    const InputFile file = *InputFile::Open(test::PathOfArray(name));
    std::string data(6, '.');
    REQUIRE(flags.data.size_bytes == 6);
    REQUIRE(file.ReadAt(flags.data.offset_bytes, 6, data.data()).ok());
    CHECK(data == std::string("\0\0\0\1\1\1", 6));
  }
}

}  // namespace
}  // namespace weft
