#include "formats/pytorch/value_text.h"

#include <cmath>
#include <cstdlib>
#include <string_view>

#include "absl/strings/str_format.h"
#include "diagnostic/utf8.h"
#include "weft/diagnostic.h"

namespace weft::pytorch {
namespace {

using pickle::Kind;
using pickle::Ref;
using pickle::Tree;

constexpr size_t kMostBytes = 1000;

// The shortest of at most 17 digits that reads as the same number.
std::string FloatText(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  for (int digits = 15; digits < 17; ++digits) {
    std::string text = absl::StrFormat("%.*g", digits, number);
    if (std::strtod(text.c_str(), nullptr) == number) return text;
  }
  return absl::StrFormat("%.17g", number);
}

std::string Cut(std::string_view text) {
  if (text.size() <= kMostBytes) {
    return IsUtf8(text) ? std::string(text) : Escaped(text);
  }
  text = text.substr(0, kMostBytes);
  // Not within a character.
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U) {
    text.remove_suffix(1);
  }
  if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xC0U) text.remove_suffix(1);
  return (IsUtf8(text) ? std::string(text) : Escaped(text)) + "…";
}

}  // namespace

bool IsScalar(Kind kind) {
  switch (kind) {
    case Kind::kNone:
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kLong:
    case Kind::kFloat:
    case Kind::kText:
    case Kind::kBytes:
      return true;
    default:
      return false;
  }
}

std::string ScalarText(const Tree& tree, Ref ref) {
  switch (tree.KindOf(ref)) {
    case Kind::kBool:
      return tree.BoolOf(ref) ? "True" : "False";
    case Kind::kInt:
      return absl::StrFormat("%d", tree.IntOf(ref));
    case Kind::kLong:
      return Cut(tree.TextOf(ref));
    case Kind::kFloat:
      return FloatText(tree.FloatOf(ref));
    case Kind::kText:
      return Cut(tree.TextOf(ref));
    case Kind::kBytes:
      return absl::StrFormat("<%d bytes>", tree.TextOf(ref).size());
    default:
      return "None";
  }
}

std::optional<std::string> SequenceText(const Tree& tree, Ref ref) {
  const Kind kind = tree.KindOf(ref);
  std::string out = kind == Kind::kTuple ? "(" : kind == Kind::kSet ? "{" : "[";
  for (const Ref item : tree.ItemsOf(ref)) {
    if (!IsScalar(tree.KindOf(item))) return std::nullopt;
    if (out.size() > kMostBytes) continue;  // the rest decides, but is not shown
    if (out.size() > 1) out += ", ";
    const bool is_text = tree.KindOf(item) == Kind::kText;
    out += is_text ? absl::StrFormat("'%s'", ScalarText(tree, item)) : ScalarText(tree, item);
    if (out.size() > kMostBytes) out += ", …";
  }
  if (kind == Kind::kTuple && tree.ItemsOf(ref).size() == 1) out += ',';
  out += kind == Kind::kTuple ? ')' : kind == Kind::kSet ? '}' : ']';
  return out;
}

std::optional<std::string> KeyText(const Tree& tree, Ref ref) {
  const Kind kind = tree.KindOf(ref);
  if (kind == Kind::kText) return std::string(tree.TextOf(ref));
  if (kind == Kind::kTuple) return SequenceText(tree, ref);
  if (!IsScalar(kind) || kind == Kind::kBytes) return std::nullopt;
  return ScalarText(tree, ref);
}

}  // namespace weft::pytorch
