// Paths as text.
#ifndef WEFT_IO_PATH_H_
#define WEFT_IO_PATH_H_

#include <string>
#include <string_view>

namespace weft {

// A path cut before its last component.
struct SplitPath {
  std::string directory;  // "." when the path has one component; never empty
  std::string name;       // empty for "/" and ""
};

// Trailing slashes are dropped: "a/b/" is {"a", "b"}.
SplitPath SplitAtName(std::string_view path);

// "directory/name", without doubling a slash.
std::string Join(std::string_view directory, std::string_view name);

// Whether `name` names an entry of whatever directory it is used in, on any system: not empty, not
// "." or "..", without slash, backslash, colon and NUL.
bool IsPlainName(std::string_view name);

// Whether a relative path stays below the directory it is used in: plain names with '/' between.
bool IsBelow(std::string_view path);

// Whether the path leads to something; a dangling symbolic link does not.
bool Exists(const std::string& path);

}  // namespace weft

#endif  // WEFT_IO_PATH_H_
