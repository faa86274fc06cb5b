// Centre and width of a continuous dimension's prior: the units that steps are measured in.
#ifndef EVOKE_SERVER_OPTIMIZER_EVOLUTION_PRIOR_SCALE_H_
#define EVOKE_SERVER_OPTIMIZER_EVOLUTION_PRIOR_SCALE_H_

#include "server/latent/latent_space.h"

namespace evoke {

// The standard deviation of the prior: 1 for a standard normal one (narrower bounds make it
// smaller), the width of the bounds / sqrt(12) for a uniform one, 0 where the bounds are equal. A
// step of 1 is then a step of one latent unit in an SN-GAN, and sensible in a space whose
// dimensions have different units.
double PriorDeviation(const LatentDimension& continuous);

// The point of highest density that is nearest to the middle of the bounds.
double PriorCentre(const LatentDimension& continuous);

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_EVOLUTION_PRIOR_SCALE_H_
