// What DeepSpeed saves of a model in one file: mp_rank_00_model_states.pt.
//
// A dict in which "module" has the model, as it was trained; other keys say how the optimizer's
// files have its weights, and programs add keys of their own.
#ifndef WEFT_FORMATS_DEEPSPEED_MODEL_FILE_H_
#define WEFT_FORMATS_DEEPSPEED_MODEL_FILE_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "formats/format.h"

namespace weft::deepspeed {

// Before the names of what is in the module.
inline constexpr std::string_view kModule = "module.";

bool IsInModule(std::string_view name);

// Numbers and texts beside the module, except what says how the weights lie.
std::map<std::string, std::string> MetadataOf(const FileCatalog& file);

// Warns of what is in none of the tensors of the module, nor such metadata: tensors under other
// keys than those of DeepSpeed, and values in the module.
void WarnOfLeftOut(const FileCatalog& file, std::string_view where,
                   std::vector<std::string>& warnings);

// Reads any file of PyTorch. Of one that says that it is such a file, of whatever name, the module
// alone, which is then the wrapper. Errors: those of pytorch::Read and pytorch::CatalogOf;
// kMissingPart for a module of ZeRO 3, whose weights lie in other files.
absl::StatusOr<FileCatalog> ReadFile(const OpenFile& file, const OpenOptions& options);

}  // namespace weft::deepspeed

#endif  // WEFT_FORMATS_DEEPSPEED_MODEL_FILE_H_
