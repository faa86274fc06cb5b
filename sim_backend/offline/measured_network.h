// A network between the simulated neurons and the network that they share with others.
#ifndef EVOKE_SIM_BACKEND_OFFLINE_MEASURED_NETWORK_H_
#define EVOKE_SIM_BACKEND_OFFLINE_MEASURED_NETWORK_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "common/clock.h"
#include "sim_backend/networks/network.h"

namespace evoke {

// Measures the network's time, and asks it once for each distinct image of a call: a block shows
// some stimuli several times, and a network answers the same to the same image, unless its input is
// drawn. See Network for the contract.
class MeasuredNetwork final : public Network {
 public:
  // Both must outlive this.
  MeasuredNetwork(const Network* network, const Clock* clock)
      : network_(*network), clock_(*clock) {}

  const std::vector<NetworkLayer>& layers() const override { return network_.layers(); }
  int image_width() const override { return network_.image_width(); }
  int image_height() const override { return network_.image_height(); }
  int steps() const override { return network_.steps(); }
  absl::Duration step_duration() const override { return network_.step_duration(); }
  const std::string& weights_sha256() const override { return network_.weights_sha256(); }

  absl::StatusOr<std::vector<std::vector<StepSpikes>>> Respond(
      absl::Span<const Image> images, absl::Span<const NetworkUnit> units) const override;
  InputEncoding encoding() const override { return network_.encoding(); }
  absl::StatusOr<std::vector<std::vector<StepSpikes>>> RespondSeeded(
      absl::Span<const Image> images, absl::Span<const NetworkUnit> units,
      absl::Span<const uint64_t> seeds) const override;
  absl::StatusOr<std::vector<float>> LayerCounts(absl::Span<const Image> images,
                                                 int layer) const override;

  // Spent in the network's calls since the last TakeNanos().
  int64_t TakeNanos() { return nanos_.exchange(0); }

 private:
  const Network& network_;
  const Clock& clock_;
  mutable std::atomic<int64_t> nanos_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_OFFLINE_MEASURED_NETWORK_H_
