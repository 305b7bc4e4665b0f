#include "formats/zip/member_name.h"

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "diagnostic/utf8.h"

namespace weft::zip {
namespace {

// What is unsafe about a name; empty when nothing is.
std::string_view DangerOf(std::string_view name) {
  if (name.find('\0') != std::string_view::npos) return "holds a NUL byte";
  if (name.find('\\') != std::string_view::npos) return "holds a backslash";
  if (name.front() == '/') return "is an absolute path";
  if (name.size() > 1 && name[1] == ':') return "begins with a drive";
  if (name.back() == '/') name.remove_suffix(1);
  for (;;) {
    const size_t slash = name.find('/');
    const std::string_view component = name.substr(0, slash);
    if (component.empty()) return "has an empty component";
    if (component == "." || component == "..") return "has a component of dots";
    if (slash == std::string_view::npos) return "";
    name.remove_prefix(slash + 1);
  }
}

}  // namespace

absl::Status CheckMemberName(std::string_view name, std::string_view where) {
  if (name.empty()) return ErrorStatus(ErrorCode::kBadName, where, "a member has no name");
  if (!IsUtf8(name)) {
    return ErrorStatus(
        ErrorCode::kBadName, where,
        absl::StrFormat("the name of member '%s' is not valid UTF-8", Escaped(name)));
  }
  const std::string_view danger = DangerOf(name);
  if (danger.empty()) return absl::OkStatus();
  return ErrorStatus(
      ErrorCode::kUnsafePath, where,
      absl::StrFormat("the name of member '%s' %s", Escaped(name), danger),
      "the name has to be plain, such as a.npy or a/b.npy: save the file anew; for a "
      "tensor that is to be written, rename it in the mapping");
}

}  // namespace weft::zip
