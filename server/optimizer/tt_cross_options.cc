#include "server/optimizer/tt_cross_options.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

absl::Status CheckRange(absl::string_view field, int value, int low, int high) {
  if (value >= low && value <= high) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("tt_cross.", field, " is ", value, "; needs ", low, " to ", high));
}

}  // namespace

absl::Status TtCrossOptions::Validate() const {
  EVOKE_RETURN_IF_ERROR(CheckRange("rank", rank, 1, 64));
  EVOKE_RETURN_IF_ERROR(CheckRange("digit_base", digit_base, 2, 64));
  EVOKE_RETURN_IF_ERROR(CheckRange("grid_size", grid_size, 2, 65536));
  EVOKE_RETURN_IF_ERROR(CheckRange("max_batch", max_batch, 1, 4096));
  EVOKE_RETURN_IF_ERROR(CheckRange("initial_points", initial_points, 0, 4096));
  EVOKE_RETURN_IF_ERROR(CheckRange("stage_patience", stage_patience, 0, 1 << 30));
  EVOKE_RETURN_IF_ERROR(CheckRange("incumbent_measurements", incumbent_measurements, 1, 1000));
  if (!(row_spread > 0 && row_spread <= 1)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("tt_cross.row_spread is %g; needs over 0, to 1", row_spread));
  }
  for (const MapStage& stage : map_stages) {
    EVOKE_RETURN_IF_ERROR(CheckRange("map_stages.size", stage.size, 1, MapStage::kAlone));
  }
  return absl::OkStatus();
}

}  // namespace evoke
