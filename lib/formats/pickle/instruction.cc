#include "formats/pickle/instruction.h"

#include "formats/little_endian.h"

namespace weft::pickle {
namespace {

// How the argument of an instruction is written.
enum class Form : uint8_t { kNone, kFixed, kCounted, kLine, kTwoLines };

struct ArgumentForm {
  Form form = Form::kNone;
  size_t bytes = 0;  // of the argument, or of its length
};

ArgumentForm FormOf(Opcode opcode) {
  switch (opcode) {
    case Opcode::kProto:
    case Opcode::kBinInt1:
    case Opcode::kBinGet:
    case Opcode::kBinPut:
      return {Form::kFixed, 1};
    case Opcode::kBinInt2:
      return {Form::kFixed, 2};
    case Opcode::kBinInt:
    case Opcode::kLongBinGet:
    case Opcode::kLongBinPut:
      return {Form::kFixed, 4};
    case Opcode::kBinFloat:
    case Opcode::kFrame:
      return {Form::kFixed, 8};
    case Opcode::kLong1:
    case Opcode::kShortBinString:
    case Opcode::kShortBinUnicode:
    case Opcode::kShortBinBytes:
      return {Form::kCounted, 1};
    case Opcode::kLong4:
    case Opcode::kBinString:
    case Opcode::kBinUnicode:
    case Opcode::kBinBytes:
      return {Form::kCounted, 4};
    case Opcode::kBinUnicode8:
    case Opcode::kBinBytes8:
    case Opcode::kByteArray8:
      return {Form::kCounted, 8};
    case Opcode::kInt:
    case Opcode::kLong:
    case Opcode::kFloat:
    case Opcode::kString:
    case Opcode::kUnicode:
    case Opcode::kPut:
    case Opcode::kGet:
      return {Form::kLine, 0};
    case Opcode::kGlobal:
      return {Form::kTwoLines, 0};
    default:
      return {};
  }
}

}  // namespace

bool InstructionReader::Next(Instruction& instruction) {
  if (at_ >= pickle_.size()) return false;
  instruction.opcode = static_cast<Opcode>(pickle_[at_]);
  instruction.offset = at_;
  const std::string_view rest = pickle_.substr(at_ + 1);
  const ArgumentForm form = FormOf(instruction.opcode);
  size_t before = 0;  // bytes before the argument, and behind it
  size_t behind = 0;
  uint64_t size = 0;
  if (form.form == Form::kFixed) size = form.bytes;
  if (form.form == Form::kCounted) {
    if (rest.size() < form.bytes) return false;
    before = form.bytes;
    size = LittleEndianNumber(rest.substr(0, form.bytes));
  }
  if (form.form == Form::kLine || form.form == Form::kTwoLines) {
    size_t end = rest.find('\n');
    if (form.form == Form::kTwoLines && end != std::string_view::npos) {
      end = rest.find('\n', end + 1);
    }
    if (end == std::string_view::npos) return false;
    size = end;
    behind = 1;
  }
  if (rest.size() < before + behind || size > rest.size() - before - behind) return false;
  instruction.argument = rest.substr(before, size);
  instruction.size = 1 + before + size + behind;
  at_ += instruction.size;
  if (instruction.opcode == Opcode::kStop) at_ = pickle_.size();
  return true;
}

}  // namespace weft::pickle
