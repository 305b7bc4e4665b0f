// What the target of a conversion must hold: the tensors that a program asks for.
//
//   weft::CompileOptions options;
//   options.expectation = weft::Expectation{"the model", {{"lm_head.weight", weft::DType::kBF16}}};
//   options.expectation = weft::ExpectationOf(*other.catalog(), "reference.safetensors");
//
// With an expectation, Compile says exactly which tensors are missing, unexpected or mismatched.
// A prefix that all names of a base model have in a model with a head ("model.layers.0…" and
// "layers.0…") is added or stripped where the names show it: a made name that nobody expects gets
// one that is expected and that nothing else makes. The prefix is recorded in the output's
// `weft.prefix` metadata, and taken back on the way back.
#ifndef WEFT_EXPECTATION_H_
#define WEFT_EXPECTATION_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weft/catalog.h"

namespace weft {

struct ExpectedTensor {
  std::string name;
  std::optional<DType> dtype = std::nullopt;  // nullopt: any
  std::optional<Shape> shape = std::nullopt;  // nullopt: any
  bool required = true;                       // otherwise it may be missing
};

struct Expectation {
  std::string name;  // of who expects, for messages: "reference.safetensors"
  std::vector<ExpectedTensor> tensors;
};

// The tensors of a checkpoint, with their dtypes and shapes.
Expectation ExpectationOf(const Catalog& catalog, std::string_view name);

// How a plan fares against an expectation. All names are in natural order.
struct ExpectationReport {
  struct Mismatch {
    std::string tensor;
    std::string expected;  // "BF16 [4, 96, 32]"
    std::string found;
  };

  uint64_t met = 0;  // tensors that are as expected
  std::vector<std::string> missing;
  std::vector<std::string> unexpected;
  std::vector<Mismatch> mismatched;
  std::string added_prefix;     // "model.", or empty
  std::string stripped_prefix;  // the same

  bool complete() const { return missing.empty() && unexpected.empty() && mismatched.empty(); }
};

}  // namespace weft

#endif  // WEFT_EXPECTATION_H_
