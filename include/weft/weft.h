// All of weft: open a checkpoint, choose a mapping, compile a plan, convert or load.
//
//   auto checkpoint = weft::Checkpoint::Open("mixtral-tiny");
//   auto mapping = weft::Mapping::Builtin("mixtral");
//   auto plan = weft::Compile({*mapping}, checkpoint->catalog());
//   auto report = weft::Convert(*plan, *checkpoint, "mixtral-fused");
//
// Each call returns absl::StatusOr; docs/tour.md is the ten-minute tour.
#ifndef WEFT_WEFT_H_
#define WEFT_WEFT_H_

#include "weft/catalog.h"
#include "weft/checkpoint.h"
#include "weft/compile_into.h"
#include "weft/complement.h"
#include "weft/convert.h"
#include "weft/diagnostic.h"
#include "weft/digest.h"
#include "weft/dtype.h"
#include "weft/error_code.h"
#include "weft/expectation.h"
#include "weft/io.h"
#include "weft/limits.h"
#include "weft/lint.h"
#include "weft/load.h"
#include "weft/mapping.h"
#include "weft/mapping_library.h"
#include "weft/name_report.h"
#include "weft/operations.h"
#include "weft/part_files.h"
#include "weft/plan.h"
#include "weft/plan_picture.h"
#include "weft/provenance.h"
#include "weft/rules.h"
#include "weft/sharding.h"
#include "weft/side_files.h"
#include "weft/template.h"
#include "weft/verify.h"
#include "weft/version.h"

#endif  // WEFT_WEFT_H_
