#include "server/optimizer/model/trust_region.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/status_macros.h"
#include "server/optimizer/cross_sweep.h"
#include "server/optimizer/evolution/batch_builder.h"

namespace evoke {
namespace {

constexpr double kGrow = 1.3;
constexpr double kShrink = 0.8;
// Of the first radius, which is the distance of a draw of the prior from its middle.
constexpr double kMostRadius = 2;
constexpr double kLeastRadius = 1.0 / 16;
constexpr double kLeastRadiusUnderNoise = 0.5;
constexpr double kGainPower = -0.25;
constexpr double kLeastStrength = 1e-6;  // of the first direction's

constexpr int kSteps = 5;
constexpr double kPath = 1.275;   // length of a climb, in radii
constexpr double kJitter = 0.35;  // standard deviation, at the first radius
constexpr double kJitterUnderNoise = 0.7;

constexpr int kDirections = 28;  // of the sweep
constexpr int kLevels = 7;       // along each
constexpr double kReach = 0.35;  // of the outermost level along the first direction, of the radius

}  // namespace

TrustRegion::TrustRegion(std::shared_ptr<const Generator> generator, Method method)
    : generator_(std::move(generator)),
      method_(method),
      scale_(generator_->latent_space()),
      first_radius_(std::sqrt(static_cast<double>(scale_.size()))),
      radius_(first_radius_) {}

absl::Status TrustRegion::Prepare() {
  if (metric_) return absl::OkStatus();
  EVOKE_ASSIGN_OR_RETURN(metric_, MeasureMetric(*generator_, scale_));
  const double first = metric_->strengths[0];
  if (first > 0) {
    gains_ = (metric_->strengths / first).array().max(kLeastStrength).pow(kGainPower);
  } else {
    gains_ = Eigen::VectorXd::Ones(scale_.size());
  }
  const LatentPoint point = scale_.ToLatent(Eigen::VectorXd::Zero(scale_.size()));
  const PixelWeights none(size_t{3} * generator_->image_width() * generator_->image_height());
  gradients_ = generator_->PullBack({&point, 1}, {&none, 1}).ok();
  return absl::OkStatus();
}

void TrustRegion::Learn(const ResponseModel& model, bool rose) {
  const double least = model.scale().noise_known() ? kLeastRadiusUnderNoise : kLeastRadius;
  radius_ = std::clamp(radius_ * (rose ? kGrow : kShrink), least * first_radius_,
                       kMostRadius * first_radius_);
}

Eigen::VectorXd TrustRegion::Inside(const Members& members, Eigen::Index member,
                                    const Eigen::VectorXd& point) const {
  Eigen::VectorXd step = point - members.centre;
  const double length = step.norm();
  if (length > members.radii[member]) step *= members.radii[member] / length;
  return scale_.Clip(members.centre + step);
}

absl::Status TrustRegion::Climb(ResponseModel& model, Members& members) const {
  const Eigen::Index count = members.points.cols();
  const Eigen::VectorXi functions =
      Eigen::VectorXi::LinSpaced(count, 0, static_cast<int>(count) - 1);
  for (int s = 0; s < kSteps; ++s) {
    std::vector<LatentPoint> points;
    for (Eigen::Index m = 0; m < count; ++m)
      points.push_back(scale_.ToLatent(members.points.col(m)));
    EVOKE_ASSIGN_OR_RETURN(
        const std::vector<LatentPoint> gradients,
        generator_->PullBackOf(points, [&](size_t first, absl::Span<const Image> images) {
          const Eigen::MatrixXf features = model.features().Of(images);
          const auto prediction = model.process().Predict(
              features, functions.segment(static_cast<Eigen::Index>(first), features.cols()),
              /*gradient=*/true);
          std::vector<PixelWeights> weights;
          for (Eigen::Index i = 0; i < features.cols(); ++i) {
            weights.push_back(model.features().PullBack(prediction.gradient.col(i)));
          }
          return weights;
        }));
    for (Eigen::Index m = 0; m < count; ++m) {
      const Eigen::VectorXd along =
          metric_->directions.transpose() * scale_.ScaleGradient(gradients[static_cast<size_t>(m)]);
      const Eigen::VectorXd step = metric_->directions * along.cwiseProduct(gains_);
      const double length = step.norm();
      if (!(length > 0)) continue;
      // Each step is shorter than the last by the same amount.
      const double size = members.radii[m] * kPath * 2 * (kSteps - s) / (kSteps * (kSteps + 1));
      members.points.col(m) = Inside(members, m, members.points.col(m) + step * (size / length));
    }
  }
  return absl::OkStatus();
}

absl::Status TrustRegion::Sweep(ResponseModel& model, Members& members) const {
  const int directions = std::min(kDirections, scale_.size());
  const Eigen::Index count = members.points.cols();
  // The grid is that of the first member; the others' radii bound what they take of it.
  const auto point_of = [&](const CrossSweep::Index& index) {
    Eigen::VectorXd step = Eigen::VectorXd::Zero(scale_.size());
    for (int k = 0; k < directions; ++k) {
      const double level = 2.0 * index[static_cast<size_t>(k)] / (kLevels - 1) - 1;
      step += metric_->directions.col(k) *
              (level * kReach * members.radii[0] * std::min(gains_[k], 3.0));
    }
    return step;
  };
  Eigen::VectorXd highest = Eigen::VectorXd::Constant(count, -1e300);
  CrossSweep::Index incumbent(static_cast<size_t>(directions), kLevels / 2);
  double incumbent_value = -1e300;
  CrossSweep sweep(std::vector<int>(static_cast<size_t>(directions), kLevels), 1, false,
                   {incumbent});
  bool ended = false;
  while (!ended) {
    const std::vector<CrossSweep::Index> indices = sweep.CoreIndices();
    std::vector<Eigen::VectorXd> scaled;
    std::vector<LatentPoint> points;
    for (const CrossSweep::Index& index : indices) {
      scaled.push_back(Inside(members, 0, members.centre + point_of(index)));
      points.push_back(scale_.ToLatent(scaled.back()));
    }
    EVOKE_ASSIGN_OR_RETURN(const Eigen::MatrixXf features, model.Features(points));
    Eigen::VectorXd values;
    for (Eigen::Index m = 0; m < count; ++m) {
      const auto prediction = model.process().Predict(
          features, Eigen::VectorXi::Constant(features.cols(), static_cast<int>(m)), false);
      if (m == 0) values = prediction.mean;
      for (Eigen::Index i = 0; i < prediction.mean.size(); ++i) {
        if (prediction.mean[i] <= highest[m]) continue;
        highest[m] = prediction.mean[i];
        members.points.col(m) = Inside(members, m, scaled[static_cast<size_t>(i)]);
      }
    }
    Eigen::Index best;
    const double value = values.maxCoeff(&best);
    if (value > incumbent_value) {
      incumbent_value = value;
      incumbent = indices[static_cast<size_t>(best)];
    }
    ended = sweep.Advance(values, incumbent);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<LatentPoint>> TrustRegion::Propose(ResponseModel& model,
                                                              const ObservationArchive& archive,
                                                              int count, Rng& rng) {
  EVOKE_RETURN_IF_ERROR(Prepare());
  Members members;
  members.centre = scale_.ToScaled(archive.entry(model.best()).point);
  members.radii = Eigen::VectorXd::Constant(count, radius_);
  for (int m = 1; m < count; ++m) {
    members.radii[m] *= std::exp(rng.Uniform(std::log(0.4), std::log(1.5)));
  }
  members.points = members.centre.replicate(1, count);
  const bool sweep = method_ == Method::kTtCross || method_ == Method::kTtCrossAlone;
  if (sweep || !gradients_) EVOKE_RETURN_IF_ERROR(Sweep(model, members));
  if (method_ != Method::kTtCrossAlone && gradients_) EVOKE_RETURN_IF_ERROR(Climb(model, members));
  const double jitter =
      (model.scale().noise_known() ? kJitterUnderNoise : kJitter) * radius_ / first_radius_;
  const auto near = [&](const Eigen::VectorXd& point) {
    Eigen::VectorXd moved = point;
    const double size = jitter * rng.Uniform(0, 1.5);
    for (double& x : moved) x += size * rng.Normal();
    return scale_.ToLatent(scale_.Clip(moved));
  };
  BatchBuilder batch(generator_->latent_space(), archive);
  batch.Add(scale_.ToLatent(members.points.col(0)));
  for (int m = 1; m < count; ++m) batch.Add(near(members.points.col(m)));
  batch.Fill(count, rng, [&] { return near(members.centre); });
  return std::move(batch).Finish("model_search");
}

}  // namespace evoke
