// Events → tree. Open containers are kept on a stack of pointers: a container is not appended to
// while a child of it is open, so a child's address stays valid for as long as it is needed.
#include <limits>
#include <utility>

#include "json/json.h"

namespace weft::json {
namespace {

class TreeHandler final : public Handler {
 public:
  absl::Status Null(size_t offset) override {
    Append(Kind::kNull, offset);
    return absl::OkStatus();
  }
  absl::Status Bool(bool value, size_t offset) override {
    Append(Kind::kBool, offset).boolean = value;
    return absl::OkStatus();
  }
  absl::Status Integer(int64_t value, size_t offset) override {
    Value& added = Append(Kind::kInteger, offset);
    added.integer = value;
    added.number = static_cast<double>(value);
    return absl::OkStatus();
  }
  absl::Status Unsigned(uint64_t value, size_t offset) override {
    if (value <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return Integer(static_cast<int64_t>(value), offset);
    }
    Append(Kind::kNumber, offset).number = static_cast<double>(value);
    return absl::OkStatus();
  }
  absl::Status Number(double value, std::string_view, size_t offset) override {
    Append(Kind::kNumber, offset).number = value;
    return absl::OkStatus();
  }
  absl::Status String(std::string&& value, size_t offset) override {
    Append(Kind::kString, offset).string = std::move(value);
    return absl::OkStatus();
  }
  absl::Status StartObject(size_t offset) override {
    open_.push_back(&Append(Kind::kObject, offset));
    return absl::OkStatus();
  }
  absl::Status Key(std::string&& key, size_t offset) override {
    Member& member = open_.back()->members.emplace_back();
    member.key = std::move(key);
    member.key_offset = offset;
    return absl::OkStatus();
  }
  absl::Status EndObject() override {
    open_.pop_back();
    return absl::OkStatus();
  }
  absl::Status StartArray(size_t offset) override {
    open_.push_back(&Append(Kind::kArray, offset));
    return absl::OkStatus();
  }
  absl::Status EndArray() override {
    open_.pop_back();
    return absl::OkStatus();
  }

  Value TakeRoot() { return std::move(root_); }

 private:
  Value& Append(Kind kind, size_t offset) {
    Value& value = Next();
    value.kind = kind;
    value.offset = offset;
    return value;
  }

  // Where the next value belongs: the root, a new element, or the member whose key was just read.
  Value& Next() {
    if (open_.empty()) return root_;
    Value& parent = *open_.back();
    if (parent.kind == Kind::kArray) return parent.elements.emplace_back();
    return parent.members.back().value;
  }

  Value root_;
  std::vector<Value*> open_;
};

}  // namespace

const Value* Value::Find(std::string_view key) const {
  for (const Member& member : members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

absl::StatusOr<Value> ParseTree(std::string_view text, const Options& options) {
  TreeHandler handler;
  absl::Status status = Parse(text, options, handler);
  if (!status.ok()) return status;
  return handler.TakeRoot();
}

}  // namespace weft::json
