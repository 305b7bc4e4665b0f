// One file of a DeepSpeed checkpoint, read.
#ifndef WEFT_FORMATS_DEEPSPEED_STATE_FILE_H_
#define WEFT_FORMATS_DEEPSPEED_STATE_FILE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "formats/deepspeed/rank_file.h"
#include "formats/format.h"
#include "formats/pickle/tree.h"
#include "formats/pytorch/contents.h"

namespace weft::deepspeed {

// Before the names of what is not trained, or of a rank's part of it.
inline constexpr std::string_view kFrozenParts = "frozen_param_fragments.";

// Keeps pointers into itself, so it may be moved but not copied.
class StateFile {
 public:
  // `number` is that of the file in the list. Errors: those of pytorch::Read and
  // pytorch::CatalogOf.
  static absl::StatusOr<StateFile> Read(const OpenFile& file, uint32_t number, RankFile name,
                                        const OpenOptions& options);

  StateFile(StateFile&&) = default;
  StateFile& operator=(StateFile&&) = default;

  // Forgets all but the tensors whose names begin so.
  void KeepTensors(std::string_view start);

  uint32_t number() const { return number_; }
  const RankFile& name() const { return name_; }
  const std::string& where() const { return where_; }  // for messages, escaped
  const pickle::Tree& objects() const { return contents_.objects; }
  const pytorch::Contents& contents() const { return contents_; }
  const FileCatalog& catalog() const { return catalog_; }

  // By its way from the root; null when there is none.
  const TensorInfo* Find(std::string_view tensor) const;

 private:
  StateFile() = default;
  void FindNames();

  uint32_t number_ = 0;
  RankFile name_;
  std::string where_;
  pytorch::Contents contents_;
  FileCatalog catalog_;
  absl::flat_hash_map<absl::string_view, const TensorInfo*> by_name_;
};

}  // namespace weft::deepspeed

#endif  // WEFT_FORMATS_DEEPSPEED_STATE_FILE_H_
