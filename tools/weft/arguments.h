// The command line as data: what the user asked for, checked as far as that needs no file.
//
// CLI11 is known to arguments.cc alone.
#ifndef WEFT_TOOLS_WEFT_ARGUMENTS_H_
#define WEFT_TOOLS_WEFT_ARGUMENTS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "weft/dtype.h"
#include "weft/io.h"
#include "weft/mapping.h"
#include "weft/sharding.h"
#include "weft/verify.h"

namespace weft::cli {

// What the commands that make a plan take besides their paths.
struct ConversionOptions {
  std::vector<std::string> maps;  // names and files, applied left to right; empty: detect
  std::vector<std::string> mapping_directories;  // of mapping files beside the built-in ones
  Direction direction = Direction::kForward;
  std::map<std::string, std::string> set;
  std::string complement;  // path; written forward, read in reverse; empty: none
  std::string config;      // path; empty: config.json beside the source
  std::string expect;      // checkpoint that says what the result must hold; may be empty
  bool require_reversible = false;
  std::optional<DType> dtype;  // nullopt: what the mapping says
  bool keep_dtypes = false;    // and not what the mapping says
  std::optional<Shard> shard;  // nullopt: the whole
  std::string sharding;        // path of a file that says how ranks share; empty: the mapping says
  std::string into;            // path of a file to write with other values; empty: none
  std::string format;          // of the output; empty: what the destination's name says
  std::vector<std::string> allowed_globals;  // as in OpenOptions
  std::optional<uint64_t> max_shard_bytes;   // nullopt: as ConvertOptions says
  int threads = 0;                           // 0: one for each processor
  uint64_t memory_bytes = 64ull << 20;
  Io io = Io::kAuto;
  bool lenient = false;
  bool dry_run = false;
  bool force = false;
  bool sync = true;
  bool progress = true;
  bool json = false;
};

struct ConvertArguments {
  std::string source;
  std::string destination;
  ConversionOptions options;
};

struct LoadArguments {
  std::string source;
  bool borrow = false;
  ConversionOptions options;
};

struct VerifyArguments {
  std::string candidate;
  std::string source;
  std::optional<Tolerance> tolerance;  // nullopt: bit for bit
  ConversionOptions options;
};

// At most one of `tensor`, `source_tensor` and `picture` is not empty.
struct PlanArguments {
  std::string source;
  std::string tensor;               // of the target, "NAME" or "NAME[3,:,0:5]": where is it from?
  std::optional<uint64_t> element;  // of `tensor`, in row-major order: only that
  std::string source_tensor;        // where does it go?
  std::string picture;              // path of an SVG file to write
  ConversionOptions options;
};

struct DiffArguments {
  std::string a;
  std::string b;
  std::vector<std::string> allowed_globals;
  std::optional<Tolerance> tolerance;  // nullopt: bit for bit
  int threads = 0;
  uint64_t memory_bytes = 64ull << 20;
  bool progress = true;
  bool json = false;
};

struct InspectArguments {
  std::string path;
  std::vector<std::string> allowed_globals;
  bool json = false;
};

struct LintArguments {
  std::vector<std::string> mappings;  // names and files
  std::vector<std::string> mapping_directories;
  std::map<std::string, std::string> set;
  std::string config;  // path; empty: none
  std::string keys;    // path of a checkpoint; empty: none
  bool json = false;
};

struct MapsArguments {
  std::string name;  // empty: list them all
  std::vector<std::string> mapping_directories;
  bool json = false;
};

// `--help` or `--version`: a text to print, and nothing to do.
struct InformationRequest {
  std::string text;
};

using Arguments =
    std::variant<InformationRequest, ConvertArguments, LoadArguments, PlanArguments,
                 VerifyArguments, DiffArguments, InspectArguments, LintArguments, MapsArguments>;

// Errors: kBadArgument, for anything that is not a command line of docs/cli.md.
absl::StatusOr<Arguments> ParseArguments(int argc, const char* const* argv);

}  // namespace weft::cli

#endif  // WEFT_TOOLS_WEFT_ARGUMENTS_H_
