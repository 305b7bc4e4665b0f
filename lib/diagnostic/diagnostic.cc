// A status carries its diagnostics as a payload: for each one its code and three texts, every
// number as LEB128 and every text behind its length.
#include "weft/diagnostic.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_format.h"

namespace weft {
namespace {

constexpr char kPayloadUrl[] = "weft/diagnostics";

void AppendNumber(uint64_t number, std::string& out) {
  for (; number >= 0x80; number >>= 7) out += static_cast<char>(number | 0x80);
  out += static_cast<char>(number);
}

void AppendText(std::string_view text, std::string& out) {
  AppendNumber(text.size(), out);
  out += text;
}

std::optional<uint64_t> TakeNumber(std::string_view& in) {
  uint64_t number = 0;
  for (int shift = 0; shift < 63 && !in.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(in[0]);
    in.remove_prefix(1);
    number |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return number;
  }
  return std::nullopt;
}

bool TakeText(std::string_view& in, std::string& text) {
  const std::optional<uint64_t> size = TakeNumber(in);
  if (!size || *size > in.size()) return false;
  text = in.substr(0, *size);
  in.remove_prefix(*size);
  return true;
}

std::string Encode(const std::vector<Diagnostic>& diagnostics) {
  std::string out;
  for (const Diagnostic& diagnostic : diagnostics) {
    AppendNumber(static_cast<uint64_t>(diagnostic.code), out);
    AppendText(diagnostic.where, out);
    AppendText(diagnostic.what, out);
    AppendText(diagnostic.hint.empty() ? HintOf(diagnostic.code) : diagnostic.hint, out);
  }
  return out;
}

// Empty when `in` is not what Encode makes.
std::vector<Diagnostic> Decode(std::string_view in) {
  std::vector<Diagnostic> diagnostics;
  while (!in.empty()) {
    Diagnostic diagnostic;
    const std::optional<uint64_t> code = TakeNumber(in);
    if (!code || *code >= static_cast<uint64_t>(kErrorCodeCount)) return {};
    diagnostic.code = static_cast<ErrorCode>(*code);
    if (!TakeText(in, diagnostic.where) || !TakeText(in, diagnostic.what) ||
        !TakeText(in, diagnostic.hint)) {
      return {};
    }
    diagnostics.push_back(std::move(diagnostic));
  }
  return diagnostics;
}

absl::StatusCode StatusCodeOf(ErrorClass error_class) {
  switch (error_class) {
    case ErrorClass::kInput:
      return absl::StatusCode::kDataLoss;
    case ErrorClass::kUsage:
      return absl::StatusCode::kInvalidArgument;
    case ErrorClass::kIo:
      return absl::StatusCode::kUnavailable;
    case ErrorClass::kLimit:
      return absl::StatusCode::kResourceExhausted;
    case ErrorClass::kCancelled:
      return absl::StatusCode::kCancelled;
    case ErrorClass::kInternal:
      break;
  }
  return absl::StatusCode::kInternal;
}

}  // namespace

std::string TextOf(const Diagnostic& diagnostic) {
  if (diagnostic.where.empty()) return diagnostic.what;
  return absl::StrFormat("%s: %s", diagnostic.where, diagnostic.what);
}

absl::Status StatusOf(std::vector<Diagnostic> diagnostics) {
  if (diagnostics.empty()) return absl::OkStatus();
  const Diagnostic& first = diagnostics.front();
  absl::Status status(StatusCodeOf(ClassOf(first.code)), TextOf(first));
  status.SetPayload(kPayloadUrl, absl::Cord(Encode(diagnostics)));
  return status;
}

absl::Status ErrorStatus(ErrorCode code, std::string_view where, std::string_view what,
                         std::string_view hint) {
  return StatusOf({{code, std::string(where), std::string(what), std::string(hint)}});
}

std::vector<Diagnostic> DiagnosticsOf(const absl::Status& status) {
  if (status.ok()) return {};
  if (const auto payload = status.GetPayload(kPayloadUrl); payload.has_value()) {
    std::vector<Diagnostic> diagnostics = Decode(std::string(*payload));
    if (!diagnostics.empty()) return diagnostics;
  }
  return {{ErrorCode::kInternal, "", std::string(status.message()),
           std::string(HintOf(ErrorCode::kInternal))}};
}

}  // namespace weft
