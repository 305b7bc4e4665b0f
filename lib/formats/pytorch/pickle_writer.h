// Writes the pickle of a dict of tensors.
#ifndef WEFT_FORMATS_PYTORCH_PICKLE_WRITER_H_
#define WEFT_FORMATS_PYTORCH_PICKLE_WRITER_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "formats/pytorch/element_type.h"
#include "weft/catalog.h"

namespace weft::pytorch {

// Protocol 2, with what torch's strict reader (weights_only) takes: an OrderedDict of contiguous
// tensors, each the whole of a storage.
class PickleWriter {
 public:
  PickleWriter();

  // The tensors come in the order of the calls. Storages are numbered from 0; two tensors of one
  // number share it, and are of one type and size.
  void AddTensor(std::string_view name, const ElementType& type, const Shape& shape,
                 uint64_t storage);

  // The pickle. `metadata` becomes an attribute of the OrderedDict, where it is in nobody's way.
  std::string Finish(const std::map<std::string, std::string>& metadata) &&;

 private:
  void Global(std::string_view module, std::string_view name);
  void Text(std::string_view text);
  void Integer(uint64_t number);
  void Sizes(const Shape& sizes);

  std::string out_;
  std::map<std::string, uint32_t, std::less<>> memo_;  // of globals and short texts
  uint32_t put_count_ = 0;
};

}  // namespace weft::pytorch

#endif  // WEFT_FORMATS_PYTORCH_PICKLE_WRITER_H_
