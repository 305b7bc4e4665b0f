#include "language/conversion.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "weft/checkpoint.h"
#include "weft/convert.h"
#include "weft/diagnostic.h"
#include "weft/load.h"
#include "weft/mapping_library.h"

namespace weft::test {
namespace {

template <typename T>
FileTensor TensorOf(const char* dtype, const std::vector<int64_t>& shape,
                    const std::vector<T>& values) {
  int64_t elements = 1;
  for (const int64_t size : shape) elements *= size;
  REQUIRE(static_cast<size_t>(elements) == values.size());
  FileTensor tensor{dtype, shape, std::string(values.size() * sizeof(T), '\0')};
  if (!values.empty()) std::memcpy(tensor.data.data(), values.data(), tensor.data.size());
  return tensor;
}

Lines LinesOf(const absl::Status& status) {
  Lines lines;
  for (const Diagnostic& diagnostic : DiagnosticsOf(status)) {
    lines.push_back(std::string(NameOf(diagnostic.code)) + " " + TextOf(diagnostic));
  }
  return lines;
}

FileTensors TensorsOf(const LoadedCheckpoint& loaded) {
  FileTensors tensors;
  for (const LoadedTensor& tensor : loaded.tensors) {
    tensors[tensor.name] = {
        std::string(NameOf(tensor.dtype)),
        {tensor.shape.begin(), tensor.shape.end()},
        tensor.data == nullptr ? "" : std::string(tensor.data, tensor.size_bytes)};
  }
  return tensors;
}

}  // namespace

FileTensor F32(const std::vector<int64_t>& shape, const std::vector<float>& values) {
  return TensorOf("F32", shape, values);
}

FileTensor BF16(const std::vector<int64_t>& shape, const std::vector<uint16_t>& values) {
  return TensorOf("BF16", shape, values);
}

Conversion& Conversion::Add(const std::string& name, const std::string& json) {
  added_[name] = json;
  return *this;
}

Conversion& Conversion::Set(const std::string& name, const std::string& value) {
  options_.set[name] = value;
  return *this;
}

Conversion& Conversion::Unset() {
  options_.set.clear();
  return *this;
}

Conversion& Conversion::DTypeOfOutput(DType dtype) {
  options_.dtype = dtype;
  return *this;
}

Conversion& Conversion::KeepDTypes() {
  options_.keep_dtypes = true;
  return *this;
}

Conversion& Conversion::Write(const std::string& name, const FileTensors& tensors,
                              const std::string& config) {
  std::filesystem::create_directories(directory_ / name);
  WriteSafetensors(FileOf(name, "model.safetensors"), tensors);
  if (!config.empty()) WriteFile(FileOf(name, "config.json"), config);
  return *this;
}

Lines Conversion::Convert(const std::string& source, const std::string& destination,
                          Direction direction) {
  const absl::StatusOr<Checkpoint> checkpoint = Checkpoint::Open(directory_ / source);
  REQUIRE(checkpoint.ok());
  MappingLibrary library;
  REQUIRE(library.AddDirectory(WEFT_SOURCE_DIR "/tests/language/mappings").ok());
  for (const auto& [name, json] : added_) library.Add(name, json);
  const absl::StatusOr<Mapping> mapping = library.Find(mapping_);
  if (!mapping.ok()) return LinesOf(mapping.status());

  CompileOptions options = options_;
  options.direction = direction;
  const std::string config = FileOf(source, "config.json");
  if (std::filesystem::exists(config)) options.config_json = ReadFile(config);
  absl::StatusOr<Plan> plan = Compile({*mapping}, checkpoint->catalog(), options);
  if (!plan.ok()) return LinesOf(plan.status());
  plan_ = *std::move(plan);

  ConvertOptions convert;
  convert.threads = 1;
  convert.sync = false;
  const Lines before = ListTree(directory_.path());
  const auto report = weft::Convert(plan_, *checkpoint, directory_ / destination, convert);
  if (!report.ok()) {
    CHECK(ListTree(directory_.path()) == before);
    return LinesOf(report.status());
  }
  warnings_ = report->warnings;
  const absl::StatusOr<LoadedCheckpoint> loaded = Load(plan_, *checkpoint, LoadOptions{});
  REQUIRE(loaded.ok());
  CheckSame(test::TensorsOf(*loaded), TensorsOf(destination));
  return {};
}

void Conversion::Expect(const std::string& source, const std::string& destination,
                        Direction direction, const FileTensors& expected) {
  INFO(mapping_ << ": " << source << " to " << destination);
  for (const std::string& error : Convert(source, destination, direction)) FAIL_CHECK(error);
  REQUIRE(std::filesystem::exists(directory_ / destination));
  CheckSame(TensorsOf(destination), expected);
}

void Conversion::ThereAndBack(const FileTensors& left, const FileTensors& right,
                              const std::string& config) {
  ThereAndBackRecorded(left, right, config);
  Write("right", right, config);
  Expect("right", "reverse", Direction::kReverse, left);
}

void Conversion::ThereAndBackRecorded(const FileTensors& left, const FileTensors& right,
                                      const std::string& config) {
  Write("left", left, config);
  Expect("left", "forward", Direction::kForward, right);
  CHECK(plan_.exactness_reasons.empty());
  const auto set = std::exchange(options_.set, {});
  Expect("forward", "back", Direction::kReverse, left);
  CHECK(plan_.exactness_reasons.empty());
  options_.set = set;
}

std::string Conversion::FileOf(const std::string& name, const std::string& file) const {
  return directory_ / (name + "/" + file);
}

FileTensors Conversion::TensorsOf(const std::string& name) const {
  return ReadDirectory(directory_ / name);
}

std::string Conversion::JsonOf(const std::string& name, const std::string& file) const {
  return nlohmann::json::parse(ReadFile(FileOf(name, file))).dump();
}

Texts Conversion::MetadataOf(const std::string& name) const {
  return ReadMetadata(FileOf(name, "model.safetensors"));
}

}  // namespace weft::test
