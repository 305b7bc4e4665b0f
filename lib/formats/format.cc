#include "formats/format.h"

#include <algorithm>
#include <array>
#include <utility>

#include "diagnostic/status.h"
#include "formats/mindspore/catalog.h"
#include "formats/mindspore/reader.h"
#include "formats/numpy/archive.h"
#include "formats/numpy/catalog.h"
#include "formats/numpy/header.h"
#include "formats/onnx/catalog.h"
#include "formats/onnx/model.h"
#include "formats/pytorch/catalog.h"
#include "formats/pytorch/reader.h"
#include "formats/safetensors/reader.h"

namespace weft {
namespace {

using Extensions = absl::Span<const std::string_view>;

constexpr std::array<std::string_view, 1> kSafetensors = {".safetensors"};
constexpr std::array<std::string_view, 6> kPyTorch = {".pt", ".pth",  ".bin",
                                                      ".th", ".ckpt", ".zip"};
constexpr std::array<std::string_view, 1> kMindSpore = {".ckpt"};
constexpr std::array<std::string_view, 1> kNpy = {".npy"};
constexpr std::array<std::string_view, 1> kNpz = {".npz"};
constexpr std::array<std::string_view, 1> kOnnx = {".onnx"};

// In the order in which they are asked. What says itself what it is comes first; a protocol buffer
// does not.
const std::array<Format, 6>& Formats() {
  static const std::array<Format, 6> kFormats = {{
      {"safetensors", Extensions(kSafetensors), &safetensors::Recognises, false,
       &safetensors::ReadCatalog},
      {"npy", Extensions(kNpy), &numpy::Recognises, true, &numpy::ReadArrayCatalog},
      {"pytorch", Extensions(kPyTorch), &pytorch::Recognises, false, &pytorch::ReadCatalog},
      {"npz", Extensions(kNpz), &numpy::RecognisesArchive, false, &numpy::ReadArchiveCatalog},
      {"mindspore", Extensions(kMindSpore), &mindspore::Recognises, false, &mindspore::ReadCatalog},
      {"onnx", Extensions(kOnnx), &onnx::Recognises, false, &onnx::ReadCatalog},
  }};
  return kFormats;
}

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace

const Format* FormatOfContent(std::string_view first_bytes) {
  for (const Format& format : Formats()) {
    if (format.recognises(first_bytes)) return &format;
  }
  return nullptr;
}

const Format* FormatNamed(std::string_view name) {
  const auto* const found = std::find_if(Formats().begin(), Formats().end(),
                                         [&](const Format& format) { return format.name == name; });
  return found == Formats().end() ? nullptr : found;
}

const Format* FormatOfName(std::string_view file_name) {
  for (const Format& format : Formats()) {
    for (const std::string_view extension : format.extensions) {
      if (EndsWith(file_name, extension)) return &format;
    }
  }
  return nullptr;
}

OpenFile OpenFileOf(InputFile file) {
  auto shared = std::make_shared<const InputFile>(std::move(file));
  return {shared->path(), shared, std::make_shared<const FileReader>(shared)};
}

absl::StatusOr<std::string> ReadFirstBytes(const InputFile& file) {
  std::string bytes(std::min<uint64_t>(file.size_bytes(), kFirstBytes), '\0');
  WEFT_RETURN_IF_ERROR(file.ReadAt(0, bytes.size(), bytes.data()));
  return bytes;
}

absl::StatusOr<const Format*> FormatOf(const OpenFile& file) {
  WEFT_ASSIGN_OR_RETURN(const std::string first_bytes, ReadFirstBytes(*file.file));
  const Format* format = FormatOfContent(first_bytes);
  const Format* const named = FormatOfName(file.path);
  if (format == nullptr) format = named;
  // The first member of an .npz may be anything; those of PyTorch always begin in a folder.
  if (named != nullptr && named->read_catalog == &numpy::ReadArchiveCatalog && format != named &&
      numpy::IsArchiveOfArrays(*file.reader)) {
    format = named;
  }
  if (format != nullptr) return format;
  return ErrorStatus(ErrorCode::kUnknownFormat, Escaped(file.path),
                     "the file is of no format that this build reads", kFormatsHint);
}

}  // namespace weft
