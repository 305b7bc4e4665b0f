// How the files beside the weights change with them: config.json, generation_config.json, …
//
// A mapping file says it under "side_files" (docs/dsl.md); Convert carries it out when it copies
// side files from directory to directory.
#ifndef WEFT_SIDE_FILES_H_
#define WEFT_SIDE_FILES_H_

#include <string>

namespace weft {

// A change of one JSON file. Plain data.
struct SideFileEdit {
  enum class Kind {
    kMerge,  // a JSON Merge Patch, RFC 7386
    kPatch,  // a JSON Patch, RFC 6902
  };
  std::string file;   // name beside the weights
  std::string where;  // the place in the mapping, for messages
  Kind kind = Kind::kMerge;
  std::string json;  // the merge document, or the list of operations
};

}  // namespace weft

#endif  // WEFT_SIDE_FILES_H_
