#include "formats/output_formats.h"

#include <algorithm>
#include <array>
#include <optional>

#include "formats/mindspore/output.h"
#include "formats/numpy/output.h"
#include "formats/part_names.h"
#include "formats/pytorch/output.h"
#include "formats/safetensors/output.h"

namespace weft {
namespace {

constexpr std::array<std::string_view, 1> kSafetensors = {".safetensors"};
constexpr std::array<std::string_view, 5> kPyTorch = {".bin", ".pt", ".pth", ".th", ".ckpt"};
constexpr std::array<std::string_view, 1> kMindSpore = {".ckpt"};
constexpr std::array<std::string_view, 1> kNpz = {".npz"};
constexpr std::array<std::string_view, 1> kNpy = {".npy"};

bool IsFileOf(std::string_view name, const DirectoryNames& names) {
  if (names.stem.empty()) return false;
  if (!name.empty() && name == names.index) return true;
  if (name.substr(0, names.stem.size()) != names.stem) return false;
  if (name.substr(names.stem.size()) == names.extension) return true;
  if (names.index.empty()) return false;  // never in several files
  const std::optional<PartName> part = ParsePartName(name);
  return part.has_value() &&
         name == NameOfPart(names.stem, part->part, part->count, names.extension);
}

}  // namespace

absl::Span<const OutputFormat> AllOutputFormats() {
  using Extensions = absl::Span<const std::string_view>;
  static const std::array<OutputFormat, 7> kFormats = {{
      {"safetensors", "safetensors", Extensions(kSafetensors), &safetensors::FileOutput,
       &safetensors::DirectoryOutput, safetensors::kDirectoryNames},
      {"pytorch", "pytorch", Extensions(kPyTorch), &pytorch::FileOutput, &pytorch::DirectoryOutput,
       pytorch::kDirectoryNames, true},
      {"mindspore", "mindspore", Extensions(kMindSpore), &mindspore::FileOutput,
       &mindspore::DirectoryOutput, mindspore::kDirectoryNames},
      {"mindspore-safetensors", "safetensors", Extensions(kSafetensors),
       &safetensors::MindSporeFileOutput, &safetensors::MindSporeDirectoryOutput,
       safetensors::kMindSporeDirectoryNames},
      {"npz", "npz", Extensions(kNpz), &numpy::ArchiveOutput, &numpy::ArchiveDirectoryOutput,
       numpy::kArchiveDirectoryNames},
      {"npy", "npy", Extensions(kNpy), &numpy::ArrayOutput, nullptr, {}},
      {"npy-dir", "npy", Extensions(kNpy), nullptr, &numpy::ArraysOutput, {}},
  }};
  return kFormats;
}

bool IsWrittenName(std::string_view name) {
  const absl::Span<const OutputFormat> formats = AllOutputFormats();
  return std::any_of(formats.begin(), formats.end(), [&](const OutputFormat& format) {
    return IsFileOf(name, format.directory_names);
  });
}

}  // namespace weft
