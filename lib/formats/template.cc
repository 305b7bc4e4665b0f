#include "weft/template.h"

#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/onnx/template.h"
#include "formats/pytorch/template.h"
#include "formats/template_file.h"

namespace weft {
namespace {

std::string Described(DType dtype, const Shape& shape) {
  return absl::StrFormat("%s %s", NameOf(dtype), TextOf(shape));
}

}  // namespace

absl::Status TemplateFile::CheckUnchanged() const {
  for (const std::shared_ptr<const InputFile>& file : facts_.open_files) {
    WEFT_RETURN_IF_ERROR(file->CheckUnchanged());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<size_t>> TemplateFile::Match(
    const std::vector<OutputTensor>& tensors) const {
  absl::flat_hash_map<std::string_view, size_t> by_name;
  by_name.reserve(facts_.tensors.size());
  for (size_t i = 0; i < facts_.tensors.size(); ++i) by_name.emplace(facts_.tensors[i].name, i);
  std::vector<size_t> numbers;
  numbers.reserve(tensors.size());
  Diagnostics diagnostics;
  for (const OutputTensor& tensor : tensors) {
    const std::string where =
        absl::StrFormat("%s: tensor '%s'", Escaped(facts_.path), Escaped(tensor.name));
    const auto found = by_name.find(tensor.name);
    if (found == by_name.end()) {
      diagnostics.Add(ErrorCode::kUnexpectedTensor, where, "the file has no such tensor");
      continue;
    }
    const TemplateTensor& there = facts_.tensors[found->second];
    const std::string what =
        absl::StrFormat("it would be %s; the file has %s", Described(tensor.dtype, *tensor.shape),
                        Described(there.dtype, there.shape));
    const bool may_be_cast =
        facts_.may_change_dtypes && IsFloatingPoint(tensor.dtype) && IsFloatingPoint(there.dtype);
    if (*tensor.shape != there.shape) {
      diagnostics.Add(ErrorCode::kWrongShape, where, what);
    } else if (tensor.dtype != there.dtype && !may_be_cast) {
      diagnostics.Add(ErrorCode::kDtypesDiffer, where, what);
    }
    numbers.push_back(found->second);
  }
  WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
  return numbers;
}

absl::StatusOr<Template> Template::Open(std::string_view path, const OpenOptions& options) {
  WEFT_ASSIGN_OR_RETURN(InputFile input, InputFile::Open(path));
  const OpenFile file = OpenFileOf(std::move(input));
  WEFT_ASSIGN_OR_RETURN(const Format* const format, FormatOf(file));
  std::shared_ptr<const TemplateFile> opened;
  if (format->name == "onnx") {
    WEFT_ASSIGN_OR_RETURN(opened, onnx::OpenTemplate(file, options));
  } else if (format->name == "pytorch") {
    WEFT_ASSIGN_OR_RETURN(opened, pytorch::OpenTemplate(file, options));
  } else {
    return ErrorStatus(
        ErrorCode::kUnknownFormat, Escaped(path),
        absl::StrFormat("is a %s file, which holds tensors and nothing beside them", format->name),
        "write it anew, without a template; those are ONNX models and TorchScript "
        "archives");
  }
  return Template(std::move(opened));
}

const TemplateFile& FileOf(const Template& model) { return *model.file_; }

const std::string& Template::path() const { return file_->facts().path; }
std::string_view Template::format() const { return file_->facts().format; }
const std::vector<TemplateTensor>& Template::tensors() const { return file_->facts().tensors; }
bool Template::may_change_dtypes() const { return file_->facts().may_change_dtypes; }
const std::vector<CatalogFile>& Template::files() const { return file_->facts().files; }
const std::vector<std::string>& Template::warnings() const { return file_->facts().warnings; }

}  // namespace weft
