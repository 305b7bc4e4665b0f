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
#include "formats/onnx/fixed_data.h"
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

// The model and the files of its external data.
struct ModelFiles {
  std::vector<std::shared_ptr<const ByteReader>> readers;  // of the model first
  std::map<std::string, uint32_t> number_of;               // by location
};

class ModelTemplate final : public TemplateFile {
 public:
  // `number_of[i]` is the initializer of tensor i.
  ModelTemplate(Facts facts, Model model, std::vector<FixedData> fixed,
                std::vector<size_t> number_of, ModelFiles files, const Limits& limits)
      : TemplateFile(std::move(facts)),
        model_(std::make_shared<const Model>(std::move(model))),
        fixed_(std::move(fixed)),
        number_of_(std::move(number_of)),
        readers_(std::move(files.readers)),
        file_of_(std::move(files.number_of)),
        limits_(limits) {}

  absl::StatusOr<std::unique_ptr<OutputLayout>> LayOut(
      std::string_view name, const std::vector<OutputTensor>& tensors) const override {
    WEFT_ASSIGN_OR_RETURN(const std::vector<size_t> numbers, Match(tensors));
    std::vector<TensorPlace> places;
    std::vector<std::vector<FileRange>> written(readers_.size());
    std::vector<bool> is_written(model_->initializers.size());
    Diagnostics diagnostics;
    for (const size_t number : numbers) {
      const Initializer& initializer = model_->initializers[number_of_[number]];
      is_written[number_of_[number]] = true;
      diagnostics.Add(CheckMayChange(initializer));
      const TensorPlace& place = places.emplace_back(PlaceOf(initializer));
      written[place.file].insert(written[place.file].end(), place.ranges.begin(),
                                 place.ranges.end());
    }
    CheckDisjoint(is_written, diagnostics);
    WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());

    std::vector<OutputLayout::File> files(readers_.size());
    files[0].path = name;
    for (const auto& [location, file] : file_of_) files[file].path = location;
    for (size_t i = 0; i < files.size(); ++i) {
      files[i].size_bytes = readers_[i]->size_bytes();
      files[i].kept = AllBut(std::move(written[i]), readers_[i]);
    }
    return std::make_unique<ModelLayout>(std::move(files), std::move(places), model_, limits_);
  }

 private:
  // Bytes of a tensor, and whether it gets a value.
  struct Owned {
    FileRange range;
    const std::string* name = nullptr;
    bool is_written = false;
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

  // What is written may be no one else's: neither of what gets another value nor of what stays.
  void CheckDisjoint(const std::vector<bool>& is_written, Diagnostics& diagnostics) const {
    std::vector<std::vector<Owned>> owned(readers_.size());
    for (size_t i = 0; i < model_->initializers.size(); ++i) {
      const Initializer& initializer = model_->initializers[i];
      const TensorPlace place = PlaceOf(initializer);
      for (const FileRange& range : place.ranges) {
        owned[place.file].push_back({range, &initializer.name, is_written[i]});
      }
    }
    for (const FixedData& data : fixed_) {
      const External& external = data.external;
      if (external.size_bytes == 0) continue;
      owned[file_of_.at(external.location)].push_back(
          {{external.offset_bytes, external.size_bytes}, &data.name, false});
    }
    for (std::vector<Owned>& ranges : owned) CheckDisjoint(ranges, diagnostics);
  }

  void CheckDisjoint(std::vector<Owned>& ranges, Diagnostics& diagnostics) const {
    std::sort(ranges.begin(), ranges.end(), [](const Owned& a, const Owned& b) {
      return a.range.offset_bytes < b.range.offset_bytes;
    });
    // Of the ranges so far, those that reach farthest.
    const Owned* written = nullptr;
    const Owned* kept = nullptr;
    for (const Owned& range : ranges) {
      const auto reaches = [&](const Owned* other) {
        return other != nullptr && other->range.end_bytes() > range.range.offset_bytes;
      };
      if (range.is_written && reaches(kept)) AddShared(*kept, range, diagnostics);
      if (reaches(written)) AddShared(range, *written, diagnostics);
      const Owned*& farthest = range.is_written ? written : kept;
      if (farthest == nullptr || farthest->range.end_bytes() < range.range.end_bytes()) {
        farthest = &range;
      }
    }
  }

  void AddShared(const Owned& one, const Owned& written, Diagnostics& diagnostics) const {
    diagnostics.Add(ErrorCode::kUnsupportedFeature,
                    absl::StrFormat("%s: tensor '%s'", readers_[0]->where(), Escaped(*one.name)),
                    absl::StrFormat("shares data with '%s', so that %s", Escaped(*written.name),
                                    one.is_written ? "both cannot get values of their own"
                                                   : "it would change, too"),
                    "save the model anew, with data of its own for each tensor");
  }

  std::shared_ptr<const Model> model_;
  std::vector<FixedData> fixed_;
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
  tensor.guessed = names.is_transposed;
  if (names.is_transposed) tensor.axes = {1, 0};
  return tensor;
}

// Opens all that data of the model lie in, and notes it in `facts`. What is fixed gets its size.
absl::StatusOr<ModelFiles> OpenFiles(const OpenFile& file, const Model& model,
                                     std::vector<FixedData>& fixed, TemplateFile::Facts& facts) {
  ModelFiles files;
  files.readers.push_back(file.reader);
  facts.files.push_back({file.path, SplitAtName(file.path).name, file.reader->size_bytes()});
  facts.open_files.push_back(file.file);
  // The size of the file that has the data of a tensor.
  const auto open = [&](std::string_view tensor,
                        const External& external) -> absl::StatusOr<uint64_t> {
    const auto [found, is_new] =
        files.number_of.emplace(external.location, static_cast<uint32_t>(files.readers.size()));
    if (is_new) {
      WEFT_ASSIGN_OR_RETURN(InputFile input, OpenExternal(file, tensor, external.location));
      const OpenFile opened = OpenFileOf(std::move(input));
      facts.files.push_back({opened.path, external.location, opened.reader->size_bytes()});
      facts.open_files.push_back(opened.file);
      files.readers.push_back(opened.reader);
    }
    return files.readers[found->second]->size_bytes();
  };
  Diagnostics diagnostics;
  for (const Initializer& initializer : model.initializers) {
    if (!initializer.external.has_value()) continue;
    WEFT_ASSIGN_OR_RETURN(const uint64_t file_bytes, open(initializer.name, *initializer.external));
    diagnostics.Add(CheckExternal(initializer.name, *initializer.external, file_bytes));
  }
  for (FixedData& data : fixed) {
    External& external = data.external;
    WEFT_ASSIGN_OR_RETURN(const uint64_t file_bytes, open(data.name, external));
    diagnostics.Add(CheckExternal(data.name, external, file_bytes));
    if (data.reaches_end && external.offset_bytes <= file_bytes) {
      external.size_bytes = file_bytes - external.offset_bytes;
    }
  }
  WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
  return files;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const TemplateFile>> OpenTemplate(const OpenFile& file,
                                                                 const OpenOptions& options) {
  WEFT_ASSIGN_OR_RETURN(Model model, Read(*file.reader, options.limits));
  WEFT_ASSIGN_OR_RETURN(StateNameTable names,
                        ReadStateNames(*file.reader, model.initializers, options.limits));
  WEFT_ASSIGN_OR_RETURN(std::vector<FixedData> fixed, ReadFixedData(*file.reader, options.limits));
  TemplateFile::Facts facts;
  facts.path = file.path;
  facts.format = "onnx";
  facts.extensions = kExtensions;
  WEFT_ASSIGN_OR_RETURN(ModelFiles files, OpenFiles(file, model, fixed, facts));

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
  return std::make_shared<const ModelTemplate>(std::move(facts), std::move(model), std::move(fixed),
                                               std::move(order), std::move(files), options.limits);
}

}  // namespace weft::onnx
