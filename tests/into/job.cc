#include "into/job.h"

#include <catch2/catch.hpp>
#include <utility>

namespace weft::test {

std::string PathOf(const std::string& name) {
  return std::string(WEFT_SOURCE_DIR) + "/tests/into/files/" + name;
}

absl::StatusOr<Written> Run(const Job& job) {
  const absl::StatusOr<Checkpoint> source = Checkpoint::Open(job.source);
  if (!source.ok()) return source.status();
  const absl::StatusOr<Template> model = Template::Open(job.into);
  if (!model.ok()) return model.status();
  const absl::StatusOr<Plan> plan =
      CompileInto(job.mappings, source->catalog(), *model, job.compile);
  if (!plan.ok()) return plan.status();
  ConvertOptions options;
  options.into = &*model;
  options.overwrite = job.overwrite;
  options.sync = false;
  absl::StatusOr<ConvertReport> report = Convert(*plan, *source, job.destination, options);
  if (!report.ok()) return report.status();
  return Written{*std::move(report), plan->warnings};
}

Written MustRun(const Job& job) {
  absl::StatusOr<Written> written = Run(job);
  INFO(written.status());
  REQUIRE(written.ok());
  return *std::move(written);
}

std::string ProblemOf(const Job& job) {
  const absl::StatusOr<Written> written = Run(job);
  std::string text;
  for (const Diagnostic& diagnostic : DiagnosticsOf(written.status())) {
    text += "[" + std::string(NameOf(diagnostic.code)) + "] " + diagnostic.where + ": " +
            diagnostic.what + "\n" + diagnostic.hint + "\n";
  }
  return text;
}

bool Holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Mapping MappingOf(const Stage& stage) {
  absl::StatusOr<Mapping> mapping = Mapping::FromRules("test", {stage});
  INFO(mapping.status());
  REQUIRE(mapping.ok());
  return *std::move(mapping);
}

}  // namespace weft::test
