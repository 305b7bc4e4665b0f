#include "formats/pickle/fields.h"

namespace weft::pickle {
namespace {

bool Is(const Tree& tree, Ref ref, Kind kind) {
  return ref != kNoValue && tree.KindOf(ref) == kind;
}

}  // namespace

absl::Span<const Ref> EntriesOf(const Tree& tree, Ref ref) {
  if (Is(tree, ref, Kind::kObject)) ref = tree.ObjectOf(ref).entries;
  if (!Is(tree, ref, Kind::kDict)) return {};
  return tree.ItemsOf(ref);
}

absl::Span<const Ref> ElementsOf(const Tree& tree, Ref ref) {
  if (!Is(tree, ref, Kind::kTuple) && !Is(tree, ref, Kind::kList)) return {};
  return tree.ItemsOf(ref);
}

Ref EntryOf(const Tree& tree, Ref ref, std::string_view key) {
  if (Is(tree, ref, Kind::kObject)) ref = tree.ObjectOf(ref).entries;
  return Is(tree, ref, Kind::kDict) ? tree.Find(ref, key) : kNoValue;
}

Ref AttributeOf(const Tree& tree, Ref ref, std::string_view name) {
  return Is(tree, ref, Kind::kObject) ? EntryOf(tree, tree.ObjectOf(ref).state, name) : kNoValue;
}

const Global* CalleeOf(const Tree& tree, Ref ref) {
  if (!Is(tree, ref, Kind::kObject)) return nullptr;
  const Ref callee = tree.ObjectOf(ref).callee;
  return Is(tree, callee, Kind::kGlobal) ? &tree.globals()[tree.GlobalOf(callee)] : nullptr;
}

bool IsCallOf(const Tree& tree, Ref ref, std::string_view module, std::string_view name) {
  const Global* const callee = CalleeOf(tree, ref);
  return callee != nullptr && callee->module == module && callee->name == name;
}

std::optional<std::string_view> TextOf(const Tree& tree, Ref ref) {
  if (!Is(tree, ref, Kind::kText)) return std::nullopt;
  return tree.TextOf(ref);
}

std::optional<int64_t> IntOf(const Tree& tree, Ref ref) {
  if (!Is(tree, ref, Kind::kInt)) return std::nullopt;
  return tree.IntOf(ref);
}

std::optional<std::vector<int64_t>> IntsOf(const Tree& tree, Ref ref) {
  if (IsCallOf(tree, ref, "torch", "Size")) {
    const absl::Span<const Ref> arguments = ElementsOf(tree, tree.ObjectOf(ref).arguments);
    if (arguments.empty()) return std::vector<int64_t>();  // torch.Size()
    ref = arguments[0];
  }
  if (!Is(tree, ref, Kind::kTuple) && !Is(tree, ref, Kind::kList)) return std::nullopt;
  std::vector<int64_t> numbers;
  for (const Ref item : tree.ItemsOf(ref)) {
    if (!Is(tree, item, Kind::kInt)) return std::nullopt;
    numbers.push_back(tree.IntOf(item));
  }
  return numbers;
}

}  // namespace weft::pickle
