// A directory, held open: everything is done by names relative to it, so that renaming it or
// putting a link in its path changes nothing.
#ifndef WEFT_IO_DIRECTORY_H_
#define WEFT_IO_DIRECTORY_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace weft {

enum class EntryKind { kNone, kFile, kDirectory, kOther };

// Move-only owner of a directory descriptor. Names are single components.
class Directory {
 public:
  // Errors: kCannotRead; kNotRegularFile when `path` is no directory.
  static absl::StatusOr<Directory> Open(std::string_view path);

  // Makes the directory and its missing parents first. Errors: kCannotWrite.
  static absl::StatusOr<Directory> OpenOrMake(std::string_view path);

  Directory(Directory&& other) noexcept;
  Directory& operator=(Directory&& other) noexcept;
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory();

  const std::string& path() const { return path_; }
  int descriptor() const { return descriptor_; }

  // Names of all entries but "." and "..", ordered as bytes. Errors: kCannotRead.
  absl::StatusOr<std::vector<std::string>> Names() const;

  // What stands under a name: KindOf follows a symbolic link (a dangling one is kNone), OwnKindOf
  // does not (any link is kOther).
  EntryKind KindOf(const std::string& name) const;
  EntryKind OwnKindOf(const std::string& name) const;

  // Opens a directory in this one; a symbolic link is refused. Errors: kCannotRead.
  absl::StatusOr<Directory> OpenEntry(const std::string& name) const;
  // Makes it first where there is none. Errors: kCannotRead, kCannotWrite.
  absl::StatusOr<Directory> OpenOrMakeEntry(const std::string& name) const;

  // Renames an entry; into `target`, another directory of the same file system. Errors:
  // kCannotWrite.
  absl::Status Replace(const std::string& from, const std::string& to) const;
  absl::Status MoveInto(const std::string& name, const Directory& target) const;
  // Renames an entry to a name that is free. Errors: kOutputExists when it is not; kCannotWrite.
  absl::Status RenameNew(const std::string& from, const std::string& to) const;
  // Exchanges two entries in one step, or in two where the file system cannot.
  // Errors: kCannotWrite; both are then where they were.
  absl::Status Exchange(const std::string& a, const std::string& b) const;

  // Removes a file or a directory with all that is in it. Errors: kCannotWrite.
  absl::Status Remove(const std::string& name) const;

  // Waits until the names in this directory are on disk. Errors: kCannotWrite.
  absl::Status Sync() const;

 private:
  Directory() = default;

  int descriptor_ = -1;
  std::string path_;
};

// Calls `create` with names for something temporary that becomes `name`, ".NAME.weft-XXXXXX" with
// random X, until one does not exist yet. `create` returns 0 or an errno. Returns the name that it
// accepted. Errors: kCannotWrite.
absl::StatusOr<std::string> MakeTemporary(const Directory& directory, std::string_view name,
                                          const std::function<int(const std::string&)>& create);

}  // namespace weft

#endif  // WEFT_IO_DIRECTORY_H_
