#include "formats/deepspeed/rank_file.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"

namespace weft::deepspeed {
namespace {

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool TakeText(std::string_view& text, std::string_view start) {
  if (text.substr(0, start.size()) != start) return false;
  text.remove_prefix(start.size());
  return true;
}

std::optional<uint64_t> TakeNumber(std::string_view& text) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string number(text.substr(0, digits));
  uint64_t value = 0;
  if (!absl::SimpleAtoi(number, &value)) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

}  // namespace

std::string RankFile::NameOf(uint64_t other) const {
  return absl::StrFormat("%s%d%s", before_rank, other, after_rank);
}

bool IsPart(std::string_view name) {
  if (!EndsWith(name, "model_states.pt") && !EndsWith(name, "optim_states.pt")) return false;
  constexpr std::string_view kStarts[] = {
      "mp_rank_", "zero_pp_rank_", "bf16_zero_pp_rank_", "fp16_zero_pp_rank_",
      "layer_",   "expert_",       "expp_rank_",
  };
  return std::any_of(std::begin(kStarts), std::end(kStarts),
                     [&](std::string_view start) { return name.substr(0, start.size()) == start; });
}

std::optional<RankFile> ParseRankFile(std::string_view name) {
  RankFile file;
  std::string_view rest = name;
  const bool is_of_16_bits = TakeText(rest, "bf16_") || TakeText(rest, "fp16_");
  if (TakeText(rest, "zero_pp_rank_")) {
    file.before_rank = name.substr(0, name.size() - rest.size());
    file.rank = TakeNumber(rest);
    file.after_rank = rest;
    if (!file.rank || !TakeText(rest, "_")) return std::nullopt;
  } else if (is_of_16_bits) {
    return std::nullopt;
  }
  if (!TakeText(rest, "mp_rank_")) return std::nullopt;
  const std::optional<uint64_t> model_rank = TakeNumber(rest);
  if (!model_rank) return std::nullopt;
  file.model_rank = *model_rank;
  if (rest == "_model_states.pt") return file;
  // The first versions forgot the line between.
  if (!file.rank || (rest != "_optim_states.pt" && rest != "optim_states.pt")) return std::nullopt;
  file.kind = RankFile::Kind::kOptimizer;
  return file;
}

}  // namespace weft::deepspeed
