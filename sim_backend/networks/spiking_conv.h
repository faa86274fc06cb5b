// Runs a small convolutional spiking network.
#ifndef EVOKE_SIM_BACKEND_NETWORKS_SPIKING_CONV_H_
#define EVOKE_SIM_BACKEND_NETWORKS_SPIKING_CONV_H_

#include <memory>
#include <string>
#include <vector>

#include "common/weights_file.h"
#include "sim_backend/networks/network.h"
#include "sim_backend/networks/spiking_conv_config.h"

namespace evoke {

inline constexpr char kSpikingConvKind[] = "spiking_conv";

// The architecture of SpikingConvConfig. A layer computes all steps as one batch, images go through
// one at a time (so that a batch of another size cannot round otherwise), and only as deep as the
// units lie. See Network for the contract.
class SpikingConv : public Network {
 public:
  // `steps` 0 takes the file's. DATA_LOSS if the weights do not fit the architecture that the file
  // states, INVALID_ARGUMENT if it holds another kind of model or `steps` is out of range.
  static absl::StatusOr<std::unique_ptr<SpikingConv>> Create(const WeightsFile& file, int steps);
  ~SpikingConv() override;

  const std::vector<NetworkLayer>& layers() const override { return layers_; }
  int image_width() const override { return config_.image_size; }
  int image_height() const override { return config_.image_size; }
  int steps() const override { return config_.steps; }
  absl::Duration step_duration() const override { return absl::Milliseconds(config_.step_ms); }
  const std::string& weights_sha256() const override { return sha256_; }

  absl::StatusOr<std::vector<std::vector<StepSpikes>>> Respond(
      absl::Span<const Image> images, absl::Span<const NetworkUnit> units) const override;

 private:
  struct Weights;
  SpikingConv(const SpikingConvConfig& config, std::unique_ptr<Weights> weights,
              std::string sha256);

  absl::Status CheckUnit(const NetworkUnit& unit) const;
  // Runs the first `depth` layers and reads the units from them.
  std::vector<StepSpikes> RespondToOne(const Image& image, absl::Span<const NetworkUnit> units,
                                       int depth) const;
  // The spikes of `layer`, [step][position][channel], go to those units that lie in it.
  void ReadUnits(int layer, const std::vector<uint8_t>& spikes, absl::Span<const NetworkUnit> units,
                 std::vector<StepSpikes>& out) const;

  const SpikingConvConfig config_;
  const std::vector<NetworkLayer> layers_;
  const std::unique_ptr<Weights> weights_;
  const std::string sha256_;
};

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_NETWORKS_SPIKING_CONV_H_
