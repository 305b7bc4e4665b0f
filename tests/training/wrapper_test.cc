// What programs put around the names of a model, and how it is taken off.
#include <catch2/catch.hpp>

#include "files/temporary_directory.h"
#include "formats/raw_pickle.h"
#include "training/opened.h"

namespace weft::test {
namespace {

using Items = std::vector<std::pair<std::string, std::string>>;

std::string Tensor() { return PickledTensor("0", 4, 0, {2, 2}, {2, 1}); }

Checkpoint Saved(const std::string& object) {
  static const TemporaryDirectory kDirectory;
  static int count = 0;
  const std::string path = kDirectory / (std::to_string(++count) + ".pt");
  WriteFile(path, TorchZip(Pickle(object), {{"0", "0123456789abcdef"}}));
  return Opened(path);
}

std::vector<std::string> NamesOf(const Checkpoint& checkpoint) {
  std::vector<std::string> names;
  for (const TensorInfo& tensor : checkpoint.catalog()->tensors) names.push_back(tensor.name);
  return names;
}

TEST_CASE("wrapper: a dict that holds all tensors", "[training]") {
  for (const char* const key :
       {"state_dict", "model_state_dict", "model", "module", "best_state"}) {
    const Checkpoint checkpoint = Saved(PickledDict(
        {{"epoch", PickledInt(3)}, {key, PickledDict({{"a.w", Tensor()}, {"b", Tensor()}})}}));
    INFO(key);
    CHECK(checkpoint.wrapper() == std::string(key) + ".");
    CHECK(NamesOf(checkpoint)[0] == std::string(key) + ".a.w");
    const Checkpoint unwrapped = checkpoint.Unwrapped();
    CHECK(NamesOf(unwrapped) == std::vector<std::string>{"a.w", "b"});
    CHECK(unwrapped.catalog()->metadata.at("epoch") == "3");
    CHECK(unwrapped.wrapper().empty());
  }
}

TEST_CASE("wrapper: a dict beside which there are other tensors is none", "[training]") {
  const Checkpoint checkpoint = Saved(PickledDict(
      {{"state_dict", PickledDict({{"w", Tensor()}})}, {"optimizer", PickledList({Tensor()})}}));
  CHECK(checkpoint.wrapper().empty());
  CHECK(NamesOf(checkpoint.Unwrapped()) == std::vector<std::string>{"optimizer.0", "state_dict.w"});
}

TEST_CASE("wrapper: names that only look like one are left", "[training]") {
  const Checkpoint checkpoint =
      Saved(PickledDict({{"model.layers.0.w", Tensor()}, {"model.norm.w", Tensor()}}));
  CHECK(checkpoint.wrapper().empty());
  const Checkpoint other = Saved(PickledDict({{"encoder", PickledDict({{"w", Tensor()}})}}));
  CHECK(other.wrapper().empty());
}

TEST_CASE("wrapper: the prefix of torch's parallel modules, where all names have it",
          "[training]") {
  const Checkpoint flat = Saved(PickledDict({{"module.a", Tensor()}, {"module.b", Tensor()}}));
  CHECK(NamesOf(flat.Unwrapped()) == std::vector<std::string>{"a", "b"});
  const Checkpoint nested =
      Saved(PickledDict({{"state_dict", PickledDict({{"module.a", Tensor()}})}}));
  CHECK(nested.wrapper() == "state_dict.module.");
  CHECK(NamesOf(nested.Unwrapped()) == std::vector<std::string>{"a"});
  const Checkpoint some = Saved(PickledDict({{"module.a", Tensor()}, {"b", Tensor()}}));
  CHECK(some.wrapper().empty());
  const Checkpoint bare = Saved(PickledDict({{"module.", Tensor()}}));
  CHECK(bare.wrapper().empty());
}

TEST_CASE("wrapper: a root that is a tensor, and no tensors at all", "[training]") {
  CHECK(Saved(Tensor()).wrapper().empty());
  CHECK(Saved(PickledDict({{"state_dict", PickledDict({})}})).wrapper().empty());
}

TEST_CASE("wrapper: dicts within one another", "[training]") {
  const Checkpoint checkpoint = Saved(
      PickledDict({{"model", PickledDict({{"state_dict", PickledDict({{"w", Tensor()}})}})}}));
  CHECK(checkpoint.wrapper() == "model.state_dict.");
}

TEST_CASE("wrapper: of a distributed checkpoint the keys from its root", "[training]") {
  CHECK(Opened(CasePath("dcp/mesh")).wrapper() == "model.");
  CHECK(Opened(CasePath("dcp/single")).wrapper().empty());
}

TEST_CASE("wrapper: formats that hold no objects have none", "[training]") {
  const TemporaryDirectory directory;
  WriteSafetensors(directory / "m.safetensors", {{"module.w", Counting({2}, 0)}});
  CHECK(Opened(directory / "m.safetensors").wrapper().empty());
}

}  // namespace
}  // namespace weft::test
