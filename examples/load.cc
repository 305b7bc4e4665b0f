// Loads a Mixtral checkpoint with fused experts into buffers of its own: example_load SOURCE
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "weft/weft.h"

int Fail(const absl::Status& status) {
  for (const weft::Diagnostic& d : weft::DiagnosticsOf(status)) {
    std::cerr << weft::TextOf(d) << '\n';
  }
  return 1;
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  auto checkpoint = weft::Checkpoint::Open(argv[1]);
  if (!checkpoint.ok()) return Fail(checkpoint.status());
  auto mapping = weft::Mapping::Builtin("mixtral");
  if (!mapping.ok()) return Fail(mapping.status());
  auto plan = weft::Compile({*mapping}, checkpoint->catalog());
  if (!plan.ok()) return Fail(plan.status());

  std::map<std::string, std::vector<char>> weights;
  weft::LoadOptions options;
  options.destination = [&](const weft::PlannedTensor& tensor, uint64_t size_bytes) {
    std::vector<char>& buffer = weights[tensor.name];
    buffer.resize(size_bytes);
    return buffer.data();
  };
  auto loaded = weft::Load(*plan, *checkpoint, options);
  if (!loaded.ok()) return Fail(loaded.status());

  for (const weft::LoadedTensor& t : loaded->tensors) {
    std::cout << t.name << ' ' << weft::NameOf(t.dtype) << ' ' << weft::TextOf(t.shape) << '\n';
  }
  std::cout << weights.size() << " tensors, " << loaded->bytes << " bytes\n";
  return 0;
}
