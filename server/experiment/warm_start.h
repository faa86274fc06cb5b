// What a search learns from an earlier experiment before its first batch.
#ifndef EVOKE_SERVER_EXPERIMENT_WARM_START_H_
#define EVOKE_SERVER_EXPERIMENT_WARM_START_H_

#include <vector>

#include "absl/status/statusor.h"
#include "evoke/v1/experiment.pb.h"
#include "server/experiment/earlier_record.h"
#include "server/generator/generator.h"

namespace evoke {

inline constexpr int kDefaultEarlierPoints = 100;
// Numbers in all points together: they stand in every record of the experiment's state.
inline constexpr int kMaxEarlierValues = 1 << 17;

// The best points of optimizer.warm_start, by mean score, best first; none without it. Every answer
// is scored anew, by the objective of `spec` (prepared) from the recorded counts: with z-scores, by
// the baselines of the earlier experiment's own first block. The variance is that of the mean, with
// the Fano factor of the earlier repeats.
//
// INVALID_ARGUMENT, naming both sides, if the earlier experiment had another latent space, another
// generator's weights, or other windows than the objective needs, did not record one of its units,
// or if max_points don't fit; FAILED_PRECONDITION if nothing was answered there; errors of
// ReadEarlierRecord().
absl::StatusOr<std::vector<v1::EarlierResponse>> FindEarlierResponses(
    const v1::Experiment& spec, const Generator& generator, const EarlierSources& sources);

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_WARM_START_H_
