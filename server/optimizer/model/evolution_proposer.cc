#include "server/optimizer/model/evolution_proposer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/status_macros.h"
#include "server/optimizer/evolution/batch_builder.h"
#include "server/optimizer/evolution/prior_scale.h"

namespace evoke {
namespace {

constexpr int kParents = 4;
constexpr int kModelParents = 8;
constexpr int kRounds = 2;           // of mutants that the model looks at
constexpr int kMutants = 96;         // a round
constexpr double kModelShare = 0.5;  // of a batch
constexpr double kDeviations = 1;    // added to the mean
constexpr double kGrow = 1.1;
constexpr double kShrink = 0.95;
constexpr double kLeastStep = 0.02;

// The best measured points: by the model where the noise is known, as seen elsewhere.
std::vector<LatentPoint> BestPoints(const ResponseModel& model, const ObservationArchive& archive,
                                    int count) {
  std::vector<std::pair<double, int>> ranked;
  const std::vector<int>& ids = model.points();
  for (size_t i = 0; i < ids.size(); ++i) {
    const double value = model.scale().noise_known()
                             ? model.process().means()(static_cast<Eigen::Index>(i), 0)
                             : archive.entry(ids[i]).mean;
    ranked.emplace_back(-value, ids[i]);
  }
  const auto size = std::min(ranked.size(), static_cast<size_t>(count));
  std::partial_sort(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(size),
                    ranked.end());
  std::vector<LatentPoint> points;
  for (size_t i = 0; i < size; ++i) points.push_back(archive.entry(ranked[i].second).point);
  return points;
}

// The columns of the highest mean + deviation, one by one.
std::vector<Eigen::Index> Choose(const GaussianProcess& process, const Eigen::MatrixXf& features,
                                 int count) {
  const Eigen::VectorXd mean =
      process.Predict(features, Eigen::VectorXi::Zero(features.cols()), false).mean;
  Eigen::MatrixXd covariance = process.Covariance(features, features);
  std::vector<Eigen::Index> chosen;
  while (static_cast<int>(chosen.size()) < std::min<Eigen::Index>(count, features.cols())) {
    Eigen::VectorXd value =
        mean + kDeviations * Eigen::VectorXd(covariance.diagonal().cwiseMax(0).cwiseSqrt());
    for (const Eigen::Index taken : chosen) value[taken] = -1e300;
    Eigen::Index next;
    value.maxCoeff(&next);
    chosen.push_back(next);
    const double variance = covariance(next, next) + 1e-6;
    const Eigen::VectorXd column = covariance.col(next);
    covariance.noalias() -= column * column.transpose() / variance;
  }
  return chosen;
}

}  // namespace

EvolutionProposer::EvolutionProposer(const LatentSpace& space) : space_(space) {
  const auto is_code = [](const LatentDimension& d) {
    return d.kind == LatentDimension::Kind::kCategorical;
  };
  if (std::all_of(space.dimensions.begin(), space.dimensions.end(), is_code)) moves_.emplace(space);
}

void EvolutionProposer::Learn(const ResponseModel& model, bool rose) {
  step_ = std::clamp(step_ * (rose ? kGrow : kShrink), kLeastStep, 1.0);
}

LatentPoint EvolutionProposer::Vary(const LatentPoint& parent, const LatentPoint& other,
                                    Rng& rng) const {
  if (moves_) return moves_->Child(parent, other, rng);
  LatentPoint child = parent;
  // From one dimension to all, any order of magnitude as probable as another.
  const double share = std::pow(space_.size(), -rng.Uniform());
  for (int i = 0; i < space_.size(); ++i) {
    if (rng.Uniform() >= share) continue;
    const LatentDimension& d = space_.dimensions[static_cast<size_t>(i)];
    double& value = child[static_cast<size_t>(i)];
    if (d.kind == LatentDimension::Kind::kCategorical) {
      value = rng.Index(d.levels);
    } else {
      value = std::clamp(value + step_ * PriorDeviation(d) * rng.Normal(), d.lower, d.upper);
    }
  }
  return child;
}

LatentPoint EvolutionProposer::Mutant(const std::vector<LatentPoint>& points, Rng& rng) const {
  const auto [first, second] = DrawParents(points.size(), rng);
  return Vary(points[first], points[second], rng);
}

absl::StatusOr<std::vector<LatentPoint>> EvolutionProposer::Propose(
    ResponseModel& model, const ObservationArchive& archive, int count, Rng& rng) {
  std::vector<LatentPoint> parents = BestPoints(model, archive, kModelParents);
  std::vector<LatentPoint> candidates;
  Eigen::MatrixXf features(model.features().size(), 0);
  std::vector<Eigen::Index> chosen;
  const int by_model = static_cast<int>(std::lround(kModelShare * count));
  for (int round = 0; round < kRounds; ++round) {
    BatchBuilder mutants(space_, archive);
    mutants.Fill(kMutants, rng, [&] { return Mutant(parents, rng); });
    EVOKE_ASSIGN_OR_RETURN(const std::vector<LatentPoint> fresh,
                           std::move(mutants).Finish("model_search"));
    EVOKE_ASSIGN_OR_RETURN(const Eigen::MatrixXf of_fresh, model.Features(fresh));
    features.conservativeResize(of_fresh.rows(), features.cols() + of_fresh.cols());
    features.rightCols(of_fresh.cols()) = of_fresh;
    candidates.insert(candidates.end(), fresh.begin(), fresh.end());
    chosen = Choose(model.process(), features, std::max(by_model, kModelParents));
    parents.clear();
    for (const Eigen::Index i : chosen) parents.push_back(candidates[static_cast<size_t>(i)]);
  }
  BatchBuilder batch(space_, archive);
  for (size_t i = 0; i < chosen.size() && batch.size() < by_model; ++i) {
    batch.Add(candidates[static_cast<size_t>(chosen[i])]);
  }
  const std::vector<LatentPoint> best = BestPoints(model, archive, kParents);
  batch.Fill(count, rng, [&] { return Mutant(best, rng); });
  return std::move(batch).Finish("model_search");
}

}  // namespace evoke
