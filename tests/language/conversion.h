// A mapping file of tests/language/mappings, run from files to files.
#ifndef WEFT_TESTS_LANGUAGE_CONVERSION_H_
#define WEFT_TESTS_LANGUAGE_CONVERSION_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "weft/plan.h"

namespace weft::test {

using Lines = std::vector<std::string>;
using Texts = std::map<std::string, std::string>;

// An F32 tensor of these values.
FileTensor F32(const std::vector<int64_t>& shape, const std::vector<float>& values);

// A BF16 tensor of these bit patterns: 0x3F80 is 1, 0x4000 is 2, 0xFF80 is −∞.
FileTensor BF16(const std::vector<int64_t>& shape, const std::vector<uint16_t>& values);

// A directory of checkpoints, each by its name, and one mapping file to convert them by.
class Conversion {
 public:
  // `mapping` is the name of a file of tests/language/mappings, without ".json".
  explicit Conversion(std::string mapping) : mapping_(std::move(mapping)) {}

  // Adds a mapping from memory, which the others may include.
  Conversion& Add(const std::string& name, const std::string& json);

  // For all conversions from now on.
  Conversion& Set(const std::string& name, const std::string& value);
  Conversion& Unset();
  Conversion& DTypeOfOutput(DType dtype);
  Conversion& KeepDTypes();

  // Writes a source.
  Conversion& Write(const std::string& name, const FileTensors& tensors,
                    const std::string& config = "");

  // Converts the checkpoint `source` into `destination`; loads it too, and checks that the two are
  // the same. The errors, "CODE where: what", of which a refusal has some; then nothing may stand
  // at `destination`.
  Lines Convert(const std::string& source, const std::string& destination,
                Direction direction = Direction::kForward);

  // Converts, which must go well, and checks what has been written.
  void Expect(const std::string& source, const std::string& destination, Direction direction,
              const FileTensors& expected);

  // `left` becomes `right`; what was written becomes `left` again without anything set, and so does
  // a `right` that weft has not written, with what is set.
  void ThereAndBack(const FileTensors& left, const FileTensors& right,
                    const std::string& config = "");
  // The same without the `right` that weft has not written.
  void ThereAndBackRecorded(const FileTensors& left, const FileTensors& right,
                            const std::string& config = "");

  std::string FileOf(const std::string& name, const std::string& file) const;
  FileTensors TensorsOf(const std::string& name) const;
  // A JSON file beside the weights, in one line, keys sorted.
  std::string JsonOf(const std::string& name, const std::string& file) const;
  Texts MetadataOf(const std::string& name) const;

  // Of the last conversion.
  const Plan& plan() const { return plan_; }
  const Lines& warnings() const { return warnings_; }

 private:
  std::string mapping_;
  Texts added_;
  CompileOptions options_;
  TemporaryDirectory directory_;
  Plan plan_;
  Lines warnings_;
};

}  // namespace weft::test

#endif  // WEFT_TESTS_LANGUAGE_CONVERSION_H_
