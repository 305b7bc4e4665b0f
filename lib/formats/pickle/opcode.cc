#include "formats/pickle/opcode.h"

namespace weft::pickle {

std::string_view RefusedOpcode(uint8_t byte) {
  switch (byte) {
    case 'i':
      return "INST";
    case 'o':
      return "OBJ";
    case 'P':
      return "PERSID";
    case '2':
      return "DUP";
    case 0x82:
      return "EXT1";
    case 0x83:
      return "EXT2";
    case 0x84:
      return "EXT4";
    case 0x97:
      return "NEXT_BUFFER";
    case 0x98:
      return "READONLY_BUFFER";
    default:
      return "";
  }
}

}  // namespace weft::pickle
