#include "formats/deepspeed/state_file.h"

#include <utility>
#include <vector>

#include "diagnostic/status.h"
#include "formats/pytorch/catalog.h"
#include "formats/pytorch/reader.h"

namespace weft::deepspeed {

absl::StatusOr<StateFile> StateFile::Read(const OpenFile& file, uint32_t number, RankFile name,
                                          const OpenOptions& options) {
  StateFile state;
  state.number_ = number;
  state.name_ = std::move(name);
  state.where_ = file.reader->where();
  WEFT_ASSIGN_OR_RETURN(state.contents_,
                        pytorch::Read(*file.reader, pytorch::ReadOptionsOf(options)));
  WEFT_ASSIGN_OR_RETURN(state.catalog_, pytorch::CatalogOf(state.contents_, file.reader));
  state.FindNames();
  return state;
}

void StateFile::FindNames() {
  by_name_.clear();
  by_name_.reserve(catalog_.tensors.size());
  for (const TensorInfo& tensor : catalog_.tensors) by_name_.emplace(tensor.name, &tensor);
}

void StateFile::KeepTensors(std::string_view start) {
  std::vector<TensorInfo> kept;
  for (TensorInfo& tensor : catalog_.tensors) {
    if (tensor.name.compare(0, start.size(), start) == 0) kept.push_back(std::move(tensor));
  }
  contents_ = pytorch::Contents();
  catalog_.tensors = std::move(kept);
  catalog_.metadata.clear();
  FindNames();
}

const TensorInfo* StateFile::Find(std::string_view tensor) const {
  const auto found = by_name_.find(absl::string_view(tensor.data(), tensor.size()));
  return found == by_name_.end() ? nullptr : found->second;
}

}  // namespace weft::deepspeed
