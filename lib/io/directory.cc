#include "io/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "io/path.h"
#include "io/system_error.h"

namespace weft {
namespace {

EntryKind KindOfMode(mode_t mode) {
  if (S_ISREG(mode)) return EntryKind::kFile;
  if (S_ISDIR(mode)) return EntryKind::kDirectory;
  return EntryKind::kOther;
}

EntryKind Kind(int descriptor, const std::string& name, int flags) {
  struct stat info;
  if (::fstatat(descriptor, name.c_str(), &info, flags) != 0) return EntryKind::kNone;
  return KindOfMode(info.st_mode);
}

// File systems that do not know a flag of renameat2 say EINVAL; old kernels say ENOSYS.
bool IsUnsupported(int error_number) { return error_number == EINVAL || error_number == ENOSYS; }

// Appends the names in a directory, without "." and "..". Returns 0 or an errno.
int ListNames(int descriptor, std::vector<std::string>& names) {
  // A descriptor of its own, because reading moves its position.
  const int own = ::openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (own < 0) return errno;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(own), &::closedir);
  if (stream == nullptr) {
    const int error = errno;
    ::close(own);
    return error;
  }
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr) return errno;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
}

// Removes a file, or a directory with all that is in it. Returns 0 or an errno.
int RemoveTree(int descriptor, const char* name, int depth) {
  constexpr int kMostDepth = 256;
  if (::unlinkat(descriptor, name, 0) == 0) return 0;
  if (errno != EISDIR && errno != EPERM) return errno;  // Linux says EISDIR, POSIX EPERM
  if (depth == kMostDepth) return ELOOP;

  const int own = ::openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (own < 0) return errno;
  std::vector<std::string> names;
  int error = ListNames(own, names);
  for (const std::string& entry : names) {
    if (error == 0) error = RemoveTree(own, entry.c_str(), depth + 1);
  }
  ::close(own);
  if (error != 0) return error;
  return ::unlinkat(descriptor, name, AT_REMOVEDIR) == 0 ? 0 : errno;
}

// What ".." means behind a directory that is not there changes when that is made: what was checked
// before, that the output is no input, would no longer hold.
bool LeadsBackFromNowhere(const std::filesystem::path& path) {
  std::filesystem::path so_far;
  bool is_there = true;
  for (const std::filesystem::path& part : path) {
    if (!is_there && part == "..") return true;
    so_far /= part;
    is_there = is_there && Exists(so_far.string());
  }
  return false;
}

constexpr int kSuffixLength = 6;

std::string RandomSuffix() {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz012345";
  std::array<unsigned char, kSuffixLength> bytes = {};
  // getrandom fills so few bytes whole or fails; a fixed name is then retried like a taken one.
  (void)::getrandom(bytes.data(), bytes.size(), 0);
  std::string suffix;
  for (const unsigned char byte : bytes) suffix += kLetters[byte % kLetters.size()];
  return suffix;
}

}  // namespace

absl::StatusOr<Directory> Directory::Open(std::string_view path) {
  Directory directory;
  directory.path_ = path;
  directory.descriptor_ = ::open(directory.path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory.descriptor_ >= 0) return directory;
  if (errno == ENOTDIR) {
    return ErrorStatus(ErrorCode::kNotRegularFile, Escaped(path), "is not a directory");
  }
  return SystemError(ErrorCode::kCannotRead, path, "cannot open the directory", errno);
}

absl::StatusOr<Directory> Directory::OpenOrMake(std::string_view path) {
  if (LeadsBackFromNowhere(std::filesystem::path(path))) {
    return ErrorStatus(ErrorCode::kCannotWrite, Escaped(path),
                       "leads back by '..' from a directory that does not exist",
                       "make the directory first, or write the path without '..'");
  }
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path), error);
  if (error) {
    return SystemError(ErrorCode::kCannotWrite, path, "cannot make the directory", error.value());
  }
  return Open(path);
}

Directory::Directory(Directory&& other) noexcept { *this = std::move(other); }

Directory& Directory::operator=(Directory&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(path_, other.path_);
  return *this;
}

Directory::~Directory() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

absl::StatusOr<std::vector<std::string>> Directory::Names() const {
  std::vector<std::string> names;
  const int error = ListNames(descriptor_, names);
  if (error != 0) {
    return SystemError(ErrorCode::kCannotRead, path_, "cannot list the directory", error);
  }
  std::sort(names.begin(), names.end());
  return names;
}

EntryKind Directory::KindOf(const std::string& name) const { return Kind(descriptor_, name, 0); }

EntryKind Directory::OwnKindOf(const std::string& name) const {
  return Kind(descriptor_, name, AT_SYMLINK_NOFOLLOW);
}

absl::StatusOr<Directory> Directory::OpenEntry(const std::string& name) const {
  Directory entry;
  entry.path_ = Join(path_, name);
  entry.descriptor_ =
      ::openat(descriptor_, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (entry.descriptor_ >= 0) return entry;
  return SystemError(ErrorCode::kCannotRead, entry.path_, "cannot open the directory", errno);
}

absl::StatusOr<Directory> Directory::OpenOrMakeEntry(const std::string& name) const {
  if (::mkdirat(descriptor_, name.c_str(), 0777) != 0 && errno != EEXIST) {
    return SystemError(ErrorCode::kCannotWrite, Join(path_, name), "cannot make the directory",
                       errno);
  }
  return OpenEntry(name);
}

absl::Status Directory::Replace(const std::string& from, const std::string& to) const {
  if (::renameat(descriptor_, from.c_str(), descriptor_, to.c_str()) == 0) return absl::OkStatus();
  return SystemError(ErrorCode::kCannotWrite, Join(path_, to), "cannot rename to it", errno);
}

absl::Status Directory::MoveInto(const std::string& name, const Directory& target) const {
  if (::renameat(descriptor_, name.c_str(), target.descriptor_, name.c_str()) == 0) {
    return absl::OkStatus();
  }
  return SystemError(ErrorCode::kCannotWrite, Join(target.path_, name), "cannot move it there",
                     errno);
}

absl::Status Directory::RenameNew(const std::string& from, const std::string& to) const {
  if (::renameat2(descriptor_, from.c_str(), descriptor_, to.c_str(), RENAME_NOREPLACE) == 0) {
    return absl::OkStatus();
  }
  int error = errno;
  if (IsUnsupported(error)) {
    if (OwnKindOf(to) == EntryKind::kNone) return Replace(from, to);
    error = EEXIST;
  }
  if (error == EEXIST) {
    return ErrorStatus(ErrorCode::kOutputExists, Escaped(Join(path_, to)), "exists already");
  }
  return SystemError(ErrorCode::kCannotWrite, Join(path_, to), "cannot rename to it", error);
}

absl::Status Directory::Exchange(const std::string& a, const std::string& b) const {
  if (::renameat2(descriptor_, a.c_str(), descriptor_, b.c_str(), RENAME_EXCHANGE) == 0) {
    return absl::OkStatus();
  }
  if (!IsUnsupported(errno)) {
    return SystemError(ErrorCode::kCannotWrite, Join(path_, b), "cannot replace it", errno);
  }
  const std::string aside = a + ".aside";
  WEFT_RETURN_IF_ERROR(RenameNew(b, aside));
  absl::Status status = RenameNew(a, b);
  if (!status.ok()) {
    (void)RenameNew(aside, b);  // what counts is the first error
    return status;
  }
  return RenameNew(aside, a);
}

absl::Status Directory::Remove(const std::string& name) const {
  const int error = RemoveTree(descriptor_, name.c_str(), 0);
  if (error == 0) return absl::OkStatus();
  return SystemError(ErrorCode::kCannotWrite, Join(path_, name), "cannot remove it", error);
}

absl::Status Directory::Sync() const {
  // Some file systems have no fsync for directories and say EINVAL.
  if (::fsync(descriptor_) == 0 || errno == EINVAL) return absl::OkStatus();
  return SystemError(ErrorCode::kCannotWrite, path_, "cannot sync the directory", errno);
}

absl::StatusOr<std::string> MakeTemporary(const Directory& directory, std::string_view name,
                                          const std::function<int(const std::string&)>& create) {
  constexpr int kAttempts = 100;
  // Names have at most 255 bytes; a shorter one still shows what it belongs to.
  constexpr size_t kMostNameBytes = 200;
  int error = EEXIST;
  for (int attempt = 0; attempt < kAttempts && error == EEXIST; ++attempt) {
    std::string temporary =
        absl::StrFormat(".%s.weft-%s", name.substr(0, kMostNameBytes), RandomSuffix());
    error = create(temporary);
    if (error == 0) return temporary;
  }
  return SystemError(ErrorCode::kCannotWrite, directory.path(), "cannot write into it", error);
}

}  // namespace weft
