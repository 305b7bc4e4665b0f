// Files as other programs write them, with tensors in forms that weft itself never writes.
#ifndef WEFT_TESTS_CONTAINERS_STORED_FORMS_H_
#define WEFT_TESTS_CONTAINERS_STORED_FORMS_H_

#include <functional>
#include <string>

#include "containers/random.h"
#include "files/safetensors_files.h"
#include "formats/raw_zip.h"

namespace weft::test {

struct StoredForm {
  std::string file;  // its name
  std::string bytes;
  FileTensors expected;
};

// How a member of a zip is stored.
using MakeMember = std::function<RawMember(std::string name, const std::string& content)>;

// Views of storages that they share, overlap in and leave parts of unused, with all kinds of
// strides; in half of the files the numbers are big-endian.
StoredForm TorchViews(Random& random, const MakeMember& make_member);

// The same in a file of before torch 1.6, where some storages are parts of others.
StoredForm LegacyTorchViews(Random& random);

// Arrays in both byte orders, some with the first axis innermost.
StoredForm NumpyArchive(Random& random, const MakeMember& make_member);

// Parameters that are cut into pieces at any byte.
StoredForm MindSporePieces(Random& random);

// Raw bytes in several pieces, typed numbers, values in the file model.data.
struct StoredModel {
  StoredForm model;
  std::string data;
};
StoredModel OnnxModel(Random& random);

}  // namespace weft::test

#endif  // WEFT_TESTS_CONTAINERS_STORED_FORMS_H_
