#include "containers/containers.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <string_view>
#include <utility>

namespace weft::test {
namespace {

constexpr uint64_t kUnlimited = UINT64_MAX;
constexpr uint64_t kShardBytes = 700;
constexpr std::string_view kUnsupported = "UNSUPPORTED_FEATURE";

bool IsOneOf(const std::string& text, std::initializer_list<std::string_view> texts) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

std::vector<std::string> ComponentsOf(const std::string& name) {
  std::vector<std::string> components(1);
  for (const char c : name) {
    if (c == '/') {
      components.emplace_back();
    } else {
      components.back() += c;
    }
  }
  return components;
}

std::string VerdictOfTorch(const FileTensor& tensor) {
  if (IsOneOf(tensor.dtype, {"F6_E2M3", "F6_E3M2"})) return std::string(kUnsupported);
  const bool is_pair = tensor.shape.empty() || tensor.shape.back() % 2 != 0;
  return tensor.dtype == "F4" && is_pair ? std::string(kUnsupported) : "OK";
}

bool IsOfMindSpore(const std::string& dtype) {
  return IsOneOf(dtype, {"BOOL", "I8", "I16", "I32", "I64", "U8", "U16", "U32", "U64", "F16",
                         "BF16", "F32", "F64"});
}

bool IsOfNumpy(const std::string& dtype) { return IsOfMindSpore(dtype) || dtype == "C64"; }

std::string VerdictOfNpz(const std::string& name, const FileTensor& tensor) {
  if (!IsOfNumpy(tensor.dtype)) return std::string(kUnsupported);
  const std::vector<std::string> components = ComponentsOf(name + ".npy");
  const bool is_unsafe =
      name.find('\0') != std::string::npos || name.find('\\') != std::string::npos ||
      (name.size() > 1 && name[1] == ':') ||
      std::any_of(components.begin(), components.end(),
                  [](const std::string& component) { return IsOneOf(component, {"", ".", ".."}); });
  if (is_unsafe) return "UNSAFE_PATH";
  return name.size() > 65'535 - 4 ? "BAD_NAME" : "OK";
}

std::string VerdictOfNpyDirectory(const std::string& name, const FileTensor& tensor) {
  if (!IsOfNumpy(tensor.dtype)) return std::string(kUnsupported);
  const std::vector<std::string> components = ComponentsOf(name + ".npy");
  const bool is_long =
      std::any_of(components.begin(), components.end(),
                  [](const std::string& component) { return component.size() > 255; });
  return name.empty() || is_long ? "BAD_NAME" : "OK";
}

uint64_t ElementBytesOf(const std::string& dtype, uint64_t elements) {
  return elements * static_cast<uint64_t>(BitsOf(*DTypeFromName(dtype))) / 8;
}

}  // namespace

const std::vector<Container>& Containers() {
  static const auto* const kContainers = new std::vector<Container>{
      {Family::kSafetensors, "safetensors file", "c.safetensors", "", kUnlimited},
      {Family::kSafetensors, "safetensors directory", "c", "safetensors", kShardBytes},
      {Family::kPyTorch, "PyTorch file", "c.pt", "", kUnlimited},
      {Family::kPyTorch, "PyTorch directory", "c", "pytorch", kShardBytes},
      {Family::kMindSpore, "MindSpore file", "c.ckpt", "mindspore", kUnlimited},
      {Family::kMindSporeSafetensors, "MindSpore safetensors directory", "c",
       "mindspore-safetensors", kShardBytes},
      {Family::kNpz, "npz file", "c.npz", "", kUnlimited},
      {Family::kNpyDirectory, "npy directory", "c", "npy-dir", kUnlimited},
  };
  return *kContainers;
}

std::string VerdictOf(Family family, const std::string& name, const FileTensor& tensor) {
  switch (family) {
    case Family::kSafetensors:
      return name == "__metadata__" ? "BAD_NAME" : "OK";
    case Family::kPyTorch:
      return VerdictOfTorch(tensor);
    case Family::kMindSpore:
      if (!IsOfMindSpore(tensor.dtype)) return std::string(kUnsupported);
      return tensor.shape == std::vector<int64_t>{0} ? std::string(kUnsupported) : "OK";
    case Family::kMindSporeSafetensors:
      if (!IsOfMindSpore(tensor.dtype)) return std::string(kUnsupported);
      return name == "__metadata__" ? "BAD_NAME" : "OK";
    case Family::kNpz:
      return VerdictOfNpz(name, tensor);
    case Family::kNpyDirectory:
      return VerdictOfNpyDirectory(name, tensor);
  }
  return "";
}

const std::vector<std::string>& OddNames() {
  static const auto* const kNames = new std::vector<std::string>{
      "",
      "a",
      "a/b",
      "a/b.c/d",
      "a.npy",
      "a.npy/b",
      "a.npy/b.npy",
      ".hidden",
      "a/.hidden",
      "..",
      "../escaped",
      "a/../b",
      "./a",
      "a//b",
      "/rooted",
      "ends/",
      "100%",
      "%41",
      "%2E",
      "%",
      "back\\slash",
      "c:drive",
      "with space",
      "two\nlines",
      "\ttab\x7F",
      "\"quoted\" 'twice'",
      std::string("nul\0", 4),
      std::string("nul\0inside", 10),
      "層.重み",
      "e\xCC\x81",
      "\xC3\xA9",
      "\xF0\x9F\xA7\xB5.weight",
      "\xEF\xBB\xBFmark",
      "A",
      "layers.01",
      "layers.1",
      "_metadata",
      "crc_num",
      "data.pkl",
      "version",
      "__class__",
      "0",
      "-1",
      "True",
      "a[0]",
      "{p*}",
      std::string(252, 'l') + "/" + std::string(251, 'm'),
      std::string(250, 'n'),
      std::string(3'000, 'o'),
  };
  return *kNames;
}

FileTensors RandomTensors(const std::vector<Family>& families, Random& random, int count) {
  FileTensors tensors;
  for (int i = 0; i < count; ++i) {
    FileTensor tensor;
    tensor.dtype = NameOf(static_cast<DType>(random.Below(kDTypeCount)));
    uint64_t elements = 1;
    for (uint64_t rank = random.Below(6); rank > 0; --rank) {
      const uint64_t size = random.Chance(12) ? 0 : random.Between(1, random.Chance(4) ? 9 : 4);
      tensor.shape.push_back(static_cast<int64_t>(size));
      elements *= size;
    }
    // What of a byte is left is filled.
    while (elements * static_cast<uint64_t>(BitsOf(*DTypeFromName(tensor.dtype))) % 8 != 0) {
      tensor.shape.push_back(2);
      elements *= 2;
    }
    tensor.data = random.Bytes(ElementBytesOf(tensor.dtype, elements));
    std::string name = "layers." + std::to_string(random.Below(12)) + ".weight";
    if (random.Chance(3)) name = random.Pick(OddNames());
    if (random.Chance(3)) name += "." + std::to_string(i);
    const bool is_held = std::all_of(families.begin(), families.end(), [&](Family family) {
      return VerdictOf(family, name, tensor) == "OK";
    });
    if (is_held) tensors[name] = std::move(tensor);
  }
  return tensors;
}

absl::Status Rewrite(const std::string& source, const std::string& destination,
                     const Container& container, Random& random) {
  const absl::StatusOr<Checkpoint> checkpoint = Checkpoint::Open(source);
  if (!checkpoint.ok()) return checkpoint.status();
  const absl::StatusOr<Plan> plan = Compile({Mapping::Identity()}, checkpoint->catalog());
  if (!plan.ok()) return plan.status();
  ConvertOptions options;
  options.format = container.format;
  options.max_shard_bytes = container.max_shard_bytes;
  options.threads = random.Pick(std::array<int, 3>{1, 2, 4});
  options.memory_bytes = random.Chance(2) ? 1 : uint64_t{64} << 20;
  options.io = random.Pick(std::array<Io, 3>{Io::kAuto, Io::kPread, Io::kMmap});
  options.sync = false;
  return Convert(*plan, *checkpoint, destination, options).status();
}

FileTensors LoadTensors(const std::string& path, Random& random) {
  const absl::StatusOr<Checkpoint> checkpoint = Checkpoint::Open(path);
  INFO(checkpoint.status());
  REQUIRE(checkpoint.ok());
  const absl::StatusOr<Plan> plan = Compile({Mapping::Identity()}, checkpoint->catalog());
  INFO(plan.status());
  REQUIRE(plan.ok());
  LoadOptions options;
  options.threads = random.Pick(std::array<int, 3>{1, 2, 4});
  options.memory_bytes = random.Chance(2) ? 1 : uint64_t{64} << 20;
  options.io = random.Pick(std::array<Io, 3>{Io::kAuto, Io::kPread, Io::kMmap});
  options.borrow = random.Chance(2);
  const absl::StatusOr<LoadedCheckpoint> loaded = Load(*plan, *checkpoint, options);
  INFO(loaded.status());
  REQUIRE(loaded.ok());
  FileTensors tensors;
  for (const LoadedTensor& tensor : loaded->tensors) {
    FileTensor& copy = tensors[tensor.name];
    copy.dtype = NameOf(tensor.dtype);
    copy.shape.assign(tensor.shape.begin(), tensor.shape.end());
    if (tensor.size_bytes > 0) copy.data.assign(tensor.data, tensor.size_bytes);
  }
  return tensors;
}

}  // namespace weft::test
