#include "mutation/trial.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "files/safetensors_files.h"
#include "mutation/random.h"
#include "weft/convert.h"
#include "weft/diagnostic.h"
#include "weft/lint.h"
#include "weft/verify.h"

namespace weft::mutation {
namespace {

test::FileTensors WithOtherData(test::FileTensors tensors) {
  Random random(1);
  for (auto& [name, tensor] : tensors) {
    for (char& byte : tensor.data) byte = static_cast<char>(random.Below(256));
  }
  return tensors;
}

std::string FirstLineOf(const absl::Status& status) {
  return TextOf(DiagnosticsOf(status).front());
}

// An element of the source: its tensor, and its place there.
using Origin = std::pair<uint32_t, uint64_t>;

std::vector<Origin> OriginsOf(const PlannedTensor& tensor) {
  std::map<uint64_t, Origin> origins;
  for (const Box& box : tensor.boxes) {
    const uint64_t elements = ElementsOf(box);
    for (uint64_t element = 0; element < elements; ++element) {
      uint64_t target = box.target_offset;
      uint64_t source = box.source_offset;
      uint64_t rest = element;
      for (size_t f = box.factors.size(); f-- > 0;) {
        const uint64_t step = rest % box.factors[f].count;
        rest /= box.factors[f].count;
        target += step * box.factors[f].target_stride;
        source += step * box.factors[f].source_stride;
      }
      origins[target] = {box.source, source};
    }
  }
  std::vector<Origin> in_order;
  in_order.reserve(origins.size());
  for (const auto& [target, origin] : origins) in_order.push_back(origin);
  return in_order;
}

bool SameData(const Plan& a, const Plan& b) {
  for (size_t i = 0; i < a.tensors.size(); ++i) {
    if (OriginsOf(a.tensors[i]) != OriginsOf(b.tensors[i])) return false;
  }
  return true;
}

std::set<std::string> FormsOf(const Plan& plan) {
  std::set<std::string> forms;
  for (const PlannedTensor& tensor : plan.tensors) {
    std::string form = tensor.name + " [";
    for (const int64_t size : tensor.shape) form += " " + std::to_string(size);
    forms.insert(form + " ]");
  }
  for (const DroppedTensor& dropped : plan.dropped) {
    forms.insert("dropped: " + plan.catalog->tensors[dropped.source].name);
  }
  return forms;
}

// How the names and shapes of two plans differ; empty where they do not.
std::string DifferenceOf(const Plan& original, const Plan& edited) {
  const std::set<std::string> expected = FormsOf(original);
  const std::set<std::string> found = FormsOf(edited);
  for (const std::string& form : found) {
    if (expected.count(form) == 0) return "makes " + form;
  }
  for (const std::string& form : expected) {
    if (found.count(form) == 0) return "does not make " + form;
  }
  return "";
}

std::string FindingOf(const Mapping& mapping) {
  const absl::StatusOr<std::vector<LintFinding>> findings = Lint(mapping);
  INFO(findings.status());
  REQUIRE(findings.ok());
  for (const LintFinding& finding : *findings) {
    if (finding.code == LintCode::kUndecided) continue;
    return std::string(NameOf(finding.code)) + " " + finding.what;
  }
  return "";
}

}  // namespace

std::string_view NameOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kParse:
      return "parse";
    case Verdict::kLint:
      return "lint";
    case Verdict::kCompile:
      return "compile";
    case Verdict::kProof:
      return "proof";
    case Verdict::kExpectation:
      return "expect";
    case Verdict::kVerify:
      return "verify";
    case Verdict::kMissed:
      return "missed";
    case Verdict::kSame:
      return "same";
    case Verdict::kSurvived:
      return "survived";
  }
  return "";
}

Trial::Trial(const test::GoldenCase& golden) : mapping_(golden.mapping) {
  INFO(golden.name);
  const std::string path = directory_ / "source.safetensors";
  test::WriteSafetensors(path, WithOtherData(std::filesystem::is_directory(golden.source)
                                                 ? test::ReadDirectory(golden.source)
                                                 : test::ReadSafetensors(golden.source)));
  absl::StatusOr<Checkpoint> checkpoint = Checkpoint::Open(path);
  INFO(checkpoint.status());
  REQUIRE(checkpoint.ok());
  checkpoint_ = *std::move(checkpoint);
  for (const TensorInfo& tensor : checkpoint_->catalog()->tensors) keys_.push_back(tensor.name);
  options_.config_json = test::ReadFile(golden.config);
  absl::StatusOr<Plan> original = CompileText(*library_.JsonOf(mapping_));
  INFO(original.status());
  REQUIRE(original.ok());
  original_ = *std::move(original);
}

absl::StatusOr<Plan> Trial::CompileText(const std::string& json) const {
  const absl::StatusOr<Mapping> mapping = library_.FromJson(json, mapping_ + ".json");
  if (!mapping.ok()) return mapping.status();
  return Compile({*mapping}, checkpoint_->catalog(), options_);
}

// Whether the plan gives more reasons than the original why the way back is not exact.
bool Trial::LosesMore(const Plan& plan) const {
  return plan.exactness_reasons.size() > original_->exactness_reasons.size();
}

Judgement Trial::Judge(const std::string& json, const std::string& bare) const {
  const absl::StatusOr<Mapping> mapping = library_.FromJson(json, mapping_ + ".json");
  if (!mapping.ok()) return {Verdict::kParse, FirstLineOf(mapping.status())};
  const absl::StatusOr<Plan> plan = CompileText(bare);
  const bool exact = plan.ok() && !LosesMore(*plan);
  const std::string difference = plan.ok() ? DifferenceOf(*original_, *plan) : "";
  if (exact && difference.empty()) return JudgeValues(*plan);

  const std::string finding = FindingOf(*mapping);
  if (!finding.empty()) return {Verdict::kLint, finding};
  if (!plan.ok()) return {Verdict::kCompile, FirstLineOf(plan.status())};
  if (!exact) return {Verdict::kProof, plan->exactness_reasons.front()};
  const absl::StatusOr<Plan> held = CompileText(json);
  if (!held.ok()) return {Verdict::kExpectation, FirstLineOf(held.status())};
  if (LosesMore(*held)) return {Verdict::kExpectation, held->exactness_reasons.front()};
  return {Verdict::kSurvived, difference};
}

Judgement Trial::JudgeValues(const Plan& edited) const {
  if (SameData(*original_, edited)) return {Verdict::kSame, ""};
  const std::string path = directory_ / "edited.safetensors";
  ConvertOptions options;
  options.threads = 1;
  options.sync = false;
  options.overwrite = true;
  const absl::StatusOr<ConvertReport> converted = Convert(edited, *checkpoint_, path, options);
  INFO(converted.status());
  REQUIRE(converted.ok());
  const absl::StatusOr<Checkpoint> candidate = Checkpoint::Open(path);
  REQUIRE(candidate.ok());
  VerifyOptions verify;
  verify.threads = 1;
  const absl::StatusOr<VerifyReport> report = Verify(*original_, *checkpoint_, *candidate, verify);
  INFO(report.status());
  REQUIRE(report.ok());
  if (report->equal()) return {Verdict::kMissed, "Verify finds no difference"};
  return {Verdict::kVerify, "tensor " + report->findings.front().tensor};
}

}  // namespace weft::mutation
