// Checkpoints that do not fit the mapping: exit 1, a message that names the tensor, and no output.
#include <catch2/catch.hpp>
#include <string>

#include "end_to_end/mixtral_tiny.h"
#include "end_to_end/refusal.h"

namespace weft::test {
namespace {

const std::string kGateUp = "mixtral.json:15:5 (/stages/0/0), p=model.layers.1";
const std::string kDown = "mixtral.json:19:5 (/stages/0/1), p=model.layers.1";
const std::string kHole =
    "  hint: a list must run from 0 without holes, equally for all tensors of the rule; is a part "
    "of the checkpoint missing?";

}  // namespace

TEST_CASE("refused: the last expert is missing, which only the config tells", "[end_to_end]") {
  FileTensors tensors = MixtralTiny();
  EraseExpert(tensors, 1, 3);
  const Refusal refusal = Refuse({tensors});
  CHECK(refusal.exit_code == 1);
  CHECK(refusal.line(0) == "error[INCOMPLETE_LIST] " + kGateUp +
                               ": the list over e has 3 tensors; the config or params say 4");
  CHECK(refusal.line(1) == "  hint: is a part of the checkpoint missing?");
  CHECK(refusal.line(2) == "error[INCOMPLETE_LIST] " + kDown +
                               ": the list over e has 3 tensors; the config or params say 4");
}

TEST_CASE("refused: one weight of one expert is missing", "[end_to_end]") {
  FileTensors tensors = MixtralTiny();
  tensors.erase(ExpertName(1, 2, "w2"));
  const Refusal refusal = Refuse({tensors});
  CHECK(refusal.exit_code == 1);
  CHECK(refusal.line(0) ==
        "error[INCOMPLETE_LIST] " + kDown +
            ": the list of \"{p*}.block_sparse_moe.experts.{e}.w2.weight\" has a hole: 3 tensors "
            "for e=0..3; missing: 'model.layers.1.block_sparse_moe.experts.2.w2.weight'");
  CHECK(refusal.line(1) == kHole);
  CHECK(refusal.lines.size() == 2);
}

TEST_CASE("refused: an expert is missing in the middle, in every list of it", "[end_to_end]") {
  FileTensors tensors = MixtralTiny();
  EraseExpert(tensors, 1, 1);
  const Refusal refusal = Refuse({tensors});
  CHECK(refusal.exit_code == 1);
  const auto line = [](const std::string& where, const std::string& weight) {
    return "error[INCOMPLETE_LIST] " + where +
           ": the list of \"{p*}.block_sparse_moe.experts.{e}." + weight +
           ".weight\" has a hole: 3 tensors for e=0..3; missing: '" + ExpertName(1, 1, weight) +
           "'";
  };
  CHECK(refusal.line(0) == line(kGateUp, "w1"));
  CHECK(refusal.line(2) == line(kGateUp, "w3"));
  CHECK(refusal.line(4) == line(kDown, "w2"));
  CHECK(refusal.lines.size() == 6);
}

TEST_CASE("refused: gate and up do not have the same experts", "[end_to_end]") {
  for (const int expert : {0, 2, 3}) {
    FileTensors tensors = MixtralTiny();
    tensors.erase(ExpertName(1, expert, "w3"));
    const Refusal refusal = Refuse({tensors});
    CHECK(refusal.exit_code == 1);
    CHECK(refusal.line(0) == "error[INDEX_SETS_DIFFER] " + kGateUp +
                                 ": the list of \"{p*}.block_sparse_moe.experts.{e}.w3.weight\" "
                                 "has a hole: 3 tensors for e=0..3; missing: '" +
                                 ExpertName(1, expert, "w3") + "'");
    CHECK(refusal.line(1) == kHole);
  }
}

TEST_CASE("refused: as many gates as ups, but of other experts", "[end_to_end]") {
  // Paired by position, which is all that the counts allow, three experts would be mixed up.
  FileTensors tensors = MixtralTiny();
  tensors.erase(ExpertName(0, 0, "w1"));
  tensors.erase(ExpertName(0, 3, "w3"));
  const Refusal refusal = Refuse({tensors});
  CHECK(refusal.exit_code == 1);
  const std::string where =
      "error[INDEX_SETS_DIFFER] mixtral.json:15:5 (/stages/0/0), p=model.layers.0";
  CHECK(refusal.line(0) ==
        where +
            ": the list of \"{p*}.block_sparse_moe.experts.{e}.w1.weight\" has a hole: 3 tensors "
            "for e=0..3; missing: 'model.layers.0.block_sparse_moe.experts.0.w1.weight'");
  CHECK(refusal.line(2) ==
        where +
            ": the list of \"{p*}.block_sparse_moe.experts.{e}.w3.weight\" has a hole: 3 tensors "
            "for e=0..3; missing: 'model.layers.0.block_sparse_moe.experts.3.w3.weight'");
}

TEST_CASE("refused: all gates of a layer are missing", "[end_to_end]") {
  FileTensors tensors = MixtralTiny();
  for (int expert = 0; expert < 4; ++expert) tensors.erase(ExpertName(1, expert, "w1"));
  const Refusal refusal = Refuse({tensors});
  CHECK(refusal.exit_code == 1);
  CHECK(refusal.line(0) ==
        "error[MISSING_TENSOR] " + kGateUp +
            ": tensor 'model.layers.1.block_sparse_moe.experts.0.w1.weight' is missing; the rule "
            "needs it beside 'model.layers.1.block_sparse_moe.experts.0.w3.weight'");
}

TEST_CASE("refused: two shards hold the same expert", "[end_to_end]") {
  const FileTensors tensors = MixtralTiny();
  const std::string name = ExpertName(1, 2, "w1");
  const Refusal refusal = Refuse({tensors, {{name, tensors.at(name)}}});
  CHECK(refusal.exit_code == 1);
  CHECK(refusal.line(0) == "error[DUPLICATE_NAME] model-00002-of-00002.safetensors: tensor '" +
                               name + "': stands in 'model-00001-of-00002.safetensors' too");
  CHECK(refusal.line(1).rfind("  hint: remove or rename one of the two; ", 0) == 0);
  CHECK(refusal.lines.size() == 2);
}

TEST_CASE("refused: one expert has another shape than the rest", "[end_to_end]") {
  FileTensors tensors = MixtralTiny();
  tensors.at(ExpertName(1, 2, "w1")).shape = {16, 24};
  const Refusal refusal = Refuse({tensors});
  CHECK(refusal.exit_code == 1);
  CHECK(refusal.line(0) == "error[WRONG_SHAPE] " + kGateUp + ", tensor '" + ExpertName(1, 2, "w1") +
                               "': all members of a list have one shape; expected [24, 16] as '" +
                               ExpertName(1, 0, "w1") + "', got [16, 24]");
}

TEST_CASE("refused: all gates are transposed, so gate and up do not join", "[end_to_end]") {
  FileTensors tensors = MixtralTiny();
  for (int expert = 0; expert < 4; ++expert) {
    tensors.at(ExpertName(1, expert, "w1")).shape = {16, 24};
  }
  const Refusal refusal = Refuse({tensors});
  CHECK(refusal.exit_code == 1);
  CHECK(refusal.line(0) == "error[WRONG_SHAPE] " + kGateUp + ", tensor '" + ExpertName(1, 0, "w3") +
                               "': axis 0 of layout \"f d\" is 16; got shape [24, 16]");
  CHECK(refusal.line(1) ==
        "  hint: the rule reads it beside '" + ExpertName(1, 0, "w1") + "' of shape [16, 24]");
}

TEST_CASE("refused: the experts have too few axes for the layout", "[end_to_end]") {
  FileTensors tensors = MixtralTiny();
  for (int expert = 0; expert < 4; ++expert) tensors.at(ExpertName(1, expert, "w2")).shape = {384};
  const Refusal refusal = Refuse({tensors});
  CHECK(refusal.exit_code == 1);
  CHECK(refusal.line(0) == "error[WRONG_SHAPE] " + kDown + ", tensor '" + ExpertName(1, 0, "w2") +
                               "': layout \"d f\" has 2 axes, got shape [384]");
}

TEST_CASE("refused: experts of one list differ in dtype", "[end_to_end]") {
  FileTensors tensors = MixtralTiny();
  tensors.at(ExpertName(1, 3, "w1")).dtype = "F16";
  const Refusal refusal = Refuse({tensors});
  CHECK(refusal.exit_code == 1);
  CHECK(refusal.line(0) ==
        "error[DTYPES_DIFFER] " + kGateUp +
            ": tensor 'model.layers.1.mlp.experts.gate_up_proj' would mix dtypes: '" +
            ExpertName(1, 0, "w1") + "' is BF16, '" + ExpertName(1, 3, "w1") + "' is F16");
}

TEST_CASE("refused: a checkpoint that is converted in part", "[end_to_end]") {
  FileTensors tensors = MixtralTiny();
  tensors["model.layers.1.mlp.experts.down_proj"] = {"BF16", {1, 1, 1}, "ab"};
  const Refusal refusal = Refuse({tensors}, "", {"--map", "mixtral"});
  CHECK(refusal.exit_code == 1);
  CHECK(refusal.line(0) == "error[NAME_COLLISION] " + kDown +
                               ": the rule makes tensor 'model.layers.1.mlp.experts.down_proj', "
                               "which the checkpoint has already and no rule takes");
}

TEST_CASE("refused: errors of several layers are all told", "[end_to_end]") {
  FileTensors tensors = MixtralTiny();
  tensors.erase(ExpertName(0, 1, "w2"));
  tensors.erase(ExpertName(1, 2, "w2"));
  const Refusal refusal = Refuse({tensors});
  CHECK(refusal.exit_code == 1);
  CHECK(refusal.line(0).find(ExpertName(0, 1, "w2")) != std::string::npos);
  CHECK(refusal.line(2).find(ExpertName(1, 2, "w2")) != std::string::npos);
  CHECK(refusal.lines.size() == 4);
}

}  // namespace weft::test
