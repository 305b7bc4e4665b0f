#include "formats/pytorch/module_state.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/zip/member_stream.h"

namespace weft::pytorch {
namespace {

using pickle::Kind;
using pickle::kNoValue;
using pickle::Ref;
using pickle::Tree;

constexpr uint64_t kMostCodeBytes = uint64_t{32} << 20U;  // of all that is looked at
constexpr size_t kMostNameBytes = 4096;                   // of what a module has
constexpr std::string_view kCode = "code/";
constexpr std::string_view kExtension = ".py";

bool StartsWith(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

// The attributes that are asked for, by class, and whether the code lists them.
class AttributeTable {
 public:
  // A number for the attribute of that class.
  size_t Ask(const pickle::Global& type, std::string_view attribute) {
    modules_.insert(type.module);
    Attributes& attributes = classes_[absl::StrFormat("%s.%s", type.module, type.name)];
    const auto [found, is_new] = attributes.emplace(attribute, is_listed_.size());
    if (is_new) is_listed_.push_back(false);
    return found->second;
  }

  bool AsksFor(const std::string& module) const { return modules_.contains(module); }

  // The source of a module: of each class a head, and its attributes at the same depth.
  //   class Encoder(Module):
  //     __parameters__ = ["weight", "bias", ]
  void Read(std::string_view module, std::string_view code) {
    const Attributes* attributes = nullptr;
    while (!code.empty()) {
      const size_t end = code.find('\n');
      const std::string_view line = code.substr(0, end);
      code.remove_prefix(end == std::string_view::npos ? code.size() : end + 1);
      if (StartsWith(line, "class ")) {
        const std::string_view name = line.substr(6, line.find_first_of("(:") - 6);
        const auto found = classes_.find(absl::StrFormat("%s.%s", module, name));
        attributes = found == classes_.end() ? nullptr : &found->second;
      } else if (attributes != nullptr && (StartsWith(line, "  __parameters__ = [") ||
                                           StartsWith(line, "  __buffers__ = ["))) {
        ReadTexts(line.substr(line.find('[')), *attributes);
      }
    }
  }

  bool IsListed(size_t number) const { return is_listed_[number]; }

 private:
  using Attributes = absl::flat_hash_map<std::string, size_t>;

  void ReadTexts(std::string_view list, const Attributes& attributes) {
    for (;;) {
      const size_t begin = list.find('"');
      if (begin == std::string_view::npos) return;
      list.remove_prefix(begin + 1);
      const size_t end = list.find('"');
      if (end == std::string_view::npos) return;
      const auto found = attributes.find(std::string(list.substr(0, end)));
      if (found != attributes.end()) is_listed_[found->second] = true;
      list.remove_prefix(end + 1);
    }
  }

  absl::flat_hash_set<std::string> modules_;
  absl::flat_hash_map<std::string, Attributes> classes_;
  std::vector<bool> is_listed_;
};

// The module that a member is the source of; empty where it is none.
std::string ModuleOf(std::string_view path) {
  const bool is_code = StartsWith(path, kCode) && path.size() > kCode.size() + kExtension.size() &&
                       path.substr(path.size() - kExtension.size()) == kExtension;
  if (!is_code) return "";
  path.remove_prefix(kCode.size());
  path.remove_suffix(kExtension.size());
  std::string module(path);
  std::replace(module.begin(), module.end(), '/', '.');
  return module;
}

absl::Status ReadCode(const ByteReader& reader, const Contents& contents,
                      AttributeTable& attributes) {
  uint64_t left = kMostCodeBytes;
  for (const zip::Member& member : contents.directory.members) {
    const std::string module = ModuleOf(std::string_view(member.name).substr(contents.top.size()));
    if (!attributes.AsksFor(module)) continue;
    if (member.size_bytes > left) {
      return ErrorStatus(
          ErrorCode::kLimitExceeded, reader.where(),
          absl::StrFormat("the code of its modules has more than %d bytes", kMostCodeBytes));
    }
    WEFT_ASSIGN_OR_RETURN(const std::string code,
                          zip::ReadMember(reader, member, zip::Checksum::kUnlessZero, left));
    left -= code.size();
    attributes.Read(module, code);
  }
  return absl::OkStatus();
}

// Finds the objects that names lead to.
class ObjectFinder {
 public:
  explicit ObjectFinder(const Tree& tree) : tree_(tree) {}

  // The one that has the last segment of `name` as an attribute; kNoValue where there is none.
  Ref OwnerOf(std::string_view name) {
    Ref owner = tree_.root();
    size_t begin = 0;
    for (size_t dot = name.find('.'); dot != std::string_view::npos && owner != kNoValue;
         dot = name.find('.', begin)) {
      const auto [found, is_new] = found_.try_emplace(std::string(name.substr(0, dot)), kNoValue);
      if (is_new) found->second = AttributeOf(owner, name.substr(begin, dot - begin));
      owner = found->second;
      begin = dot + 1;
    }
    return owner;
  }

 private:
  Ref AttributeOf(Ref object, std::string_view name) const {
    if (tree_.KindOf(object) != Kind::kObject) return kNoValue;
    const Ref state = tree_.ObjectOf(object).state;
    if (state == kNoValue || tree_.KindOf(state) != Kind::kDict) return kNoValue;
    return tree_.Find(state, name);
  }

  const Tree& tree_;
  absl::flat_hash_map<std::string, Ref> found_;  // by the way to them
};

}  // namespace

absl::StatusOr<std::vector<bool>> FindState(const ByteReader& reader, const Contents& contents) {
  const Tree& tree = contents.objects;
  ObjectFinder finder(tree);
  AttributeTable attributes;
  std::vector<std::optional<size_t>> attribute_of(contents.tensors.size());
  for (size_t i = 0; i < contents.tensors.size(); ++i) {
    const std::string_view name = contents.tensors[i].name;
    if (name.size() > kMostNameBytes) continue;
    const Ref owner = finder.OwnerOf(name);
    if (owner == kNoValue || tree.KindOf(owner) != Kind::kObject) continue;
    const pickle::Global& type = tree.globals()[tree.GlobalOf(tree.ObjectOf(owner).callee)];
    attribute_of[i] = attributes.Ask(type, name.substr(name.rfind('.') + 1));
  }
  WEFT_RETURN_IF_ERROR(ReadCode(reader, contents, attributes));
  std::vector<bool> is_state;
  is_state.reserve(attribute_of.size());
  for (const std::optional<size_t> attribute : attribute_of) {
    is_state.push_back(attribute.has_value() && attributes.IsListed(*attribute));
  }
  return is_state;
}

}  // namespace weft::pytorch
