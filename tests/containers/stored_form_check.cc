#include "containers/stored_form_check.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "containers/containers.h"
#include "files/safetensors_files.h"
#include "files/temporary_directory.h"

namespace weft::test {

void CheckStoredForm(const StoredForm& form, Random& random,
                     const std::map<std::string, std::string>& beside) {
  const TemporaryDirectory directory;
  const std::string source = directory / form.file;
  WriteFile(source, form.bytes);
  for (const auto& [name, content] : beside) WriteFile(directory / name, content);
  CheckSame(LoadTensors(source, random), form.expected);

  std::vector<Container> possible;
  for (const Container& container : Containers()) {
    const bool is_held =
        std::all_of(form.expected.begin(), form.expected.end(), [&](const auto& item) {
          return VerdictOf(container.family, item.first, item.second) == "OK";
        });
    if (is_held) possible.push_back(container);
  }
  const Container& container = random.Pick(possible);
  const std::string out = directory / ("out/" + container.file);
  INFO(container.name);
  const absl::Status status = Rewrite(source, out, container, random);
  INFO(status);
  REQUIRE(status.ok());
  CheckSame(LoadTensors(out, random), form.expected);
}

}  // namespace weft::test
