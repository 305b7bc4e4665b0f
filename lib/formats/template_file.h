// An open template (weft/template.h), as a format knows it.
#ifndef WEFT_FORMATS_TEMPLATE_FILE_H_
#define WEFT_FORMATS_TEMPLATE_FILE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "formats/format.h"
#include "formats/output_layout.h"
#include "formats/writer.h"
#include "io/input_file.h"
#include "weft/template.h"

namespace weft {

// Immutable.
class TemplateFile {
 public:
  // What all formats tell.
  struct Facts {
    std::string path;
    std::string_view format;  // "onnx"
    // Extensions of the files that it may become.
    absl::Span<const std::string_view> extensions;
    bool may_change_dtypes = false;
    std::vector<TemplateTensor> tensors;  // natural order of names, which are unique
    std::vector<CatalogFile> files;       // the file first
    std::vector<std::shared_ptr<const InputFile>> open_files;  // the same
    std::vector<std::string> warnings;
  };

  virtual ~TemplateFile() = default;

  const Facts& facts() const { return facts_; }

  // The file with values of `tensors`: it, called `name`, first, and others that it needs, at
  // relative paths beside it. Errors: kUnexpectedTensor, kWrongShape, kDtypesDiffer for what does
  // not fit; kUnsupportedFeature for tensors whose values cannot be replaced where they are.
  virtual absl::StatusOr<std::unique_ptr<OutputLayout>> LayOut(
      std::string_view name, const std::vector<OutputTensor>& tensors) const = 0;

  // kInputChanged when one of the files is not what it was when it was opened.
  absl::Status CheckUnchanged() const;

 protected:
  explicit TemplateFile(Facts facts) : facts_(std::move(facts)) {}

  // The number of the tensor of facts() that each of `tensors` is for. Errors: as of LayOut.
  absl::StatusOr<std::vector<size_t>> Match(const std::vector<OutputTensor>& tensors) const;

 private:
  Facts facts_;
};

// Lives as long as a copy of the template.
const TemplateFile& FileOf(const Template& model);

}  // namespace weft

#endif  // WEFT_FORMATS_TEMPLATE_FILE_H_
