// Fuses the experts of a Mixtral checkpoint: example_convert SOURCE TARGET
#include <iostream>

#include "weft/weft.h"

int Fail(const absl::Status& status) {
  for (const weft::Diagnostic& d : weft::DiagnosticsOf(status)) {
    std::cerr << weft::TextOf(d) << '\n';
  }
  return 1;
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  auto checkpoint = weft::Checkpoint::Open(argv[1]);
  if (!checkpoint.ok()) return Fail(checkpoint.status());
  auto mapping = weft::Mapping::Builtin("mixtral");
  if (!mapping.ok()) return Fail(mapping.status());
  auto plan = weft::Compile({*mapping}, checkpoint->catalog());
  if (!plan.ok()) return Fail(plan.status());
  auto report = weft::Convert(*plan, *checkpoint, argv[2]);
  if (!report.ok()) return Fail(report.status());
  std::cout << report->tensors << " tensors, " << report->bytes_written << " bytes\n";
  return 0;
}
