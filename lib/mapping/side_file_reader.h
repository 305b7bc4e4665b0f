// What a mapping file says of the files beside the weights.
#ifndef WEFT_MAPPING_SIDE_FILE_READER_H_
#define WEFT_MAPPING_SIDE_FILE_READER_H_

#include "mapping/document.h"
#include "mapping/json_fields.h"

namespace weft {

// Reads the section "side_files" into the edits of the document.
void ReadSideFiles(const Field& field, internal::MappingDocument& document);

}  // namespace weft

#endif  // WEFT_MAPPING_SIDE_FILE_READER_H_
