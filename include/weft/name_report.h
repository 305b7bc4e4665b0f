// What to tell people about many tensor names: which they are, which were meant, which rules would
// make them fit.
//
//   weft::GroupNames({"l.0.w", "l.1.w", "l.3.w"});  // {"l.{0,1,3}.w"}
//
//   weft::NameIndex names(candidates);
//   names.Nearest("model.layers.0.attn.q.weight", 3);  // "did you mean …"
//
//   for (const weft::RenameSuggestion& rule : weft::SuggestRenames(missing, unexpected, fitting)) {
//     std::cout << weft::TextOf(rule) << '\n';  // {"rename": "model.{x*}", "to": "{x*}"}
//   }
//
// In all of it an *index* is a decimal number without leading zeros, of 18 digits at most, that
// stands between dots, underscores and the ends of a name: "layers.3", "block_3", but not "w1".
// What comes back is cut by fixed bounds where a name or a list is larger than those of models, so
// that no input costs more than about its length. Names are bytes; escape them to show them
// (weft/diagnostic.h).
#ifndef WEFT_NAME_REPORT_H_
#define WEFT_NAME_REPORT_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "weft/catalog.h"

namespace weft {

// Names that differ only in indices become one text, "layers.{0..31}.experts.{0..6,8}.w1.weight".
// A text stands for exactly the names that its index sets spell, in every combination; where names
// are no such product, they become several texts, so no hole is hidden. In the order in which the
// names first appear. Equal names count once.
std::vector<std::string> GroupNames(const std::vector<std::string_view>& names);

// Finds among many names those that look most like one that is not there.
//
// The distance of two names is the least cost of turning one into the other, segment by segment
// (between dots): a segment that is inserted or removed costs one, a renamed one between a half
// and one by the letters that differ, another index next to nothing. Names that would need more
// than two thirds of their segments changed are no suggestion.
//
// Making one costs about as much as reading the names, a question microseconds. Remembers the
// answers it gave, so one object is for one thread at a time.
class NameIndex {
 public:
  // The names outlive the index.
  explicit NameIndex(const std::vector<std::string_view>& names);
  ~NameIndex();
  NameIndex(NameIndex&&) noexcept;
  NameIndex& operator=(NameIndex&&) noexcept;
  NameIndex(const NameIndex&) = delete;
  NameIndex& operator=(const NameIndex&) = delete;

  // At most `most` (and never more than 8) names, nearest first. Of names that differ only in
  // indices there is one, with the indices of `name` or those nearest to them.
  std::vector<std::string_view> Nearest(std::string_view name, size_t most);

 private:
  struct Forms;
  std::unique_ptr<Forms> forms_;
};

// A tensor of which at least the name is known. Both outlive the call that they are given to.
struct ReportedName {
  std::string_view name;
  const Shape* shape = nullptr;  // null where nobody knows
};

// One rule of a mapping file.
struct RenameSuggestion {
  std::string rename;  // pattern of the names there are: "encoder.{i}.attn.w"
  std::string to;      // pattern of the names that are wanted: "layers.{i}.attention.weight"
  size_t tensors = 0;  // how many it brings to their name
};

// {"rename": "encoder.{i}.attn.w", "to": "layers.{i}.attention.weight"}
std::string TextOf(const RenameSuggestion& suggestion);

// Rules for one more stage of a mapping, behind its others, that give `unexpected` names (which a
// plan makes and nobody wants) the `missing` ones (wanted, and not made). `fitting` are all other
// names that the plan makes.
//
// Each suggestion is checked by matching every name: it takes at least one unexpected name and no
// fitting one, each that it takes becomes a missing one of the same shape where both shapes are
// known, no two become the same, and no two suggestions take the same. Suggested are added, removed
// and replaced runs of segments ("model.{x*}" → "{x*}"), and single forms of names, over all their
// indices. Where several names fit equally well, none is suggested.
//
// Most tensors first, then in the order of their texts; at most `most`.
std::vector<RenameSuggestion> SuggestRenames(const std::vector<ReportedName>& missing,
                                             const std::vector<ReportedName>& unexpected,
                                             const std::vector<std::string_view>& fitting = {},
                                             size_t most = 20);

}  // namespace weft

#endif  // WEFT_NAME_REPORT_H_
