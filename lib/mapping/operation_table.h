// The one table of named operations: name, meaning, fields, shape rule and reverse of each.
//
// Adding an operation: a struct in weft/operations.h, a row here, its rearrangement in
// plan/run_operations.cc.
#ifndef WEFT_MAPPING_OPERATION_TABLE_H_
#define WEFT_MAPPING_OPERATION_TABLE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "weft/catalog.h"
#include "weft/operations.h"

namespace weft {

// Reads or prints the fields of an operation; one call for each field of the struct.
class OperationFields {
 public:
  virtual ~OperationFields() = default;
  virtual void Integer(std::string_view name, int* value) = 0;
  virtual void Integers(std::string_view name, std::vector<int>* value) = 0;
  virtual void Flag(std::string_view name, bool* value) = 0;
  virtual void Name(std::string_view name, std::string* value) = 0;
  // An expression; empty where it is left out.
  virtual void Size(std::string_view name, std::string* value) = 0;
  // A list of expressions; one alone may stand without brackets.
  virtual void Sizes(std::string_view name, std::vector<std::string>* value, bool required) = 0;
};

// What an operation does to the number of slots. kRegroup: any number becomes any other.
enum class SlotEffect { kEach, kJoin, kSplit, kRegroup };

// What an operation does to the list over the variable that OverOf names.
enum class ListEffect { kNone, kMerges, kSplits };

// What a shape rule needs to know beyond the shapes.
struct ShapeContext {
  uint64_t parts = 0;                // number of slots that come out, except of kEach
  uint64_t list_size = 0;            // members of the list that is merged
  size_t slot = 0;                   // kEach: which one
  std::vector<int64_t> sizes;        // SizesOf, evaluated
  std::vector<int64_t> extra_sizes;  // ExtraSizesOf, evaluated
};

struct OperationRow {
  std::string_view name;
  std::string_view doc;
  SlotEffect effect;
  void (*fields)(ConversionOp& operation, OperationFields& fields);
  // Shapes in → shapes out; one for each slot (of one member, where the slot is a list). Errors:
  // kWrongShape without a place.
  absl::StatusOr<std::vector<Shape>> (*shapes)(const ConversionOp& operation,
                                               const std::vector<Shape>& inputs,
                                               const ShapeContext& context);
  // The operation that undoes it. Errors: kNotReversible with the reason.
  absl::StatusOr<ConversionOp> (*reverse)(const ConversionOp& operation);
  ConversionOp initial;  // with default fields
};

const std::vector<OperationRow>& OperationRows();
const OperationRow& RowOf(const ConversionOp& operation);
// Null when there is none.
const OperationRow* FindOperation(std::string_view name);

// `dim` counted from 0. Errors: kWrongShape when it is outside −rank … rank−1.
absl::StatusOr<size_t> AxisOf(int dim, size_t rank);

// Members of each run but the last ones, where ERNIE's operations cut a list into runs.
uint64_t ExpertsInRun(uint64_t experts, uint64_t runs);

// The expressions that ShapeContext::sizes and extra_sizes are made of: `sizes`, `shape`, `heads`,
// a Slice's start and end; and `rotary`, a Reshape's `from`.
std::vector<std::string> SizesOf(const ConversionOp& operation);
std::vector<std::string> ExtraSizesOf(const ConversionOp& operation);

// The variable over which a list is merged or split; empty for other operations.
std::string_view OverOf(const ConversionOp& operation);
ListEffect ListEffectOf(const ConversionOp& operation);

}  // namespace weft

#endif  // WEFT_MAPPING_OPERATION_TABLE_H_
