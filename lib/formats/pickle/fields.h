// What an object of a tree holds, by name.
#ifndef WEFT_FORMATS_PICKLE_FIELDS_H_
#define WEFT_FORMATS_PICKLE_FIELDS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "formats/pickle/tree.h"

namespace weft::pickle {

// Every function takes any value, kNoValue too, and gives nothing where there is nothing.

// Keys and values, in turn, of a dict, an OrderedDict or the like.
absl::Span<const Ref> EntriesOf(const Tree& tree, Ref ref);

// Of a tuple or a list.
absl::Span<const Ref> ElementsOf(const Tree& tree, Ref ref);

// What such a dict has under a key that is text.
Ref EntryOf(const Tree& tree, Ref ref, std::string_view key);

// What an object has as attribute, where its state is a dict.
Ref AttributeOf(const Tree& tree, Ref ref, std::string_view name);

// What an object is a call of; null for what is no object.
const Global* CalleeOf(const Tree& tree, Ref ref);
bool IsCallOf(const Tree& tree, Ref ref, std::string_view module, std::string_view name);

std::optional<std::string_view> TextOf(const Tree& tree, Ref ref);
std::optional<int64_t> IntOf(const Tree& tree, Ref ref);

// Integers of a tuple or list, or of a torch.Size of one.
std::optional<std::vector<int64_t>> IntsOf(const Tree& tree, Ref ref);

}  // namespace weft::pickle

#endif  // WEFT_FORMATS_PICKLE_FIELDS_H_
