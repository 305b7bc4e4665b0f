// Every rule of the format that a file can break, one test each.
#include <catch2/catch.hpp>
#include <limits>
#include <string>
#include <vector>

#include "formats/raw_safetensors.h"
#include "io/error_of.h"
#include "io/scratch_directory.h"
#include "weft/checkpoint.h"

namespace weft {
namespace {

absl::Status Open(std::string_view bytes, const Limits& limits = {}) {
  const ScratchDirectory scratch;
  return Checkpoint::Open(scratch.Write("f.safetensors", bytes), {limits}).status();
}

absl::Status OpenHeader(std::string_view header, size_t data_bytes = 0, const Limits& limits = {}) {
  return Open(RawSafetensors(header, std::string(data_bytes, 'x')), limits);
}

// A tensor entry of four bytes.
constexpr const char* kFour = R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})";

TEST_CASE("safetensors: a file without room for the length is refused", "[formats]") {
  CHECK(ErrorNameOf(Open("")) == "TRUNCATED");
  CHECK(ErrorNameOf(Open("\x02\0\0")) == "TRUNCATED");
  CHECK(ErrorTextOf(Open("1234567")) ==
        "f.safetensors: the file has 7 bytes; the length of the header alone takes 8");
}

TEST_CASE("safetensors: a header that is longer than the file is refused", "[formats]") {
  CHECK(ErrorTextOf(Open(LittleEndian(3) + "{}")) ==
        "f.safetensors: the header has 3 bytes, and the file ends after 2 of them");
  CHECK(ErrorNameOf(Open(LittleEndian(3) + "{}")) == "TRUNCATED");
  CHECK(ErrorNameOf(Open(LittleEndian(100'000'000) + "{}")) == "TRUNCATED");
}

TEST_CASE("safetensors: a length beyond limit and file is refused before it is allocated",
          "[formats]") {
  for (const uint64_t length :
       {uint64_t{100'000'001}, uint64_t{1} << 63, std::numeric_limits<uint64_t>::max(),
        std::numeric_limits<uint64_t>::max() - 7}) {
    CAPTURE(length);
    CHECK(ErrorNameOf(Open(LittleEndian(length) + "{}")) == "HEADER_TOO_LARGE");
  }
}

TEST_CASE("safetensors: a header that is there but beyond the limit is refused", "[formats]") {
  Limits limits;
  limits.header_bytes = 2;
  CHECK(OpenHeader("{}", 0, limits).ok());
  CHECK(ErrorNameOf(OpenHeader("{} ", 0, limits)) == "LIMIT_EXCEEDED");
}

TEST_CASE("safetensors: a header that is not one JSON object is refused", "[formats]") {
  const std::vector<std::string> headers = {
      "",
      " ",
      "{",
      "[]",
      "null",
      "\"{}\"",
      "{}{}",
      "{} {}",
      "{}x",
      "{'a':1}",
      "{\"a\"}",
      "\xEF\xBB\xBF{}",
      "{\"a\":{},}",
      std::string("{}\0", 3),
      std::string("{}\0\0\0\0", 6),
      "{\"\xFF\":{}}",
      "{\"\xC0\xAF\":{}}",
      "{} // x",
      "{\"a\":1}",
      "{\"a\":null}",
      "{\"a\":[]}",
  };
  for (const std::string& header : headers) {
    CAPTURE(header);
    CHECK(ErrorNameOf(OpenHeader(header)) == "BAD_HEADER_SYNTAX");
  }
  CHECK(ErrorTextOf(OpenHeader("{\n\"a\":1 2}")).find("f.safetensors: tensor 'a'") == 0);
  CHECK(
      ErrorTextOf(OpenHeader("{\n  oops}")).find("f.safetensors: header:2:3: JSON syntax error") ==
      0);
}

TEST_CASE("safetensors: nesting is bounded", "[formats]") {
  std::string header = R"({"a":{"x":)";
  header += std::string(100'000, '[');
  CHECK(ErrorNameOf(OpenHeader(header)) == "BAD_HEADER_SYNTAX");
  CHECK(ErrorNameOf(OpenHeader(std::string(100'000, '['))) == "BAD_HEADER_SYNTAX");
}

TEST_CASE("safetensors: an entry has exactly dtype, shape and data_offsets", "[formats]") {
  CHECK(OpenHeader(R"({"a":{"data_offsets":[0,4],"shape":[1],"dtype":"F32"}})", 4).ok());
  CHECK(ErrorTextOf(OpenHeader(R"({"a":{"shape":[1],"data_offsets":[0,4]}})", 4)) ==
        "f.safetensors: tensor 'a': has no field 'dtype'");
  CHECK(ErrorTextOf(OpenHeader(R"({"a":{"dtype":"F32","data_offsets":[0,4]}})", 4)) ==
        "f.safetensors: tensor 'a': has no field 'shape'");
  CHECK(ErrorTextOf(OpenHeader(R"({"a":{"dtype":"F32","shape":[1]}})", 4)) ==
        "f.safetensors: tensor 'a': has no field 'data_offsets'");
  CHECK(ErrorNameOf(OpenHeader(R"({"a":{}})")) == "BAD_HEADER_SYNTAX");
  CHECK(ErrorNameOf(OpenHeader(
            R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"strides":[1]}})", 4)) ==
        "BAD_HEADER_SYNTAX");
}

TEST_CASE("safetensors: repeated names are refused, after unescaping, equal or not", "[formats]") {
  const std::string four = kFour;
  CHECK(ErrorTextOf(OpenHeader("{\"w\":" + four + ",\"\\u0077\":" + four + "}", 4)) ==
        "f.safetensors: tensor 'w': stands twice in the header");
  const std::string empty = R"({"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
  CHECK(ErrorTextOf(OpenHeader("{\"w\":" + empty + ",\"\\u0077\":" + empty + "}")) ==
        "f.safetensors: tensor 'w': stands twice in the header");
  CHECK(ErrorNameOf(OpenHeader("{\"w\":" + empty + ",\"w\":" + empty + "}")) == "DUPLICATE_NAME");
  CHECK(ErrorNameOf(OpenHeader(
            R"({"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4)) ==
        "DUPLICATE_NAME");
  CHECK(ErrorNameOf(OpenHeader(
            R"({"a":{"dtype":"F32","shape":[1],"sh\u0061pe":[1],"data_offsets":[0,4]}})", 4)) ==
        "DUPLICATE_NAME");
  CHECK(ErrorNameOf(OpenHeader(
            R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"data_offsets":[0,4]}})", 4)) ==
        "DUPLICATE_NAME");
  CHECK(ErrorNameOf(OpenHeader(R"({"__metadata__":{"k":"v","\u006b":"v"}})")) == "DUPLICATE_NAME");
  CHECK(ErrorNameOf(OpenHeader(R"({"__metadata__":{},"__metadata\u005f_":{}})")) ==
        "DUPLICATE_NAME");
}

TEST_CASE("safetensors: a dtype is one of the format's names", "[formats]") {
  for (const char* dtype :
       {R"("f32")", R"("F8")", R"("")", R"("float32")", "1", "null", "[]", R"({"F32":1})"}) {
    CAPTURE(dtype);
    CHECK(ErrorNameOf(OpenHeader(
              std::string(R"({"a":{"dtype":)") + dtype + R"(,"shape":[1],"data_offsets":[0,4]}})",
              4)) == "BAD_DTYPE");
  }
}

TEST_CASE("safetensors: a shape is a list of integers from zero", "[formats]") {
  for (const char* shape :
       {"1", "null", "\"1\"", "{}", "[-1]", "[1.0]", "[1e0]", "[\"1\"]", "[null]", "[true]",
        "[[1]]", "[{}]", "[-0]", "[-0.0]", "[-9223372036854775809]"}) {
    CAPTURE(shape);
    CHECK(ErrorNameOf(OpenHeader(
              std::string(R"({"a":{"dtype":"F32","shape":)") + shape + R"(,"data_offsets":[0,4]}})",
              4)) == "BAD_SHAPE");
  }
}

TEST_CASE("safetensors: a size of 2^63 bits or more is refused, in any order of the axes",
          "[formats]") {
  for (const char* shape :
       {"[9223372036854775808]", "[18446744073709551616]", "[99999999999999999999999999]",
        "[9223372036854775807]", "[4294967296,4294967296]", "[0,9223372036854775808,4]",
        "[0,4611686018427387904,4]", "[4611686018427387904,4,0]", "[4611686018427387904,0,4]"}) {
    CAPTURE(shape);
    CHECK(ErrorNameOf(OpenHeader(std::string(R"({"a":{"dtype":"F32","shape":)") + shape +
                                 R"(,"data_offsets":[0,0]}})")) == "OVERFLOW");
  }
}

TEST_CASE("safetensors: the number of axes is limited", "[formats]") {
  std::string ones = "1";
  for (int i = 1; i < 64; ++i) ones += ",1";
  const auto header = [](const std::string& shape) {
    return R"({"a":{"dtype":"U8","shape":[)" + shape + R"(],"data_offsets":[0,1]}})";
  };
  CHECK(OpenHeader(header(ones), 1).ok());
  CHECK(ErrorNameOf(OpenHeader(header(ones + ",1"), 1)) == "LIMIT_EXCEEDED");
}

TEST_CASE("safetensors: offsets are two integers in order", "[formats]") {
  for (const char* offsets :
       {"0", "null", "\"0,4\"", "{}", "[]", "[4]", "[0,4,4]", "[0,4,4,4]", "[-1,4]", "[-0,4]",
        "[0,4.0]", "[4,0]", "[null,4]", "[[0,4]]", "[0,18446744073709551616]"}) {
    CAPTURE(offsets);
    CHECK(ErrorNameOf(OpenHeader(
              std::string(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":)") + offsets + "}}",
              4)) == "OFFSET_RANGE");
  }
}

TEST_CASE("safetensors: offsets give a tensor the bytes that its shape needs", "[formats]") {
  CHECK(ErrorTextOf(OpenHeader(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4)) ==
        "f.safetensors: tensor 'a': shape [2] of F32 needs 8 bytes; its offsets give it 4");
  CHECK(ErrorNameOf(OpenHeader(R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[0,4]}})", 4)) ==
        "SIZE_MISMATCH");
  CHECK(ErrorNameOf(OpenHeader(R"({"a":{"dtype":"F32","shape":[],"data_offsets":[0,0]}})")) ==
        "SIZE_MISMATCH");
}

TEST_CASE("safetensors: a tensor takes whole bytes", "[formats]") {
  CHECK(
      ErrorTextOf(OpenHeader(R"({"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}})", 1)) ==
      "f.safetensors: tensor 'a': shape [3] of F4 has 12 bits, which is no whole number of bytes");
  CHECK(ErrorNameOf(OpenHeader(R"({"a":{"dtype":"F6_E2M3","shape":[2],"data_offsets":[0,1]}})",
                               1)) == "SIZE_MISMATCH");
}

TEST_CASE("safetensors: bytes between tensors, or before the first, are refused", "[formats]") {
  CHECK(ErrorTextOf(OpenHeader(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})", 2)) ==
        "f.safetensors: tensor 'a': starts at byte 1, but the data start at byte 0: 1 bytes belong "
        "to no tensor");
  CHECK(
      ErrorTextOf(OpenHeader(R"({"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]},)"
                             R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
                             4)) ==
      "f.safetensors: tensor 'b': starts at byte 3, but tensor 'a' ends at byte 1: 2 bytes belong "
      "to no tensor");
  CHECK(ErrorNameOf(OpenHeader(R"({"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]},)"
                               R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
                               4)) == "OFFSET_HOLE");
}

TEST_CASE("safetensors: overlapping offsets are refused", "[formats]") {
  CHECK(ErrorNameOf(OpenHeader(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                               R"("b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
                               3)) == "OFFSET_OVERLAP");
  // One inside another, and a third behind: one error, not two.
  const absl::Status inside = OpenHeader(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                                         R"("b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},)"
                                         R"("c":{"dtype":"U8","shape":[1],"data_offsets":[4,5]}})",
                                         5);
  CHECK(ErrorNameOf(inside) == "OFFSET_OVERLAP");
  CHECK(DiagnosticsOf(inside).size() == 1);
  // An empty tensor within another one.
  CHECK(ErrorNameOf(OpenHeader(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                               R"("b":{"dtype":"U8","shape":[0],"data_offsets":[1,1]}})",
                               2)) == "OFFSET_OVERLAP");
}

TEST_CASE("safetensors: data beyond the end of the file are refused", "[formats]") {
  const std::string header = std::string("{\"a\":") + kFour + "}";
  CHECK(ErrorTextOf(OpenHeader(header, 3)) ==
        "f.safetensors: the data of the tensors have 4 bytes; the file has 3 of them");
  CHECK(ErrorNameOf(OpenHeader(header, 3)) == "TRUNCATED");
  CHECK(ErrorNameOf(OpenHeader(header, 0)) == "TRUNCATED");
}

TEST_CASE("safetensors: bytes behind the last tensor are refused", "[formats]") {
  CHECK(ErrorTextOf(OpenHeader(std::string("{\"a\":") + kFour + "}", 9)) ==
        "f.safetensors: 5 bytes follow the data of the last tensor");
  CHECK(ErrorNameOf(OpenHeader("{}", 1)) == "TRAILING_DATA");
  CHECK(ErrorNameOf(OpenHeader(R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}})", 1)) ==
        "TRAILING_DATA");
}

TEST_CASE("safetensors: metadata is an object of strings", "[formats]") {
  for (const char* metadata : {"1", "\"a\"", "[]", "true", R"({"k":1})", R"({"k":null})",
                               R"({"k":{}})", R"({"k":["v"]})"}) {
    CAPTURE(metadata);
    CHECK(ErrorNameOf(OpenHeader(std::string("{\"__metadata__\":") + metadata + "}")) ==
          "BAD_METADATA");
  }
  // A tensor that a careless writer stored under the reserved name.
  CHECK(ErrorNameOf(OpenHeader(std::string("{\"__metadata__\":") + kFour + "}", 4)) ==
        "BAD_METADATA");
}

TEST_CASE("safetensors: the number of tensors and the length of names are limited", "[formats]") {
  Limits limits;
  limits.tensors = 2;
  limits.name_bytes = 3;
  CHECK(Open(FileWith({"a", "abc"}), limits).ok());
  CHECK(ErrorNameOf(Open(FileWith({"a", "b", "c"}), limits)) == "LIMIT_EXCEEDED");
  CHECK(ErrorNameOf(Open(FileWith({"abcd"}), limits)) == "LIMIT_EXCEEDED");
}

TEST_CASE("safetensors: all errors of a header are reported at once", "[formats]") {
  const absl::Status status = OpenHeader(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,1]},)"
                                         R"("b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]},)"
                                         R"("c":{"dtype":"F4","shape":[1],"data_offsets":[6,7]}})",
                                         9);
  std::vector<std::string> codes;
  for (const Diagnostic& diagnostic : DiagnosticsOf(status)) {
    codes.emplace_back(NameOf(diagnostic.code));
  }
  CHECK(codes ==
        std::vector<std::string>{"SIZE_MISMATCH", "OFFSET_HOLE", "SIZE_MISMATCH", "TRAILING_DATA"});
}

TEST_CASE("safetensors: names from the file are escaped in messages", "[formats]") {
  const std::string text = ErrorTextOf(OpenHeader("{\"\\u001b[2J\\n\":1}"));
  CHECK(text == "f.safetensors: tensor '\\x1B[2J\\n': its entry is a number; expected an object");
}

}  // namespace
}  // namespace weft
