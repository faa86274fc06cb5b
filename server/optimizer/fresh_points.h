// Draws from a space's prior that were not shown yet.
#ifndef EVOKE_SERVER_OPTIMIZER_FRESH_POINTS_H_
#define EVOKE_SERVER_OPTIMIZER_FRESH_POINTS_H_

#include <vector>

#include "common/random.h"
#include "server/latent/latent_space.h"
#include "server/optimizer/observation_archive.h"

namespace evoke {

// Up to `count` different points that the archive holds open; fewer only where the space has no
// more, none when it is exhausted. Draws from the prior; where draws keep hitting points already
// shown, as in a small space nearly used up, the space is walked from a random place instead.
std::vector<LatentPoint> DrawFreshPoints(const LatentSpace& space,
                                         const ObservationArchive& archive, int count, Rng& rng);

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_FRESH_POINTS_H_
