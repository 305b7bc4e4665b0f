#include "training/opened.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "files/temporary_directory.h"
#include "weft/weft.h"

namespace weft::test {

std::string CasePath(const std::string& name) {
  return std::string(WEFT_SOURCE_DIR) + "/tests/training/" + name;
}

Checkpoint Opened(const std::string& path) {
  absl::StatusOr<Checkpoint> checkpoint = Checkpoint::Open(path);
  INFO(path << ": " << checkpoint.status());
  REQUIRE(checkpoint.ok());
  return *std::move(checkpoint);
}

OpenError ErrorOfOpening(const std::string& path) {
  const absl::StatusOr<Checkpoint> checkpoint = Checkpoint::Open(path);
  INFO(path);
  REQUIRE_FALSE(checkpoint.ok());
  return {DiagnosticsOf(checkpoint.status())[0].code, std::string(checkpoint.status().message())};
}

bool Refuses(const std::string& path, ErrorCode code, const std::string& text) {
  const absl::StatusOr<Checkpoint> checkpoint = Checkpoint::Open(path);
  UNSCOPED_INFO(path << ": " << checkpoint.status());
  const std::vector<Diagnostic> found = DiagnosticsOf(checkpoint.status());
  return std::any_of(found.begin(), found.end(), [&](const Diagnostic& diagnostic) {
    return diagnostic.code == code &&
           (diagnostic.where + ": " + diagnostic.what).find(text) != std::string::npos;
  });
}

FileTensors TensorsOf(const Checkpoint& checkpoint) {
  const TemporaryDirectory directory;
  const absl::StatusOr<Plan> plan = Compile({Mapping::Identity()}, checkpoint.catalog(), {});
  INFO(plan.status());
  REQUIRE(plan.ok());
  ConvertOptions options;
  options.sync = false;
  const std::string path = directory / "out.safetensors";
  const absl::StatusOr<ConvertReport> report = Convert(*plan, checkpoint, path, options);
  INFO(report.status());
  REQUIRE(report.ok());
  return ReadSafetensors(path);
}

std::string BytesInSteps(const Checkpoint& checkpoint, const TensorInfo& tensor,
                         uint64_t step_bytes) {
  std::string bytes(tensor.size_bytes, '\0');
  for (uint64_t at = 0; at < bytes.size(); at += step_bytes) {
    const uint64_t now = std::min<uint64_t>(step_bytes, bytes.size() - at);
    const absl::Status status =
        checkpoint.ReadAt(tensor.file, tensor.offset_bytes + at, now, bytes.data() + at);
    INFO(status);
    REQUIRE(status.ok());
  }
  return bytes;
}

const TensorInfo& TensorNamed(const Checkpoint& checkpoint, const std::string& name) {
  const std::vector<TensorInfo>& tensors = checkpoint.catalog()->tensors;
  const auto found = std::find_if(tensors.begin(), tensors.end(),
                                  [&](const TensorInfo& tensor) { return tensor.name == name; });
  INFO(name);
  REQUIRE(found != tensors.end());
  return *found;
}

}  // namespace weft::test
