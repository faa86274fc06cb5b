// Any TorchScript module as a network: how a lab brings its own.
#ifndef EVOKE_SIM_BACKEND_NETWORKS_TORCH_SCRIPT_NETWORK_H_
#define EVOKE_SIM_BACKEND_NETWORKS_TORCH_SCRIPT_NETWORK_H_

#include <memory>
#include <string>
#include <vector>

#include "evoke/v1/network_manifest.pb.h"
#include "sim_backend/networks/network.h"

namespace evoke {

// The manifest says what the module takes and gives (network_manifest.proto). The module runs in
// eval mode, on one image at a time and without the optimizer of graphs, which would change its
// sums between the first calls and the later ones. All layers are computed, whatever is asked for.
// See Network for the contract: a module that keeps state or draws random numbers does not honour
// it.
class TorchScriptNetwork final : public Network {
 public:
  // `module_path` is the .pt file; `sha256` that of the manifest, which covers the module by its
  // sum; `steps` 0 takes the manifest's. NOT_FOUND: no such module. DATA_LOSS: its sum is not that
  // of the manifest (both are named), or it is no TorchScript. INVALID_ARGUMENT: it cannot take a
  // gray image, lacks an output or gives another shape than the manifest says (both are named).
  // Requires a manifest as ReadNetworkManifest() gives.
  static absl::StatusOr<std::unique_ptr<TorchScriptNetwork>> Create(
      const std::string& module_path, const v1::TorchScriptNetwork& manifest, std::string sha256,
      int steps = 0);
  ~TorchScriptNetwork() override;

  const std::vector<NetworkLayer>& layers() const override { return layers_; }
  int image_width() const override { return manifest_.image_width(); }
  int image_height() const override { return manifest_.image_height(); }
  int steps() const override { return manifest_.steps(); }
  absl::Duration step_duration() const override { return absl::Milliseconds(manifest_.step_ms()); }
  const std::string& weights_sha256() const override { return sha256_; }

  absl::StatusOr<std::vector<std::vector<StepSpikes>>> Respond(
      absl::Span<const Image> images, absl::Span<const NetworkUnit> units) const override;
  absl::StatusOr<std::vector<float>> LayerCounts(absl::Span<const Image> images,
                                                 int layer) const override;

 private:
  struct Impl;
  TorchScriptNetwork(std::unique_ptr<Impl> impl, const v1::TorchScriptNetwork& manifest,
                     std::string sha256);

  const std::unique_ptr<Impl> impl_;
  const v1::TorchScriptNetwork manifest_;
  const std::vector<NetworkLayer> layers_;
  const std::string sha256_;
};

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_NETWORKS_TORCH_SCRIPT_NETWORK_H_
