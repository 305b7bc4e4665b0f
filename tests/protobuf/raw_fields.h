// Protobuf fields byte by byte, written without the library under test.
#ifndef WEFT_TESTS_PROTOBUF_RAW_FIELDS_H_
#define WEFT_TESTS_PROTOBUF_RAW_FIELDS_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace weft::test {

std::string RawVarint(uint64_t value);

// A field of wire type 0, and one of wire type 2.
std::string RawNumber(uint64_t field, uint64_t value);
std::string RawBytes(uint64_t field, std::string_view bytes);

}  // namespace weft::test

#endif  // WEFT_TESTS_PROTOBUF_RAW_FIELDS_H_
