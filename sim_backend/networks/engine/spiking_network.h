// Runs spiking networks by their events.
#ifndef EVOKE_SIM_BACKEND_NETWORKS_ENGINE_SPIKING_NETWORK_H_
#define EVOKE_SIM_BACKEND_NETWORKS_ENGINE_SPIKING_NETWORK_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "common/mutex.h"
#include "common/weights_file.h"
#include "sim_backend/networks/engine/fixed_layer.h"
#include "sim_backend/networks/engine/image_run.h"
#include "sim_backend/networks/network.h"

namespace evoke {

struct SpikingNetworkOptions {
  int steps = 0;    // of a response; 0: as the file states
  int threads = 0;  // that share the images of a call; 0: as many as cores
  InputEncoding encoding = InputEncoding::kDirect;
  const LifKernel* kernel = nullptr;  // null: the best
};

// Work is done where there are spikes: a neuron adds the weights of its active inputs. A call
// computes only what its units depend on. The same image gives the same spikes in every call, with
// any number of threads and on every machine. See Network for the contract.
class SpikingNetwork final : public Network {
 public:
  // Errors of CompileNetwork; INVALID_ARGUMENT if an option is out of range.
  static absl::StatusOr<std::unique_ptr<SpikingNetwork>> Create(
      const WeightsFile& file, const SpikingNetworkOptions& options = {});

  const std::vector<NetworkLayer>& layers() const override { return layers_; }
  int image_width() const override { return network_.architecture.image_size; }
  int image_height() const override { return network_.architecture.image_size; }
  int steps() const override { return steps_; }
  absl::Duration step_duration() const override {
    return absl::Milliseconds(network_.architecture.step_ms);
  }
  const std::string& weights_sha256() const override { return sha256_; }

  absl::StatusOr<std::vector<std::vector<StepSpikes>>> Respond(
      absl::Span<const Image> images, absl::Span<const NetworkUnit> units) const override;
  InputEncoding encoding() const override { return network_.encoding; }
  absl::StatusOr<std::vector<std::vector<StepSpikes>>> RespondSeeded(
      absl::Span<const Image> images, absl::Span<const NetworkUnit> units,
      absl::Span<const uint64_t> seeds) const override;
  void SetThreads(int threads) override { threads_ = threads; }
  absl::StatusOr<std::vector<float>> LayerCounts(absl::Span<const Image> images,
                                                 int layer) const override;

 private:
  SpikingNetwork(FixedNetwork network, const SpikingNetworkOptions& options, std::string sha256);

  // Calls `read(image, run)` for every image after its run, on several threads. No seeds: all 0.
  void RunAll(absl::Span<const Image> images, absl::Span<const uint64_t> seeds, const RunPlan& plan,
              absl::FunctionRef<void(size_t, const ImageRun&)> read) const;
  std::vector<StepSpikes> Read(const ImageRun& run, const RunPlan& plan,
                               absl::Span<const NetworkUnit> units) const;
  std::unique_ptr<ImageRun> TakeRun() const;
  void GiveBack(std::unique_ptr<ImageRun> run) const;

  const FixedNetwork network_;
  const std::vector<NetworkLayer> layers_;
  const int steps_;
  int threads_;
  const LifKernel* const kernel_;
  const std::string sha256_;

  mutable Mutex mutex_;
  // The memory of earlier calls, for the next ones.
  mutable std::vector<std::unique_ptr<ImageRun>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_NETWORKS_ENGINE_SPIKING_NETWORK_H_
