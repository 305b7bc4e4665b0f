// Numbers as people write and read them.
#ifndef WEFT_TOOLS_WEFT_QUANTITY_H_
#define WEFT_TOOLS_WEFT_QUANTITY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weft::cli {

// Decimal digits only; nullopt for any other text and beyond 64 bits.
std::optional<uint64_t> ParseInteger(std::string_view text);

// "4096", "500MB", "5GB", "64MiB": digits and a unit (B, kB … TB are powers of 1000, KiB … TiB of
// 1024, in any case). nullopt for any other text and beyond 64 bits.
std::optional<uint64_t> ParseSize(std::string_view text);

// "512 B", "32.0 KiB", "1.4 GiB"
std::string SizeText(uint64_t bytes);

// "46,702,792,704"
std::string CountText(uint64_t count);

// "512.0 MiB/s"; empty when no time passed.
std::string RateText(uint64_t bytes, double seconds);

// "0.52 s", "1:07 min", "2:03:15 h"
std::string DurationText(double seconds);

// GiB per second; 0 when no time passed.
double GibPerSecond(uint64_t bytes, double seconds);

}  // namespace weft::cli

#endif  // WEFT_TOOLS_WEFT_QUANTITY_H_
