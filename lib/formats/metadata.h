// Metadata that mean something to a format, in the words of all formats.
#ifndef WEFT_FORMATS_METADATA_H_
#define WEFT_FORMATS_METADATA_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "weft/dtype.h"

namespace weft {

// Whether an entry with this text, under the name of a tensor of that dtype, says what the bytes of
// the tensor are. Such a note goes where these bytes go. There is one: MindSpore's "Int4".
bool IsTensorNote(std::string_view text, DType dtype);

// The same, of a tensor of a dtype that is not known.
bool MayBeTensorNote(std::string_view text);

// Takes out what files of `source_format` say of themselves and would not be true of an output of
// `format`:
//   * of MindSpore's safetensors files, the check sum and the word on what the ranks share;
//   * "format", which is said of safetensors files, in a .ckpt of MindSpore; and where it is a text
//     of another format, in MindSpore's safetensors files, with a warning.
void DropWordsOnFiles(std::string_view source_format, std::string_view format,
                      std::map<std::string, std::string>& metadata,
                      std::vector<std::string>& warnings);

}  // namespace weft

#endif  // WEFT_FORMATS_METADATA_H_
