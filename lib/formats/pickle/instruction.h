// A pickle instruction by instruction, for those who change some of its bytes.
#ifndef WEFT_FORMATS_PICKLE_INSTRUCTION_H_
#define WEFT_FORMATS_PICKLE_INSTRUCTION_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "formats/pickle/opcode.h"

namespace weft::pickle {

struct Instruction {
  Opcode opcode = Opcode::kStop;
  size_t offset = 0;  // in the pickle
  size_t size = 0;    // with its argument
  // What follows the opcode, without its length: a number, a text; of GLOBAL "module\nname".
  std::string_view argument;
};

// Only for pickles that Read (machine.h) has accepted. `pickle` must live as long.
class InstructionReader {
 public:
  explicit InstructionReader(std::string_view pickle) : pickle_(pickle) {}

  // False behind STOP, and where what follows is no instruction.
  bool Next(Instruction& instruction);

 private:
  std::string_view pickle_;
  size_t at_ = 0;
};

}  // namespace weft::pickle

#endif  // WEFT_FORMATS_PICKLE_INSTRUCTION_H_
