#include "execute/cast.h"

#include <Eigen/Core>
#include <cstring>
#include <limits>

#include "execute/move.h"

namespace weft::execute {
namespace {

static_assert(std::numeric_limits<float>::is_iec559 && std::numeric_limits<double>::is_iec559);

template <typename T>
T Load(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}

// How each dtype is read as, and written from, the type that its conversions pass through.
struct F64 {
  static constexpr uint64_t kBytes = 8;
  static double Read(const char* at) { return Load<double>(at); }
  static void Write(double value, char* at) { std::memcpy(at, &value, kBytes); }
};

struct F32 {
  static constexpr uint64_t kBytes = 4;
  static float Read(const char* at) { return Load<float>(at); }
  static void Write(float value, char* at) { std::memcpy(at, &value, kBytes); }
};

struct F16 {
  static constexpr uint64_t kBytes = 2;
  static float Read(const char* at) {
    return static_cast<float>(Eigen::numext::bit_cast<Eigen::half>(Load<uint16_t>(at)));
  }
  static void Write(float value, char* at) {
    const auto bits = Eigen::numext::bit_cast<uint16_t>(Eigen::half(value));
    std::memcpy(at, &bits, kBytes);
  }
};

struct BF16 {
  static constexpr uint64_t kBytes = 2;
  static float Read(const char* at) {
    return static_cast<float>(Eigen::numext::bit_cast<Eigen::bfloat16>(Load<uint16_t>(at)));
  }
  static void Write(float value, char* at) {
    const auto bits = Eigen::numext::bit_cast<uint16_t>(Eigen::bfloat16(value));
    std::memcpy(at, &bits, kBytes);
  }
};

template <typename From, typename To>
struct Cast {
  static constexpr uint64_t kSourceBytes = From::kBytes;
  static constexpr uint64_t kTargetBytes = To::kBytes;
  static void Move(const char* source, char* target) {
    if constexpr (std::is_same_v<To, F64>) {
      To::Write(static_cast<double>(From::Read(source)), target);
    } else {
      To::Write(static_cast<float>(From::Read(source)), target);
    }
  }
};

template <typename From>
Kernel CastTo(DType to) {
  switch (to) {
    case DType::kF64:
      return MoveAll<Cast<From, F64>>;
    case DType::kF32:
      return MoveAll<Cast<From, F32>>;
    case DType::kF16:
      return MoveAll<Cast<From, F16>>;
    case DType::kBF16:
      return MoveAll<Cast<From, BF16>>;
    default:
      return nullptr;
  }
}

}  // namespace

Kernel CastKernel(DType from, DType to) {
  if (from == to) return nullptr;
  switch (from) {
    case DType::kF64:
      return CastTo<F64>(to);
    case DType::kF32:
      return CastTo<F32>(to);
    case DType::kF16:
      return CastTo<F16>(to);
    case DType::kBF16:
      return CastTo<BF16>(to);
    default:
      return nullptr;
  }
}

}  // namespace weft::execute
