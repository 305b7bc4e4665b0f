#include "weft/error_code.h"

#include <array>
#include <cstddef>

namespace weft {
namespace {

struct ErrorRow {
  ErrorCode code;
  std::string_view name;
  ErrorClass error_class;
  std::string_view hint;
};

constexpr std::array<ErrorRow, kErrorCodeCount> kRows = {{
    {ErrorCode::kUnknownFormat, "UNKNOWN_FORMAT", ErrorClass::kInput,
     "look at the first bytes of the file: is it the weights themselves?"},
    {ErrorCode::kBadHeaderSyntax, "BAD_HEADER_SYNTAX", ErrorClass::kInput,
     "fetch the file again; if it was written so, tell the authors of its writer"},
    {ErrorCode::kBadDtype, "BAD_DTYPE", ErrorClass::kInput,
     "update weft, or write the file with a type that the format has"},
    {ErrorCode::kBadShape, "BAD_SHAPE", ErrorClass::kInput, "write the file again from its source"},
    {ErrorCode::kBadName, "BAD_NAME", ErrorClass::kInput, "choose another name in the mapping"},
    {ErrorCode::kBadMetadata, "BAD_METADATA", ErrorClass::kInput,
     "write the file again, with texts as metadata"},
    {ErrorCode::kDuplicateName, "DUPLICATE_NAME", ErrorClass::kInput,
     "remove or rename one of the two"},
    {ErrorCode::kHeaderTooLarge, "HEADER_TOO_LARGE", ErrorClass::kInput, "fetch the file again"},
    {ErrorCode::kOffsetHole, "OFFSET_HOLE", ErrorClass::kInput,
     "write the file again with a current version of its writer"},
    {ErrorCode::kOffsetOverlap, "OFFSET_OVERLAP", ErrorClass::kInput,
     "write the file again, with bytes of its own for each tensor"},
    {ErrorCode::kOffsetRange, "OFFSET_RANGE", ErrorClass::kInput,
     "write the file again from its source"},
    {ErrorCode::kOverflow, "OVERFLOW", ErrorClass::kInput,
     "do not trust a file that says so; in a mapping, use smaller numbers"},
    {ErrorCode::kSizeMismatch, "SIZE_MISMATCH", ErrorClass::kInput,
     "write the file again from its source"},
    {ErrorCode::kTruncated, "TRUNCATED", ErrorClass::kInput,
     "fetch the file again, and compare its size with the original's"},
    {ErrorCode::kTrailingData, "TRAILING_DATA", ErrorClass::kInput, "fetch the file again"},
    {ErrorCode::kMissingPart, "MISSING_PART", ErrorClass::kInput, "fetch the missing file"},
    {ErrorCode::kUnsafePath, "UNSAFE_PATH", ErrorClass::kInput,
     "put all files into one directory, and name them plainly"},
    {ErrorCode::kNotRegularFile, "NOT_REGULAR_FILE", ErrorClass::kInput,
     "give a regular file, or a symbolic link to one"},
    {ErrorCode::kInputChanged, "INPUT_CHANGED", ErrorClass::kInput,
     "wait until its writer has finished, then start again"},
    {ErrorCode::kUnsupportedFeature, "UNSUPPORTED_FEATURE", ErrorClass::kInput,
     "update weft, or write the file without it"},
    {ErrorCode::kUnknownGlobal, "UNKNOWN_GLOBAL", ErrorClass::kInput,
     "allow the name with --allow-global if you know the program that wrote the file"},
    {ErrorCode::kWrongChecksum, "WRONG_CHECKSUM", ErrorClass::kInput,
     "the file is damaged, or was edited in place; fetch it again"},
    {ErrorCode::kIncompleteList, "INCOMPLETE_LIST", ErrorClass::kInput,
     "complete the checkpoint: is a file of it missing?"},
    {ErrorCode::kIndexSetsDiffer, "INDEX_SETS_DIFFER", ErrorClass::kInput,
     "complete the checkpoint: is a file of it missing?"},
    {ErrorCode::kMissingTensor, "MISSING_TENSOR", ErrorClass::kInput,
     "complete the checkpoint, or choose the mapping that is for it"},
    {ErrorCode::kWrongShape, "WRONG_SHAPE", ErrorClass::kInput,
     "is it the mapping for this model? then check the params"},
    {ErrorCode::kDtypesDiffer, "DTYPES_DIFFER", ErrorClass::kInput,
     "convert them to one dtype first"},
    {ErrorCode::kNameCollision, "NAME_COLLISION", ErrorClass::kInput,
     "remove one of the two tensors, or add a rule that renames it"},
    {ErrorCode::kUnexpectedTensor, "UNEXPECTED_TENSOR", ErrorClass::kInput,
     "add a rule for it, or drop it in the mapping"},
    {ErrorCode::kNotByteAligned, "NOT_BYTE_ALIGNED", ErrorClass::kInput,
     "keep packed tensors whole, or cut them where bytes end"},
    {ErrorCode::kValuesDiffer, "VALUES_DIFFER", ErrorClass::kInput,
     "if both values matter, the mapping must give them two names"},
    {ErrorCode::kPatchRefused, "PATCH_REFUSED", ErrorClass::kInput,
     "make the file what the mapping expects, or patch it with \"merge\""},
    {ErrorCode::kWrongComplement, "WRONG_COMPLEMENT", ErrorClass::kInput,
     "give the file that --complement wrote when the output was made"},
    {ErrorCode::kJsonSyntax, "JSON_SYNTAX", ErrorClass::kUsage, "mend the file at that place"},
    {ErrorCode::kMappingField, "MAPPING_FIELD", ErrorClass::kUsage,
     "docs/dsl.md lists the fields of a mapping"},
    {ErrorCode::kPatternSyntax, "PATTERN_SYNTAX", ErrorClass::kUsage,
     "docs/dsl.md says under \"Patterns\" what a name may hold"},
    {ErrorCode::kLayoutSyntax, "LAYOUT_SYNTAX", ErrorClass::kUsage,
     "docs/dsl.md says under \"Layouts\" what a layout may hold"},
    {ErrorCode::kExpressionSyntax, "EXPRESSION_SYNTAX", ErrorClass::kUsage,
     "docs/dsl.md says under \"Expressions\" what an expression may hold"},
    {ErrorCode::kTableSyntax, "TABLE_SYNTAX", ErrorClass::kUsage,
     "make both columns of the table unique"},
    {ErrorCode::kRegexRefused, "REGEX_REFUSED", ErrorClass::kUsage,
     "write it without look-around, back-references and large repetitions"},
    {ErrorCode::kUnknownVariable, "UNKNOWN_VARIABLE", ErrorClass::kUsage,
     "use the same variables on both sides"},
    {ErrorCode::kUnknownTable, "UNKNOWN_TABLE", ErrorClass::kUsage, "define it under \"tables\""},
    {ErrorCode::kUnknownOperation, "UNKNOWN_OPERATION", ErrorClass::kUsage,
     "docs/dsl.md lists the operations"},
    {ErrorCode::kBadOperation, "BAD_OPERATION", ErrorClass::kUsage,
     "docs/dsl.md says what each operation takes and gives"},
    {ErrorCode::kCellsDiffer, "CELLS_DIFFER", ErrorClass::kUsage,
     "give both sides the same parts with the same axes"},
    {ErrorCode::kRecursiveInclude, "RECURSIVE_INCLUDE", ErrorClass::kUsage,
     "break the chain: take one of its includes out"},
    {ErrorCode::kUnknownParam, "UNKNOWN_PARAM", ErrorClass::kUsage,
     "`weft maps NAME` lists the params of a mapping"},
    {ErrorCode::kBadParam, "BAD_PARAM", ErrorClass::kUsage,
     "set the right value with --set NAME=VALUE, or give the model's own config"},
    {ErrorCode::kSizeUnknown, "SIZE_UNKNOWN", ErrorClass::kUsage,
     "set it with --set NAME=VALUE, or give the config with --config"},
    {ErrorCode::kSizeConflict, "SIZE_CONFLICT", ErrorClass::kUsage,
     "find out which is right: is it the config of this checkpoint?"},
    {ErrorCode::kTwoRulesOneTensor, "TWO_RULES_ONE_TENSOR", ErrorClass::kUsage,
     "narrow one of the rules, use \"unless\", or put them into two stages"},
    {ErrorCode::kTwoRulesOneTarget, "TWO_RULES_ONE_TARGET", ErrorClass::kUsage,
     "keep in the target's name what tells the sources apart"},
    {ErrorCode::kNoTargetName, "NO_TARGET_NAME", ErrorClass::kUsage,
     "put the same constraint on the source's pattern"},
    {ErrorCode::kAmbiguousKey, "AMBIGUOUS_KEY", ErrorClass::kUsage,
     "constrain one of the variables"},
    {ErrorCode::kNotReversible, "NOT_REVERSIBLE", ErrorClass::kUsage,
     "say \"direction\": \"forward\", and write the way back as a rule of its own where there is "
     "one"},
    {ErrorCode::kAlreadyConverted, "ALREADY_CONVERTED", ErrorClass::kUsage, "use it as it is"},
    {ErrorCode::kNotSharded, "NOT_SHARDED", ErrorClass::kUsage,
     "say in the section \"sharding\" of the mapping what each rank has of it"},
    {ErrorCode::kUnevenShares, "UNEVEN_SHARES", ErrorClass::kUsage,
     "choose another number of ranks, or allow it with \"uneven\", \"shared\" or \"pad\""},
    {ErrorCode::kUnknownMapping, "UNKNOWN_MAPPING", ErrorClass::kUsage,
     "`weft maps` lists the mappings"},
    {ErrorCode::kMappingNotDetected, "MAPPING_NOT_DETECTED", ErrorClass::kUsage,
     "choose one with --map"},
    {ErrorCode::kAmbiguousMapping, "AMBIGUOUS_MAPPING", ErrorClass::kUsage,
     "choose one of them with --map"},
    {ErrorCode::kSeveralCheckpoints, "SEVERAL_CHECKPOINTS", ErrorClass::kUsage,
     "give the index file or the weights file instead of the directory"},
    {ErrorCode::kBadArgument, "BAD_ARGUMENT", ErrorClass::kUsage,
     "docs/cli.md and the headers of include/weft say what is possible"},
    {ErrorCode::kOutputExists, "OUTPUT_EXISTS", ErrorClass::kUsage,
     "choose another destination, or replace it with --force"},
    {ErrorCode::kSameFile, "SAME_FILE", ErrorClass::kUsage, "choose another destination"},
    {ErrorCode::kCannotRead, "CANNOT_READ", ErrorClass::kIo,
     "check the path, its permissions and the disk"},
    {ErrorCode::kCannotWrite, "CANNOT_WRITE", ErrorClass::kIo,
     "check the path, its permissions and the space on the disk"},
    {ErrorCode::kLimitExceeded, "LIMIT_EXCEEDED", ErrorClass::kLimit,
     "if you trust the input, a program can raise the limit: see weft/limits.h"},
    {ErrorCode::kCancelled, "CANCELLED", ErrorClass::kCancelled,
     "start again when you wish; nothing was left that looks complete"},
    {ErrorCode::kInternal, "INTERNAL", ErrorClass::kInternal,
     "this is a bug of weft: please report it with what you did"},
}};

constexpr bool RowsAreInOrder() {
  for (size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].code != static_cast<ErrorCode>(i)) return false;
  }
  return true;
}
static_assert(RowsAreInOrder(), "a row stands at the index of its enumerator");

const ErrorRow& RowOf(ErrorCode code) { return kRows[static_cast<size_t>(code)]; }

}  // namespace

std::string_view NameOf(ErrorCode code) { return RowOf(code).name; }

ErrorClass ClassOf(ErrorCode code) { return RowOf(code).error_class; }

std::string_view HintOf(ErrorCode code) { return RowOf(code).hint; }

}  // namespace weft
