#include "formats/zip/crc32.h"

#include <array>
#include <cstddef>
#include <cstring>

namespace weft::zip {
namespace {

constexpr uint32_t kPolynomial = 0xEDB88320;  // bits reversed: x^0 is the highest bit
constexpr uint32_t kOne = 0x80000000;         // x^0

// Bytes that one step of the loop takes: a table for each place, so that the steps of one round
// do not wait for one another.
constexpr size_t kStride = 16;

using Tables = std::array<std::array<uint32_t, 256>, kStride>;

constexpr Tables MakeTables() {
  Tables tables = {};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (size_t place = 1; place < kStride; ++place) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t before = tables[place - 1][byte];
      tables[place][byte] = (before >> 8U) ^ tables[0][before & 0xFFU];
    }
  }
  return tables;
}

constexpr Tables kTables = MakeTables();

// The product of two polynomials modulo the polynomial.
uint32_t Multiply(uint32_t a, uint32_t b) {
  uint32_t product = 0;
  for (uint32_t bit = kOne; bit != 0; bit >>= 1U) {
    if ((a & bit) != 0) product ^= b;
    b = (b >> 1U) ^ ((b & 1U) != 0 ? kPolynomial : 0);
  }
  return product;
}

}  // namespace

uint32_t Crc32(uint32_t crc, std::string_view bytes) {
  const char* at = bytes.data();
  size_t left = bytes.size();
  crc = ~crc;
  for (; left >= kStride; at += kStride, left -= kStride) {
    std::array<unsigned char, kStride> block;
    std::memcpy(block.data(), at, kStride);
    for (size_t i = 0; i < 4; ++i) {
      block[i] = static_cast<unsigned char>(block[i] ^ (crc >> (8 * i)));
    }
    crc = 0;
    for (size_t i = 0; i < kStride; ++i) crc ^= kTables[kStride - 1 - i][block[i]];
  }
  for (; left > 0; ++at, --left) {
    crc = (crc >> 8U) ^ kTables[0][(crc ^ static_cast<unsigned char>(*at)) & 0xFFU];
  }
  return ~crc;
}

uint32_t JoinCrc32(uint32_t first, uint32_t second, uint64_t second_bytes) {
  // Moving a part to the left by n bytes multiplies its checksum by x^(8n).
  uint32_t power = 0x00800000;  // x^8
  uint32_t shift = kOne;
  for (uint64_t n = second_bytes; n != 0; n >>= 1U) {
    if ((n & 1U) != 0) shift = Multiply(shift, power);
    power = Multiply(power, power);
  }
  return Multiply(shift, first) ^ second;
}

}  // namespace weft::zip
