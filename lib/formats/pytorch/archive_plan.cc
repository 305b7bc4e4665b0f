#include "formats/pytorch/archive_plan.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "diagnostic/utf8.h"
#include "formats/pytorch/element_type.h"
#include "formats/pytorch/pickle_writer.h"
#include "formats/zip/crc32.h"
#include "tensor/shape.h"

namespace weft::pytorch {
namespace {

// A pickle gives the length of a text in 32 bits; weft itself takes less.
constexpr uint64_t kMostNameBytes = uint64_t{4} << 20U;

std::string WhereOf(const OutputTensor& tensor) {
  return absl::StrFormat("tensor '%s'", Escaped(tensor.name));
}

struct TorchForm {
  const ElementType* type = nullptr;
  Shape shape;
};

// What torch calls the elements, and how it counts them.
absl::StatusOr<TorchForm> FormOf(const OutputTensor& tensor) {
  TorchForm form = {ElementTypeOf(tensor.dtype), *tensor.shape};
  if (form.type == nullptr) {
    return ErrorStatus(ErrorCode::kUnsupportedFeature, WhereOf(tensor),
                       absl::StrFormat("torch has no type for %s", NameOf(tensor.dtype)),
                       "write another format, or cast the tensor (--dtype)");
  }
  if (form.type->parts == 1) return form;
  if (form.shape.empty() || form.shape.back() % form.type->parts != 0) {
    return ErrorStatus(ErrorCode::kUnsupportedFeature, WhereOf(tensor),
                       absl::StrFormat("shape %s of %s: torch holds pairs along the last axis",
                                       TextOf(form.shape), NameOf(tensor.dtype)));
  }
  form.shape.back() /= form.type->parts;
  return form;
}

}  // namespace

absl::StatusOr<ArchivePlan> ArchivePlan::Make(const std::vector<OutputTensor>& tensors,
                                              const std::vector<size_t>& aliases,
                                              const std::map<std::string, std::string>& metadata) {
  PickleWriter pickle;
  Diagnostics diagnostics;
  std::vector<uint64_t> storage_of(tensors.size());
  std::vector<uint64_t> storage_bytes;
  for (size_t i = 0; i < tensors.size(); ++i) {
    const OutputTensor& tensor = tensors[i];
    const absl::StatusOr<TorchForm> form = FormOf(tensor);
    if (!form.ok()) {
      diagnostics.Add(form.status());
      continue;
    }
    if (!IsUtf8(tensor.name) || tensor.name.size() > kMostNameBytes) {
      diagnostics.Add(ErrorCode::kBadName, WhereOf(tensor),
                      "the name is not valid UTF-8, or is too long");
      continue;
    }
    const std::optional<uint64_t> bits = CheckedBitsOf(*tensor.shape, tensor.dtype);
    if (!bits) {
      diagnostics.Add(ErrorCode::kOverflow, WhereOf(tensor),
                      absl::StrFormat("shape %s has 2^63 bits or more", TextOf(*tensor.shape)));
      continue;
    }
    const bool is_alias = !aliases.empty() && aliases[i] != kOwn;
    storage_of[i] = is_alias ? storage_of[aliases[i]] : storage_bytes.size();
    if (!is_alias) storage_bytes.push_back(*bits / 8);
    pickle.AddTensor(tensor.name, *form->type, form->shape, storage_of[i]);
  }
  WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());

  ArchivePlan plan;
  plan.AddMember("archive/data.pkl", std::move(pickle).Finish(metadata));
  plan.AddMember("archive/byteorder", "little");
  plan.AddMember("archive/version", "3\n");
  std::vector<uint64_t> offsets;
  offsets.reserve(storage_bytes.size());
  for (size_t storage = 0; storage < storage_bytes.size(); ++storage) {
    offsets.push_back(plan.zip_.Add(absl::StrFormat("archive/data/%d", storage),
                                    storage_bytes[storage], kAlignmentBytes));
  }
  plan.pieces_.resize(storage_bytes.size());
  for (const uint64_t storage : storage_of) {
    plan.extents_.push_back({0, offsets[storage], storage_bytes[storage]});
  }
  return plan;
}

void ArchivePlan::AddMember(std::string_view name, std::string content) {
  zip_.Add(name, content.size(), kAlignmentBytes);
  zip_.SetCrc(zip_.members() - 1, zip::Crc32(0, content));
  contents_.push_back(std::move(content));
}

std::string ArchivePlan::Beginning() const {
  std::string out;
  for (size_t i = 0; i < contents_.size(); ++i) {
    out += zip_.Header(i);
    out += contents_[i];
  }
  return out;
}

absl::Status ArchivePlan::NoteData(uint64_t offset_bytes, std::string_view data) {
  if (data.empty()) return absl::OkStatus();
  // The last storage that begins at or before the data.
  size_t low = contents_.size();
  size_t high = zip_.members();
  while (high - low > 1) {
    const size_t middle = low + (high - low) / 2;
    (zip_.offset_bytes(middle) <= offset_bytes ? low : high) = middle;
  }
  const bool is_inside =
      low < zip_.members() && zip_.offset_bytes(low) <= offset_bytes &&
      offset_bytes - zip_.offset_bytes(low) <= zip_.size_bytes(low) &&
      data.size() <= zip_.size_bytes(low) - (offset_bytes - zip_.offset_bytes(low));
  if (!is_inside) {
    return ErrorStatus(
        ErrorCode::kInternal, "PyTorch writer",
        absl::StrFormat("%d bytes at byte %d lie in no storage", data.size(), offset_bytes));
  }
  const uint32_t crc = zip::Crc32(0, data);  // the long part, outside of the lock
  const std::lock_guard<std::mutex> lock(*mutex_);
  if (pieces_[low - contents_.size()].Add(offset_bytes - zip_.offset_bytes(low), data.size(),
                                          crc)) {
    return absl::OkStatus();
  }
  return ErrorStatus(
      ErrorCode::kInternal, "PyTorch writer",
      absl::StrFormat("%d bytes at byte %d are written twice", data.size(), offset_bytes));
}

absl::StatusOr<std::vector<Patch>> ArchivePlan::Finish() {
  std::vector<Patch> patches;
  for (size_t i = 0; i < pieces_.size(); ++i) {
    const size_t member = contents_.size() + i;
    const std::optional<uint32_t> crc = pieces_[i].Of(zip_.size_bytes(member));
    if (!crc) {
      return ErrorStatus(ErrorCode::kInternal, "PyTorch writer",
                         absl::StrFormat("data of storage %d was not written", i));
    }
    zip_.SetCrc(member, *crc);
    patches.push_back({zip_.header_offset_bytes(member), zip_.Header(member)});
  }
  patches.push_back({zip_.end_offset_bytes(), zip_.End()});
  return patches;
}

}  // namespace weft::pytorch
