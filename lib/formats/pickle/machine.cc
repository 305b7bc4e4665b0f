#include "formats/pickle/machine.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/little_endian.h"
#include "formats/pickle/literal.h"
#include "formats/pickle/memo.h"
#include "formats/pickle/opcode.h"
#include "formats/pickle/tree_builder.h"

namespace weft::pickle {
namespace {

constexpr uint64_t kBlockBytes = uint64_t{64} << 10U;
constexpr uint64_t kNewestProtocol = 5;
constexpr uint64_t kMostLineBytes = 1U << 20U;
constexpr uint64_t kMostMemoNumber = std::numeric_limits<uint32_t>::max();

class Machine {
 public:
  Machine(std::string_view where, const IsInert& is_inert, const Limits& limits)
      : where_(where), is_inert_(is_inert), limits_(limits) {}

  // One of them is called first.
  void ReadFrom(const ByteReader& reader, uint64_t offset_bytes) {
    reader_ = &reader;
    begin_ = offset_bytes;
    all_bytes_ = offset_bytes > reader.size_bytes() ? 0 : reader.size_bytes() - offset_bytes;
  }
  void ReadFrom(std::string bytes) {
    all_bytes_ = bytes.size();
    builder_.source() = std::move(bytes);
  }

  absl::StatusOr<Tree> Run() {
    const absl::Status status = RunToStop();
    if (!unknown_.ok()) {
      if (!status.ok()) unknown_.Add(status);
      return unknown_.ToStatus();
    }
    WEFT_RETURN_IF_ERROR(status);
    return std::move(builder_).Finish(stack_.back(), at_);
  }

 private:
  absl::Status RunToStop() {
    for (;;) {
      opcode_at_ = at_;
      WEFT_ASSIGN_OR_RETURN(const std::string_view byte, Take(1));
      const auto opcode = static_cast<Opcode>(byte[0]);
      if (opcode == Opcode::kStop) {
        if (stack_.size() == 1 && marks_.empty()) return absl::OkStatus();
        return Error(absl::StrFormat("the pickle ends with %d values; expected 1", stack_.size()));
      }
      WEFT_RETURN_IF_ERROR(Execute(opcode));
      if (builder_.tree().values() > limits_.values || stack_.size() > limits_.values ||
          builder_.item_count() > 4 * limits_.values) {
        return Error(ErrorCode::kLimitExceeded,
                     absl::StrFormat("the pickle has more than %d values", limits_.values));
      }
    }
  }

  // Calls are short: what an instruction does is in the function for its kind.
  absl::Status Execute(Opcode opcode) {
    switch (opcode) {
      case Opcode::kProto:
        return Protocol();
      case Opcode::kFrame:
        return Frame();
      case Opcode::kNone:
        return Push(TreeBuilder::kNoneValue);
      case Opcode::kNewTrue:
        return Push(TreeBuilder::kTrueValue);
      case Opcode::kNewFalse:
        return Push(TreeBuilder::kFalseValue);
      case Opcode::kInt:
      case Opcode::kLong:
        return NumberLine();
      case Opcode::kFloat:
        return FloatLine();
      case Opcode::kBinInt:
        return BinInt(4);
      case Opcode::kBinInt1:
        return BinInt(1);
      case Opcode::kBinInt2:
        return BinInt(2);
      case Opcode::kLong1:
        return BinLong(1);
      case Opcode::kLong4:
        return BinLong(4);
      case Opcode::kBinFloat:
        return BinFloat();
      case Opcode::kString:
      case Opcode::kUnicode:
        return TextLine(opcode);
      case Opcode::kShortBinString:
      case Opcode::kShortBinUnicode:
        return BinText(Kind::kText, 1);
      case Opcode::kBinString:
      case Opcode::kBinUnicode:
        return BinText(Kind::kText, 4);
      case Opcode::kBinUnicode8:
        return BinText(Kind::kText, 8);
      case Opcode::kShortBinBytes:
        return BinText(Kind::kBytes, 1);
      case Opcode::kBinBytes:
        return BinText(Kind::kBytes, 4);
      case Opcode::kBinBytes8:
      case Opcode::kByteArray8:
        return BinText(Kind::kBytes, 8);
      default:
        return ExecuteOnStack(opcode);
    }
  }

  absl::Status ExecuteOnStack(Opcode opcode) {
    switch (opcode) {
      case Opcode::kMark:
        return Mark();
      case Opcode::kPop:
        return Pop();
      case Opcode::kPopMark:
        return PopMark();
      case Opcode::kEmptyTuple:
        return Push(builder_.Items(Kind::kTuple, {}));
      case Opcode::kEmptyList:
        return Push(builder_.Items(Kind::kList, {}));
      case Opcode::kEmptyDict:
        return Push(builder_.Items(Kind::kDict, {}));
      case Opcode::kEmptySet:
        return Push(builder_.Items(Kind::kSet, {}));
      case Opcode::kTuple1:
        return ShortTuple(1);
      case Opcode::kTuple2:
        return ShortTuple(2);
      case Opcode::kTuple3:
        return ShortTuple(3);
      case Opcode::kTuple:
        return FromMark(Kind::kTuple);
      case Opcode::kList:
        return FromMark(Kind::kList);
      case Opcode::kDict:
        return FromMark(Kind::kDict);
      case Opcode::kFrozenSet:
        return FromMark(Kind::kSet);
      case Opcode::kAppend:
        return AddOne(Kind::kList, 1);
      case Opcode::kSetItem:
        return AddOne(Kind::kDict, 2);
      case Opcode::kAppends:
        return AddFromMark(Kind::kList);
      case Opcode::kSetItems:
        return AddFromMark(Kind::kDict);
      case Opcode::kAddItems:
        return AddFromMark(Kind::kSet);
      default:
        return ExecuteOnObjects(opcode);
    }
  }

  absl::Status ExecuteOnObjects(Opcode opcode) {
    switch (opcode) {
      case Opcode::kGlobal:
        return GlobalLines();
      case Opcode::kStackGlobal:
        return StackGlobal();
      case Opcode::kReduce:
        return Call("REDUCE", false);
      case Opcode::kNewObj:
        return Call("NEWOBJ", false);
      case Opcode::kNewObjEx:
        return Call("NEWOBJ_EX", true);
      case Opcode::kBuild:
        return Build();
      case Opcode::kBinPersId:
        return PersistentId();
      case Opcode::kPut:
      case Opcode::kGet:
        return MemoLine(opcode);
      case Opcode::kBinPut:
        return BinPut(1);
      case Opcode::kLongBinPut:
        return BinPut(4);
      case Opcode::kMemoize:
        return Put(memo_.count());
      case Opcode::kBinGet:
        return BinGet(1);
      case Opcode::kLongBinGet:
        return BinGet(4);
      default:
        return Refuse(static_cast<uint8_t>(opcode));
    }
  }

  absl::Status Refuse(uint8_t byte) const {
    const std::string_view name = RefusedOpcode(byte);
    if (name.empty()) return Error(absl::StrFormat("0x%02X is no instruction of a pickle", byte));
    return Error(
        ErrorCode::kUnsupportedFeature,
        absl::StrFormat("the pickle uses the instruction %s, which plain data do not need", name));
  }

  // ---- Bytes.

  // Makes `size` bytes from at_ available in the source.
  absl::Status Need(uint64_t size) {
    std::string& source = builder_.source();
    if (source.size() - at_ >= size) return absl::OkStatus();
    const uint64_t all = std::min(all_bytes_, limits_.bytes);
    if (size > all - at_) {
      if (all < all_bytes_) {
        return Error(ErrorCode::kLimitExceeded,
                     absl::StrFormat("the pickle has more than %d bytes", limits_.bytes));
      }
      return ErrorStatus(ErrorCode::kTruncated, Where(),
                         absl::StrFormat("the pickle goes on, but only %d bytes follow", all - at_),
                         "the download or copy of the file is incomplete; fetch it again");
    }
    const uint64_t old_size = source.size();
    const uint64_t new_size = std::min(all, std::max(at_ + size, old_size + kBlockBytes));
    source.resize(new_size);
    return reader_->ReadAt(begin_ + old_size, new_size - old_size, source.data() + old_size);
  }

  // Valid until more is taken.
  absl::StatusOr<std::string_view> Take(uint64_t size) {
    WEFT_RETURN_IF_ERROR(Need(size));
    const std::string_view bytes = std::string_view(builder_.source()).substr(at_, size);
    at_ += size;
    return bytes;
  }

  absl::StatusOr<uint64_t> TakeNumber(size_t size) {
    WEFT_ASSIGN_OR_RETURN(const std::string_view bytes, Take(size));
    return LittleEndianNumber(bytes);
  }

  // Up to a line feed, which is taken, too.
  absl::StatusOr<std::string_view> TakeLine() {
    const uint64_t line_at = at_;
    for (uint64_t size = 1;; ++size) {
      WEFT_RETURN_IF_ERROR(Need(size));
      if (builder_.source()[line_at + size - 1] == '\n') {
        at_ += size;
        return std::string_view(builder_.source()).substr(line_at, size - 1);
      }
      if (size > kMostLineBytes) {
        return Error(
            ErrorCode::kLimitExceeded,
            absl::StrFormat("a line of the pickle has more than %d bytes", kMostLineBytes));
      }
    }
  }

  absl::Status Protocol() {
    WEFT_ASSIGN_OR_RETURN(const uint64_t protocol, TakeNumber(1));
    if (opcode_at_ != 0) return Error("PROTO stands within the pickle");
    if (protocol <= kNewestProtocol) return absl::OkStatus();
    return Error(ErrorCode::kUnsupportedFeature,
                 absl::StrFormat("the pickle is of protocol %d; expected 0 to %d", protocol,
                                 kNewestProtocol));
  }

  // How far the instructions of a frame reach is of use to readers of streams only.
  absl::Status Frame() {
    WEFT_ASSIGN_OR_RETURN(const uint64_t size, TakeNumber(8));
    if (size <= all_bytes_ - at_) return absl::OkStatus();
    return ErrorStatus(ErrorCode::kTruncated, Where(),
                       absl::StrFormat("a frame of %d bytes reaches beyond the end", size));
  }

  // ---- Numbers and text.

  absl::Status NumberLine() {
    WEFT_ASSIGN_OR_RETURN(std::string_view line, TakeLine());
    if (line == "00") return Push(TreeBuilder::kFalseValue);
    if (line == "01") return Push(TreeBuilder::kTrueValue);
    if (!line.empty() && line.back() == 'L') line.remove_suffix(1);
    // A byte holds more than two digits.
    if (line.size() > 2 * limits_.long_bytes) return TooLong(line.size() / 2);
    int64_t number = 0;
    if (!IsDecimal(line)) return Error("a number of the pickle is none");
    if (absl::SimpleAtoi(absl::string_view(line.data(), line.size()), &number)) {
      return Push(builder_.Int(number));
    }
    return Push(builder_.Text(Kind::kLong, line));
  }

  absl::Status FloatLine() {
    WEFT_ASSIGN_OR_RETURN(const std::string_view line, TakeLine());
    double number = 0;
    if (!absl::SimpleAtod(absl::string_view(line.data(), line.size()), &number)) {
      return Error("a number of the pickle is none");
    }
    return Push(builder_.Float(number));
  }

  absl::Status BinInt(size_t size) {
    WEFT_ASSIGN_OR_RETURN(const uint64_t number, TakeNumber(size));
    if (size < 4) return Push(builder_.Int(static_cast<int64_t>(number)));
    return Push(builder_.Int(static_cast<int32_t>(static_cast<uint32_t>(number))));
  }

  absl::Status BinLong(size_t length_bytes) {
    WEFT_ASSIGN_OR_RETURN(const uint64_t size, TakeNumber(length_bytes));
    if (size > limits_.long_bytes) return TooLong(size);
    WEFT_ASSIGN_OR_RETURN(const std::string_view bytes, Take(size));
    if (size == 0) return Push(builder_.Int(0));
    if (size > 8) return Push(builder_.Text(Kind::kLong, DecimalOf(bytes)));
    uint64_t number = LittleEndianNumber(bytes);
    const bool is_negative = (static_cast<unsigned char>(bytes.back()) & 0x80U) != 0;
    if (is_negative && size < 8) number |= ~uint64_t{0} << (8 * size);
    return Push(builder_.Int(static_cast<int64_t>(number)));
  }

  absl::Status TooLong(uint64_t size) const {
    return Error(ErrorCode::kLimitExceeded,
                 absl::StrFormat("an integer of the pickle has %d bytes; the limit is %d", size,
                                 limits_.long_bytes));
  }

  absl::Status BinFloat() {
    WEFT_ASSIGN_OR_RETURN(const std::string_view bytes, Take(8));
    const std::string reversed(bytes.rbegin(), bytes.rend());  // it is stored big-endian
    const uint64_t bits = LittleEndianNumber(reversed);
    double number = 0;
    std::memcpy(&number, &bits, sizeof number);
    return Push(builder_.Float(number));
  }

  absl::Status TextLine(Opcode opcode) {
    WEFT_ASSIGN_OR_RETURN(const std::string_view line, TakeLine());
    const std::optional<std::string> text =
        opcode == Opcode::kString ? DecodeQuotedLine(line) : DecodeUnicodeLine(line);
    if (!text) return Error("a text of the pickle is not escaped as it should be");
    return Push(builder_.Text(Kind::kText, *text));
  }

  absl::Status BinText(Kind kind, size_t length_bytes) {
    WEFT_ASSIGN_OR_RETURN(const uint64_t size, TakeNumber(length_bytes));
    if (size > limits_.text_bytes) {
      return Error(ErrorCode::kLimitExceeded,
                   absl::StrFormat("a text of the pickle has %d bytes; the limit is %d", size,
                                   limits_.text_bytes));
    }
    const uint64_t text_at = at_;
    WEFT_RETURN_IF_ERROR(Take(size).status());
    return Push(builder_.Text(kind, text_at, size));
  }

  // ---- The stack.

  absl::Status Push(Ref ref) {
    stack_.push_back(ref);
    return absl::OkStatus();
  }

  // The values above the last mark.
  size_t Floor() const { return marks_.empty() ? 0 : marks_.back(); }

  absl::Status NeedValues(size_t count) const {
    if (stack_.size() - Floor() >= count) return absl::OkStatus();
    return Error("the pickle takes a value from an empty stack");
  }

  Ref PopValue() {
    const Ref ref = stack_.back();
    stack_.pop_back();
    return ref;
  }

  absl::Status Mark() {
    if (marks_.size() >= limits_.marks) {
      return Error(ErrorCode::kLimitExceeded,
                   absl::StrFormat("the pickle nests more than %d marks", limits_.marks));
    }
    marks_.push_back(stack_.size());
    return absl::OkStatus();
  }

  absl::Status Pop() {
    // What the pickler of Python throws away may be a mark.
    if (!marks_.empty() && marks_.back() == stack_.size()) {
      marks_.pop_back();
      return absl::OkStatus();
    }
    WEFT_RETURN_IF_ERROR(NeedValues(1));
    stack_.pop_back();
    return absl::OkStatus();
  }

  // Values above the last mark, which is gone then.
  absl::StatusOr<size_t> CountFromMark() {
    if (marks_.empty()) return Error("the pickle looks for a mark that it did not set");
    const size_t count = stack_.size() - marks_.back();
    marks_.pop_back();
    return count;
  }

  absl::Span<const Ref> Top(size_t count) const { return absl::MakeConstSpan(stack_).last(count); }

  absl::Status PopMark() {
    WEFT_ASSIGN_OR_RETURN(const size_t count, CountFromMark());
    stack_.resize(stack_.size() - count);
    return absl::OkStatus();
  }

  absl::Status ShortTuple(size_t size) {
    WEFT_RETURN_IF_ERROR(NeedValues(size));
    return PushContainer(Kind::kTuple, size);
  }

  absl::Status FromMark(Kind kind) {
    WEFT_ASSIGN_OR_RETURN(const size_t count, CountFromMark());
    if (kind == Kind::kDict && count % 2 != 0) return HalfItem();
    return PushContainer(kind, count);
  }

  // The values on top become one.
  absl::Status PushContainer(Kind kind, size_t count) {
    const Ref container = builder_.Items(kind, Top(count));
    stack_.resize(stack_.size() - count);
    return Push(container);
  }

  absl::Status HalfItem() const { return Error("a key of a dict has no value"); }

  absl::Status AddOne(Kind kind, size_t count) {
    WEFT_RETURN_IF_ERROR(NeedValues(count + 1));
    return AddItems(kind, count);
  }

  absl::Status AddFromMark(Kind kind) {
    WEFT_ASSIGN_OR_RETURN(const size_t count, CountFromMark());
    if (kind == Kind::kDict && count % 2 != 0) return HalfItem();
    WEFT_RETURN_IF_ERROR(NeedValues(count + 1));
    return AddItems(kind, count);
  }

  // Adds the values on top to the one below them.
  absl::Status AddItems(Kind kind, size_t count) {
    WEFT_ASSIGN_OR_RETURN(const Ref receiver, Receiver(kind, stack_[stack_.size() - count - 1]));
    builder_.Append(receiver, Top(count));
    stack_.resize(stack_.size() - count);
    return absl::OkStatus();
  }

  // The value itself, or what takes its items when it is an object.
  absl::StatusOr<Ref> Receiver(Kind kind, Ref ref) {
    const Kind ref_kind = builder_.tree().KindOf(ref);
    if (ref_kind == kind) return ref;
    if (ref_kind != Kind::kObject || kind == Kind::kSet) {
      return Error("the pickle adds items to something that takes none");
    }
    const bool is_list = kind == Kind::kList;
    const Object& object = builder_.ObjectOf(ref);
    const Ref receiver = is_list ? object.elements : object.entries;
    if (receiver != kNoValue) return receiver;
    const Ref made = builder_.Items(kind, {});
    (is_list ? builder_.ObjectOf(ref).elements : builder_.ObjectOf(ref).entries) = made;
    return made;
  }

  // ---- Names and what would be called.

  absl::Status GlobalLines() {
    WEFT_ASSIGN_OR_RETURN(const std::string_view line, TakeLine());
    const std::string module(line);  // the next line may move what was read
    WEFT_ASSIGN_OR_RETURN(const std::string_view name, TakeLine());
    return PushGlobal(module, std::string(name));
  }

  absl::Status StackGlobal() {
    WEFT_RETURN_IF_ERROR(NeedValues(2));
    const Ref name = PopValue();
    const Ref module = PopValue();
    const Tree& tree = builder_.tree();
    if (tree.KindOf(name) != Kind::kText || tree.KindOf(module) != Kind::kText) {
      return Error("STACK_GLOBAL takes a name that is no text");
    }
    return PushGlobal(std::string(builder_.TextOf(module)), std::string(builder_.TextOf(name)));
  }

  absl::Status PushGlobal(const std::string& module, const std::string& name) {
    const size_t before = builder_.tree().globals().size();
    const Ref ref = builder_.NewGlobal(module, name);
    const bool is_new = builder_.tree().globals().size() != before;
    if (is_new && !is_inert_(module, name)) {
      unknown_.Add(ErrorCode::kUnknownGlobal, Where(),
                   absl::StrFormat("the pickle names '%s.%s', which is not known to be data",
                                   Escaped(module), Escaped(name)),
                   absl::StrFormat("weft calls nothing; where you trust that name, allow it with "
                                   "--allow-global %s.%s",
                                   Escaped(module), Escaped(name)));
    }
    return Push(ref);
  }

  absl::Status Call(std::string_view opcode, bool has_keywords) {
    WEFT_RETURN_IF_ERROR(NeedValues(has_keywords ? 3 : 2));
    const Ref keywords = has_keywords ? PopValue() : kNoValue;
    const Ref arguments = PopValue();
    const Ref callee = PopValue();
    const Tree& tree = builder_.tree();
    if (tree.KindOf(callee) == Kind::kPersistent) {
      // Before PyTorch 1.6 a module's class came with its source code.
      return ErrorStatus(
          ErrorCode::kUnsupportedFeature, Where(),
          absl::StrFormat("%s makes an object of a class that the file brings along: "
                          "a whole module, not its state",
                          opcode),
          "save the module's state_dict() instead");
    }
    if (tree.KindOf(callee) != Kind::kGlobal) {
      return Error(
          absl::StrFormat("%s takes something that is no name of a class or function", opcode));
    }
    if (tree.KindOf(arguments) != Kind::kTuple ||
        (has_keywords && tree.KindOf(keywords) != Kind::kDict)) {
      return Error(absl::StrFormat("%s takes arguments that are no tuple", opcode));
    }
    return Push(builder_.NewObject(callee, arguments, keywords));
  }

  absl::Status Build() {
    WEFT_RETURN_IF_ERROR(NeedValues(2));
    const Ref state = PopValue();
    if (builder_.tree().KindOf(stack_.back()) != Kind::kObject) {
      return Error("BUILD is given something that is no object");
    }
    Object& object = builder_.ObjectOf(stack_.back());
    if (object.state != kNoValue) return Error("BUILD is given an object that has a state");
    object.state = state;
    return absl::OkStatus();
  }

  absl::Status PersistentId() {
    WEFT_RETURN_IF_ERROR(NeedValues(1));
    return Push(builder_.Persistent(PopValue()));
  }

  // ---- The memo.

  absl::Status MemoLine(Opcode opcode) {
    WEFT_ASSIGN_OR_RETURN(const std::string_view line, TakeLine());
    uint64_t number = 0;
    if (!IsDecimal(line) ||
        !absl::SimpleAtoi(absl::string_view(line.data(), line.size()), &number) ||
        number > kMostMemoNumber) {
      return Error("a number of the memo is none");
    }
    return opcode == Opcode::kPut ? Put(number) : Get(number);
  }

  absl::Status BinPut(size_t size) {
    WEFT_ASSIGN_OR_RETURN(const uint64_t number, TakeNumber(size));
    return Put(number);
  }

  absl::Status BinGet(size_t size) {
    WEFT_ASSIGN_OR_RETURN(const uint64_t number, TakeNumber(size));
    return Get(number);
  }

  absl::Status Put(uint64_t number) {
    WEFT_RETURN_IF_ERROR(NeedValues(1));
    memo_.Put(number, stack_.back());
    return absl::OkStatus();
  }

  absl::Status Get(uint64_t number) {
    const Ref ref = memo_.Get(number);
    if (ref == kNoValue) {
      return Error(
          absl::StrFormat("the pickle takes value %d from its memo, which has none", number));
    }
    return Push(ref);
  }

  std::string Where() const { return absl::StrFormat("%s: byte %d", where_, begin_ + opcode_at_); }

  absl::Status Error(std::string_view what) const {
    return Error(ErrorCode::kBadHeaderSyntax, what);
  }
  absl::Status Error(ErrorCode code, std::string_view what) const {
    return ErrorStatus(code, Where(), what);
  }

  const ByteReader* reader_ = nullptr;  // null when all bytes are in the source
  uint64_t begin_ = 0;
  uint64_t all_bytes_ = 0;  // from the begin
  std::string_view where_;
  const IsInert& is_inert_;
  const Limits& limits_;

  uint64_t at_ = 0;         // of the next byte, from the begin
  uint64_t opcode_at_ = 0;  // of the instruction being executed
  std::vector<Ref> stack_;
  std::vector<size_t> marks_;
  Memo memo_;
  TreeBuilder builder_;
  Diagnostics unknown_;  // names
};

}  // namespace

absl::StatusOr<Tree> Read(const ByteReader& reader, uint64_t offset_bytes, std::string_view where,
                          const IsInert& is_inert, const Limits& limits) {
  Machine machine(where, is_inert, limits);
  machine.ReadFrom(reader, offset_bytes);
  return machine.Run();
}

absl::StatusOr<Tree> ReadWhole(std::string bytes, std::string_view where, const IsInert& is_inert,
                               const Limits& limits) {
  const uint64_t size = bytes.size();
  Machine machine(where, is_inert, limits);
  machine.ReadFrom(std::move(bytes));
  WEFT_ASSIGN_OR_RETURN(Tree tree, machine.Run());
  if (tree.size_bytes() == size) return tree;
  return ErrorStatus(ErrorCode::kTrailingData, where,
                     absl::StrFormat("%d bytes follow the pickle", size - tree.size_bytes()));
}

}  // namespace weft::pickle
