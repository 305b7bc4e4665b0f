// What of a directory goes when a checkpoint takes the place of another, and what stays beside it.
#ifndef WEFT_FORMATS_REPLACED_FILES_H_
#define WEFT_FORMATS_REPLACED_FILES_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "formats/output_layout.h"
#include "weft/part_files.h"

namespace weft {

// The files of the directory at `path`, relative to it, that would be a second checkpoint beside a
// new one, and are known to be of the old one: those with a name that weft gives, those that the
// index names, and the index; arrays where nothing but arrays is there and `format` writes arrays;
// part files where those are written. Others may be anybody's.
std::set<std::string> ReplacedFiles(const std::string& path, const OutputFormat& format,
                                    const std::optional<PartFiles>& part_files);

// What there is to say when `written` is there in place of `replaced`: that other files are gone,
// and that who reads the directory does not find what was written.
std::vector<std::string> WarnOfReplaced(const std::string& path,
                                        const std::set<std::string>& replaced,
                                        const std::vector<std::string>& written,
                                        const std::optional<PartFiles>& part_files);

}  // namespace weft

#endif  // WEFT_FORMATS_REPLACED_FILES_H_
