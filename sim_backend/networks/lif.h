// Leaky integrate-and-fire neurons over discrete steps, on plain arrays.
//
// From the resting state v = 0 the input x charges the membrane to h, and s is the spike:
//   h[t] = v[t-1] + (x[t] - v[t-1]) / tau      if the input decays too (decay_input),
//   h[t] = v[t-1] (1 - 1 / tau) + x[t]         if not,
//   s[t] = h[t] >= threshold.
// The reset makes v[t] of h[t]; see LifReset. These are the neurons of SpikingJelly (LIFNode; Fang
// et al., Science Advances 2023) and, without decay_input and with a delayed reset, of snnTorch
// (Leaky, beta = 1 - 1 / tau; Eshraghian et al., Proceedings of the IEEE 2023).
//
// The gradient of s is that of an arc tangent (ATan surrogate, width alpha = 2); the reset is held
// constant in it ("detached").
//
// The sums are not contracted to fused multiply-adds, so results are the same on every machine.
#ifndef EVOKE_SIM_BACKEND_NETWORKS_LIF_H_
#define EVOKE_SIM_BACKEND_NETWORKS_LIF_H_

#include <cstdint>

namespace evoke {

enum class LifReset {
  kZero,             // v[t] = s[t] ? 0 : h[t]
  kSubtract,         // v[t] = h[t] - s[t] threshold
  kSubtractDelayed,  // v[t] = h[t], and h[t+1] is lower by s[t] threshold
};

struct LifParameters {
  float tau = 2;  // in steps, at least 1
  float threshold = 1;
  bool decay_input = true;
  LifReset reset = LifReset::kZero;
  friend bool operator==(const LifParameters&, const LifParameters&) = default;
};

// How `input` runs over the steps: one array per step, or the same one in every step.
enum class LifInput { kPerStep, kConstant };

// Arrays are [step][neuron]; `input` is [neuron] if constant. Writes the membrane before the reset
// (what the gradient needs) and the spikes, 0 or 1.
void LifForward(const float* input, LifInput kind, int steps, int64_t neurons,
                const LifParameters& parameters, float* membrane, float* spikes);

// The gradient with respect to `input` ([neuron], summed over the steps, if constant) from that of
// the spikes.
void LifBackward(const float* membrane, const float* grad_spikes, LifInput kind, int steps,
                 int64_t neurons, const LifParameters& parameters, float* grad_input);

// The spikes alone, of floats or doubles.
template <typename Real>
void LifSpikes(const Real* input, LifInput kind, int steps, int64_t neurons,
               const LifParameters& parameters, Real* spikes);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_NETWORKS_LIF_H_
