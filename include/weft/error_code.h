// The stable names of everything that weft refuses, and the class each belongs to.
//
// A code's name is printed in `error[NAME]`, stands in JSON reports, and has an entry in
// docs/errors.md. Names never change their meaning; new ones are appended.
//
//   weft::NameOf(weft::ErrorCode::kIncompleteList);   // "INCOMPLETE_LIST"
//   weft::ClassOf(weft::ErrorCode::kIncompleteList);  // ErrorClass::kInput
#ifndef WEFT_ERROR_CODE_H_
#define WEFT_ERROR_CODE_H_

#include <cstdint>
#include <string_view>

namespace weft {

// The values are the exit codes of the command line; there kInternal, too, exits with 1.
enum class ErrorClass : uint8_t {
  kInput = 1,      // a checkpoint was refused: corrupt, unsafe, inconsistent, incomplete
  kUsage = 2,      // a mapping, a param or an argument is wrong
  kIo = 3,         // the system could not read or write
  kLimit = 4,      // a limit of weft/limits.h was exceeded
  kCancelled = 5,  // the caller's cancel callback said so
  kInternal = 70,  // a bug of weft; please report it
};

enum class ErrorCode : uint16_t {
  // Files (kInput).
  kUnknownFormat,
  kBadHeaderSyntax,
  kBadDtype,
  kBadShape,
  kBadName,
  kBadMetadata,
  kDuplicateName,
  kHeaderTooLarge,
  kOffsetHole,
  kOffsetOverlap,
  kOffsetRange,
  kOverflow,
  kSizeMismatch,
  kTruncated,
  kTrailingData,
  kMissingPart,
  kUnsafePath,
  kNotRegularFile,
  kInputChanged,
  kUnsupportedFeature,
  kUnknownGlobal,
  kWrongChecksum,
  // A checkpoint that does not fit the mapping (kInput).
  kIncompleteList,
  kIndexSetsDiffer,
  kMissingTensor,
  kWrongShape,
  kDtypesDiffer,
  kNameCollision,
  kUnexpectedTensor,
  kNotByteAligned,
  kValuesDiffer,
  kPatchRefused,
  kWrongComplement,
  // Mapping files (kUsage).
  kJsonSyntax,
  kMappingField,
  kPatternSyntax,
  kLayoutSyntax,
  kExpressionSyntax,
  kTableSyntax,
  kRegexRefused,
  kUnknownVariable,
  kUnknownTable,
  kUnknownOperation,
  kBadOperation,
  kCellsDiffer,
  kRecursiveInclude,
  // A mapping and its use (kUsage).
  kUnknownParam,
  kBadParam,
  kSizeUnknown,
  kSizeConflict,
  kTwoRulesOneTensor,
  kTwoRulesOneTarget,
  kNoTargetName,
  kAmbiguousKey,
  kNotReversible,
  kAlreadyConverted,
  kNotSharded,
  kUnevenShares,
  kUnknownMapping,
  kMappingNotDetected,
  kAmbiguousMapping,
  kSeveralCheckpoints,
  kBadArgument,
  kOutputExists,
  kSameFile,
  // The system (kIo).
  kCannotRead,
  kCannotWrite,
  // kLimit
  kLimitExceeded,
  // kCancelled
  kCancelled,
  // kInternal
  kInternal,
};

inline constexpr int kErrorCodeCount = static_cast<int>(ErrorCode::kInternal) + 1;

// For example "INCOMPLETE_LIST". The view has static lifetime.
std::string_view NameOf(ErrorCode code);

// The class, and so the exit code.
ErrorClass ClassOf(ErrorCode code);

// What to do about any error of the code: the hint of a Diagnostic that has none of its own. For
// example "complete the checkpoint: is a file of it missing?". The view has static lifetime.
std::string_view HintOf(ErrorCode code);

}  // namespace weft

#endif  // WEFT_ERROR_CODE_H_
