#include "server/optimizer/tensor_train/tt_sampling_options.h"

#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "server/optimizer/evolution/option_checks.h"

namespace evoke {

TtSamplingOptions TtSamplingOptions::Of(Preset preset) {
  switch (preset) {
    case Preset::kTt:
      return {.batch_size = 10, .elite = 1};
    case Preset::kTtS:
      return {.batch_size = 5, .elite = 1};
    case Preset::kTtB:
      return {.batch_size = 25, .elite = 5};
    case Preset::kTtExp:
      return {.batch_size = 100, .elite = 10, .learning_rate = 0.1};
  }
  return {};
}

absl::Status TtSamplingOptions::Validate() const {
  EVOKE_RETURN_IF_ERROR(CheckOption("tt_sampling.rank", rank, 1, 64));
  EVOKE_RETURN_IF_ERROR(CheckOption("tt_sampling.batch_size", batch_size, 1, 4096));
  EVOKE_RETURN_IF_ERROR(CheckOption("tt_sampling.elite", elite, 1, batch_size));
  EVOKE_RETURN_IF_ERROR(CheckOption("tt_sampling.steps", steps, 1, 1000));
  EVOKE_RETURN_IF_ERROR(CheckOption("tt_sampling.grid_size", grid_size, 2, 65536));
  if (!(learning_rate > 0 && learning_rate <= 1)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("tt_sampling.learning_rate is %g; needs over 0, to 1", learning_rate));
  }
  return absl::OkStatus();
}

}  // namespace evoke
