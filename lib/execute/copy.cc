#include "execute/copy.h"

#include <cstring>

#include "execute/move.h"

namespace weft::execute {
namespace {

// A copy of a size that the compiler knows becomes one or two moves of a register.
template <size_t kBytes>
struct Bytes {
  static constexpr uint64_t kSourceBytes = kBytes;
  static constexpr uint64_t kTargetBytes = kBytes;
  static void Move(const char* source, char* target) { std::memcpy(target, source, kBytes); }
};

}  // namespace

void CopyUnits(uint64_t unit_bytes, const Loop* loops, size_t count, const char* source,
               char* target) {
  switch (unit_bytes) {
    case 1:
      return MoveAll<Bytes<1>>(loops, count, source, target);
    case 2:
      return MoveAll<Bytes<2>>(loops, count, source, target);
    case 4:
      return MoveAll<Bytes<4>>(loops, count, source, target);
    case 8:
      return MoveAll<Bytes<8>>(loops, count, source, target);
    case 16:
      return MoveAll<Bytes<16>>(loops, count, source, target);
    default:
      ForEachStep(loops, count, [&](uint64_t from, uint64_t to) {
        std::memcpy(target + to, source + from, unit_bytes);
      });
  }
}

}  // namespace weft::execute
