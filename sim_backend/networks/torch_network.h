// Runs a network of any Architecture by LibTorch.
#ifndef EVOKE_SIM_BACKEND_NETWORKS_TORCH_NETWORK_H_
#define EVOKE_SIM_BACKEND_NETWORKS_TORCH_NETWORK_H_

#include <memory>
#include <string>
#include <vector>

#include "common/weights_file.h"
#include "sim_backend/networks/architecture.h"
#include "sim_backend/networks/layered_weights.h"
#include "sim_backend/networks/network.h"

namespace evoke {

struct TorchNetworkOptions {
  enum class Precision { kFloat32, kFloat64 };
  int steps = 0;  // of a response; 0: as the file states
  Precision precision = Precision::kFloat32;
  // Images that go through the layers together. More are faster, but torch may then choose another
  // order of summation, so that an image's answer can depend on its company.
  int batch = 1;
};

// All steps of a layer are one batch of steps x images; what depends on the image alone is computed
// once; nothing is computed beyond the deepest layer that is asked for. Neurons step inside one
// kernel (lif.h). This is how rectified networks run, and the reference that the event-driven
// simulation of spiking ones is held against: the same arithmetic, done densely.
class TorchNetwork final : public Network {
 public:
  // Errors of ReadLayeredNetwork; INVALID_ARGUMENT if an option is out of range.
  static absl::StatusOr<std::unique_ptr<TorchNetwork>> Create(
      const WeightsFile& file, const TorchNetworkOptions& options = {});
  ~TorchNetwork() override;

  const std::vector<NetworkLayer>& layers() const override { return layers_; }
  int image_width() const override { return architecture_.image_size; }
  int image_height() const override { return architecture_.image_size; }
  int steps() const override { return architecture_.steps; }
  absl::Duration step_duration() const override {
    return absl::Milliseconds(architecture_.step_ms);
  }
  const std::string& weights_sha256() const override { return sha256_; }
  const Architecture& architecture() const { return architecture_; }

  absl::StatusOr<std::vector<std::vector<StepSpikes>>> Respond(
      absl::Span<const Image> images, absl::Span<const NetworkUnit> units) const override;
  absl::StatusOr<std::vector<float>> LayerCounts(absl::Span<const Image> images,
                                                 int layer) const override;

 private:
  struct Tensors;
  TorchNetwork(const Architecture& architecture, const TorchNetworkOptions& options,
               std::vector<RateGain> gains, std::unique_ptr<Tensors> tensors, std::string sha256);

  bool spiking() const { return architecture_.neurons == NeuronModel::kLif; }

  const Architecture architecture_;
  const TorchNetworkOptions options_;
  const std::vector<NetworkLayer> layers_;
  const std::vector<RateGain> gains_;  // [layer], of rectified networks
  const std::unique_ptr<Tensors> tensors_;
  const std::string sha256_;
};

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_NETWORKS_TORCH_NETWORK_H_
