// Fields of protobuf messages, for writing.
#ifndef WEFT_FORMATS_PROTOBUF_APPEND_FIELD_H_
#define WEFT_FORMATS_PROTOBUF_APPEND_FIELD_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace weft::protobuf {

// A number, `value` as a varint.
void AppendNumber(uint32_t number, uint64_t value, std::string& out);

// A string, bytes, or a message that is complete.
void AppendBytes(uint32_t number, std::string_view bytes, std::string& out);

// The same up to the bytes, which are to follow.
void AppendLength(uint32_t number, uint64_t size_bytes, std::string& out);

// How many bytes the field takes as a whole.
uint64_t BytesFieldSize(uint32_t number, uint64_t size_bytes);

}  // namespace weft::protobuf

#endif  // WEFT_FORMATS_PROTOBUF_APPEND_FIELD_H_
