#include "io/output_directory.h"

#include <sys/stat.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "diagnostic/status.h"

namespace weft {
namespace {

// Whether one of `replaced` is in the directory of that path.
bool HoldsReplaced(const std::set<std::string>& replaced, const std::string& path) {
  const std::string start = path + "/";
  const auto found = replaced.lower_bound(start);
  return found != replaced.end() && found->compare(0, start.size(), start) == 0;
}

// Moves what stays of `old` to `now`, which both have the path `prefix`.
absl::Status MoveRest(const Directory& old, const std::string& prefix,
                      const std::set<std::string>& replaced, const Directory& now) {
  WEFT_ASSIGN_OR_RETURN(const std::vector<std::string> names, old.Names());
  for (const std::string& name : names) {
    const std::string path = prefix + name;
    if (replaced.count(path) != 0) continue;
    const EntryKind there = now.OwnKindOf(name);
    const bool is_free = there == EntryKind::kNone;
    if (is_free && !HoldsReplaced(replaced, path)) {
      WEFT_RETURN_IF_ERROR(old.MoveInto(name, now));
      continue;
    }
    if (old.OwnKindOf(name) != EntryKind::kDirectory) continue;
    if (!is_free && there != EntryKind::kDirectory) continue;
    WEFT_ASSIGN_OR_RETURN(const Directory from, old.OpenEntry(name));
    WEFT_ASSIGN_OR_RETURN(const Directory to, now.OpenOrMakeEntry(name));
    WEFT_RETURN_IF_ERROR(MoveRest(from, path + "/", replaced, to));
    WEFT_ASSIGN_OR_RETURN(const std::vector<std::string> moved, to.Names());
    if (moved.empty()) WEFT_RETURN_IF_ERROR(now.Remove(name));
  }
  return absl::OkStatus();
}

}  // namespace

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

absl::Status OutputDirectory::PublishOver(const std::set<std::string>& replaced) {
  const Directory& parent = *state_->parent;
  const Directory& now = state_->directory;
  if (parent.OwnKindOf(state_->name) == EntryKind::kNone) return Publish();

  WEFT_RETURN_IF_ERROR(parent.Exchange(state_->temporary, state_->name));
  // The temporary name is the old directory's now. It is removed at the end, or kept with what
  // could not be moved out of it.
  const std::string old_name = std::exchange(state_->temporary, std::string());
  if (parent.OwnKindOf(old_name) == EntryKind::kDirectory) {
    WEFT_ASSIGN_OR_RETURN(const Directory old, parent.OpenEntry(old_name));
    WEFT_RETURN_IF_ERROR(MoveRest(old, "", replaced, now));
  }
  return parent.Remove(old_name);
}

}  // namespace weft
