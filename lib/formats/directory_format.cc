#include "formats/directory_format.h"

#include <algorithm>
#include <array>
#include <utility>

#include "formats/dcp/catalog.h"
#include "formats/deepspeed/catalog.h"
#include "formats/deepspeed/rank_file.h"

namespace weft {
namespace {

constexpr std::array<DirectoryFormat, 2> kFormats = {{
    {"deepspeed", &deepspeed::IsPart, &deepspeed::ReadCatalog},
    {"dcp", &dcp::IsPart, &dcp::ReadCatalog},
}};

bool IsHidden(std::string_view name) { return name.substr(0, 1) == "."; }

}  // namespace

std::vector<DirectoryParts> DirectoryPartsOf(const std::vector<std::string>& names) {
  std::vector<DirectoryParts> found;
  for (const DirectoryFormat& format : kFormats) {
    DirectoryParts parts;
    parts.format = &format;
    std::copy_if(names.begin(), names.end(), std::back_inserter(parts.names), format.is_part);
    if (std::all_of(parts.names.begin(), parts.names.end(), IsHidden)) continue;
    std::sort(parts.names.begin(), parts.names.end(), NaturalLess);
    found.push_back(std::move(parts));
  }
  return found;
}

bool IsDirectoryPart(std::string_view file_name) {
  return std::any_of(kFormats.begin(), kFormats.end(),
                     [&](const DirectoryFormat& format) { return format.is_part(file_name); });
}

}  // namespace weft
