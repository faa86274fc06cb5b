// A batch in the making: no point twice, and none that was shown already.
#ifndef EVOKE_SERVER_OPTIMIZER_EVOLUTION_BATCH_BUILDER_H_
#define EVOKE_SERVER_OPTIMIZER_EVOLUTION_BATCH_BUILDER_H_

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/random.h"
#include "server/latent/latent_space.h"
#include "server/optimizer/observation_archive.h"

namespace evoke {

// Not thread-safe. Space and archive have to outlive it.
class BatchBuilder {
 public:
  BatchBuilder(const LatentSpace& space, const ObservationArchive& archive)
      : space_(space), archive_(archive) {}

  int size() const { return static_cast<int>(points_.size()); }

  // Takes the point if the archive holds it open and the batch does not have it yet.
  bool Add(LatentPoint point);
  // Takes a point that was shown already, for another measurement.
  void AddAgain(const LatentPoint& point) { points_.push_back(point); }
  // Up to `size` points in all, each the first new one of some draws of `make`: variation may hit
  // what was shown, and in a small space it always does in the end. Fresh points from the prior
  // take the place of those that fail; fewer only if the space has no more.
  void Fill(int size, Rng& rng, const std::function<LatentPoint()>& make);
  void FillFromPrior(int size, Rng& rng);

  // The batch. RESOURCE_EXHAUSTED, naming the method, if it is empty.
  absl::StatusOr<std::vector<LatentPoint>> Finish(absl::string_view method) &&;

 private:
  const LatentSpace& space_;
  const ObservationArchive& archive_;
  std::vector<LatentPoint> points_;
  absl::flat_hash_set<LatentPoint> taken_;
};

// Two of `count` parents that are ranked from the best, each half as probable as the one before;
// two different ones if there are two.
std::pair<size_t, size_t> DrawParents(size_t count, Rng& rng);

// The members of `proposal` that were told just now, under `ids`: a told batch may be a part of
// what was proposed (the budget ended), hold more than that (replicates), or be another altogether.
std::vector<int> ProposedIds(const ObservationArchive& archive,
                             absl::Span<const LatentPoint> proposal, absl::Span<const int> ids);

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_EVOLUTION_BATCH_BUILDER_H_
