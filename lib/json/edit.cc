#include "json/edit.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "json/json.h"

namespace weft::json {
namespace {

using Document = nlohmann::ordered_json;
using Pointer = Document::json_pointer;

// More would be no patch that someone wrote, and each of them may copy the document.
constexpr size_t kMostOperations = 10'000;

absl::Status Refused(std::string_view where, std::string_view what) {
  return ErrorStatus(ErrorCode::kPatchRefused, where, what,
                     "make the file what the mapping expects, or change it with a merge");
}

// Says of an exception what is for people: "[json.exception.out_of_range.403] key 'a' not found".
std::string ReasonOf(const std::exception& error) {
  const std::string_view text = error.what();
  const size_t end = text.find("] ");
  return Escaped(end == std::string_view::npos ? text : text.substr(end + 2));
}

// Our own parser goes first: it refuses repeated keys, bad UTF-8 and deep nesting.
absl::StatusOr<Document> Read(std::string_view text, std::string_view name,
                              const EditLimits& limits) {
  if (text.size() > limits.bytes) {
    return ErrorStatus(
        ErrorCode::kLimitExceeded, Escaped(name),
        absl::StrFormat("the text has %d bytes; the limit is %d", text.size(), limits.bytes));
  }
  Options options;
  options.file_name = name;
  options.max_depth = limits.depth;
  options.syntax_code = ErrorCode::kPatchRefused;
  options.duplicate_code = ErrorCode::kPatchRefused;
  WEFT_RETURN_IF_ERROR(ParseTree(text, options).status());
  try {
    return Document::parse(text.begin(), text.end());
  } catch (const Document::exception& error) {
    return Refused(Escaped(name), ReasonOf(error));
  }
}

// Copies may make a document grow beyond what any text of it said. Visits it without recursion.
absl::Status CheckBounds(const Document& document, std::string_view where,
                         const EditLimits& limits) {
  std::vector<std::pair<const Document*, int>> open = {{&document, 1}};
  uint64_t bytes = 0;
  while (!open.empty()) {
    const auto [value, depth] = open.back();
    open.pop_back();
    bytes += 2 + (value->is_string() ? value->get_ref<const std::string&>().size() : 0);
    if (value->is_structured() && depth > limits.depth) {
      return ErrorStatus(ErrorCode::kLimitExceeded, where,
                         absl::StrFormat("the result is nested deeper than %d", limits.depth));
    }
    if (value->is_object()) {
      for (const auto& [key, member] : value->items()) {
        bytes += key.size();
        open.emplace_back(&member, depth + 1);
      }
    } else if (value->is_array()) {
      for (const Document& element : *value) open.emplace_back(&element, depth + 1);
    }
    if (bytes > limits.bytes) {
      return ErrorStatus(ErrorCode::kLimitExceeded, where,
                         absl::StrFormat("the result is larger than %d bytes", limits.bytes));
    }
  }
  return absl::OkStatus();
}

// The text of a member of an operation; empty where there is none.
std::string MemberText(const Document& operation, const char* name) {
  if (!operation.is_object()) return "";
  const auto it = operation.find(name);
  return it != operation.end() && it->is_string() ? it->get<std::string>() : "";
}

// "operation 2, replace \"/a\"": counted from 0, as JSON pointers count.
std::string PlaceOf(const Document& operation, size_t index) {
  std::string place = absl::StrFormat("operation %d", index);
  const std::string op = MemberText(operation, "op");
  if (op.empty()) return place;
  return place +
         absl::StrFormat(", %s \"%s\"", Escaped(op), Escaped(MemberText(operation, "path")));
}

// The standard wants the parent of what is added to be an object or an array, which nlohmann takes
// for granted.
absl::Status CheckParent(const Document& document, const Document& operation,
                         const std::string& where) {
  const std::string op = MemberText(operation, "op");
  if (op != "add" && op != "copy" && op != "move") return absl::OkStatus();
  Pointer parent(MemberText(operation, "path"));
  if (parent.empty()) return absl::OkStatus();
  parent = parent.parent_pointer();
  if (document.at(parent).is_structured()) return absl::OkStatus();
  return Refused(where, absl::StrFormat("\"%s\" is neither an object nor an array",
                                        Escaped(parent.to_string())));
}

absl::Status ApplyOperation(Document& document, const Document& operation, const std::string& where,
                            const EditLimits& limits) {
  try {
    WEFT_RETURN_IF_ERROR(CheckParent(document, operation, where));
    document = document.patch(Document::array({operation}));
  } catch (const Document::exception& error) {
    return Refused(where, ReasonOf(error));
  }
  return CheckBounds(document, where, limits);
}

absl::Status ApplyPatch(Document& document, const Document& patch, const std::string& where,
                        const EditLimits& limits) {
  if (!patch.is_array()) return Refused(where, "the patch is no list of operations");
  if (patch.size() > kMostOperations) {
    return ErrorStatus(ErrorCode::kLimitExceeded, where,
                       absl::StrFormat("the patch has %d operations; the limit is %d", patch.size(),
                                       kMostOperations));
  }
  for (size_t i = 0; i < patch.size(); ++i) {
    WEFT_RETURN_IF_ERROR(ApplyOperation(
        document, patch[i], absl::StrFormat("%s: %s", where, PlaceOf(patch[i], i)), limits));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> EditJson(std::string_view text, std::string_view file_name,
                                     const std::vector<Edit>& edits, const EditLimits& limits) {
  WEFT_ASSIGN_OR_RETURN(Document document, Read(text, file_name, limits));
  for (const Edit& edit : edits) {
    const std::string where = absl::StrFormat("%s, changed by %s", Escaped(file_name), edit.where);
    WEFT_ASSIGN_OR_RETURN(const Document change, Read(edit.json, edit.where, limits));
    if (edit.kind == EditKind::kMerge) {
      document.merge_patch(change);
      WEFT_RETURN_IF_ERROR(CheckBounds(document, where, limits));
    } else {
      WEFT_RETURN_IF_ERROR(ApplyPatch(document, change, where, limits));
    }
  }
  return document.dump(2) + '\n';
}

}  // namespace weft::json
