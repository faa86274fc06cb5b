#include "server/optimizer/model/latent_scale.h"

#include "server/optimizer/evolution/prior_scale.h"

namespace evoke {

LatentScale::LatentScale(const LatentSpace& space)
    : middle_(space.size()), unit_(space.size()), lower_(space.size()), upper_(space.size()) {
  for (int i = 0; i < space.size(); ++i) {
    const LatentDimension& d = space.dimensions[static_cast<size_t>(i)];
    lower_[i] = d.lower;
    upper_[i] = d.upper;
    middle_[i] = PriorCentre(d);
    // A dimension of one value never moves, whatever its unit.
    unit_[i] = d.lower < d.upper ? PriorDeviation(d) : 1;
  }
}

Eigen::VectorXd LatentScale::ToScaled(const LatentPoint& point) const {
  const Eigen::Map<const Eigen::VectorXd> p(point.data(), size());
  return (p - middle_).cwiseQuotient(unit_);
}

LatentPoint LatentScale::ToLatent(const Eigen::VectorXd& scaled) const {
  // Clipped once more: a rounding error must not carry a point over its bound.
  const Eigen::VectorXd p =
      (middle_ + scaled.cwiseProduct(unit_)).cwiseMax(lower_).cwiseMin(upper_);
  return {p.data(), p.data() + p.size()};
}

Eigen::VectorXd LatentScale::Clip(const Eigen::VectorXd& scaled) const {
  return scaled.cwiseMax((lower_ - middle_).cwiseQuotient(unit_))
      .cwiseMin((upper_ - middle_).cwiseQuotient(unit_));
}

Eigen::VectorXd LatentScale::ScaleGradient(const LatentPoint& gradient) const {
  return Eigen::Map<const Eigen::VectorXd>(gradient.data(), size()).cwiseProduct(unit_);
}

}  // namespace evoke
