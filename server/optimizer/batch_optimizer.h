// What every method shares: the batch in flight, the checks of a tell, and the archive.
#ifndef EVOKE_SERVER_OPTIMIZER_BATCH_OPTIMIZER_H_
#define EVOKE_SERVER_OPTIMIZER_BATCH_OPTIMIZER_H_

#include <vector>

#include "server/optimizer/observation_archive.h"
#include "server/optimizer/optimizer.h"

namespace evoke {

// A method implements Propose() and reads the archive; it may override Learn(). Not thread-safe.
class BatchOptimizer : public Optimizer {
 public:
  absl::StatusOr<std::vector<LatentPoint>> Ask() final;
  absl::Status Tell(absl::Span<const Observation> observations) final;
  absl::Status Adopt(absl::Span<const LatentPoint> batch) final;
  absl::StatusOr<Recommendation> Best() const override;

 protected:
  explicit BatchOptimizer(LatentSpace space) : space_(std::move(space)) {}

  // The next batch, given all that is in the archive. Called once per batch. RESOURCE_EXHAUSTED
  // if there is nothing left.
  virtual absl::StatusOr<std::vector<LatentPoint>> Propose() = 0;
  // The told batch is in the archive, under `ids`. `adopted`: it was not this method's proposal.
  virtual void Learn(absl::Span<const int> ids, bool adopted) {}

  const LatentSpace& space() const { return space_; }
  const ObservationArchive& archive() const { return archive_; }

 private:
  const LatentSpace space_;
  ObservationArchive archive_;
  std::vector<LatentPoint> batch_;  // empty: none in flight
  bool adopted_ = false;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_BATCH_OPTIMIZER_H_
