// Every rule of the format that a file can break, and the files that are refused by name.
#include "formats/mindspore/reader.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "formats/mindspore/kind.h"
#include "io/error_of.h"
#include "mindspore/raw_checkpoint.h"
#include "protobuf/raw_fields.h"

namespace weft {
namespace {

using test::RawBytes;
using test::RawEntry;
using test::RawNumber;
using test::RawTensor;
using test::ReadBytes;

std::string ErrorOf(std::string_view bytes, const Limits& limits = {}) {
  return ErrorNameOf(ReadBytes(bytes, limits));
}

const std::string kGood = RawEntry("w", {2, 1}, "Float32", "12345678");

TEST_CASE("mindspore: a tensor is read where it lies", "[mindspore]") {
  // 77 bytes: 0A 4B | 0A 08 "a.weight" | 12 3F | 08 03 08 04 | 12 07 "Float32" | 1A 30 …
  const std::string bytes = RawEntry("a.weight", {3, 4}, "Float32", std::string(48, 'x'));
  REQUIRE(bytes.size() == 77);
  CHECK(bytes.substr(0, 4) == "\x0A\x4B\x0A\x08");
  const auto contents = ReadBytes(bytes);
  REQUIRE(contents.ok());
  REQUIRE(contents->parameters.size() == 1);
  const mindspore::Parameter& parameter = contents->parameters[0];
  CHECK(parameter.name == "a.weight");
  CHECK(parameter.dtype == DType::kF32);
  CHECK(parameter.shape == Shape{3, 4});
  REQUIRE(parameter.pieces.size() == 1);
  CHECK(parameter.pieces[0] == FileRange{29, 48});
  CHECK_FALSE(contents->crc.has_value());
}

TEST_CASE("mindspore: neighbours of one name are pieces of one tensor, empty ones too",
          "[mindspore]") {
  const auto piece = [](std::string_view content) {
    return RawEntry("w", {2, 4}, "Int8", content);
  };
  const auto contents = ReadBytes(piece("123") + piece("") + piece("45678") + kGood.substr(0, 0));
  REQUIRE(contents.ok());
  REQUIRE(contents->parameters.size() == 1);
  REQUIRE(contents->parameters[0].pieces.size() == 2);
  CHECK(contents->parameters[0].pieces[0].size_bytes == 3);
  CHECK(contents->parameters[0].pieces[1].size_bytes == 5);
}

TEST_CASE("mindspore: pieces that do not fill the shape are refused", "[mindspore]") {
  const auto piece = [](std::string_view content) {
    return RawEntry("w", {2, 4}, "Int8", content);
  };
  const std::string after = RawEntry("b", {}, "Int8", "x");
  CHECK(ErrorTextOf(ReadBytes(piece("123") + piece("4567") + after)) ==
        "f.ckpt: parameter 'w': shape [2, 4] of Int8 needs 8 bytes; the file has 7");
  CHECK(ErrorOf(piece("123") + after) == "SIZE_MISMATCH");
  CHECK(ErrorOf(piece("123") + piece("456789")) == "SIZE_MISMATCH");
  CHECK(ErrorOf(piece("12345678") + piece("12345678")) == "SIZE_MISMATCH");
  CHECK(ErrorOf(RawEntry("w", {2, 3}, "Float32", std::string(16, 'x'))) == "SIZE_MISMATCH");
}

TEST_CASE("mindspore: pieces that differ in shape or type are refused", "[mindspore]") {
  const std::string first = RawEntry("w", {2, 4}, "Int8", "1234");
  CHECK(ErrorTextOf(ReadBytes(first + RawEntry("w", {4, 2}, "Int8", "5678"))) ==
        "f.ckpt: parameter 'w': stands in pieces that differ: [2, 4] of Int8, then [4, 2] of Int8");
  CHECK(ErrorOf(first + RawEntry("w", {2, 4}, "UInt8", "5678")) == "SIZE_MISMATCH");
}

TEST_CASE("mindspore: scalars have no sizes, or the size 0", "[mindspore]") {
  const auto contents =
      ReadBytes(RawEntry("a", {}, "Int64", "12345678") + RawEntry("b", {0}, "Float32", "1234") +
                RawEntry("c", {0}, "Float32", "") + RawEntry("d", {0, 4}, "Float32", ""));
  REQUIRE(contents.ok());
  REQUIRE(contents->parameters.size() == 4);
  CHECK(contents->parameters[0].shape.empty());
  CHECK(contents->parameters[1].shape.empty());
  CHECK(contents->parameters[2].shape == Shape{0});
  CHECK(contents->parameters[2].pieces.empty());
  CHECK(contents->parameters[3].shape == Shape{0, 4});
  CHECK(ErrorOf(RawEntry("b", {0}, "Float32", "12345678")) == "SIZE_MISMATCH");
}

TEST_CASE("mindspore: sizes may be packed, and fields in any order", "[mindspore]") {
  const std::string tensor = RawBytes(3, "12345678") + RawBytes(2, "Int16") +
                             RawBytes(1, test::RawVarint(2) + test::RawVarint(2));
  const auto contents = ReadBytes(RawBytes(1, RawBytes(2, tensor) + RawBytes(1, "w")));
  REQUIRE(contents.ok());
  CHECK(contents->parameters[0].shape == Shape{2, 2});
  CHECK(contents->parameters[0].name == "w");
}

TEST_CASE("mindspore: bad sizes are refused", "[mindspore]") {
  CHECK(ErrorTextOf(ReadBytes(RawEntry("w", {-2, -2}, "Float32", std::string(16, 'x')))) ==
        "f.ckpt: byte 7: parameter 'w': a size of the shape is -2; expected 0 or more");
  CHECK(ErrorOf(RawEntry("w", {int64_t{1} << 62, 4}, "Float32", "1234")) == "OVERFLOW");
  CHECK(ErrorOf(RawEntry("w", {0, int64_t{1} << 62, 4}, "Float32", "")) == "OVERFLOW");
  Limits limits;
  limits.rank = 3;
  CHECK(ErrorOf(RawEntry("w", {1, 1, 1}, "Int8", "x"), limits) == "OK");
  CHECK(ErrorOf(RawEntry("w", {1, 1, 1, 1}, "Int8", "x"), limits) == "LIMIT_EXCEEDED");
}

TEST_CASE("mindspore: every type that weft holds is read", "[mindspore]") {
  const std::vector<std::pair<std::string, DType>> types = {
      {"Int8", DType::kI8},          {"UInt8", DType::kU8},
      {"Int16", DType::kI16},        {"UInt16", DType::kU16},
      {"Int32", DType::kI32},        {"UInt32", DType::kU32},
      {"Int64", DType::kI64},        {"UInt64", DType::kU64},
      {"Float16", DType::kF16},      {"Float32", DType::kF32},
      {"Float64", DType::kF64},      {"BFloat16", DType::kBF16},
      {"Bool", DType::kBool},        {"Int4", DType::kI8},
      {"Complex64", DType::kC64},    {"Float8E4M3FN", DType::kF8E4M3},
      {"Float8E5M2", DType::kF8E5M2}};
  for (const auto& [name, dtype] : types) {
    CAPTURE(name);
    const auto contents = ReadBytes(
        RawEntry("w", {3}, name, std::string(3 * static_cast<size_t>(BitsOf(dtype)) / 8, 'x')));
    REQUIRE(contents.ok());
    CHECK(contents->parameters[0].dtype == dtype);
    CHECK(contents->parameters[0].is_int4 == (name == "Int4"));
  }
}

TEST_CASE("mindspore: types that weft does not hold are refused by name", "[mindspore]") {
  CHECK(ErrorTextOf(ReadBytes(RawEntry("w", {1}, "Complex128", std::string(16, 'x')))) ==
        "f.ckpt: parameter 'w': has the type Complex128, for which weft has no dtype");
  CHECK(ErrorOf(RawEntry("w", {1}, "HiFloat8", "x")) == "UNSUPPORTED_FEATURE");
  CHECK(ErrorOf(RawEntry("w", {1}, "float32", "1234")) == "BAD_DTYPE");
  CHECK(ErrorOf(RawEntry("w", {1}, "", "1234")) == "BAD_DTYPE");
  CHECK(ErrorOf(RawEntry("w", {1}, std::string(65, 'x'), "1234")) == "BAD_DTYPE");
}

TEST_CASE("mindspore: errors of all parameters are reported", "[mindspore]") {
  const auto contents =
      ReadBytes(RawEntry("a", {2}, "Float32", "1234") + RawEntry("b", {1}, "Float99", "1234") +
                RawEntry("a", {1}, "Int8", "1") + "\x0A\x05");
  const std::vector<Diagnostic> errors = DiagnosticsOf(contents.status());
  REQUIRE(errors.size() == 4);
  CHECK(errors[0].code == ErrorCode::kSizeMismatch);
  CHECK(errors[1].code == ErrorCode::kBadDtype);
  CHECK(errors[2].code == ErrorCode::kTruncated);
  CHECK(errors[3].code == ErrorCode::kDuplicateName);
}

TEST_CASE("mindspore: texts become metadata", "[mindspore]") {
  const std::string utf32("n\0\0\0\x51\x7F\0\0\0\xF6\x01\0\0\0\0\0", 16);
  const auto contents = ReadBytes(kGood + RawEntry("network", {0}, "str", utf32) +
                                  RawEntry("none", {0}, "str", std::string(4, '\0')));
  REQUIRE(contents.ok());
  CHECK(contents->parameters.size() == 1);
  CHECK(contents->texts == std::map<std::string, std::string>{
                               {"network", "n\xE7\xBD\x91\xF0\x9F\x98\x80"}, {"none", ""}});
}

TEST_CASE("mindspore: texts that are no UTF-32, or too large, are refused", "[mindspore]") {
  const auto text = [](std::string_view content) { return RawEntry("t", {0}, "str", content); };
  CHECK(ErrorOf(text("abc")) == "BAD_METADATA");
  CHECK(ErrorOf(text(std::string("\0\xD8\0\0", 4))) == "BAD_METADATA");
  CHECK(ErrorOf(text(std::string("\0\0\x11\0", 4))) == "BAD_METADATA");
  CHECK(ErrorOf(text(std::string("\xFF\xFF\xFF\xFF", 4))) == "BAD_METADATA");
  Limits limits;
  limits.json_bytes = 8;
  CHECK(ErrorOf(text(std::string("a\0\0\0b\0\0\0", 8)), limits) == "OK");
  CHECK(ErrorOf(text(std::string("a\0\0\0b\0\0\0c\0\0\0", 12)), limits) == "LIMIT_EXCEEDED");
}

TEST_CASE("mindspore: one name for two things is refused", "[mindspore]") {
  const std::string other = RawEntry("o", {}, "Int8", "x");
  const std::string text = RawEntry("w", {0}, "str", std::string("a\0\0\0", 4));
  CHECK(ErrorTextOf(ReadBytes(kGood + other + kGood)) ==
        "f.ckpt: parameter 'w': stands twice in the file, with others between");
  CHECK(ErrorOf(kGood + text) == "DUPLICATE_NAME");
  CHECK(ErrorOf(text + text) == "DUPLICATE_NAME");
}

TEST_CASE("mindspore: fields that are missing, repeated, unknown or of another type are refused",
          "[mindspore]") {
  const std::string tensor = RawTensor({1}, "Int8", "x");
  const std::vector<std::string> values = {
      RawBytes(2, tensor),                                           // no tag
      RawBytes(1, "w"),                                              // no tensor
      RawBytes(1, "w") + RawBytes(1, "w") + RawBytes(2, tensor),     // two tags
      RawBytes(1, "w") + RawBytes(2, tensor) + RawBytes(2, tensor),  // two tensors
      RawBytes(1, "w") + RawBytes(2, tensor) + RawBytes(4, "x"),     // unknown
      RawNumber(1, 7) + RawBytes(2, tensor),                         // the tag is a number
      RawBytes(1, "w") + RawNumber(2, 7),                            // the tensor is one
      RawBytes(1, "w") + RawBytes(2, RawBytes(2, "Int8")),           // no content
      RawBytes(1, "w") + RawBytes(2, RawBytes(3, "x")),              // no type
      RawBytes(1, "w") + RawBytes(2, tensor + RawBytes(3, "x")),     // two contents
      RawBytes(1, "w") + RawBytes(2, tensor + RawBytes(2, "Int8")),  // two types
      RawBytes(1, "w") + RawBytes(2, tensor + RawBytes(4, "x")),     // unknown
      RawBytes(1, "w") + RawBytes(2, tensor + RawNumber(3, 1)),      // the content is a number
      RawBytes(1, "w") + RawBytes(2,
                                  "\x0D"
                                  "1234" +
                                      tensor),  // a size is fixed32
  };
  for (const std::string& value : values) {
    CAPTURE(value);
    CHECK(ErrorOf(kGood + RawBytes(1, value)) == "BAD_HEADER_SYNTAX");
  }
  CHECK(ErrorOf(kGood + RawBytes(2, "x")) == "BAD_HEADER_SYNTAX");
  CHECK(ErrorOf(kGood + RawNumber(1, 2)) == "BAD_HEADER_SYNTAX");
  CHECK(ErrorOf("hello, world") == "BAD_HEADER_SYNTAX");
}

TEST_CASE("mindspore: a map parameter is refused by name", "[mindspore]") {
  const std::string value =
      RawBytes(1, "table") + RawBytes(3, RawBytes(1, RawTensor({1}, "int32", "1234")));
  const auto contents = ReadBytes(kGood + RawBytes(1, value));
  CHECK(ErrorNameOf(contents) == "UNSUPPORTED_FEATURE");
  CHECK(ErrorTextOf(contents).find("'table'") != std::string::npos);
}

TEST_CASE("mindspore: names are UTF-8 and bounded", "[mindspore]") {
  CHECK(ErrorOf(RawEntry("\xFF", {}, "Int8", "x")) == "BAD_NAME");
  CHECK(ErrorOf(RawEntry("", {}, "Int8", "x")) == "OK");
  CHECK(ErrorOf(RawEntry(std::string("a\0b", 3), {}, "Int8", "x")) == "OK");
  Limits limits;
  limits.name_bytes = 4;
  CHECK(ErrorOf(RawEntry("abcd", {}, "Int8", "x"), limits) == "OK");
  CHECK(ErrorOf(RawEntry("abcde", {}, "Int8", "x"), limits) == "LIMIT_EXCEEDED");
}

TEST_CASE("mindspore: the number of parameters is bounded", "[mindspore]") {
  Limits limits;
  limits.tensors = 1;
  CHECK(ErrorOf(kGood, limits) == "OK");
  CHECK(ErrorOf(kGood + RawEntry("b", {}, "Int8", "x"), limits) == "LIMIT_EXCEEDED");
  CHECK(ErrorOf(kGood + RawEntry("b", {0}, "str", ""), limits) == "LIMIT_EXCEEDED");
}

TEST_CASE("mindspore: an empty file is refused", "[mindspore]") {
  CHECK(ErrorOf("") == "TRUNCATED");
}

TEST_CASE("mindspore: other files of MindSpore's are recognised, and refused by name",
          "[mindspore]") {
  const std::vector<std::pair<std::string, std::string>> files = {
      {"\xD8\x5E\x3A\x7F" + std::string(60, 'x'), "encrypted"},
      {"\xD9\x5E\x3A\x7F" + std::string(60, 'x'), "encrypted"},
      {"\xDA\x5E\x3A\x7F" + std::string(60, 'x'), "encrypted"},
      {RawNumber(1, 3) + RawBytes(2, RawBytes(1, "node") + RawBytes(2, RawNumber(1, 0))),
       "strategy"},
      {RawNumber(1, 0) + RawBytes(3, RawBytes(1, "layer.w") + RawBytes(2, RawNumber(5, 0))),
       "strategy"},
      {RawBytes(1, "0.1.0") + RawBytes(2, "MindSpore") + RawBytes(3, "2.10.0"), "MindIR"}};
  for (const auto& [bytes, word] : files) {
    CAPTURE(word);
    CHECK(mindspore::Recognises(bytes.substr(0, 64)));
    const auto contents = ReadBytes(bytes);
    CHECK(ErrorNameOf(contents) == "UNSUPPORTED_FEATURE");
    CHECK(ErrorTextOf(contents).find(word) != std::string::npos);
  }
}

TEST_CASE("mindspore: checkpoints are recognised, files of others are not", "[mindspore]") {
  CHECK(mindspore::KindOf(kGood) == mindspore::Kind::kCheckpoint);
  CHECK(mindspore::Recognises(RawEntry(std::string(200, 'n'), {}, "Int8", "x").substr(0, 64)));
  const std::string onnx = RawNumber(1, 8) + RawBytes(2, "pytorch") + RawBytes(3, "2.13.0");
  for (const std::string& bytes :
       {std::string(), std::string("\n"), std::string("\n\n\nsome text\nand more of it, for long"),
        std::string("PK\x03\x04"), std::string("\x80\x02\x8A\x0A"), std::string("\x93NUMPY"),
        std::string("{\"metadata\": {}}"), onnx}) {
    CAPTURE(bytes);
    CHECK_FALSE(mindspore::Recognises(bytes));
  }
}

}  // namespace
}  // namespace weft
