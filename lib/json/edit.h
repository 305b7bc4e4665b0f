// Changes to JSON documents, by the two standards there are.
#ifndef WEFT_JSON_EDIT_H_
#define WEFT_JSON_EDIT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace weft::json {

enum class EditKind {
  kMerge,  // RFC 7386: the document to merge in
  kPatch,  // RFC 6902: a list of operations
};

struct Edit {
  EditKind kind = EditKind::kMerge;
  std::string_view json;
  std::string_view where;  // where the edit was asked for, for messages
};

struct EditLimits {
  uint64_t bytes = 64ull << 20;  // text of the document, before and after any change
  int depth = 64;
};

// Applies the edits in order. Members keep their order, new ones follow; the result is indented by
// two blanks and ends with a newline. `file_name` is for messages.
//
// Errors: kPatchRefused, when the text or an edit is no JSON, an edit is no list of operations, or
// an operation does not apply; kLimitExceeded.
absl::StatusOr<std::string> EditJson(std::string_view text, std::string_view file_name,
                                     const std::vector<Edit>& edits, const EditLimits& limits = {});

}  // namespace weft::json

#endif  // WEFT_JSON_EDIT_H_
