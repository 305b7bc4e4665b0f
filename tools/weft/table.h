// Rows of text in aligned columns.
#ifndef WEFT_TOOLS_WEFT_TABLE_H_
#define WEFT_TOOLS_WEFT_TABLE_H_

#include <string>
#include <utility>
#include <vector>

namespace weft::cli {

enum class Align { kLeft, kRight };

class Table {
 public:
  explicit Table(std::vector<Align> columns) : columns_(std::move(columns)) {}

  // One cell for each column.
  void AddRow(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  // Each row a line; two blanks between columns, none at the end of a line.
  std::string Text() const;

 private:
  std::vector<Align> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace weft::cli

#endif  // WEFT_TOOLS_WEFT_TABLE_H_
