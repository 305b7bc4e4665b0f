#include "formats/numpy/element_type.h"

#include <array>
#include <string>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"

namespace weft::numpy {
namespace {

struct Row {
  std::string_view type;  // without the byte order
  DType dtype;
  std::string_view descr;  // as written; empty where NumPy could not read it
};

constexpr std::array<Row, 14> kRows = {{
    {"b1", DType::kBool, "|b1"},
    {"i1", DType::kI8, "|i1"},
    {"u1", DType::kU8, "|u1"},
    {"i2", DType::kI16, "<i2"},
    {"u2", DType::kU16, "<u2"},
    {"i4", DType::kI32, "<i4"},
    {"u4", DType::kU32, "<u4"},
    {"i8", DType::kI64, "<i8"},
    {"u8", DType::kU64, "<u8"},
    {"f2", DType::kF16, "<f2"},
    {"f4", DType::kF32, "<f4"},
    {"f8", DType::kF64, "<f8"},
    {"c8", DType::kC64, "<c8"},
    // ml_dtypes has NumPy write its float8_e5m2 so, and no NumPy reads it back.
    {"f1", DType::kF8E5M2, ""},
}};

// bfloat16 of ml_dtypes. NumPy's own raw bytes have no byte order, "|V2".
constexpr std::string_view kBFloat16 = "<V2";

struct Refusal {
  std::string_view kind;  // the type starts so
  std::string_view what;
  std::string_view hint;
};

constexpr std::array<Refusal, 11> kRefusals = {{
    {"O", "Python objects, which are a pickle", "save the numbers in them as arrays of numbers"},
    {"S", "byte strings", ""},
    {"a", "byte strings", ""},
    {"U", "texts", ""},
    {"M", "dates", ""},
    {"m", "spans of time", ""},
    {"V", "raw bytes that do not say what they are",
     "if they are numbers of ml_dtypes, save a view of another dtype: array.view('uint8')"},
    {"c16", "complex128", "cast it to complex64, or save its real and imaginary parts"},
    {"c32", "complex longdouble", "cast it to complex64"},
    {"f16", "longdouble", "cast it to float64"},
    {"f12", "longdouble", "cast it to float64"},
}};

bool StartsWith(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

}  // namespace

absl::StatusOr<ElementType> ElementTypeOf(std::string_view descr, std::string_view where) {
  if (descr == kBFloat16) return ElementType{DType::kBF16, false};
  const char order = descr.empty() ? '\0' : descr[0];
  const bool has_order = order == '<' || order == '>' || order == '|' || order == '=';
  const std::string_view type = has_order ? descr.substr(1) : descr;
  for (const Row& row : kRows) {
    if (row.type != type) continue;
    const bool is_one_byte = BitsOf(row.dtype) == 8;
    // What has several bytes says in which order; '=' would be the order of the writer's machine.
    if (!is_one_byte && order != '<' && order != '>') break;
    return ElementType{row.dtype, !is_one_byte && order == '>'};
  }
  for (const Refusal& refusal : kRefusals) {
    if (!StartsWith(type, refusal.kind)) continue;
    return ErrorStatus(ErrorCode::kUnsupportedFeature, where,
                       absl::StrFormat("the elements are %s ('%s')", refusal.what, Escaped(descr)),
                       refusal.hint);
  }
  return ErrorStatus(ErrorCode::kBadDtype, where,
                     absl::StrFormat("has the unknown dtype '%s'", Escaped(descr)));
}

std::string_view DescrOf(DType dtype) {
  if (dtype == DType::kBF16) return kBFloat16;
  for (const Row& row : kRows) {
    if (row.dtype == dtype) return row.descr;
  }
  return {};
}

}  // namespace weft::numpy
