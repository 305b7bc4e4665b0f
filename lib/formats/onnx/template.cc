#include "formats/onnx/template.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/onnx/external_file.h"
#include "formats/onnx/model.h"
#include "formats/onnx/state_names.h"
#include "io/path.h"

namespace weft::onnx {
namespace {

constexpr std::array<std::string_view, 1> kExtensions = {".onnx"};

// Everything of a model but its data: what must not have changed when others were written.
bool IsSame(const Initializer& a, const Initializer& b) {
  return a.name == b.name && a.dtype == b.dtype && a.shape == b.shape && a.bytes == b.bytes &&
         a.numbers == b.numbers && a.external.has_value() == b.external.has_value();
}

// Every byte is where it was, so that nothing of the model has to be written anew.
class ModelLayout final : public OutputLayout {
 public:
  ModelLayout(std::vector<File> files, std::vector<TensorPlace> places,
              std::shared_ptr<const Model> model, const Limits& limits)
      : files_(std::move(files)),
        places_(std::move(places)),
        model_(std::move(model)),
        limits_(limits) {}

  const std::vector<File>& files() const override { return files_; }
  const std::vector<TensorPlace>& places() const override { return places_; }

  absl::Status Check(uint32_t file, const ByteReader& written) const override {
    if (file > 0) return absl::OkStatus();  // bytes without a form
    WEFT_ASSIGN_OR_RETURN(const Model read, Read(written, limits_));
    const std::vector<Initializer>& a = read.initializers;
    const std::vector<Initializer>& b = model_->initializers;
    if (std::equal(a.begin(), a.end(), b.begin(), b.end(), IsSame)) return absl::OkStatus();
    return ErrorStatus(ErrorCode::kInternal, written.where(),
                       "the model reads differently from the one that it was made from");
  }

 private:
  std::vector<File> files_;
  std::vector<TensorPlace> places_;
  std::shared_ptr<const Model> model_;
  Limits limits_;
};

class ModelTemplate final : public TemplateFile {
 public:
  // `number_of[i]` is the initializer of tensor i; `readers` are those of the files, of which
  // `file_of` has the number of each location.
  ModelTemplate(Facts facts, Model model, std::vector<size_t> number_of,
                std::vector<std::shared_ptr<const ByteReader>> readers,
                std::map<std::string, uint32_t> file_of, const Limits& limits)
      : TemplateFile(std::move(facts)),
        model_(std::make_shared<const Model>(std::move(model))),
        number_of_(std::move(number_of)),
        readers_(std::move(readers)),
        file_of_(std::move(file_of)),
        limits_(limits) {}

  absl::StatusOr<std::unique_ptr<OutputLayout>> LayOut(
      std::string_view name, const std::vector<OutputTensor>& tensors) const override {
    WEFT_ASSIGN_OR_RETURN(const std::vector<size_t> numbers, Match(tensors));
    std::vector<TensorPlace> places;
    std::vector<std::vector<Owned>> owned(readers_.size());
    Diagnostics diagnostics;
    for (const size_t number : numbers) {
      const Initializer& initializer = model_->initializers[number_of_[number]];
      diagnostics.Add(CheckMayChange(initializer));
      const TensorPlace& place = places.emplace_back(PlaceOf(initializer));
      for (const FileRange& range : place.ranges) {
        owned[place.file].push_back({range, &initializer.name});
      }
    }
    for (std::vector<Owned>& ranges : owned) CheckDisjoint(ranges, diagnostics);
    WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());

    std::vector<OutputLayout::File> files(readers_.size());
    files[0].path = name;
    for (const auto& [location, file] : file_of_) files[file].path = location;
    for (size_t i = 0; i < files.size(); ++i) {
      std::vector<FileRange> ranges;
      for (const Owned& range : owned[i]) ranges.push_back(range.range);
      files[i].size_bytes = readers_[i]->size_bytes();
      files[i].kept = AllBut(std::move(ranges), readers_[i]);
    }
    return std::make_unique<ModelLayout>(std::move(files), std::move(places), model_, limits_);
  }

 private:
  // A range that is written, and the name of the initializer whose it is.
  struct Owned {
    FileRange range;
    const std::string* name = nullptr;
  };

  absl::Status CheckMayChange(const Initializer& initializer) const {
    const auto error = [&](std::string_view what, std::string_view hint) {
      return ErrorStatus(
          ErrorCode::kUnsupportedFeature,
          absl::StrFormat("%s: initializer '%s'", readers_[0]->where(), Escaped(initializer.name)),
          what, hint);
    };
    if (!initializer.numbers.empty()) {
      return error("its values are numbers of variable size, which others do not fit",
                   "save the model with raw data: onnx.numpy_helper.from_array makes such tensors");
    }
    if (initializer.external.has_value() && initializer.external->has_checksum) {
      return error("its external data have a checksum, which would be wrong",
                   "save the model without checksums");
    }
    return absl::OkStatus();
  }

  TensorPlace PlaceOf(const Initializer& initializer) const {
    TensorPlace place;
    if (initializer.external.has_value()) {
      const External& external = *initializer.external;
      place.file = file_of_.at(external.location);
      if (external.size_bytes > 0) {
        place.ranges.push_back({external.offset_bytes, external.size_bytes});
      }
      return place;
    }
    place.ranges.assign(initializer.bytes.begin(), initializer.bytes.end());
    return place;
  }

  void CheckDisjoint(std::vector<Owned>& ranges, Diagnostics& diagnostics) const {
    std::sort(ranges.begin(), ranges.end(), [](const Owned& a, const Owned& b) {
      return a.range.offset_bytes < b.range.offset_bytes;
    });
    for (size_t i = 1; i < ranges.size(); ++i) {
      if (ranges[i].range.offset_bytes >= ranges[i - 1].range.end_bytes()) continue;
      diagnostics.Add(
          ErrorCode::kUnsupportedFeature,
          absl::StrFormat("%s: initializer '%s'", readers_[0]->where(), Escaped(*ranges[i].name)),
          absl::StrFormat("shares external data with '%s', so that both cannot get values of their "
                          "own",
                          Escaped(*ranges[i - 1].name)),
          "save the model anew, with data of its own for each initializer");
    }
  }

  std::shared_ptr<const Model> model_;
  std::vector<size_t> number_of_;
  std::vector<std::shared_ptr<const ByteReader>> readers_;
  std::map<std::string, uint32_t> file_of_;
  Limits limits_;
};

TemplateTensor TensorOf(const Initializer& initializer, StateNames names) {
  TemplateTensor tensor;
  tensor.name = initializer.name;
  tensor.dtype = initializer.dtype;
  tensor.shape = initializer.shape;
  tensor.required = !names.names.empty() && IsFloatingPoint(tensor.dtype);
  tensor.sources = std::move(names.names);
  if (names.is_transposed) tensor.axes = {1, 0};
  return tensor;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const TemplateFile>> OpenTemplate(const OpenFile& file,
                                                                 const OpenOptions& options) {
  WEFT_ASSIGN_OR_RETURN(Model model, Read(*file.reader, options.limits));
  WEFT_ASSIGN_OR_RETURN(StateNameTable names,
                        ReadStateNames(*file.reader, model.initializers, options.limits));
  TemplateFile::Facts facts;
  facts.path = file.path;
  facts.format = "onnx";
  facts.extensions = kExtensions;
  facts.files.push_back({file.path, SplitAtName(file.path).name, file.reader->size_bytes()});
  facts.open_files.push_back(file.file);
  std::vector<std::shared_ptr<const ByteReader>> readers = {file.reader};
  std::map<std::string, uint32_t> file_of;
  Diagnostics diagnostics;
  for (const Initializer& initializer : model.initializers) {
    if (!initializer.external.has_value()) continue;
    const std::string& location = initializer.external->location;
    const auto [found, is_new] = file_of.emplace(location, static_cast<uint32_t>(readers.size()));
    if (is_new) {
      WEFT_ASSIGN_OR_RETURN(InputFile input, OpenExternal(file, initializer));
      const OpenFile external = OpenFileOf(std::move(input));
      facts.files.push_back({external.path, location, external.reader->size_bytes()});
      facts.open_files.push_back(external.file);
      readers.push_back(external.reader);
    }
    diagnostics.Add(CheckExternal(initializer, readers[found->second]->size_bytes()));
  }
  WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());

  std::vector<size_t> order(model.initializers.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return NaturalLess(model.initializers[a].name, model.initializers[b].name);
  });
  for (const size_t number : order) {
    facts.tensors.push_back(
        TensorOf(model.initializers[number], std::move(names.initializers[number])));
  }
  facts.warnings = model.warnings;
  for (const std::string& warning : names.warnings) {
    facts.warnings.push_back(absl::StrFormat("%s: %s", file.reader->where(), warning));
  }
  return std::make_shared<const ModelTemplate>(std::move(facts), std::move(model), std::move(order),
                                               std::move(readers), std::move(file_of),
                                               options.limits);
}

}  // namespace weft::onnx
