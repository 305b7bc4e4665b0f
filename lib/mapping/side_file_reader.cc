#include "mapping/side_file_reader.h"

#include <string>
#include <vector>

#include "absl/strings/str_format.h"

namespace weft {
namespace {

// The form of a JSON Patch; whether it applies, the file shows.
bool IsPatch(const Field& field) {
  if (!field.Expect(json::Kind::kArray)) return false;
  for (size_t i = 0; i < field.value().elements.size(); ++i) {
    const Field step = field.Element(i);
    if (!step.Expect(json::Kind::kObject)) return false;
    const std::string op = step.OptionalString("op");
    const bool takes_value = op == "add" || op == "replace" || op == "test";
    const bool takes_from = op == "move" || op == "copy";
    if (!takes_value && !takes_from && op != "remove") {
      step.Error(ErrorCode::kMappingField, "a step of a patch has no \"op\" of RFC 6902",
                 "add, remove, replace, move, copy or test");
      return false;
    }
    if (takes_value) {
      step.ExpectKeys({"op", "path", "value"});
    } else if (takes_from) {
      step.ExpectKeys({"op", "path", "from"});
      step.OptionalString("from");
    } else {
      step.ExpectKeys({"op", "path"});
    }
    step.OptionalString("path");
    if (!step.Has("path") || (takes_value && !step.Has("value")) ||
        (takes_from && !step.Has("from"))) {
      step.Error(ErrorCode::kMappingField, absl::StrFormat("\"%s\" needs the fields \"path\"%s", op,
                                                           takes_value  ? " and \"value\""
                                                           : takes_from ? " and \"from\""
                                                                        : ""));
      return false;
    }
  }
  return true;
}

void ReadEdit(const std::string& file, const Field& field, std::vector<SideFileEdit>* edits) {
  if (!field.Expect(json::Kind::kObject)) return;
  field.ExpectKeys({"merge", "patch"});
  const bool merge = field.Has("merge");
  if (merge == field.Has("patch")) {
    field.Error(ErrorCode::kMappingField, "expected one of \"merge\" and \"patch\"");
    return;
  }
  const Field content = field.Member(merge ? "merge" : "patch");
  if (merge) {
    if (!content.Expect(json::Kind::kObject)) return;
  } else if (!IsPatch(content)) {
    return;
  }
  edits->push_back({file, field.Place(),
                    merge ? SideFileEdit::Kind::kMerge : SideFileEdit::Kind::kPatch,
                    json::TextOf(content.value())});
}

}  // namespace

void ReadSideFiles(const Field& field, internal::MappingDocument& document) {
  if (!field.Expect(json::Kind::kObject)) return;
  for (const json::Member& member : field.value().members) {
    const Field file = field.Member(member.key);
    if (member.key.find('/') != std::string::npos || member.key.empty()) {
      file.Error(
          ErrorCode::kMappingField,
          absl::StrFormat("\"%s\" is no name of a file beside the weights", Escaped(member.key)));
    }
    if (!file.Expect(json::Kind::kObject)) continue;
    file.ExpectKeys({"forward", "reverse", "note"});
    file.OptionalString("note");
    if (file.Has("forward")) {
      ReadEdit(member.key, file.Member("forward"), &document.forward_edits);
    }
    if (file.Has("reverse")) {
      ReadEdit(member.key, file.Member("reverse"), &document.reverse_edits);
    }
  }
}

}  // namespace weft
