// The values that a pickle may use again, by number.
#ifndef WEFT_FORMATS_PICKLE_MEMO_H_
#define WEFT_FORMATS_PICKLE_MEMO_H_

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "formats/pickle/tree.h"

namespace weft::pickle {

// Picklers number from 0 without holes; any 32-bit number is legal, and takes no more room.
class Memo {
 public:
  void Put(uint64_t number, Ref ref) {
    if (number == dense_.size()) {
      dense_.push_back(ref);
    } else if (number < dense_.size()) {
      dense_[number] = ref;
      return;
    } else {
      sparse_[number] = ref;
    }
    ++count_;
  }

  // kNoValue when nothing was put there.
  Ref Get(uint64_t number) const {
    if (number < dense_.size()) return dense_[number];
    const auto found = sparse_.find(number);
    return found == sparse_.end() ? kNoValue : found->second;
  }

  // How many were put: what MEMOIZE numbers by.
  uint64_t count() const { return count_; }

 private:
  std::vector<Ref> dense_;
  absl::flat_hash_map<uint64_t, Ref> sparse_;
  uint64_t count_ = 0;
};

}  // namespace weft::pickle

#endif  // WEFT_FORMATS_PICKLE_MEMO_H_
