// What other programs write in forms of their own, loaded and converted.
#include "containers/stored_forms.h"

#include <catch2/catch.hpp>
#include <string>

#include "containers/containers.h"
#include "containers/random.h"
#include "containers/stored_form_check.h"
#include "files/temporary_directory.h"
#include "formats/raw_zip.h"

namespace weft {
namespace {

using test::CheckStoredForm;
using test::Random;

test::RawMember AsIs(std::string name, const std::string& content) {
  return test::Stored(std::move(name), content);
}

TEST_CASE("stored forms: views of PyTorch storages, in both byte orders", "[containers]") {
  Random random(21);
  for (int i = 0; i < 40; ++i) CheckStoredForm(test::TorchViews(random, AsIs), random);
}

TEST_CASE("stored forms: views of legacy PyTorch storages, and of parts of them", "[containers]") {
  Random random(22);
  for (int i = 0; i < 40; ++i) CheckStoredForm(test::LegacyTorchViews(random), random);
}

TEST_CASE("stored forms: arrays of NumPy in both byte orders and both orders of axes",
          "[containers]") {
  Random random(23);
  for (int i = 0; i < 40; ++i) CheckStoredForm(test::NumpyArchive(random, AsIs), random);
}

TEST_CASE("stored forms: parameters of MindSpore in pieces", "[containers]") {
  Random random(24);
  for (int i = 0; i < 40; ++i) CheckStoredForm(test::MindSporePieces(random), random);
}

TEST_CASE("stored forms: initializers of ONNX inside and beside the model", "[containers]") {
  Random random(25);
  for (int i = 0; i < 40; ++i) {
    const test::StoredModel stored = test::OnnxModel(random);
    CheckStoredForm(stored.model, random, {{"model.data", stored.data}});
  }
}

}  // namespace
}  // namespace weft
