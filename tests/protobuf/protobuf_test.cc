#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "formats/byte_reader.h"
#include "formats/protobuf/append_field.h"
#include "formats/protobuf/byte_window.h"
#include "formats/protobuf/message_reader.h"
#include "formats/protobuf/varint.h"
#include "io/error_of.h"
#include "protobuf/raw_fields.h"

namespace weft::protobuf {
namespace {

using test::RawBytes;
using test::RawNumber;
using test::RawVarint;

// The fields of a file, "NUMBER:VALUE" or "NUMBER[OFFSET+SIZE]", and the status at its end.
struct Walked {
  std::string fields;
  absl::Status status;
};

Walked Walk(std::string_view bytes) {
  const TextReader reader(bytes, "f.pb");
  ByteWindow window(reader);
  MessageReader message(window);
  Walked walked;
  Field field;
  while (message.Next(field)) {
    walked.fields += std::to_string(field.number);
    if (field.type == WireType::kBytes) {
      walked.fields += '[' + std::to_string(field.payload.offset_bytes) + '+' +
                       std::to_string(field.payload.size_bytes) + ']';
    } else {
      walked.fields += ':' + std::to_string(field.value);
    }
    walked.fields += ' ';
  }
  walked.status = message.status();
  return walked;
}

constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();

TEST_CASE("varint: every length is read and written", "[protobuf]") {
  for (const uint64_t value :
       {uint64_t{0}, uint64_t{1}, uint64_t{127}, uint64_t{128}, uint64_t{300}, uint64_t{16383},
        uint64_t{16384}, uint64_t{1} << 32, (uint64_t{1} << 63) - 1, uint64_t{1} << 63, kMost}) {
    CAPTURE(value);
    const std::string raw = RawVarint(value);
    std::string written;
    AppendVarint(value, written);
    CHECK(written == raw);
    CHECK(VarintBytes(value) == raw.size());
    const Varint read = DecodeVarint(raw + "x");
    CHECK(read.value == value);
    CHECK(read.bytes == raw.size());
    CHECK(DecodeVarint(raw.substr(0, raw.size() - 1)).bytes == 0);
  }
}

TEST_CASE("varint: more than ten bytes or 64 bits are none; zeros at the high end are",
          "[protobuf]") {
  CHECK(DecodeVarint(std::string(9, '\xFF') + '\x02').bytes == 0);
  CHECK(DecodeVarint(std::string(10, '\x80') + '\x01').bytes == 0);
  CHECK(DecodeVarint(std::string(11, '\xFF')).bytes == 0);
  const Varint padded = DecodeVarint(std::string("\x85\x80\x80\x00", 4));
  CHECK(padded.value == 5);
  CHECK(padded.bytes == 4);
}

TEST_CASE("protobuf: fields of every wire type are read, those with a length passed over",
          "[protobuf]") {
  const std::string bytes = RawNumber(1, 300) + RawBytes(2, "abc") +
                            std::string("\x1D\x01\x02\x03\x04", 5) +
                            std::string("\x21\x01\0\0\0\0\0\0\x80", 9) + RawBytes(16, "") +
                            RawNumber((1U << 29) - 1, kMost);
  const Walked walked = Walk(bytes);
  CHECK(walked.fields ==
        "1:300 2[5+3] 3:67305985 4:9223372036854775809 16[25+0] 536870911:18446744073709551615 ");
  CHECK(walked.status.ok());
  CHECK(Walk("").status.ok());
}

TEST_CASE("protobuf: what is appended reads back", "[protobuf]") {
  std::string bytes;
  AppendNumber(1, 300, bytes);
  AppendBytes(2, "abc", bytes);
  AppendLength(700, 2, bytes);
  bytes += "xy";
  CHECK(bytes == RawNumber(1, 300) + RawBytes(2, "abc") + RawBytes(700, "xy"));
  CHECK(BytesFieldSize(700, 2) == RawBytes(700, "xy").size());
  CHECK(BytesFieldSize(2, 200) == RawBytes(2, std::string(200, 'x')).size());
}

TEST_CASE("protobuf: a file cut in a field is truncated", "[protobuf]") {
  for (const std::string& field :
       {RawNumber(1, 300), RawBytes(2, "abc"), RawNumber(9999, 1),
        std::string("\x1D\x01\x02\x03\x04", 5), std::string("\x21\x01\0\0\0\0\0\0\x80", 9)}) {
    for (size_t size = 1; size < field.size(); ++size) {
      CAPTURE(field, size);
      CHECK(ErrorNameOf(Walk(RawNumber(1, 1) + field.substr(0, size)).status) == "TRUNCATED");
    }
  }
  CHECK(ErrorTextOf(Walk(RawVarint(10) + RawVarint(5) + "abc").status) ==
        "f.pb: byte 2: a field takes 5 bytes or more, and the file ends after 3");
  CHECK(ErrorNameOf(Walk(RawVarint(10) + RawVarint(kMost)).status) == "TRUNCATED");
}

TEST_CASE("protobuf: groups, unknown wire types and bad numbers are refused", "[protobuf]") {
  for (const std::string& bytes :
       {RawVarint(8 + 3), RawVarint(8 + 4), RawVarint(8 + 6), RawVarint(8 + 7), RawNumber(0, 1),
        RawNumber(1U << 29, 1), std::string(10, '\xFF'), std::string(11, '\x80'),
        "\x08" + std::string(9, '\xFF') + "\x02"}) {
    CAPTURE(bytes);
    CHECK(ErrorNameOf(Walk(bytes + "xxxxxxxxxxxx").status) == "BAD_HEADER_SYNTAX");
  }
  CHECK(ErrorTextOf(Walk(RawNumber(1, 1) + RawVarint(8 + 3)).status) ==
        "f.pb: byte 2: field 1 has wire type 3, which no format here uses");
}

TEST_CASE("protobuf: a nested field stays in its message", "[protobuf]") {
  // The inner field says five bytes; its message has three more.
  const std::string inner = RawVarint(10) + RawVarint(5) + "abc";
  const std::string bytes = RawBytes(7, inner) + RawBytes(8, "more");
  const TextReader reader(bytes, "f.pb");
  ByteWindow window(reader);
  MessageReader outer(window);
  Field field;
  REQUIRE(outer.Next(field));
  MessageReader nested = outer.Nested(field);
  CHECK_FALSE(nested.Next(field));
  CHECK(ErrorTextOf(nested.status()) ==
        "f.pb: byte 4: a field takes 5 bytes or more, and the message around it ends after 3");
  CHECK(ErrorNameOf(nested.status()) == "BAD_HEADER_SYNTAX");
  REQUIRE(outer.Next(field));
  CHECK(field.number == 8);
}

TEST_CASE("protobuf: nesting is bounded", "[protobuf]") {
  std::string bytes;
  for (int i = 0; i < 200; ++i) bytes = RawBytes(1, bytes);
  const TextReader reader(bytes, "f.pb");
  ByteWindow window(reader);
  MessageReader message(window);
  Field field;
  int depth = 0;
  while (message.Next(field)) {
    message = message.Nested(field);
    ++depth;
  }
  CHECK(depth == MessageReader::kMostDepth + 1);
  CHECK(ErrorNameOf(message.status()) == "LIMIT_EXCEEDED");
}

TEST_CASE("protobuf: packed numbers are read one by one", "[protobuf]") {
  const std::string numbers = RawVarint(5) + RawVarint(kMost) + RawVarint(300);
  const std::string bytes = numbers + "\x80\x01";
  const TextReader reader(bytes, "f.pb");
  ByteWindow window(reader);
  std::vector<uint64_t> read;
  uint64_t value = 0;
  PackedReader packed(window, {0, numbers.size()});
  while (packed.Next(value)) read.push_back(value);
  CHECK(packed.status().ok());
  CHECK(read == std::vector<uint64_t>{5, kMost, 300});

  PackedReader cut(window, {0, numbers.size() + 1});
  while (cut.Next(value)) continue;
  CHECK(ErrorNameOf(cut.status()) == "BAD_HEADER_SYNTAX");
}

TEST_CASE("protobuf: a window gives what is there, wherever it is asked for", "[protobuf]") {
  std::string bytes;
  for (int i = 0; i < 3 * static_cast<int>(ByteWindow::kBytes); ++i) {
    bytes += static_cast<char>(i * 7 + i / 256);
  }
  const TextReader reader(bytes, "f");
  ByteWindow window(reader);
  for (const size_t at : {size_t{0}, size_t{4090}, size_t{4096}, size_t{100}, size_t{12280},
                          bytes.size() - 1, bytes.size()}) {
    CAPTURE(at);
    CHECK(*window.View(at, 20) == bytes.substr(at, 20));
  }
  CHECK(window.View(0, bytes.size())->size() == ByteWindow::kBytes);
  CHECK(*window.Copy({10, 9000}) == bytes.substr(10, 9000));
  CHECK(window.Copy({5, 0})->empty());
}

}  // namespace
}  // namespace weft::protobuf
