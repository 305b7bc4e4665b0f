// A PyTorch file to be written: where everything will be, and the bytes that are known before the
// data.
//
//   WEFT_ASSIGN_OR_RETURN(pytorch::ArchivePlan plan,
//                         pytorch::ArchivePlan::Make(tensors, aliases, metadata));
//   WEFT_RETURN_IF_ERROR(output.Preallocate(plan.file_bytes()));
//   WEFT_RETURN_IF_ERROR(output.WriteAt(0, plan.Beginning()));
//   …                                  // data, at plan.extents(), in any order, from any thread:
//   plan.NoteData(offset, data);       // each time
//   WEFT_ASSIGN_OR_RETURN(std::vector<Patch> patches, plan.Finish());
//   for (const Patch& patch : patches) …WriteAt(patch.offset_bytes, patch.bytes)
#ifndef WEFT_FORMATS_PYTORCH_ARCHIVE_PLAN_H_
#define WEFT_FORMATS_PYTORCH_ARCHIVE_PLAN_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "formats/patch.h"
#include "formats/writer.h"
#include "formats/zip/crc_pieces.h"
#include "formats/zip/zip_layout.h"

namespace weft::pytorch {

class ArchivePlan {
 public:
  static constexpr uint64_t kAlignmentBytes = 64;
  // An alias of no other tensor.
  static constexpr size_t kOwn = SIZE_MAX;

  // One storage for each tensor, in this order, and a pickle that names them. `aliases[i]` is the
  // tensor, before i, of dtype and shape of i, whose storage i shares, or kOwn; empty when all are.
  // The extents of aliases are those of their tensor; their data is written once.
  // Errors: kUnsupportedFeature (F6 types; pairs of F4 that do not fill the last axis), kBadName,
  // kOverflow.
  static absl::StatusOr<ArchivePlan> Make(const std::vector<OutputTensor>& tensors,
                                          const std::vector<size_t>& aliases,
                                          const std::map<std::string, std::string>& metadata);

  // Where the data of each tensor goes; file is 0.
  const std::vector<OutputExtent>& extents() const { return extents_; }
  uint64_t file_bytes() const { return zip_.file_bytes(); }

  // What stands before the data: the pickle and the short members. The headers between the
  // storages come with Finish.
  std::string Beginning() const;

  // Data of one storage that has been, or will be, written at `offset_bytes` of the file.
  // Thread-safe. Errors: kInternal when it lies in no storage, or overlaps what was noted before.
  absl::Status NoteData(uint64_t offset_bytes, std::string_view data);

  // The headers with their checksums, and the end of the file; only once. Errors: kInternal when
  // data of a storage was not noted.
  absl::StatusOr<std::vector<Patch>> Finish();

 private:
  ArchivePlan() : mutex_(std::make_unique<std::mutex>()) {}
  void AddMember(std::string_view name, std::string content);

  zip::Layout zip_;
  std::vector<std::string> contents_;  // of the first members
  std::vector<OutputExtent> extents_;
  std::vector<zip::CrcPieces> pieces_;  // of storages, which are the members behind those
  std::unique_ptr<std::mutex> mutex_;   // of pieces_
};

}  // namespace weft::pytorch

#endif  // WEFT_FORMATS_PYTORCH_ARCHIVE_PLAN_H_
