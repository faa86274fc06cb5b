// How far two sets of images are apart, by the statistics of their features.
#ifndef EVOKE_SIM_BACKEND_TRAINING_FRECHET_H_
#define EVOKE_SIM_BACKEND_TRAINING_FRECHET_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace evoke {

struct FeatureStatistics {
  int64_t count = 0;               // of feature vectors
  std::vector<double> mean;        // [feature]
  std::vector<double> covariance;  // [feature][feature], with the divisor count - 1

  int dimensions() const { return static_cast<int>(mean.size()); }
};

// `features` holds vectors of `dimensions` numbers, one after another. INVALID_ARGUMENT if that
// does not go up evenly, if there are fewer than two, or if a number is not finite.
absl::StatusOr<FeatureStatistics> SummarizeFeatures(absl::Span<const float> features,
                                                    int dimensions);

// The Frechet distance between normal distributions of these statistics,
//   |m1 - m2|^2 + trace(C1 + C2 - 2 (C1 C2)^(1/2))
// (Dowson & Landau 1982; for images, Heusel et al., NeurIPS 2017). Not negative; 0 for equal
// statistics. It shrinks with more vectors: compare only distances from equally many, and only of
// the same features. INVALID_ARGUMENT if the dimensions differ.
absl::StatusOr<double> FrechetDistance(const FeatureStatistics& a, const FeatureStatistics& b);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_TRAINING_FRECHET_H_
