#include "io/output_directory.h"

#include <sys/stat.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "diagnostic/status.h"

namespace weft {

absl::StatusOr<OutputDirectory> OutputDirectory::CreateTemporary(const Directory& parent,
                                                                 std::string_view name) {
  WEFT_ASSIGN_OR_RETURN(
      std::string temporary, MakeTemporary(parent, name, [&](const std::string& candidate) {
        return ::mkdirat(parent.descriptor(), candidate.c_str(), 0777) == 0 ? 0 : errno;
      }));
  WEFT_ASSIGN_OR_RETURN(Directory directory, parent.OpenEntry(temporary));
  return OutputDirectory(std::make_unique<State>(parent, std::move(directory), std::string(name),
                                                 std::move(temporary)));
}

OutputDirectory::State::~State() {
  if (!temporary.empty()) (void)parent->Remove(temporary);  // nobody is left to be told
}

absl::Status OutputDirectory::Publish() {
  WEFT_RETURN_IF_ERROR(state_->parent->RenameNew(state_->temporary, state_->name));
  state_->temporary.clear();
  return absl::OkStatus();
}

absl::Status OutputDirectory::PublishOver(
    const std::function<bool(const std::string&)>& is_replaced) {
  const Directory& parent = *state_->parent;
  const Directory& now = state_->directory;
  if (parent.OwnKindOf(state_->name) == EntryKind::kNone) return Publish();

  WEFT_RETURN_IF_ERROR(parent.Exchange(state_->temporary, state_->name));
  // The temporary name is the old directory's now. It is removed at the end, or kept with what
  // could not be moved out of it.
  const std::string old_name = std::exchange(state_->temporary, std::string());
  if (parent.OwnKindOf(old_name) == EntryKind::kDirectory) {
    WEFT_ASSIGN_OR_RETURN(const Directory old, parent.OpenEntry(old_name));
    WEFT_ASSIGN_OR_RETURN(const std::vector<std::string> names, old.Names());
    for (const std::string& name : names) {
      if (is_replaced(name) || now.OwnKindOf(name) != EntryKind::kNone) continue;
      WEFT_RETURN_IF_ERROR(old.MoveInto(name, now));
    }
  }
  return parent.Remove(old_name);
}

}  // namespace weft
