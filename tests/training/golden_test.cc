// What the original programs saved, and what they make of it.
#include <catch2/catch.hpp>

#include "golden/cases.h"
#include "training/opened.h"

namespace weft::test {
namespace {

std::string Seeds() { return SharedGoldenFolder() + "/seeds/"; }

void CheckDirectory(const std::string& name) {
  const std::string folder = Seeds() + name;
  const FileTensors expected = ReadSafetensors(folder + "/expected_fp32.safetensors");
  INFO(name);
  CheckSame(TensorsOf(Opened(folder + "/exp")), expected);
  CheckSame(TensorsOf(Opened(folder + "/exp/epoch_1_whole")), expected);
}

void CheckAlias(const std::string& path, const std::string& a, const std::string& b) {
  const Checkpoint checkpoint = Opened(path);
  const TensorInfo& first = TensorNamed(checkpoint, a);
  const TensorInfo& second = TensorNamed(checkpoint, b);
  CHECK(first.file == second.file);
  CHECK(first.offset_bytes == second.offset_bytes);
}

TEST_CASE("golden: DeepSpeed's directories are its own script's output", "[training]") {
  if (SharedGoldenFolder().empty()) return;
  for (const char* const name :
       {"train_deepspeed_zero0_w2", "train_deepspeed_zero2_w2", "train_deepspeed_zero2_w3",
        "train_deepspeed_zero3_w2", "train_deepspeed_zero3_bf16_w2"}) {
    CheckDirectory(name);
    CheckAlias(Seeds() + name + "/exp", "embed.weight", "lm_head.weight");
  }
}

TEST_CASE("golden: files of DistributedDataParallel, with its prefix and without", "[training]") {
  if (SharedGoldenFolder().empty()) return;
  const std::string folder = Seeds() + "train_ddp/";
  const FileTensors expected = ReadSafetensors(folder + "expected.safetensors");
  for (const char* const name : {"exp/epoch_2_whole.pt", "raw_ddp_state_dict.pt"}) {
    const Checkpoint checkpoint = Opened(folder + name).Unwrapped();
    CheckSame(TensorsOf(checkpoint), expected);
    CHECK(checkpoint.catalog()->metadata.at("epoch") == "2");
    CHECK(checkpoint.catalog()->metadata.at("step") == "1199");
  }
}

TEST_CASE("golden: EnCodec's best_state is its state dict, wrapped", "[training]") {
  if (SharedGoldenFolder().empty()) return;
  const std::string folder = Seeds() + "encodec_32khz/";
  const Checkpoint wrapped = Opened(folder + "best_state.th");
  CHECK(wrapped.wrapper() == "best_state.");
  CheckSame(TensorsOf(wrapped.Unwrapped()), TensorsOf(Opened(folder + "original.th")));
}

}  // namespace
}  // namespace weft::test
