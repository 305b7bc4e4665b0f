#include "tensor/name_form.h"

#include <algorithm>
#include <charconv>

namespace weft {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr size_t kMostDigits = 18;  // of an index, as in the patterns of mappings

bool Separates(char c) { return c == '.' || c == '_'; }

bool IsIndex(std::string_view name, size_t begin, size_t end) {
  if (begin > 0 && !Separates(name[begin - 1])) return false;
  if (end < name.size() && !Separates(name[end])) return false;
  return end - begin == 1 || (name[begin] != '0' && end - begin <= kMostDigits);
}

}  // namespace

NameForm FormOf(std::string_view name) {
  NameForm form;
  form.text.reserve(name.size());
  const bool is_plain = name.find(kIndexMark) != std::string_view::npos;
  size_t text_begin = 0;
  size_t begin = is_plain ? std::string_view::npos : name.find_first_of(kDigits);
  while (begin != std::string_view::npos && form.indices.size() < kMostIndices) {
    const size_t end = std::min(name.find_first_not_of(kDigits, begin), name.size());
    if (IsIndex(name, begin, end)) {
      form.text += name.substr(text_begin, begin - text_begin);
      form.text += kIndexMark;
      uint64_t index = 0;
      std::from_chars(name.data() + begin, name.data() + end, index);
      form.indices.push_back(index);
      text_begin = end;
    }
    begin = name.find_first_of(kDigits, end);
  }
  form.text += name.substr(text_begin);
  return form;
}

}  // namespace weft
