#include "server/optimizer/model/latent_metric.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <vector>

#include "common/random.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr int kPoints = 40;
constexpr int kProbesOfDimension = 2;  // products in all, for each dimension
constexpr int kMostProbes = 1024;
constexpr double kStep = 0.25;  // of central differences, in standard deviations of the prior
// A generator without gradients is probed along this many random directions at most.
constexpr int kMostDifferences = 256;

absl::StatusOr<Eigen::MatrixXd> ByGradients(const Generator& generator, const LatentScale& scale,
                                            Rng& rng) {
  const int probes = std::clamp(kProbesOfDimension * scale.size(), kPoints, kMostProbes);
  const size_t values = size_t{3} * generator.image_width() * generator.image_height();
  Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(scale.size(), scale.size());
  LatentPoint point;
  for (int i = 0; i < probes; ++i) {
    if (i % (probes / kPoints) == 0) point = generator.latent_space().Sample(rng);
    PixelWeights weights(values);
    for (float& w : weights) w = static_cast<float>(rng.Normal());
    EVOKE_ASSIGN_OR_RETURN(const std::vector<LatentPoint> product,
                           generator.PullBack({&point, 1}, {&weights, 1}));
    const Eigen::VectorXd g = scale.ScaleGradient(product[0]);
    sum.selfadjointView<Eigen::Lower>().rankUpdate(g, 1.0 / probes);
  }
  return sum;
}

absl::StatusOr<Eigen::MatrixXd> ByDifferences(const Generator& generator, const LatentScale& scale,
                                              Rng& rng) {
  const int n = scale.size();
  Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(n, n);
  const int probed = std::min(n, kMostDifferences);
  const int points = std::max(1, kPoints * std::min(n, 8) / probed);
  for (int i = 0; i < points; ++i) {
    const Eigen::VectorXd at = scale.ToScaled(generator.latent_space().Sample(rng));
    std::vector<LatentPoint> pair;
    std::vector<int> axes(static_cast<size_t>(n));
    for (int k = 0; k < n; ++k) axes[static_cast<size_t>(k)] = k;
    rng.Shuffle(std::span<int>(axes));
    for (int k = 0; k < probed; ++k) {
      Eigen::VectorXd up = at, down = at;
      up[axes[static_cast<size_t>(k)]] += kStep;
      down[axes[static_cast<size_t>(k)]] -= kStep;
      pair.push_back(scale.ToLatent(scale.Clip(up)));
      pair.push_back(scale.ToLatent(scale.Clip(down)));
    }
    EVOKE_ASSIGN_OR_RETURN(const std::vector<Image> images, generator.Decode(pair));
    Eigen::MatrixXf jacobian(images[0].rgb.size(), probed);
    for (int k = 0; k < probed; ++k) {
      const Image& a = images[static_cast<size_t>(2 * k)];
      const Image& b = images[static_cast<size_t>(2 * k) + 1];
      for (size_t p = 0; p < a.rgb.size(); ++p) {
        jacobian(static_cast<Eigen::Index>(p), k) =
            (static_cast<float>(a.rgb[p]) - static_cast<float>(b.rgb[p])) /
            static_cast<float>(255 * 2 * kStep);
      }
    }
    const Eigen::MatrixXf products = jacobian.transpose() * jacobian;
    for (int j = 0; j < probed; ++j) {
      for (int k = 0; k < probed; ++k) {
        sum(axes[static_cast<size_t>(j)], axes[static_cast<size_t>(k)]) += products(j, k) / points;
      }
    }
  }
  return sum;
}

}  // namespace

absl::StatusOr<LatentMetric> MeasureMetric(const Generator& generator, const LatentScale& scale) {
  Rng rng(HashText("latent metric"));
  absl::StatusOr<Eigen::MatrixXd> metric = ByGradients(generator, scale, rng);
  if (absl::IsUnimplemented(metric.status())) metric = ByDifferences(generator, scale, rng);
  EVOKE_RETURN_IF_ERROR(metric.status());
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(*metric);
  LatentMetric result;
  result.directions = solver.eigenvectors().rowwise().reverse();
  result.strengths = solver.eigenvalues().reverse().cwiseMax(0);
  return result;
}

}  // namespace evoke
