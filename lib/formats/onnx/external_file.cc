#include "formats/onnx/external_file.h"

#include <sys/stat.h>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "io/path.h"

namespace weft::onnx {

absl::StatusOr<InputFile> OpenExternal(const OpenFile& model, std::string_view tensor,
                                       const std::string& location) {
  const std::string directory = SplitAtName(model.path).directory;
  const auto error = [&](ErrorCode code, std::string_view what, std::string_view hint) {
    return ErrorStatus(
        code, absl::StrFormat("%s: tensor '%s'", model.reader->where(), Escaped(tensor)),
        absl::StrFormat("its data are in '%s', which %s", Escaped(location), what), hint);
  };
  struct stat info = {};
  for (size_t end = location.find('/');; end = location.find('/', end + 1)) {
    const std::string path = Join(directory, location.substr(0, end));
    if (::lstat(path.c_str(), &info) != 0) {
      return error(ErrorCode::kMissingPart, "is missing", "external data lie beside the model");
    }
    if (S_ISLNK(info.st_mode)) {
      return error(ErrorCode::kUnsafePath, "is a link or lies behind one",
                   "copy the data to where the model says");
    }
    if (end == std::string::npos) return InputFile::Open(path);
  }
}

}  // namespace weft::onnx
