// weft maps: the mappings that are known by name.
#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "commands.h"
#include "source.h"
#include "table.h"
#include "weft/diagnostic.h"
#include "weft/mapping_library.h"

namespace weft::cli {
namespace {

absl::StatusOr<Output> PrintMapping(const MappingLibrary& library, const std::string& name) {
  const std::string* const json = library.JsonOf(name);
  if (json == nullptr) return library.Find(name).status();
  return Output{*json, {}};
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
  const absl::StatusOr<MappingLibrary> library = OpenLibrary(arguments.mapping_directories);
  if (!library.ok()) return library.status();
  // A mapping file is JSON already, so --json changes nothing about one.
  if (!arguments.name.empty()) return PrintMapping(*library, arguments.name);
  std::vector<Mapping> mappings;
  for (const std::string& name : library->names()) {
    absl::StatusOr<Mapping> mapping = library->Find(name);
    if (!mapping.ok()) return mapping.status();
    mappings.push_back(*std::move(mapping));
  }
  return Output{arguments.json ? ListJson(mappings) : ListText(mappings), {}};
}

}  // namespace weft::cli
