// A directory being written. It gets its final name, with everything in it, in one step.
#ifndef WEFT_IO_OUTPUT_DIRECTORY_H_
#define WEFT_IO_OUTPUT_DIRECTORY_H_

#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/directory.h"

namespace weft {

// Move-only owner of a temporary sibling of the destination. Removes it with all that is in it when
// it is destroyed before a Publish that succeeded.
class OutputDirectory {
 public:
  // Makes ".NAME.weft-XXXXXX" in `parent`, which must live as long. Errors: kCannotWrite.
  static absl::StatusOr<OutputDirectory> CreateTemporary(const Directory& parent,
                                                         std::string_view name);

  OutputDirectory(OutputDirectory&& other) noexcept = default;
  OutputDirectory& operator=(OutputDirectory&& other) noexcept = default;
  ~OutputDirectory() = default;

  // To create files in.
  const Directory& directory() const { return state_->directory; }

  // Renames to the name given to CreateTemporary, which must be free. Errors: kOutputExists,
  // kCannotWrite.
  absl::Status Publish();

  // Takes the place of the directory of that name. What is in the old directory, and in directories
  // in it, is moved to the new one where its path is free there and not one of `replaced`; the rest
  // is removed. Paths are relative ("a/b"). Where nothing stands under the name, the same as
  // Publish. Errors: kCannotWrite.
  absl::Status PublishOver(const std::set<std::string>& replaced);

 private:
  struct State {
    State(const Directory& parent_directory, Directory own, std::string final_name,
          std::string current_name)
        : parent(&parent_directory),
          directory(std::move(own)),
          name(std::move(final_name)),
          temporary(std::move(current_name)) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State();

    const Directory* parent;
    Directory directory;
    std::string name;
    std::string temporary;  // what is to be removed; empty when there is nothing
  };

  explicit OutputDirectory(std::unique_ptr<State> state) : state_(std::move(state)) {}

  std::unique_ptr<State> state_;
};

}  // namespace weft

#endif  // WEFT_IO_OUTPUT_DIRECTORY_H_
