#include "mapping/share_reader.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "json/json.h"
#include "weft/sharding.h"

namespace weft {
namespace {

using internal::ShareRule;
using internal::SplitAxis;

class EntryReader {
 public:
  EntryReader(const Field& entry, const NamePatternReader& read_names, Diagnostics& diagnostics)
      : entry_(entry), read_names_(read_names), diagnostics_(diagnostics) {}

  ShareRule Read() {
    rule_.where = entry_.Place();
    if (!entry_.Expect(json::Kind::kObject)) return std::move(rule_);
    const bool is_whole = entry_.Has("replicate");
    if (is_whole) {
      entry_.ExpectKeys({"names", "replicate", "when", "otherwise", "note"});
      if (!ReadFlag(entry_, "replicate")) {
        entry_.Member("replicate")
            .Error(ErrorCode::kMappingField, "expected true",
                   "leave it out where the tensors are split");
      }
    } else {
      entry_.ExpectKeys(
          {"names", "layout", "split", "uneven", "sizes", "when", "otherwise", "note"});
    }
    entry_.OptionalString("note");
    ReadNames();
    if (entry_.Has("when")) rule_.when = ReadExpression(entry_.Member("when"));
    rule_.otherwise = ReadFlag(entry_, "otherwise");
    if (is_whole) return std::move(rule_);
    ReadLayout();
    ReadSizes();
    rule_.uneven = ReadFlag(entry_, "uneven");
    if (entry_.Has("split")) {
      ReadSplit(entry_.Member("split"));
    } else {
      entry_.Error(ErrorCode::kMappingField, "the field \"split\" is missing",
                   "where every rank has the whole tensor, say \"replicate\": true");
    }
    return std::move(rule_);
  }

 private:
  static bool ReadFlag(const Field& field, std::string_view key) {
    if (!field.Has(key)) return false;
    const Field flag = field.Member(key);
    return flag.Expect(json::Kind::kBool) && flag.value().boolean;
  }

  std::optional<Expression> ReadExpression(const Field& field) {
    absl::StatusOr<Expression> expression =
        Expression::Parse(field.ExpressionText(), field.Place());
    if (expression.ok()) return *std::move(expression);
    diagnostics_.Add(expression.status());
    return std::nullopt;
  }

  void ReadNames() {
    if (!entry_.Has("names")) {
      entry_.Error(ErrorCode::kMappingField, "the field \"names\" is missing");
      return;
    }
    const size_t before = diagnostics_.count();
    rule_.names = read_names_(entry_.Member("names"));
    // Without its names nothing of the entry can be looked at.
    if (diagnostics_.count() > before) rule_.names.clear();
  }

  void ReadLayout() {
    if (!entry_.Has("layout")) return;
    const Field field = entry_.Member("layout");
    if (!field.Expect(json::Kind::kString)) return;
    absl::StatusOr<Layout> layout = Layout::Parse(field.value().string, rule_.atoms, field.Place());
    if (!layout.ok()) return diagnostics_.Add(layout.status());
    absl::StatusOr<std::vector<LayoutCell>> cells = layout->Cells("", rule_.atoms, field.Place());
    if (!cells.ok()) return diagnostics_.Add(cells.status());
    for (const LayoutCell& cell : *cells) {
      if (!cell.filler.has_value()) continue;
      field.Error(ErrorCode::kMappingField,
                  "the layout of a shared tensor has no part that begins with \"~\"",
                  R"(fill an axis up with {"axis": …, "pad": …} under "split")");
      return;
    }
    for (int atom = 0; atom < rule_.atoms.size(); ++atom) {
      CheckName(field, rule_.atoms.name(atom));
    }
    rule_.layout = *std::move(layout);
    rule_.cells = *std::move(cells);
  }

  // In expressions these two are always those of the shard, whatever else has the name.
  static void CheckName(const Field& field, std::string_view axis) {
    if (axis != kRankName && axis != kWorldSizeName) return;
    field.Error(ErrorCode::kMappingField,
                absl::StrFormat("an axis cannot be named \"%s\": in this section that is the "
                                "number of %s",
                                axis, axis == kRankName ? "the rank" : "ranks"),
                "give the axis another name");
  }

  void ReadSizes() {
    if (!entry_.Has("sizes") || !entry_.Member("sizes").Expect(json::Kind::kObject)) return;
    const Field sizes = entry_.Member("sizes");
    for (const json::Member& member : sizes.value().members) {
      if (!IsIdentifier(member.key)) {
        sizes.Error(ErrorCode::kMappingField,
                    absl::StrFormat("\"%s\" is no name of an axis", Escaped(member.key)));
      }
      CheckName(sizes, member.key);
      std::optional<Expression> size = ReadExpression(sizes.Member(member.key));
      if (size.has_value()) rule_.sizes.emplace(member.key, *std::move(size));
    }
  }

  void ReadSplit(const Field& field) {
    if (field.value().kind != json::Kind::kArray) {
      ReadAxis(field);
    } else {
      if (field.value().elements.empty()) {
        field.Error(ErrorCode::kMappingField, "an empty list of axes",
                    "say \"replicate\": true where every rank has the whole tensor");
      }
      for (size_t i = 0; i < field.value().elements.size(); ++i) ReadAxis(field.Element(i));
    }
    CheckSplit(field);
  }

  void ReadAxis(const Field& field) {
    SplitAxis axis;
    if (field.value().kind == json::Kind::kObject) {
      field.ExpectKeys({"axis", "shared", "pad"});
      if (!field.Has("axis")) {
        field.Error(ErrorCode::kMappingField, "the field \"axis\" is missing");
        return;
      }
      if (!field.Member("axis").Expect(json::Kind::kString)) return;
      axis.name = field.Member("axis").value().string;
      axis.shared = ReadFlag(field, "shared");
      if (field.Has("pad")) axis.pad = ReadExpression(field.Member("pad"));
    } else {
      if (!field.Expect(json::Kind::kString)) return;
      axis.name = field.value().string;
    }
    CheckName(field, axis.name);
    if (IsIdentifier(axis.name)) return PlaceAxis(field, std::move(axis));
    field.Error(ErrorCode::kMappingField,
                absl::StrFormat("\"%s\" is no name of an axis", Escaped(axis.name)));
  }

  // What the name stands for: an axis of the layout, or a variable of all patterns.
  void PlaceAxis(const Field& field, SplitAxis axis) {
    const auto has_variable = [&axis](const NamePattern& name) {
      const int variable = name.variables.Find(axis.name);
      return variable >= 0 && IsIndex(*name.pattern, variable);
    };
    axis.atom = rule_.layout.has_value() ? rule_.atoms.Find(axis.name) : -1;
    const bool is_axis = axis.atom >= 0;
    const bool is_variable =
        !rule_.names.empty() && std::all_of(rule_.names.begin(), rule_.names.end(), has_variable);
    if (is_axis && is_variable) {
      field.Error(ErrorCode::kMappingField,
                  absl::StrFormat("the split names an axis and an index: \"%s\" is both",
                                  Escaped(axis.name)),
                  "give the axis another name");
    } else if (!is_axis && !is_variable) {
      // Where names or layout are wrong themselves, that has been said.
      if (rule_.names.empty() || (entry_.Has("layout") && !rule_.layout.has_value())) return;
      const std::string nearest = NearestAxis(axis.name);
      field.Error(ErrorCode::kUnknownVariable,
                  absl::StrFormat("\"%s\" is no axis of the layout, and no index of all names",
                                  Escaped(axis.name)),
                  nearest.empty() || nearest == axis.name
                      ? R"(name an axis of "layout", or an index of the names, such as "e" of {e})"
                      : absl::StrFormat("did you mean \"%s\"?", nearest));
    } else if (is_variable && (axis.shared || axis.pad.has_value())) {
      field.Error(ErrorCode::kMappingField,
                  absl::StrFormat("the split along index %s deals out whole tensors: they are "
                                  "neither \"shared\" nor filled up by \"pad\"",
                                  Escaped(axis.name)));
    } else {
      rule_.split.push_back(std::move(axis));
    }
  }

  static bool IsIndex(const Pattern& pattern, int variable) {
    return std::any_of(
        pattern.tokens().begin(), pattern.tokens().end(), [variable](const PatternToken& token) {
          return token.variable == variable && token.kind == PatternToken::Kind::kIndex;
        });
  }

  std::string NearestAxis(const std::string& name) const {
    std::vector<std::string_view> words;
    for (int atom = 0; atom < rule_.atoms.size(); ++atom) {
      if (IsIdentifier(rule_.atoms.name(atom))) words.emplace_back(rule_.atoms.name(atom));
    }
    const VariableTable& variables = rule_.names.front().variables;
    for (int variable = 0; variable < variables.size(); ++variable) {
      words.emplace_back(variables.name(variable));
    }
    return NearestWord(name, words);
  }

  // Two cuts through one element would leave out what lies off the diagonal.
  void CheckSplit(const Field& field) {
    const std::vector<SplitAxis>& split = rule_.split;
    const bool has_variable = std::any_of(split.begin(), split.end(),
                                          [](const SplitAxis& axis) { return axis.atom < 0; });
    bool crossed = has_variable && split.size() > 1;
    for (const LayoutCell& cell : rule_.cells) {
      const auto cuts = std::count_if(split.begin(), split.end(), [&cell](const SplitAxis& axis) {
        return std::find(cell.atoms.begin(), cell.atoms.end(), axis.atom) != cell.atoms.end();
      });
      crossed = crossed || cuts > 1;
    }
    if (crossed) {
      field.Error(ErrorCode::kMappingField, "the split cuts one element along two axes",
                  "a list of axes is for the parts of a sum: \"[q:(h c) | k:(kv c)] d\" is split "
                  "along h and kv");
    }
    if (has_variable && rule_.layout.has_value()) {
      field.Error(ErrorCode::kMappingField,
                  "the split along an index deals out whole tensors: leave \"layout\" out");
    }
  }

  const Field& entry_;
  const NamePatternReader& read_names_;
  Diagnostics& diagnostics_;
  ShareRule rule_;
};

}  // namespace

std::vector<ShareRule> ReadShares(const Field& list, const NamePatternReader& read_names,
                                  Diagnostics& diagnostics) {
  std::vector<ShareRule> rules;
  if (!list.Expect(json::Kind::kArray)) return rules;
  rules.reserve(list.value().elements.size());
  for (size_t i = 0; i < list.value().elements.size(); ++i) {
    const Field entry = list.Element(i);
    rules.push_back(EntryReader(entry, read_names, diagnostics).Read());
  }
  return rules;
}

absl::StatusOr<Sharding> Sharding::FromJson(std::string_view json, std::string_view name,
                                            const Limits& limits) {
  if (json.size() > limits.json_bytes) {
    return ErrorStatus(
        ErrorCode::kLimitExceeded, Escaped(name),
        absl::StrFormat("a text of %d bytes; the limit is %d", json.size(), limits.json_bytes));
  }
  json::Options options;
  options.file_name = name;
  options.max_depth = limits.json_depth;
  WEFT_ASSIGN_OR_RETURN(const json::Value root, json::ParseTree(json, options));
  const FileText text(json, name);
  Diagnostics diagnostics;
  const Tables no_tables;
  const NamePatternReader read_names = [&](const Field& field) {
    std::vector<NamePattern> names;
    for (const std::string& pattern : field.Strings()) {
      if (pattern.size() > limits.pattern_bytes) {
        field.Error(ErrorCode::kLimitExceeded,
                    absl::StrFormat("a pattern of %d bytes; the limit is %d", pattern.size(),
                                    limits.pattern_bytes));
        continue;
      }
      NamePattern& parsed = names.emplace_back();
      auto read = Pattern::Parse(pattern, Side::kTo, no_tables, parsed.variables, field.Place());
      if (read.ok()) {
        parsed.pattern = *std::move(read);
      } else {
        diagnostics.Add(read.status());
      }
    }
    return names;
  };
  const Field list(root, "", text, diagnostics);
  std::vector<internal::ShareRule> rules = ReadShares(list, read_names, diagnostics);
  if (list.value().kind == json::Kind::kArray && rules.empty()) {
    list.Error(ErrorCode::kMappingField, "an empty list of entries");
  }
  WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
  return Sharding(std::make_shared<const std::vector<internal::ShareRule>>(std::move(rules)));
}

}  // namespace weft
