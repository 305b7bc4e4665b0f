// weft inspect: what a checkpoint contains.
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "absl/strings/str_format.h"
#include "commands.h"
#include "interrupt.h"
#include "quantity.h"
#include "source.h"
#include "table.h"
#include "weft/checkpoint.h"
#include "weft/diagnostic.h"
#include "weft/template.h"

namespace weft::cli {
namespace {

struct Totals {
  uint64_t bytes = 0;
  uint64_t parameters = 0;  // elements of all tensors
};

Totals TotalsOf(const Catalog& catalog) {
  Totals totals;
  for (const TensorInfo& tensor : catalog.tensors) {
    totals.bytes += tensor.size_bytes;
    totals.parameters += ElementsOf(tensor.shape);
  }
  return totals;
}

// What the model calls otherwise than the state dict that it was exported from; null where the file
// is no ONNX model.
absl::StatusOr<std::optional<Template>> OpenModel(const Catalog& catalog) {
  if (catalog.format != "onnx" || catalog.files.empty()) return std::optional<Template>();
  absl::StatusOr<Template> model = Template::Open(catalog.files.front().path);
  if (!model.ok()) return model.status();
  return std::optional<Template>(*std::move(model));
}

bool IsRenamed(const TemplateTensor& tensor) {
  return !tensor.sources.empty() && tensor.sources != std::vector<std::string>{tensor.name};
}

std::string StateDictText(const Template& model) {
  std::string text;
  for (const TemplateTensor& tensor : model.tensors()) {
    if (!IsRenamed(tensor)) continue;
    std::string names;
    for (const std::string& name : tensor.sources) {
      names += (names.empty() ? "" : ", ") + Escaped(name);
    }
    text += absl::StrFormat("  %s: %s%s\n", Escaped(tensor.name), names,
                            tensor.axes.empty() ? "" : ", transposed");
  }
  return text.empty() ? "" : "\nin the state dict:\n" + text;
}

std::string InspectJson(const Catalog& catalog, const std::optional<Template>& model) {
  using Json = nlohmann::ordered_json;
  Json files = Json::array();
  for (const CatalogFile& file : catalog.files) {
    if (!file.is_decoded()) files.push_back(file.name);
  }
  std::map<std::string_view, const TemplateTensor*> renamed;
  if (model.has_value()) {
    for (const TemplateTensor& tensor : model->tensors()) {
      if (IsRenamed(tensor)) renamed.emplace(tensor.name, &tensor);
    }
  }
  Json tensors = Json::array();
  for (const TensorInfo& tensor : catalog.tensors) {
    const CatalogFile& file = catalog.files[tensor.file];
    Json entry = {{"name", tensor.name},   {"dtype", NameOf(tensor.dtype)},
                  {"shape", tensor.shape}, {"bytes", tensor.size_bytes},
                  {"file", file.name},     {"offset", tensor.offset_bytes}};
    if (file.is_decoded()) entry["decoded"] = file.part;
    if (const auto found = renamed.find(tensor.name); found != renamed.end()) {
      entry["state_dict"] = {{"names", found->second->sources},
                             {"transposed", !found->second->axes.empty()}};
    }
    tensors.push_back(std::move(entry));
  }
  const Totals totals = TotalsOf(catalog);
  return JsonText({{"format", catalog.format},
                   {"files", std::move(files)},
                   {"metadata", Json(catalog.metadata)},
                   {"tensors", std::move(tensors)},
                   {"totals",
                    {{"tensors", catalog.tensors.size()},
                     {"bytes", totals.bytes},
                     {"parameters", totals.parameters}}}});
}

std::string InspectText(const Catalog& catalog, const std::optional<Template>& model) {
  std::string text = absl::StrFormat("format: %s\n", catalog.format);
  Table files({Align::kLeft, Align::kRight});
  for (const CatalogFile& file : catalog.files) {
    if (file.is_decoded()) continue;
    files.AddRow({"  " + Escaped(file.name), SizeText(file.size_bytes)});
  }
  text += "files:\n" + files.Text();
  if (!catalog.metadata.empty()) text += "metadata:\n";
  for (const auto& [key, value] : catalog.metadata) {
    text += absl::StrFormat("  %s: %s\n", Escaped(key), Escaped(value));
  }

  Table tensors(
      {Align::kLeft, Align::kLeft, Align::kLeft, Align::kRight, Align::kLeft, Align::kRight});
  tensors.AddRow({"name", "dtype", "shape", "bytes", "file", "offset"});
  for (const TensorInfo& tensor : catalog.tensors) {
    tensors.AddRow({Escaped(tensor.name), std::string(NameOf(tensor.dtype)), TextOf(tensor.shape),
                    std::to_string(tensor.size_bytes), Escaped(TextOf(catalog.files[tensor.file])),
                    std::to_string(tensor.offset_bytes)});
  }
  text += "\n" + tensors.Text();
  if (model.has_value()) text += StateDictText(*model);

  const Totals totals = TotalsOf(catalog);
  text += absl::StrFormat("\ntotals: %s tensors, %s parameters, %s bytes (%s)\n",
                          CountText(catalog.tensors.size()), CountText(totals.parameters),
                          CountText(totals.bytes), SizeText(totals.bytes));
  return text;
}

}  // namespace

absl::StatusOr<Output> Run(const InspectArguments& arguments) {
  const absl::StatusOr<Checkpoint> checkpoint =
      OpenGiven(arguments.path, arguments.allowed_globals);
  if (!checkpoint.ok()) return checkpoint.status();
  if (absl::Status status = CheckInterrupted(); !status.ok()) return status;
  const Catalog& catalog = *checkpoint->catalog();
  const absl::StatusOr<std::optional<Template>> model = OpenModel(catalog);
  if (!model.ok()) return model.status();
  return Output{arguments.json ? InspectJson(catalog, *model) : InspectText(catalog, *model),
                checkpoint->warnings()};
}

}  // namespace weft::cli
