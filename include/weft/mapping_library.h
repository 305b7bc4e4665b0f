// Mappings by name: those that are compiled in, and others that are found at run time.
//
//   weft::MappingLibrary library;                              // the built-in ones
//   absl::Status status = library.AddDirectory("/usr/share/engine/mappings");
//   status = library.Add("my_model", json_text);               // from memory
//   absl::StatusOr<weft::Mapping> mapping = library.Find("my_model");
//   mapping = library.Detect(*checkpoint->catalog(), config_json, weft::Direction::kForward);
//
// A mapping that is added later hides one of the same name. Mappings of a library may include each
// other by name. Copyable; const methods may be called from any number of threads at once.
#ifndef WEFT_MAPPING_LIBRARY_H_
#define WEFT_MAPPING_LIBRARY_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "weft/catalog.h"
#include "weft/limits.h"
#include "weft/mapping.h"

namespace weft {

class MappingLibrary {
 public:
  explicit MappingLibrary(const Limits& limits = {});

  // Adds the text of a mapping file. It is parsed when it is asked for.
  void Add(std::string_view name, std::string json);

  // Adds every file NAME.json of a directory. Errors: kCannotRead, kNotRegularFile (no directory),
  // kLimitExceeded (a file beyond Limits::json_bytes).
  absl::Status AddDirectory(std::string_view path);

  // All names, ordered.
  std::vector<std::string> names() const;

  // The text of a mapping file, byte for byte; nullptr when there is none of that name. Valid until
  // a mapping of that name is added.
  const std::string* JsonOf(std::string_view name) const;

  // Errors: kUnknownMapping, which lists the names there are; those of Mapping::FromJson.
  absl::StatusOr<Mapping> Find(std::string_view name) const;

  // The part files that mappings read, each once. Mappings with errors are passed over.
  std::vector<PartFiles> part_files() const;

  // Like the functions of Mapping of the same names; includes are looked for in this library.
  absl::StatusOr<Mapping> FromFile(std::string_view path) const;
  absl::StatusOr<Mapping> FromJson(std::string_view json, std::string_view file_name) const;
  absl::StatusOr<Mapping> Detect(const Catalog& catalog, std::string_view config_json,
                                 Direction direction) const;

 private:
  class Source;
  absl::StatusOr<std::shared_ptr<const internal::MappingDocument>> ReadDetection(
      std::string_view name) const;
  struct Entry {
    std::string json;
    std::string directory;  // of the file; empty for others
    bool is_builtin = false;
  };

  Limits limits_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace weft

#endif  // WEFT_MAPPING_LIBRARY_H_
