// A program of somebody else: opens the checkpoint of its argument and plans a conversion.
#include <iostream>

#include "weft/weft.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto checkpoint = weft::Checkpoint::Open(argv[1]);
  if (!checkpoint.ok()) return 1;
  const auto mapping = weft::Mapping::Builtin("mixtral");
  if (!mapping.ok()) return 1;
  const auto plan = weft::Compile({*mapping}, checkpoint->catalog());
  if (!plan.ok()) return 1;
  std::cout << "weft " << weft::Version() << " plans " << checkpoint->catalog()->tensors.size()
            << " -> " << plan->tensors.size() << " tensors\n";
  return 0;
}
