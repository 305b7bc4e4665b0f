// The buffers of one worker: a block of fixed size, handed out from the front, reset for each job.
#ifndef WEFT_EXECUTE_ARENA_H_
#define WEFT_EXECUTE_ARENA_H_

#include <cstdint>
#include <memory>
#include <new>

namespace weft::execute {

// What a buffer of `size_bytes` takes of an arena: whole cache lines, so that no two share one.
constexpr uint64_t ArenaBytes(uint64_t size_bytes) { return (size_bytes + 63) & ~uint64_t{63}; }

class Arena {
 public:
  // Pages are touched on use, so an arena that is larger than its jobs costs address space only.
  explicit Arena(uint64_t capacity_bytes)
      : block_(new(std::nothrow) char[capacity_bytes]),
        capacity_(block_ == nullptr ? 0 : capacity_bytes) {}

  // Null when less than ArenaBytes(size_bytes) is left. The bytes are not initialised.
  char* Take(uint64_t size_bytes) {
    if (size_bytes > left() || ArenaBytes(size_bytes) > left()) return nullptr;
    char* taken = block_.get() + used_;
    used_ += ArenaBytes(size_bytes);
    if (used_ > most_used_) most_used_ = used_;
    return taken;
  }

  void Reset() { used_ = 0; }

  uint64_t capacity() const { return capacity_; }
  uint64_t left() const { return capacity_ - used_; }
  uint64_t most_used() const { return most_used_; }

 private:
  std::unique_ptr<char[]> block_;
  uint64_t capacity_ = 0;
  uint64_t used_ = 0;
  uint64_t most_used_ = 0;
};

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_ARENA_H_
