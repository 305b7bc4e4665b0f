// Numbers as protobuf writes them: seven bits a byte, the low ones first.
#ifndef WEFT_FORMATS_PROTOBUF_VARINT_H_
#define WEFT_FORMATS_PROTOBUF_VARINT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weft::protobuf {

// 64 bits take ten bytes.
inline constexpr size_t kMostVarintBytes = 10;

struct Varint {
  uint64_t value = 0;
  size_t bytes = 0;  // that it takes; 0 when the text does not start with a varint
};

// The number at the start of `text`. None is there when the text ends first, when it goes on after
// kMostVarintBytes, and when it has more than 64 bits. Zeros at its high end are allowed: writers
// that reserve room for a length leave them.
Varint DecodeVarint(std::string_view text);

void AppendVarint(uint64_t value, std::string& out);

// How many bytes AppendVarint appends.
size_t VarintBytes(uint64_t value);

}  // namespace weft::protobuf

#endif  // WEFT_FORMATS_PROTOBUF_VARINT_H_
