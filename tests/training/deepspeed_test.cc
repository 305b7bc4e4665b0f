// Directories that the ranks of a DeepSpeed run save.
#include <catch2/catch.hpp>
#include <filesystem>

#include "files/temporary_directory.h"
#include "formats/deepspeed/rank_file.h"
#include "training/opened.h"

namespace weft::test {
namespace {

using deepspeed::ParseRankFile;
using deepspeed::RankFile;

FileTensors Expected(const std::string& name) {
  return ReadSafetensors(CasePath("deepspeed/" + name + ".safetensors"));
}

Checkpoint Case(const std::string& name) { return Opened(CasePath("deepspeed/" + name)); }

std::string Wrong(const std::string& name) { return CasePath("deepspeed/wrong/" + name); }

bool SamePlace(const TensorInfo& a, const TensorInfo& b) {
  return a.file == b.file && a.offset_bytes == b.offset_bytes;
}

TEST_CASE("deepspeed: names of files say rank and kind", "[training]") {
  const auto model = ParseRankFile("mp_rank_00_model_states.pt");
  REQUIRE(model);
  CHECK(model->kind == RankFile::Kind::kModel);
  CHECK_FALSE(model->rank.has_value());
  const auto optimizer = ParseRankFile("bf16_zero_pp_rank_12_mp_rank_03_optim_states.pt");
  REQUIRE(optimizer);
  CHECK(optimizer->kind == RankFile::Kind::kOptimizer);
  CHECK(optimizer->rank == uint64_t{12});
  CHECK(optimizer->model_rank == 3);
  CHECK(optimizer->NameOf(7) == "bf16_zero_pp_rank_7_mp_rank_03_optim_states.pt");
  CHECK(ParseRankFile("zero_pp_rank_0_mp_rank_00optim_states.pt"));
  for (const char* const name :
       {"layer_00-model_states.pt", "layer_1_expert_0_mp_rank_00_model_states.pt",
        "expp_rank_0_mp_rank_00_optim_states.pt", "mp_rank_00_optim_states.pt",
        "zero_pp_rank__mp_rank_00_model_states.pt", "zero_pp_rank_1_mp_rank_x_model_states.pt",
        "zero_pp_rank_99999999999999999999_mp_rank_00_optim_states.pt"}) {
    INFO(name);
    CHECK_FALSE(ParseRankFile(name));
    CHECK(deepspeed::IsPart(name));
  }
  for (const char* const name :
       {"mp_rank_00.pt", "my_model_states.pt", "bf16_mp_rank_00_model_states.pt"}) {
    INFO(name);
    CHECK_FALSE(deepspeed::IsPart(name));
  }
}

TEST_CASE("deepspeed: groups that are split over the ranks are put together", "[training]") {
  const Checkpoint checkpoint = Case("groups");
  CHECK(checkpoint.catalog()->format == "deepspeed");
  CheckSame(TensorsOf(checkpoint), Expected("groups"));
  CHECK(checkpoint.catalog()->metadata.at("epoch") == "4");
  CHECK(checkpoint.catalog()->metadata.count("param_shapes.0.weight") == 0);
  CHECK(checkpoint.catalog()->metadata.count("buffer_names") == 0);
}

TEST_CASE("deepspeed: a tensor that one rank has whole lies in its file", "[training]") {
  const Checkpoint checkpoint = Case("groups");
  const Catalog& catalog = *checkpoint.catalog();
  CHECK_FALSE(catalog.files[TensorNamed(checkpoint, "scalar").file].is_decoded());
  CHECK(catalog.files[TensorNamed(checkpoint, "weight").file].is_decoded());
  CHECK(SamePlace(TensorNamed(checkpoint, "weight"), TensorNamed(checkpoint, "alias")));
}

TEST_CASE("deepspeed: files of the old kind and deflated ones are read alike", "[training]") {
  CheckSame(TensorsOf(Case("groups_legacy")), Expected("groups"));
  CheckSame(TensorsOf(Case("groups_deflated")), Expected("groups_of_bf16"));
}

TEST_CASE("deepspeed: parameters that are each split over the ranks are put together",
          "[training]") {
  const Checkpoint checkpoint = Case("each");
  CheckSame(TensorsOf(checkpoint), Expected("groups_of_bf16"));
  CHECK(SamePlace(TensorNamed(checkpoint, "weight"), TensorNamed(checkpoint, "alias")));
  for (const TensorInfo& tensor : checkpoint.catalog()->tensors) {
    INFO(tensor.name);
    const std::string whole = BytesInSteps(checkpoint, tensor, 1U << 20U);
    CHECK(BytesInSteps(checkpoint, tensor, 1) == whole);
    CHECK(BytesInSteps(checkpoint, tensor, 7) == whole);
  }
}

TEST_CASE("deepspeed: the file latest leads to the folder that is meant", "[training]") {
  const Checkpoint checkpoint = Case("run");
  CheckSame(TensorsOf(checkpoint), Expected("groups_of_bf16"));
  CHECK(checkpoint.directory() == CasePath("deepspeed/run"));
  CheckSame(TensorsOf(Case("run/global_step12")), Expected("groups_of_bf16"));
}

TEST_CASE("deepspeed: a file latest that leads nowhere is a file like others", "[training]") {
  const TemporaryDirectory directory;
  for (const char* const text : {"../deepspeed", "/etc", "", "."}) {
    WriteFile(directory / "latest", text);
    CHECK(ErrorOfOpening(directory.path().string()).code == ErrorCode::kUnknownFormat);
  }
  WriteSafetensors(directory / "model.safetensors", {{"w", Counting({2}, 0)}});
  CHECK(Opened(directory.path().string()).catalog()->format == "safetensors");
}

TEST_CASE("deepspeed: beside other weights there are two checkpoints", "[training]") {
  const TemporaryDirectory directory;
  std::filesystem::copy(CasePath("deepspeed/run"), directory.path(),
                        std::filesystem::copy_options::recursive);
  WriteSafetensors(directory / "model.safetensors", {{"w", Counting({2}, 0)}});
  const OpenError error = ErrorOfOpening(directory.path().string());
  CHECK(error.code == ErrorCode::kSeveralCheckpoints);
  CHECK(error.message.find("model.safetensors") != std::string::npos);
  CHECK(error.message.find("_model_states.pt") != std::string::npos);
  CheckSame(TensorsOf(Opened(directory / "latest")), Expected("groups_of_bf16"));
  CHECK(Opened(directory / "model.safetensors").catalog()->format == "safetensors");
}

TEST_CASE("deepspeed: what old versions do not say is found in the module", "[training]") {
  const Checkpoint checkpoint = Case("old");
  CheckSame(TensorsOf(checkpoint), Expected("old"));
  CHECK(SamePlace(TensorNamed(checkpoint, "weight"), TensorNamed(checkpoint, "alias")));
  bool is_told = false;
  for (const std::string& warning : checkpoint.warnings()) {
    is_told = is_told || warning.find("'forgotten'") != std::string::npos;
  }
  CHECK(is_told);
}

TEST_CASE("deepspeed: buffers of integers are told", "[training]") {
  const Checkpoint checkpoint = Case("groups");
  bool is_told = false;
  for (const std::string& warning : checkpoint.warnings()) {
    is_told = is_told || warning.find("flags, steps") != std::string::npos;
  }
  CHECK(is_told);
}

TEST_CASE("deepspeed: every rank's file must be there", "[training]") {
  CHECK(Refuses(Wrong("rank_missing"), ErrorCode::kMissingPart,
                "zero_pp_rank_1_mp_rank_00_optim_states.pt"));
  CHECK(Refuses(Wrong("last_rank_missing"), ErrorCode::kMissingPart,
                "zero_pp_rank_1_mp_rank_00_optim_states.pt"));
  CHECK(Refuses(Wrong("model_rank_missing"), ErrorCode::kMissingPart,
                "zero_pp_rank_1_mp_rank_00_model_states.pt"));
  CHECK(Refuses(Wrong("model_missing"), ErrorCode::kMissingPart, "mp_rank_00_model_states.pt"));
  CHECK(Refuses(Wrong("optimizer_missing"), ErrorCode::kMissingPart, "optim_states.pt"));
  CHECK(
      Refuses(Wrong("fragment_missing"), ErrorCode::kMissingPart, "frozen_param_fragments.fixed"));
  CHECK(Refuses(Wrong("shared_unsaid"), ErrorCode::kMissingPart, "'alias'"));
}

TEST_CASE("deepspeed: parts must make up the tensors", "[training]") {
  CHECK(Refuses(Wrong("part_short"), ErrorCode::kSizeMismatch, "group 0"));
  CHECK(Refuses(Wrong("part_long"), ErrorCode::kSizeMismatch, "group 1"));
  CHECK(Refuses(Wrong("part_of_each_short"), ErrorCode::kSizeMismatch, "zero_pp_rank_1"));
  CHECK(Refuses(Wrong("group_missing"), ErrorCode::kSizeMismatch, "zero_pp_rank_1"));
  CHECK(Refuses(Wrong("shape_differs"), ErrorCode::kBadShape, "'weight'"));
  CHECK(Refuses(Wrong("shape_huge"), ErrorCode::kBadShape, "'weight'"));
}

TEST_CASE("deepspeed: files must be of one run", "[training]") {
  CHECK(Refuses(Wrong("counts_differ"), ErrorCode::kSizeMismatch, "one of 3 parts"));
  CHECK(Refuses(Wrong("stages_differ"), ErrorCode::kSizeMismatch, "of another kind"));
  CHECK(Refuses(Wrong("name_differs"), ErrorCode::kBadHeaderSyntax, "'weight_'"));
  CHECK(Refuses(Wrong("owner_unknown"), ErrorCode::kBadHeaderSyntax, "'nobody'"));
  const TemporaryDirectory directory;
  std::filesystem::copy(CasePath("deepspeed/groups_legacy"), directory.path(),
                        std::filesystem::copy_options::recursive);
  std::filesystem::copy(directory / "zero_pp_rank_1_mp_rank_00_optim_states.pt",
                        directory / "zero_pp_rank_2_mp_rank_00_optim_states.pt");
  CHECK(Refuses(directory.path().string(), ErrorCode::kBadHeaderSyntax, "rank 2"));
}

TEST_CASE("deepspeed: models that are split themselves are refused by name", "[training]") {
  CHECK(Refuses(Wrong("model_split"), ErrorCode::kUnsupportedFeature, "mp_rank_01"));
  CHECK(Refuses(Wrong("count_of_experts"), ErrorCode::kUnsupportedFeature, "experts"));
  const TemporaryDirectory directory;
  WriteFile(directory / "layer_00-model_00-model_states.pt", "");
  CHECK(Refuses(directory.path().string(), ErrorCode::kUnsupportedFeature, "pipeline"));
}

}  // namespace
}  // namespace weft::test
