#include "formats/pytorch/module_state.h"

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

constexpr uint64_t kMostCodeBytes = uint64_t{16} << 20U;  // of one file
constexpr size_t kMostNameBytes = 4096;                   // of what a module has
constexpr std::string_view kCode = "code/";
constexpr std::string_view kExtension = ".py";

bool StartsWith(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

using Names = absl::flat_hash_set<std::string>;

// Lists by class, "__torch__.encoder.Encoder".
class ClassTable {
 public:
  // The source of a module: of each class a head, and its attributes at the same depth.
  //   class Encoder(Module):
  //     __parameters__ = ["weight", "bias", ]
  void Add(std::string_view module, std::string_view code) {
    Names* names = nullptr;
    while (!code.empty()) {
      const size_t end = code.find('\n');
      const std::string_view line = code.substr(0, end);
      code.remove_prefix(end == std::string_view::npos ? code.size() : end + 1);
      if (StartsWith(line, "class ")) {
        const std::string_view name = line.substr(6, line.find_first_of("(:") - 6);
        names = &state_[absl::StrFormat("%s.%s", module, name)];
      } else if (names != nullptr && (StartsWith(line, "  __parameters__ = [") ||
                                      StartsWith(line, "  __buffers__ = ["))) {
        AddTexts(line.substr(line.find('[')), *names);
      }
    }
  }

  bool Has(const pickle::Global& type, const std::string& attribute) const {
    const auto found = state_.find(absl::StrFormat("%s.%s", type.module, type.name));
    return found != state_.end() && found->second.contains(attribute);
  }

 private:
  static void AddTexts(std::string_view list, Names& names) {
    for (;;) {
      const size_t begin = list.find('"');
      if (begin == std::string_view::npos) return;
      list.remove_prefix(begin + 1);
      const size_t end = list.find('"');
      if (end == std::string_view::npos) return;
      names.emplace(list.substr(0, end));
      list.remove_prefix(end + 1);
    }
  }

  absl::flat_hash_map<std::string, Names> state_;
};

absl::StatusOr<ClassTable> ReadClasses(const ByteReader& reader, const Contents& contents) {
  ClassTable classes;
  for (const zip::Member& member : contents.directory.members) {
    std::string_view path = std::string_view(member.name).substr(contents.top.size());
    const bool is_code = StartsWith(path, kCode) &&
                         path.size() > kCode.size() + kExtension.size() &&
                         path.substr(path.size() - kExtension.size()) == kExtension;
    if (!is_code) continue;
    path.remove_prefix(kCode.size());
    path.remove_suffix(kExtension.size());
    std::string module(path);
    for (char& c : module) {
      if (c == '/') c = '.';
    }
    WEFT_ASSIGN_OR_RETURN(
        const std::string code,
        zip::ReadMember(reader, member, zip::Checksum::kUnlessZero, kMostCodeBytes));
    classes.Add(module, code);
  }
  return classes;
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
  WEFT_ASSIGN_OR_RETURN(const ClassTable classes, ReadClasses(reader, contents));
  const Tree& tree = contents.objects;
  ObjectFinder finder(tree);
  std::vector<bool> is_state;
  is_state.reserve(contents.tensors.size());
  for (const Tensor& tensor : contents.tensors) {
    const std::string_view name = tensor.name;
    is_state.push_back(false);
    if (name.size() > kMostNameBytes) continue;
    const Ref owner = finder.OwnerOf(name);
    if (owner == kNoValue || tree.KindOf(owner) != Kind::kObject) continue;
    const pickle::Global& type = tree.globals()[tree.GlobalOf(tree.ObjectOf(owner).callee)];
    is_state.back() = classes.Has(type, std::string(name.substr(name.rfind('.') + 1)));
  }
  return is_state;
}

}  // namespace weft::pytorch
