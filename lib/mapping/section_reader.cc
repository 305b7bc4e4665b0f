#include "mapping/section_reader.h"

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "mapping/resolved_index.h"
#include "mapping/share_reader.h"
#include "mapping/side_file_reader.h"

namespace weft {
namespace {

using internal::Detection;
using internal::Others;
using internal::ParamSource;

constexpr std::string_view kFilesHint =
    R"(one variable stands for the number: "consolidated.{r:02}.pth")";

bool LeavesDirectory(const std::string& path) {
  return path[0] == '/' || ("/" + path + "/").find("/../") != std::string::npos;
}

class SectionReader {
 public:
  SectionReader(const SectionContext& context, Tables& tables, internal::MappingDocument& document,
                Diagnostics& diagnostics)
      : patterns_(context.patterns),
        prefix_(context.prefix),
        to_prefix_(context.to_prefix),
        tables_(tables),
        document_(document),
        diagnostics_(diagnostics) {}

  // Tables first: patterns use them.
  void ReadDetectionAlone(const Field& file) {
    if (file.Has("tables")) ReadTables(file.Member("tables"));
    if (file.Has("detect")) ReadDetection(file.Member("detect"));
  }

  void Read(const Field& file) {
    ReadDetectionAlone(file);
    if (file.Has("params")) ReadParams(file.Member("params"));
    if (file.Has("others")) ReadOthers(file.Member("others"));
    if (file.Has("files")) ReadFiles(file.Member("files"));
    if (file.Has("keys")) ReadKeys(file.Member("keys"));
    if (file.Has("expect")) ReadExpected(file.Member("expect"));
    if (file.Has("cast")) ReadCasts(file.Member("cast"));
    if (file.Has("sharding")) ReadSharding(file.Member("sharding"));
    if (file.Has("side_files")) ReadSideFiles(file.Member("side_files"), document_);
  }

 private:
  void ReadTables(const Field& tables) {
    if (!tables.Expect(json::Kind::kObject)) return;
    for (const json::Member& member : tables.value().members) {
      const Field field = tables.Member(member.key);
      if (!IsIdentifier(member.key)) {
        field.Error(ErrorCode::kTableSyntax,
                    absl::StrFormat("\"%s\" is no name of a table", Escaped(member.key)));
      }
      if (!field.Expect(json::Kind::kObject)) continue;
      document_.scopes[0].tables.emplace(member.key, field.Place());
      Table& table = tables_[member.key];
      std::set<std::string> right;
      for (const json::Member& entry : field.value().members) {
        const Field value = field.Member(entry.key);
        if (!value.Expect(json::Kind::kString)) continue;
        if (!right.insert(entry.value.string).second) {
          value.Error(ErrorCode::kTableSyntax,
                      absl::StrFormat("\"%s\" stands twice in the right column of table \"%s\"",
                                      Escaped(entry.value.string), Escaped(member.key)),
                      "a table is one-to-one, so that it can be read backwards");
        }
        table.emplace_back(entry.key, entry.value.string);
      }
      if (table.empty()) field.Error(ErrorCode::kTableSyntax, "an empty table");
    }
  }

  void ReadParams(const Field& params) {
    if (!params.Expect(json::Kind::kObject)) return;
    for (const json::Member& member : params.value().members) {
      const Field field = params.Member(member.key);
      if (!IsIdentifier(member.key)) {
        field.Error(ErrorCode::kMappingField,
                    absl::StrFormat("\"%s\" is no name of a param", Escaped(member.key)));
        continue;
      }
      document_.scopes[0].params.emplace(member.key, ReadParam(field));
    }
  }

  ParamSource ReadParam(const Field& field) {
    ParamSource source;
    source.where = field.Place();
    if (field.value().kind != json::Kind::kObject) {
      absl::StatusOr<Expression> expression =
          Expression::Parse(field.ExpressionText(), source.where);
      if (expression.ok()) {
        source.expression = *std::move(expression);
      } else {
        diagnostics_.Add(expression.status());
      }
      return source;
    }
    field.ExpectKeys({"from", "to", "default"});
    if (field.Has("from")) source.from_paths = field.Member("from").Strings();
    if (field.Has("to")) source.to_paths = field.Member("to").Strings();
    if (field.Has("default")) {
      absl::StatusOr<ParamValue> fallback =
          ParamValueOf(field.Member("default").value(), field.Member("default").Place());
      if (fallback.ok()) {
        source.fallback = *std::move(fallback);
      } else {
        diagnostics_.Add(fallback.status());
      }
    }
    return source;
  }

  void ReadOthers(const Field& field) {
    const std::string word = field.String();
    if (word == "pass") {
      document_.others = Others::kPass;
    } else if (word == "error") {
      document_.others = Others::kError;
    } else if (word == "drop") {
      document_.others = Others::kDrop;
    } else {
      field.Error(ErrorCode::kMappingField,
                  absl::StrFormat("\"%s\" is no treatment of other tensors", Escaped(word)),
                  "expected \"pass\", \"error\" or \"drop\"");
    }
  }

  // The names of part files: text, and numbers that tell the part.
  void ReadFiles(const Field& field) {
    const std::string text = field.String();
    if (text.empty()) {
      if (field.value().kind == json::Kind::kString) {
        field.Error(ErrorCode::kMappingField, "the name of part files is empty", kFilesHint);
      }
      return;
    }
    VariableTable variables;
    const auto pattern = Pattern::Parse(text, Side::kFrom, {}, variables, field.Place());
    if (!pattern.ok()) {
      diagnostics_.Add(pattern.status());
      return;
    }
    if (LeavesDirectory(text)) {
      field.Error(ErrorCode::kMappingField,
                  absl::StrFormat("\"%s\" leads out of the checkpoint's directory", Escaped(text)),
                  kFilesHint);
      return;
    }
    std::vector<PartFiles::Piece> pieces;
    for (const PatternToken& token : (*pattern)->tokens()) {
      if (token.kind == PatternToken::Kind::kLiteral) {
        pieces.push_back({token.literal});
        continue;
      }
      if (token.kind != PatternToken::Kind::kIndex || !token.ranges.empty() ||
          variables.size() > 1) {
        field.Error(
            ErrorCode::kMappingField,
            absl::StrFormat("\"%s\" has more in it than the number of a part", Escaped(text)),
            kFilesHint);
        return;
      }
      const auto no_params = [&](std::string_view name) {
        return ErrorStatus(ErrorCode::kUnknownParam, field.Place(),
                           absl::StrFormat("\"%s\": names of files know no params", Escaped(name)));
      };
      const absl::StatusOr<ResolvedIndex> index =
          ResolveIndex(token, **pattern, variables, no_params);
      if (!index.ok()) {
        diagnostics_.Add(index.status());
        return;
      }
      pieces.push_back({"", true, token.width, index->slope, index->offset});
    }
    if (variables.size() == 0) {
      field.Error(ErrorCode::kMappingField,
                  absl::StrFormat("\"%s\" has no number of a part", Escaped(text)), kFilesHint);
      return;
    }
    document_.part_files.emplace(text, std::move(pieces));
  }

  void ReadDetection(const Field& field) {
    if (!field.Expect(json::Kind::kObject)) return;
    field.ExpectKeys({"config", "from", "to"});
    Detection& detection = document_.detection.emplace();
    if (field.Has("config") && field.Member("config").Expect(json::Kind::kObject)) {
      const Field config = field.Member("config");
      for (const json::Member& member : config.value().members) {
        detection.config.emplace_back(member.key, ReadValues(config.Member(member.key)));
      }
    }
    if (field.Has("from")) detection.from = patterns_.ReadGuard(field.Member("from"));
    if (field.Has("to")) detection.to = patterns_.ReadGuard(field.Member("to"));
  }

  // One value, or a list of alternatives.
  std::vector<ParamValue> ReadValues(const Field& field) {
    absl::StatusOr<ParamValue> value = ParamValueOf(field.value(), field.Place());
    if (!value.ok()) {
      diagnostics_.Add(value.status());
      return {};
    }
    if (value->kind == ParamValue::Kind::kList) return value->list;
    return {*std::move(value)};
  }

  // {"from": …, "to": …}, each side optional.
  template <typename ReadSide>
  static void ReadSides(const Field& field, const ReadSide& read) {
    if (!field.Expect(json::Kind::kObject)) return;
    field.ExpectKeys({"from", "to"});
    for (const bool is_from : {true, false}) {
      const std::string_view side = is_from ? "from" : "to";
      if (field.Has(side)) read(field.Member(side), is_from);
    }
  }

  void ReadKeys(const Field& field) {
    ReadSides(field, [this](const Field& side, bool is_from) {
      (is_from ? document_.from_keys : document_.to_keys) =
          patterns_.ReadNamePatterns(side, is_from ? Side::kFrom : Side::kTo);
    });
  }

  void ReadExpected(const Field& field) {
    ReadSides(field, [this](const Field& side, bool is_from) {
      if (!side.Expect(json::Kind::kArray)) return;
      for (size_t i = 0; i < side.value().elements.size(); ++i) {
        const Field entry = side.Element(i);
        if (!entry.Expect(json::Kind::kObject)) continue;
        entry.ExpectKeys({"name", "shape", "note"});
        entry.OptionalString("note");
        if (!entry.Has("name")) {
          entry.Error(ErrorCode::kMappingField, "the field \"name\" is missing");
          continue;
        }
        internal::ExpectedName& expected =
            (is_from ? document_.from_expected : document_.to_expected).emplace_back();
        expected.where = entry.Place();
        expected.name =
            patterns_.ReadNamePattern(entry.Member("name"), is_from ? Side::kFrom : Side::kTo);
        if (entry.Has("shape")) expected.shape = ReadExpectedShape(entry.Member("shape"));
      }
    });
  }

  std::vector<std::optional<Expression>> ReadExpectedShape(const Field& field) {
    std::vector<std::optional<Expression>> shape;
    if (!field.Expect(json::Kind::kArray)) return shape;
    for (size_t i = 0; i < field.value().elements.size(); ++i) {
      const Field size = field.Element(i);
      shape.emplace_back();
      if (size.value().kind == json::Kind::kNull) continue;
      absl::StatusOr<Expression> expression =
          Expression::Parse(size.ExpressionText(), size.Place());
      if (expression.ok()) {
        shape.back() = *std::move(expression);
      } else {
        diagnostics_.Add(expression.status());
      }
    }
    return shape;
  }

  void ReadCasts(const Field& field) {
    ReadSides(field, [this](const Field& side, bool is_from) {
      if (!side.Expect(json::Kind::kArray)) return;
      for (size_t i = 0; i < side.value().elements.size(); ++i) {
        const Field entry = side.Element(i);
        if (!entry.Expect(json::Kind::kObject)) continue;
        entry.ExpectKeys({"names", "dtype", "note"});
        entry.OptionalString("note");
        if (!entry.Has("names") || !entry.Has("dtype")) {
          entry.Error(ErrorCode::kMappingField, "expected the fields \"names\" and \"dtype\"");
          continue;
        }
        internal::CastRule& cast =
            (is_from ? document_.from_casts : document_.to_casts).emplace_back();
        cast.where = entry.Place();
        cast.names =
            patterns_.ReadNamePatterns(entry.Member("names"), is_from ? Side::kFrom : Side::kTo);
        cast.dtype = PatternReader::ReadDType(entry.Member("dtype"));
      }
    });
  }

  void ReadSharding(const Field& field) {
    ReadSides(field, [this](const Field& side, bool is_from) {
      const NamePatternReader read_names = [this, is_from](const Field& names) {
        return patterns_.ReadNamePatterns(names, is_from ? Side::kFrom : Side::kTo,
                                          is_from ? prefix_ : to_prefix_);
      };
      (is_from ? document_.from_shares : document_.to_shares) =
          ReadShares(side, read_names, diagnostics_);
    });
  }

  const PatternReader& patterns_;
  const std::string& prefix_;
  const std::string& to_prefix_;
  Tables& tables_;
  internal::MappingDocument& document_;
  Diagnostics& diagnostics_;
};

}  // namespace

void ReadSections(const Field& file, const SectionContext& context, Tables& tables,
                  internal::MappingDocument& document, Diagnostics& diagnostics) {
  SectionReader(context, tables, document, diagnostics).Read(file);
}

void ReadDetectionSection(const Field& file, const SectionContext& context, Tables& tables,
                          internal::MappingDocument& document, Diagnostics& diagnostics) {
  SectionReader(context, tables, document, diagnostics).ReadDetectionAlone(file);
}

}  // namespace weft
