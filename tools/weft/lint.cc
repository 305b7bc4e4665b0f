// weft lint: what can be said against a mapping without a checkpoint.
#include "weft/lint.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "commands.h"
#include "config_file.h"
#include "quantity.h"
#include "source.h"
#include "weft/checkpoint.h"
#include "weft/diagnostic.h"

namespace weft::cli {
namespace {

struct Linted {
  std::string mapping;  // as it was asked for
  std::vector<LintFinding> findings;
};

absl::StatusOr<std::vector<std::string>> KeysOf(const std::string& path,
                                                std::vector<std::string>* warnings) {
  std::vector<std::string> keys;
  if (path.empty()) return keys;
  absl::StatusOr<Checkpoint> checkpoint = Checkpoint::Open(path);
  if (!checkpoint.ok()) return checkpoint.status();
  for (const TensorInfo& tensor : checkpoint->catalog()->tensors) keys.push_back(tensor.name);
  *warnings = checkpoint->warnings();
  return keys;
}

std::string CountOfFindings(const Linted& linted) {
  const size_t count = linted.findings.size();
  if (count == 0) return absl::StrFormat("%s: no findings\n", Escaped(linted.mapping));
  return absl::StrFormat("%s: %s finding%s\n", Escaped(linted.mapping), CountText(count),
                         count == 1 ? "" : "s");
}

std::string TextOf(const std::vector<Linted>& all) {
  std::string text;
  for (const Linted& linted : all) {
    for (const LintFinding& finding : linted.findings) {
      text += absl::StrFormat("finding[%s] %s: %s\n", NameOf(finding.code), finding.where,
                              finding.what);
      if (!finding.witness.empty()) {
        text += absl::StrFormat("  witness: %s\n", Escaped(finding.witness));
      }
      text += absl::StrFormat("  hint: %s\n", finding.hint);
    }
    text += CountOfFindings(linted);
  }
  return text;
}

std::string JsonOf(const std::vector<Linted>& all) {
  using Json = nlohmann::ordered_json;
  Json mappings = Json::array();
  size_t total = 0;
  for (const Linted& linted : all) {
    Json findings = Json::array();
    for (const LintFinding& finding : linted.findings) {
      findings.push_back({{"code", NameOf(finding.code)},
                          {"where", finding.where},
                          {"what", finding.what},
                          {"witness", finding.witness},
                          {"hint", finding.hint}});
    }
    total += linted.findings.size();
    mappings.push_back({{"mapping", linted.mapping}, {"findings", std::move(findings)}});
  }
  return JsonText({{"total_findings", total}, {"mappings", std::move(mappings)}});
}

}  // namespace

absl::StatusOr<Output> Run(const LintArguments& arguments) {
  Output output;
  LintOptions options;
  options.set = arguments.set;
  if (!arguments.config.empty()) {
    absl::StatusOr<std::string> config = ReadGivenConfig(arguments.config);
    if (!config.ok()) return config.status();
    options.config_json = *std::move(config);
    options.config_name = arguments.config;
  }
  const absl::StatusOr<MappingLibrary> library = OpenLibrary(arguments.mapping_directories);
  if (!library.ok()) return library.status();
  const absl::StatusOr<std::vector<Mapping>> mappings = GivenMappings(*library, arguments.mappings);
  if (!mappings.ok()) return mappings.status();
  absl::StatusOr<std::vector<std::string>> keys = KeysOf(arguments.keys, &output.warnings);
  if (!keys.ok()) return keys.status();
  options.keys = *std::move(keys);

  std::vector<Linted> all;
  for (size_t i = 0; i < mappings->size(); ++i) {
    absl::StatusOr<std::vector<LintFinding>> findings = Lint((*mappings)[i], options);
    if (!findings.ok()) return findings.status();
    if (!findings->empty()) output.exit_code = 1;
    all.push_back({arguments.mappings[i], *std::move(findings)});
  }
  output.text = arguments.json ? JsonOf(all) : TextOf(all);
  return output;
}

}  // namespace weft::cli
