// weft maps: the built-in mappings.
#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "commands.h"
#include "table.h"
#include "weft/diagnostic.h"
#include "weft/mapping.h"

namespace weft::cli {
namespace {

absl::StatusOr<Output> PrintMapping(const std::string& name) {
  for (const BuiltinMapping& mapping : Mapping::Builtins()) {
    if (mapping.name == name) return Output{std::string(mapping.json), {}};
  }
  return Mapping::Builtin(name).status();
}

std::string ListJson(const std::vector<Mapping>& mappings) {
  using Json = nlohmann::ordered_json;
  Json list = Json::array();
  for (const Mapping& mapping : mappings) {
    list.push_back({{"name", mapping.name()},
                    {"from", mapping.from()},
                    {"to", mapping.to()},
                    {"description", mapping.description()}});
  }
  return JsonText({{"mappings", std::move(list)}});
}

std::string ListText(const std::vector<Mapping>& mappings) {
  Table table({Align::kLeft, Align::kLeft, Align::kLeft});
  for (const Mapping& mapping : mappings) {
    table.AddRow({mapping.name(), absl::StrFormat("%s → %s", mapping.from(), mapping.to()),
                  mapping.description()});
  }
  return table.Text();
}

}  // namespace

absl::StatusOr<Output> Run(const MapsArguments& arguments) {
  // A mapping file is JSON already, so --json changes nothing about one.
  if (!arguments.name.empty()) return PrintMapping(arguments.name);
  std::vector<Mapping> mappings;
  for (const BuiltinMapping& builtin : Mapping::Builtins()) {
    absl::StatusOr<Mapping> mapping = Mapping::Builtin(builtin.name);
    if (!mapping.ok()) return mapping.status();
    mappings.push_back(*std::move(mapping));
  }
  return Output{arguments.json ? ListJson(mappings) : ListText(mappings), {}};
}

}  // namespace weft::cli
