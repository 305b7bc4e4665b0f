#include "mapping/mapping_digest.h"

#include <cstdint>
#include <string_view>

#include "absl/strings/str_format.h"

namespace weft {
namespace {

class Digest {
 public:
  // Each text with its end, so that no two lists of texts run together to the same bytes.
  void Add(std::string_view text) {
    for (const char c : text) AddByte(static_cast<uint8_t>(c));
    AddByte(0xFF);  // no byte of UTF-8
  }

  void Add(const std::vector<internal::CheckedTensor>& side) {
    for (const internal::CheckedTensor& tensor : side) {
      Add(tensor.label);
      for (const internal::CheckedName& name : tensor.names) Add(name.pattern->text());
      if (tensor.layout.has_value()) Add(tensor.layout->text());
      Add("");
    }
    Add("");
  }

  void Add(const internal::CheckedRule& rule) {
    Add(rule.text);
    Add(rule.from);
    Add(rule.to);
    for (const auto& [axis, size] : rule.sizes) {
      Add(axis);
      Add(size.text());
    }
    for (const NamePattern& unless : rule.unless) Add(unless.pattern->text());
    if (rule.when.has_value()) Add(rule.when->text());
    AddByte(rule.otherwise ? 1 : 0);
    AddByte(static_cast<uint8_t>(rule.direction));
  }

  std::string text() const { return absl::StrFormat("%016x", state_); }

 private:
  void AddByte(uint8_t byte) { state_ = (state_ ^ byte) * 0x100000001b3u; }

  uint64_t state_ = 0xcbf29ce484222325u;
};

}  // namespace

std::string DigestOf(const internal::MappingDocument& document) {
  Digest digest;
  bool any = false;
  for (const internal::CheckedStage& stage : document.stages) {
    if (stage.when.has_value()) digest.Add(TextOf(*stage.when));
    for (const internal::CheckedRule& rule : stage.rules) {
      digest.Add(rule);
      any = true;
    }
    digest.Add("");
  }
  return any ? digest.text() : "";
}

}  // namespace weft
