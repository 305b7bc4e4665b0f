// A file that a model was exported to, whose tensors can get other values while all else stays.
//
// An ONNX model and a TorchScript archive hold a program beside its weights, so neither can be
// written from tensors alone. A Template is such a file, opened to be written anew:
//
//   absl::StatusOr<weft::Template> model = weft::Template::Open("estimator.onnx");
//   auto plan = weft::CompileInto({weft::Mapping::Identity()}, checkpoint.catalog(), *model);
//   weft::ConvertOptions options;
//   options.into = &*model;
//   auto report = weft::Convert(*plan, checkpoint, "out/estimator.onnx", options);
//
// A Template is immutable, and its copies share one open file: use it from any thread. The file is
// never changed. docs/formats/onnx.md and docs/formats/pytorch.md say what stays and what may not.
#ifndef WEFT_TEMPLATE_H_
#define WEFT_TEMPLATE_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "weft/catalog.h"
#include "weft/checkpoint.h"

namespace weft {

class TemplateFile;

// A tensor of a template.
struct TemplateTensor {
  // In the file: "onnx::MatMul_1308", "CONSTANTS.c3", "fc.bias".
  std::string name;
  // As it lies in the file, row by row.
  DType dtype = DType::kF32;
  Shape shape;
  // Its names in the state dict of the module that the file was made from. Several where the
  // exporter found equal tensors and kept one of them: they must be equal again. None where the
  // file does not tell; then only its own name leads to it.
  std::vector<std::string> sources = {};
  // Axis i in the file is axis axes[i] of the source; empty: axis i.
  std::vector<int> axes = {};
  // Whether something is amiss when it gets no value: a weight of the module, as opposed to a
  // constant of the program.
  bool required = false;
  // Whether `sources` are only what names of nodes say: the file would look the same had the
  // exporter computed the tensor from the weight, by a scale for instance.
  bool guessed = false;
};

class Template {
 public:
  // Errors: those of Checkpoint::Open for one file; kUnknownFormat for a format whose files are
  // written from tensors alone.
  static absl::StatusOr<Template> Open(std::string_view path, const OpenOptions& options = {});

  const std::string& path() const;
  // "onnx", "pytorch"
  std::string_view format() const;
  // In natural order of their names, which are unique.
  const std::vector<TemplateTensor>& tensors() const;
  // Whether floating-point tensors may get another floating-point dtype. An ONNX graph says the
  // dtypes, too, and so keeps them.
  bool may_change_dtypes() const;
  // The file, and those of its external data.
  const std::vector<CatalogFile>& files() const;
  // What is odd but legal: names that cannot be told, tensors that are left out, …
  const std::vector<std::string>& warnings() const;

 private:
  friend const TemplateFile& FileOf(const Template& model);
  explicit Template(std::shared_ptr<const TemplateFile> file) : file_(std::move(file)) {}

  std::shared_ptr<const TemplateFile> file_;
};

}  // namespace weft

#endif  // WEFT_TEMPLATE_H_
