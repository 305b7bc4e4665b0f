#include "formats/mindspore/kind.h"

#include <algorithm>
#include <cstdint>

#include "formats/protobuf/varint.h"

namespace weft::mindspore {
namespace {

constexpr size_t kMostBytes = 64;

// Tags of length-delimited fields 1, 2 and 3, and of a varint field 1.
constexpr char kBytes1 = '\x0A';
constexpr char kBytes2 = '\x12';
constexpr char kBytes3 = '\x1A';
constexpr char kNumber1 = '\x08';

// AES-GCM, AES-CBC and SM4-CBC: 0x7F3A5ED8 to 0x7F3A5EDA, little-endian.
bool IsEncrypted(std::string_view bytes) {
  return bytes.size() >= 4 && bytes[0] >= '\xD8' && bytes[0] <= '\xDA' &&
         bytes.substr(1, 3) == "\x5E\x3A\x7F";
}

// Takes a byte, or a varint, from the front of the text.
bool Take(char byte, std::string_view& text) {
  if (text.empty() || text[0] != byte) return false;
  text.remove_prefix(1);
  return true;
}

bool TakeNumber(std::string_view& text, uint64_t& number) {
  const protobuf::Varint varint = protobuf::DecodeVarint(text);
  number = varint.value;
  text.remove_prefix(varint.bytes);
  return varint.bytes > 0;
}

// A stage, then an item that begins with a string. An ONNX file begins so too, but its second field
// is a name, which does not begin with a line feed.
bool IsStrategy(std::string_view text) {
  uint64_t number = 0;
  return Take(kNumber1, text) && TakeNumber(text, number) &&
         (Take(kBytes2, text) || Take(kBytes3, text)) && TakeNumber(text, number) &&
         Take(kBytes1, text);
}

// A version in digits and dots, then the name of the producer.
bool IsGraph(std::string_view text) {
  uint64_t length = 0;
  if (!Take(kBytes1, text) || !TakeNumber(text, length) || length == 0 || length >= text.size()) {
    return false;
  }
  const std::string_view version = text.substr(0, static_cast<size_t>(length));
  return version.find_first_not_of("0123456789.") == std::string_view::npos &&
         text[version.size()] == kBytes2;
}

// A value: its tag, then its tensor, unless the tag is longer than what is looked at.
bool IsCheckpoint(std::string_view text) {
  uint64_t value_bytes = 0;
  uint64_t tag_bytes = 0;
  if (!Take(kBytes1, text) || !TakeNumber(text, value_bytes) || !Take(kBytes1, text) ||
      !TakeNumber(text, tag_bytes) || tag_bytes >= value_bytes) {
    return false;
  }
  if (tag_bytes >= text.size()) return true;
  const char next = text[static_cast<size_t>(tag_bytes)];
  return next == kBytes2 || next == kBytes3;
}

}  // namespace

Kind KindOf(std::string_view first_bytes) {
  const std::string_view text = first_bytes.substr(0, std::min(first_bytes.size(), kMostBytes));
  if (IsEncrypted(text)) return Kind::kEncrypted;
  if (IsStrategy(text)) return Kind::kStrategy;
  if (IsGraph(text)) return Kind::kGraph;
  return IsCheckpoint(text) ? Kind::kCheckpoint : Kind::kOther;
}

}  // namespace weft::mindspore
