#include "formats/pytorch/storage_types.h"

#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/little_endian.h"
#include "formats/pickle/instruction.h"

namespace weft::pytorch {
namespace {

using pickle::Instruction;
using pickle::InstructionReader;
using pickle::Opcode;

constexpr std::string_view kModule = "torch\n";
constexpr std::string_view kStorage = "Storage";

// What an instruction pushed, as far as it matters here.
struct Value {
  enum class Kind : uint8_t { kOther, kType, kText };
  Kind kind = Kind::kOther;
  std::string text;   // of a type its class, in the pickle as it was
  std::string type;   // of a type its class after the change
  size_t offset = 0;  // of the instruction
  size_t size = 0;
};

// Walks the pickle once. Where a key follows a type, that is the type of a storage. The memo holds
// what it holds after the change: a type that is put there and used again counts as it was put.
class TypeEditor {
 public:
  TypeEditor(std::string_view pickle, const std::map<std::string, std::string>& types,
             std::string_view where)
      : pickle_(pickle), types_(types), where_(where) {}

  absl::StatusOr<std::string> Edit() {
    InstructionReader reader(pickle_);
    Instruction instruction;
    while (reader.Next(instruction)) {
      if (instruction.opcode == Opcode::kFrame || instruction.opcode == Opcode::kMemoize) {
        return Error("its pickle is of a protocol that TorchScript does not use");
      }
      if (PutsIntoMemo(instruction)) continue;
      Value value = ValueOf(instruction);
      if (value.kind == Value::Kind::kText && last_.kind == Value::Kind::kType) {
        SetType(value.text);
      }
      last_ = std::move(value);
      last_put_.reset();
    }
    for (const auto& [key, type] : types_) {
      if (seen_.count(key) == 0) {
        return Error(
            absl::StrFormat("no reference to its storage '%s' is of the form that "
                            "TorchScript writes",
                            Escaped(key)));
      }
    }
    edited_ += pickle_.substr(copied_);
    return std::move(edited_);
  }

 private:
  bool PutsIntoMemo(const Instruction& instruction) {
    if (instruction.opcode != Opcode::kBinPut && instruction.opcode != Opcode::kLongBinPut) {
      return false;
    }
    last_put_ = LittleEndianNumber(instruction.argument);
    memo_[*last_put_] = last_;
    return true;
  }

  Value ValueOf(const Instruction& instruction) const {
    Value value;
    value.offset = instruction.offset;
    value.size = instruction.size;
    switch (instruction.opcode) {
      case Opcode::kGlobal: {
        const std::string_view name = instruction.argument;
        const bool is_type = name.substr(0, kModule.size()) == kModule &&
                             name.size() > kStorage.size() &&
                             name.substr(name.size() - kStorage.size()) == kStorage;
        if (!is_type) break;
        value.kind = Value::Kind::kType;
        value.text = name.substr(kModule.size());
        value.type = value.text;
        break;
      }
      case Opcode::kBinUnicode:
      case Opcode::kShortBinUnicode:
        value.kind = Value::Kind::kText;
        value.text = instruction.argument;
        break;
      case Opcode::kBinGet:
      case Opcode::kLongBinGet: {
        const auto found = memo_.find(LittleEndianNumber(instruction.argument));
        if (found == memo_.end()) break;
        value.kind = found->second.kind;
        value.text = found->second.text;
        value.type = found->second.type;
        break;
      }
      default:
        break;
    }
    return value;
  }

  // The type before a key becomes what is wanted. What reads from the memo a type that has become
  // another one is given its own again.
  void SetType(const std::string& key) {
    seen_.insert(key);
    const auto found = types_.find(key);
    const std::string& wanted = found == types_.end() ? last_.text : found->second;
    if (wanted == last_.type) return;
    edited_ += pickle_.substr(copied_, last_.offset - copied_);
    edited_ += absl::StrFormat("%c%s%s\n", static_cast<char>(Opcode::kGlobal), kModule, wanted);
    copied_ = last_.offset + last_.size;
    if (last_put_.has_value()) memo_[*last_put_].type = wanted;
  }

  absl::Status Error(std::string_view what) const {
    return ErrorStatus(ErrorCode::kUnsupportedFeature, where_, what,
                       "load it with torch, and save it again");
  }

  std::string_view pickle_;
  const std::map<std::string, std::string>& types_;
  std::string_view where_;
  absl::flat_hash_map<uint64_t, Value> memo_;
  Value last_;
  std::optional<uint64_t> last_put_;  // where the memo has the last value
  std::set<std::string> seen_;
  std::string edited_;
  size_t copied_ = 0;  // of the pickle
};

}  // namespace

absl::StatusOr<std::string> WithStorageTypes(std::string_view pickle,
                                             const std::map<std::string, std::string>& types,
                                             std::string_view where) {
  return TypeEditor(pickle, types, where).Edit();
}

}  // namespace weft::pytorch
