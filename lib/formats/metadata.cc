#include "formats/metadata.h"

#include "formats/mindspore/metadata.h"
#include "formats/mindspore/tensor_type.h"

namespace weft {
namespace {

constexpr std::string_view kFormatKey = "format";
constexpr std::string_view kSafetensors = "safetensors";
constexpr std::string_view kMindSpore = "mindspore";
constexpr std::string_view kMindSporeSafetensors = "mindspore-safetensors";

}  // namespace

bool IsTensorNote(std::string_view text, DType dtype) { return mindspore::IsInt4Note(text, dtype); }

bool MayBeTensorNote(std::string_view text) { return text == mindspore::kInt4Type; }

void DropWordsOnFiles(std::string_view source_format, std::string_view format,
                      std::map<std::string, std::string>& metadata,
                      std::vector<std::string>& warnings) {
  const auto said = metadata.find(std::string(kFormatKey));
  if (said == metadata.end()) return;
  if (source_format == kSafetensors) {
    if (said->second == "ms") {
      metadata.erase(std::string(mindspore::kCheckSumKey));
      metadata.erase(std::string(mindspore::kRedundancyKey));
    }
    if (format == kMindSpore) metadata.erase(said);
  } else if (format == kMindSporeSafetensors) {
    warnings.push_back(
        "the metadata 'format' are left out: in a safetensors file they would be said of the file");
    metadata.erase(said);
  }
}

}  // namespace weft
