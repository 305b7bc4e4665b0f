#include "weft/error_code.h"

#include <array>
#include <cstddef>

namespace weft {
namespace {

struct ErrorRow {
  ErrorCode code;
  std::string_view name;
  ErrorClass error_class;
};

constexpr std::array<ErrorRow, kErrorCodeCount> kRows = {{
    {ErrorCode::kUnknownFormat, "UNKNOWN_FORMAT", ErrorClass::kInput},
    {ErrorCode::kBadHeaderSyntax, "BAD_HEADER_SYNTAX", ErrorClass::kInput},
    {ErrorCode::kBadDtype, "BAD_DTYPE", ErrorClass::kInput},
    {ErrorCode::kBadShape, "BAD_SHAPE", ErrorClass::kInput},
    {ErrorCode::kBadName, "BAD_NAME", ErrorClass::kInput},
    {ErrorCode::kBadMetadata, "BAD_METADATA", ErrorClass::kInput},
    {ErrorCode::kDuplicateName, "DUPLICATE_NAME", ErrorClass::kInput},
    {ErrorCode::kHeaderTooLarge, "HEADER_TOO_LARGE", ErrorClass::kInput},
    {ErrorCode::kOffsetHole, "OFFSET_HOLE", ErrorClass::kInput},
    {ErrorCode::kOffsetOverlap, "OFFSET_OVERLAP", ErrorClass::kInput},
    {ErrorCode::kOffsetRange, "OFFSET_RANGE", ErrorClass::kInput},
    {ErrorCode::kOverflow, "OVERFLOW", ErrorClass::kInput},
    {ErrorCode::kSizeMismatch, "SIZE_MISMATCH", ErrorClass::kInput},
    {ErrorCode::kTruncated, "TRUNCATED", ErrorClass::kInput},
    {ErrorCode::kTrailingData, "TRAILING_DATA", ErrorClass::kInput},
    {ErrorCode::kMissingPart, "MISSING_PART", ErrorClass::kInput},
    {ErrorCode::kUnsafePath, "UNSAFE_PATH", ErrorClass::kInput},
    {ErrorCode::kNotRegularFile, "NOT_REGULAR_FILE", ErrorClass::kInput},
    {ErrorCode::kInputChanged, "INPUT_CHANGED", ErrorClass::kInput},
    {ErrorCode::kUnsupportedFeature, "UNSUPPORTED_FEATURE", ErrorClass::kInput},
    {ErrorCode::kUnknownGlobal, "UNKNOWN_GLOBAL", ErrorClass::kInput},
    {ErrorCode::kWrongChecksum, "WRONG_CHECKSUM", ErrorClass::kInput},
    {ErrorCode::kIncompleteList, "INCOMPLETE_LIST", ErrorClass::kInput},
    {ErrorCode::kIndexSetsDiffer, "INDEX_SETS_DIFFER", ErrorClass::kInput},
    {ErrorCode::kMissingTensor, "MISSING_TENSOR", ErrorClass::kInput},
    {ErrorCode::kWrongShape, "WRONG_SHAPE", ErrorClass::kInput},
    {ErrorCode::kDtypesDiffer, "DTYPES_DIFFER", ErrorClass::kInput},
    {ErrorCode::kNameCollision, "NAME_COLLISION", ErrorClass::kInput},
    {ErrorCode::kUnexpectedTensor, "UNEXPECTED_TENSOR", ErrorClass::kInput},
    {ErrorCode::kNotByteAligned, "NOT_BYTE_ALIGNED", ErrorClass::kInput},
    {ErrorCode::kValuesDiffer, "VALUES_DIFFER", ErrorClass::kInput},
    {ErrorCode::kPatchRefused, "PATCH_REFUSED", ErrorClass::kInput},
    {ErrorCode::kWrongComplement, "WRONG_COMPLEMENT", ErrorClass::kInput},
    {ErrorCode::kJsonSyntax, "JSON_SYNTAX", ErrorClass::kUsage},
    {ErrorCode::kMappingField, "MAPPING_FIELD", ErrorClass::kUsage},
    {ErrorCode::kPatternSyntax, "PATTERN_SYNTAX", ErrorClass::kUsage},
    {ErrorCode::kLayoutSyntax, "LAYOUT_SYNTAX", ErrorClass::kUsage},
    {ErrorCode::kExpressionSyntax, "EXPRESSION_SYNTAX", ErrorClass::kUsage},
    {ErrorCode::kTableSyntax, "TABLE_SYNTAX", ErrorClass::kUsage},
    {ErrorCode::kRegexRefused, "REGEX_REFUSED", ErrorClass::kUsage},
    {ErrorCode::kUnknownVariable, "UNKNOWN_VARIABLE", ErrorClass::kUsage},
    {ErrorCode::kUnknownTable, "UNKNOWN_TABLE", ErrorClass::kUsage},
    {ErrorCode::kUnknownOperation, "UNKNOWN_OPERATION", ErrorClass::kUsage},
    {ErrorCode::kBadOperation, "BAD_OPERATION", ErrorClass::kUsage},
    {ErrorCode::kCellsDiffer, "CELLS_DIFFER", ErrorClass::kUsage},
    {ErrorCode::kRecursiveInclude, "RECURSIVE_INCLUDE", ErrorClass::kUsage},
    {ErrorCode::kUnknownParam, "UNKNOWN_PARAM", ErrorClass::kUsage},
    {ErrorCode::kBadParam, "BAD_PARAM", ErrorClass::kUsage},
    {ErrorCode::kSizeUnknown, "SIZE_UNKNOWN", ErrorClass::kUsage},
    {ErrorCode::kSizeConflict, "SIZE_CONFLICT", ErrorClass::kUsage},
    {ErrorCode::kTwoRulesOneTensor, "TWO_RULES_ONE_TENSOR", ErrorClass::kUsage},
    {ErrorCode::kTwoRulesOneTarget, "TWO_RULES_ONE_TARGET", ErrorClass::kUsage},
    {ErrorCode::kNoTargetName, "NO_TARGET_NAME", ErrorClass::kUsage},
    {ErrorCode::kAmbiguousKey, "AMBIGUOUS_KEY", ErrorClass::kUsage},
    {ErrorCode::kNotReversible, "NOT_REVERSIBLE", ErrorClass::kUsage},
    {ErrorCode::kAlreadyConverted, "ALREADY_CONVERTED", ErrorClass::kUsage},
    {ErrorCode::kUnknownMapping, "UNKNOWN_MAPPING", ErrorClass::kUsage},
    {ErrorCode::kMappingNotDetected, "MAPPING_NOT_DETECTED", ErrorClass::kUsage},
    {ErrorCode::kAmbiguousMapping, "AMBIGUOUS_MAPPING", ErrorClass::kUsage},
    {ErrorCode::kSeveralCheckpoints, "SEVERAL_CHECKPOINTS", ErrorClass::kUsage},
    {ErrorCode::kBadArgument, "BAD_ARGUMENT", ErrorClass::kUsage},
    {ErrorCode::kOutputExists, "OUTPUT_EXISTS", ErrorClass::kUsage},
    {ErrorCode::kSameFile, "SAME_FILE", ErrorClass::kUsage},
    {ErrorCode::kCannotRead, "CANNOT_READ", ErrorClass::kIo},
    {ErrorCode::kCannotWrite, "CANNOT_WRITE", ErrorClass::kIo},
    {ErrorCode::kLimitExceeded, "LIMIT_EXCEEDED", ErrorClass::kLimit},
    {ErrorCode::kCancelled, "CANCELLED", ErrorClass::kCancelled},
    {ErrorCode::kInternal, "INTERNAL", ErrorClass::kInternal},
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

}  // namespace weft
