// A checked mapping: the rules between two layouts of a model's checkpoints, read either way.
//
// Second step of the flow. A Mapping knows nothing of any checkpoint; Compile (weft/plan.h) joins
// the two. It is immutable, cheap to copy, and safe to share between threads.
//
//   auto mixtral = weft::Mapping::Builtin("mixtral");
//   auto mine = weft::Mapping::FromFile("my_model.json");
//   auto coded = weft::Mapping::FromRules("coded", {{weft::WeightRenaming{"a.{i}", "b.{i}"}}});
//
// The language is described in docs/dsl.md.
#ifndef WEFT_MAPPING_H_
#define WEFT_MAPPING_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "weft/catalog.h"
#include "weft/limits.h"
#include "weft/part_files.h"
#include "weft/rules.h"

namespace weft {

enum class Direction { kForward, kReverse };

// A mapping that is compiled into the library.
struct BuiltinMapping {
  std::string_view name;
  std::string_view json;  // the file, byte for byte
};

namespace internal {
struct MappingDocument;
}

class MappingLibrary;

class Mapping {
 public:
  // Errors of all four: every one found in the text, each with file, line, column and JSON pointer
  // (kJsonSyntax, kMappingField, kPatternSyntax, kLayoutSyntax, kExpressionSyntax, kTableSyntax,
  // kRegexRefused, kUnknownVariable, kUnknownTable, kUnknownOperation, kBadOperation, kCellsDiffer,
  // kRecursiveInclude; kLimitExceeded for too many rules or too long a pattern). FromFile: also
  // kCannotRead. Builtin: kUnknownMapping, which lists the names there are.
  // What a file includes is looked for among the built-in mappings and, by FromFile, beside the
  // file; MappingLibrary (weft/mapping_library.h) knows more places.
  static absl::StatusOr<Mapping> FromFile(std::string_view path, const Limits& limits = {});
  static absl::StatusOr<Mapping> FromJson(std::string_view json, std::string_view file_name,
                                          const Limits& limits = {});
  static absl::StatusOr<Mapping> Builtin(std::string_view name);
  static absl::StatusOr<Mapping> FromRules(std::string_view name, const std::vector<Stage>& stages,
                                           const Limits& limits = {});

  // No rules: every tensor passes.
  static Mapping Identity();

  // One after the other: what the first makes, the second takes. The result is one mapping between
  // the first one's left layout and the last one's right layout; a plan of it is one gather, proven
  // as a whole, without intermediate tensors. Of an empty list: Identity. Compile takes such a list
  // as it is.
  static Mapping Compose(const std::vector<Mapping>& mappings);

  // All built-in mappings, in the order of their names.
  static const std::vector<BuiltinMapping>& Builtins();

  // The built-in mapping whose evidence fits: `config_json` is the text of config.json, empty where
  // there is none. Where the evidence does not decide, the record does that a conversion by one of
  // these mappings in the other direction left in the metadata.
  // Errors: kMappingNotDetected (says for each candidate what is missing),
  // kAmbiguousMapping (names the candidates), kAlreadyConverted.
  static absl::StatusOr<Mapping> Detect(const Catalog& catalog, std::string_view config_json,
                                        Direction direction);

  const std::string& name() const { return name_; }  // "mixtral"; composed: "mixtral + mine"
  const std::string& description() const;
  const std::string& from() const;  // name of the layout on the left
  const std::string& to() const;    // name of the layout on the right

  // The part files of the layout on the left; null when its files repeat no names.
  const PartFiles* part_files() const;

  // The mappings that it is composed of, in order; at least one.
  const std::vector<std::shared_ptr<const internal::MappingDocument>>& documents() const {
    return documents_;
  }

 private:
  friend class MappingLibrary;
  explicit Mapping(std::shared_ptr<const internal::MappingDocument> document);

  std::vector<std::shared_ptr<const internal::MappingDocument>> documents_;
  std::string name_;
};

}  // namespace weft

#endif  // WEFT_MAPPING_H_
