// The latent points from which a search begins when the operator names pictures.
#ifndef EVOKE_SERVER_EXPERIMENT_START_POINTS_H_
#define EVOKE_SERVER_EXPERIMENT_START_POINTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "evoke/v1/experiment.pb.h"
#include "server/generator/generator.h"

namespace evoke {

inline constexpr int kMaxStartPictures = 256;

// A point for each picture of optimizer.start_reference_set, in the order of the pictures' names,
// with the error that is left; none without a set. Pictures are scaled to the generator's images,
// and turned into points by its encoder or, where it has none, by optimisation (InvertImages()).
// The latter takes seconds a picture: hold no lock. Deterministic, and thread-safe.
// NOT_FOUND, naming the sets there are; INVALID_ARGUMENT for more than kMaxStartPictures and for a
// generator that can do neither.
absl::StatusOr<std::vector<v1::StartPoint>> FindStartPoints(const v1::Experiment& spec,
                                                            const Generator& generator,
                                                            const std::string& reference_dir);

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_START_POINTS_H_
