#include "server/optimizer/evolution/cma_es.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "server/optimizer/evolution/batch_builder.h"
#include "server/optimizer/evolution/cholesky_covariance.h"
#include "server/optimizer/evolution/diagonal_covariance.h"
#include "server/optimizer/evolution/full_covariance.h"
#include "server/optimizer/evolution/gaussian_distribution.h"
#include "server/optimizer/evolution/option_checks.h"
#include "server/optimizer/evolution/prior_scale.h"
#include "server/optimizer/evolution/sphere_distribution.h"

namespace evoke {
namespace {

using Variant = CmaEsOptions::Variant;

int PopulationSize(const CmaEsOptions& options, int dimensions) {
  if (options.population_size > 0) return options.population_size;
  constexpr int kWangPonce = 40;
  if (options.variant == Variant::kCholesky || options.variant == Variant::kSphere) {
    return kWangPonce;
  }
  return 4 + static_cast<int>(3 * std::log(std::max(1, dimensions)));
}

std::unique_ptr<SearchDistribution> Distribution(const CmaEsOptions& options, int n) {
  const auto sigma = [&options](double standard) {
    return options.sigma > 0 ? options.sigma : standard;
  };
  switch (options.variant) {
    case Variant::kFull:
      return std::make_unique<GaussianDistribution>(n, sigma(1),
                                                    std::make_unique<FullCovariance>(n));
    case Variant::kSeparable:
      return std::make_unique<GaussianDistribution>(n, sigma(1),
                                                    std::make_unique<DiagonalCovariance>(n));
    case Variant::kCholesky:
      return std::make_unique<GaussianDistribution>(n, sigma(3),
                                                    std::make_unique<CholeskyCovariance>(n));
    case Variant::kSphere:
      break;
  }
  return std::make_unique<SphereDistribution>(n, sigma(50 * std::numbers::pi / 180));
}

}  // namespace

absl::Status CmaEsOptions::Validate() const {
  if (population_size != 0) {
    EVOKE_RETURN_IF_ERROR(CheckOption("cma_es.population_size", population_size, 2, 4096));
  }
  return CheckOption("cma_es.sigma", sigma, 0, 1e9);
}

absl::Status CmaEsOptions::CheckSpace(const LatentSpace& space) const {
  EVOKE_RETURN_IF_ERROR(RequireContinuous("cma_es", space));
  if (variant != Variant::kFull || space.size() <= kMaxFullDimensions) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrFormat(
      "cma_es: the full variant takes %d dimensions at most, and dimension %d is one too many; use "
      "the separable variant",
      kMaxFullDimensions, kMaxFullDimensions));
}

CmaEs::CmaEs(const CmaEsOptions& options, LatentSpace space, uint64_t seed)
    : BatchOptimizer(std::move(space)), rng_(MixSeed({seed, HashText("cma_es")})) {
  std::vector<double> centre, scale;
  for (int i = 0; i < this->space().size(); ++i) {
    const LatentDimension& d = this->space().dimensions[i];
    if (d.lower == d.upper) continue;
    free_dimensions_.push_back(i);
    centre.push_back(PriorCentre(d));
    scale.push_back(PriorDeviation(d));
  }
  const int n = static_cast<int>(free_dimensions_.size());
  centre_ = Eigen::VectorXd::Map(centre.data(), n);
  scale_ = Eigen::VectorXd::Map(scale.data(), n);
  population_size_ = PopulationSize(options, n);
  if (n > 0) distribution_ = Distribution(options, n);
}

absl::StatusOr<std::vector<LatentPoint>> CmaEs::Propose() {
  BatchBuilder batch(space(), archive());
  const int missing = population_size_ - static_cast<int>(generation_.size());
  if (distribution_ == nullptr) {
    batch.FillFromPrior(missing, rng_);
    return std::move(batch).Finish("cma_es");
  }
  const Eigen::MatrixXd draws = distribution_->Sample(missing, rng_);
  for (Eigen::Index i = 0; i < draws.cols(); ++i) batch.Add(ToLatent(draws.col(i)));
  // In few dimensions projection onto the box gives the same corner more than once.
  batch.Fill(missing, rng_, [this] { return ToLatent(distribution_->Sample(1, rng_)); });
  EVOKE_ASSIGN_OR_RETURN(proposal_, std::move(batch).Finish("cma_es"));
  return proposal_;
}

void CmaEs::Learn(absl::Span<const int> ids, bool adopted) {
  started_ = started_ || !adopted || !ProposedIds(archive(), proposal_, ids).empty();
  std::vector<int>& points = started_ ? generation_ : start_;
  for (int id : ids) {
    if (archive().measured(id)) points.push_back(id);
  }
  if (distribution_ == nullptr || points.empty()) return;
  if (!started_) {
    distribution_->Start(Ranked(start_));
    return;
  }
  if (2 * static_cast<int>(generation_.size()) < population_size_) return;
  if (!archive().AllEqual()) distribution_->Update(Ranked(generation_));
  generation_.clear();
}

Eigen::MatrixXd CmaEs::Ranked(std::vector<int> ids) const {
  std::stable_sort(ids.begin(), ids.end(),
                   [this](int a, int b) { return archive().IsBetter(a, b); });
  const Eigen::Index n = centre_.size();
  Eigen::MatrixXd ranked(n, ids.size());
  for (size_t p = 0; p < ids.size(); ++p) {
    const LatentPoint& point = archive().entry(ids[p]).point;
    for (Eigen::Index k = 0; k < n; ++k) {
      ranked(k, static_cast<Eigen::Index>(p)) =
          (point[free_dimensions_[k]] - centre_(k)) / scale_(k);
    }
  }
  return ranked;
}

LatentPoint CmaEs::ToLatent(const Eigen::VectorXd& coordinates) const {
  LatentPoint point(space().size());
  for (int i = 0; i < space().size(); ++i) point[i] = space().dimensions[i].lower;
  for (size_t k = 0; k < free_dimensions_.size(); ++k) {
    const int i = free_dimensions_[k];
    const auto index = static_cast<Eigen::Index>(k);
    point[i] = std::clamp(centre_(index) + scale_(index) * coordinates(index),
                          space().dimensions[i].lower, space().dimensions[i].upper);
  }
  return point;
}

}  // namespace evoke
