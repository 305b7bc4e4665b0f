// What may be in a PyTorch file.
#ifndef WEFT_FORMATS_PYTORCH_READ_OPTIONS_H_
#define WEFT_FORMATS_PYTORCH_READ_OPTIONS_H_

#include <string>
#include <vector>

#include "formats/pickle/machine.h"
#include "formats/pytorch/object_catalog.h"
#include "formats/zip/zip_directory.h"

namespace weft::pytorch {

struct ReadOptions {
  // "MODULE.NAME" of classes and functions that are taken as opaque values, beside the table.
  std::vector<std::string> allowed_globals;
  ObjectLimits objects;
  pickle::Limits pickle;
  zip::DirectoryLimits zip;
};

}  // namespace weft::pytorch

#endif  // WEFT_FORMATS_PYTORCH_READ_OPTIONS_H_
