// Files that repeat the same tensor names, each with its part of the tensors:
// consolidated.00.pth, consolidated.01.pth, … as model-parallel programs save them.
//
// A mapping file says how they are called ("files": "consolidated.{r:02}.pth", docs/dsl.md). A
// checkpoint that is opened so names the tensor "norm.weight" of the second file
// "1/norm.weight", and rules merge over the parts:
//
//   weft::OpenOptions options;
//   if (mapping->part_files() != nullptr) options.part_files = *mapping->part_files();
//   auto checkpoint = weft::Checkpoint::Open("llama-2-13b", options);
//
// On the way back the plan knows the files (Plan::part_files), and Convert writes them.
//
// A value: immutable, cheap to copy.
#ifndef WEFT_PART_FILES_H_
#define WEFT_PART_FILES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft {

class PartFiles {
 public:
  // Of the name of a file: a text, or a number that is slope · part + offset.
  struct Piece {
    std::string text;
    bool is_number = false;
    int width = 0;  // digits of the number, filled up with zeros; 0: as many as it takes
    int64_t slope = 1;
    int64_t offset = 0;
  };

  // At least one of the pieces is a number, with a slope that is not 0. `text` is how a mapping
  // spells it.
  PartFiles(std::string text, std::vector<Piece> pieces)
      : text_(std::move(text)), pieces_(std::move(pieces)) {}

  const std::string& text() const { return text_; }  // "consolidated.{r:02}.pth"

  // The path of a part's file, relative to the directory of all, with '/' between components;
  // nullopt where the number does not fit.
  std::optional<std::string> PathOf(uint64_t part) const;

  // The part whose file has that path; nullopt when it is of none.
  std::optional<uint64_t> PartOf(std::string_view path) const;

 private:
  std::string text_;
  std::vector<Piece> pieces_;
};

// "1/norm.weight" of part 1 and "norm.weight".
std::string NameInPart(uint64_t part, std::string_view name);

// The part, and the name in it, of a name "1/norm.weight"; nullopt for other names.
std::optional<std::pair<uint64_t, std::string_view>> CutPart(std::string_view name);

}  // namespace weft

#endif  // WEFT_PART_FILES_H_
