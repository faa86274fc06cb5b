// How much each direction of a latent space changes the image.
#ifndef EVOKE_SERVER_OPTIMIZER_MODEL_LATENT_METRIC_H_
#define EVOKE_SERVER_OPTIMIZER_MODEL_LATENT_METRIC_H_

#include <Eigen/Core>

#include "absl/status/statusor.h"
#include "server/generator/generator.h"
#include "server/optimizer/model/latent_scale.h"

namespace evoke {

// J'J averaged over the prior, where J is the Jacobian of the image's values with respect to the
// scaled coordinates (Wang & Ponce, ICLR 2021, whose metric is that of a perceptual distance).
struct LatentMetric {
  Eigen::MatrixXd directions;  // [coordinate][direction], orthonormal, the strongest first
  Eigen::VectorXd strengths;   // eigenvalues, descending, not negative
};

// By Hutchinson's trick where the generator has gradients: for random image weights w with
// independent normal entries, the mean of (J'w)(J'w)' is J'J. By central differences elsewhere.
// The same at every call. Errors of the generator.
absl::StatusOr<LatentMetric> MeasureMetric(const Generator& generator, const LatentScale& scale);

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_MODEL_LATENT_METRIC_H_
