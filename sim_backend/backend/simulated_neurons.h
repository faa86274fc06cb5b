// Neurons of a simulated network that answer to presentations with spikes.
#ifndef EVOKE_SIM_BACKEND_BACKEND_SIMULATED_NEURONS_H_
#define EVOKE_SIM_BACKEND_BACKEND_SIMULATED_NEURONS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "clients/responder/responder.h"
#include "common/random.h"
#include "evoke/v1/client.pb.h"
#include "sim_backend/networks/network.h"

namespace evoke {

struct NeuronOptions {
  enum class Noise {
    kNone,     // the network's own spikes: the same at every repeat
    kPoisson,  // a Poisson process whose rate in each step is what the network expects
    // The whole response times a gain of mean 1, drawn anew (log-normal) for each presentation.
    kMultiplicative,
  };
  Noise noise = Noise::kPoisson;
  // Of multiplicative noise, above 0 to 1: the correlation of two repeats' counts over stimuli, for
  // a unit whose mean counts are distributed exponentially over the stimuli (as those of visual
  // neurons roughly are: Baddeley et al., Proc R Soc B 1997). The gain's variance is then
  // (1 / reliability - 1) / 2. Units that prefer fewer stimuli are more reliable, others less.
  double reliability = 0.7;
  // From the onset to the network's first step, as light takes its time to the cortex.
  absl::Duration latency = absl::Milliseconds(50);
  // Spontaneous firing of every unit, all the time, Poisson; spikes per second.
  double spontaneous_hz = 0;

  // OK, or INVALID_ARGUMENT naming the field.
  absl::Status Validate() const;
};

// Noise depends on (experiment's seed, stimulus, repeat, unit) alone: never on attempt, order,
// batch or process, so that a trial that is repeated after a fault draws the same spikes. Used by
// one thread.
class SimulatedNeurons final : public SpikeSource {
 public:
  // `network` must outlive this. Requires valid options.
  SimulatedNeurons(const Network* network, const NeuronOptions& options)
      : network_(network), options_(options) {}

  std::vector<absl::StatusOr<std::vector<UnitSpikes>>> Spikes(
      absl::Span<const v1::PresentationNotice> presentations) override;

  // What the backend offers: every channel of every layer, pooled or by position.
  v1::Client::Backend Describe() const;

 private:
  // What the noise makes of the response; nanoseconds from the onset.
  std::vector<int64_t> EvokedTimes(const StepSpikes& steps, Rng& rng) const;
  std::vector<int64_t> ToSpikeTimes(const StepSpikes& steps, const v1::PresentationNotice& notice,
                                    const std::string& unit) const;

  const Network* const network_;
  const NeuronOptions options_;
};

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_BACKEND_SIMULATED_NEURONS_H_
