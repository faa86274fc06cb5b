// Leaky integrate-and-fire neurons over discrete steps, on plain arrays.
//
// The update is that of SpikingJelly's LIFNode with decay_input (Fang et al., Science Advances
// 2023):
//   h[t] = v[t-1] + (x[t] - v[t-1]) / tau,   s[t] = h[t] >= threshold,   v[t] = s[t] ? 0 : h[t]
// from the resting state v = 0. The gradient of s is that of an arc tangent (ATan surrogate, width
// alpha = 2); the reset is held constant in it ("detached").
//
// The sums are not contracted to fused multiply-adds, so results are the same on every machine.
#ifndef EVOKE_SIM_BACKEND_NETWORKS_LIF_H_
#define EVOKE_SIM_BACKEND_NETWORKS_LIF_H_

#include <cstdint>

namespace evoke {

struct LifParameters {
  float tau = 2;
  float threshold = 1;
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

// A layer at rest to the end of its response: positions x channels neurons, whose input current is
// scale[channel] * input + shift[channel] (a batch norm, folded). `input` is
// [step][position][channel], or [position][channel] if constant; `spikes` likewise [step]..., as
// bytes.
void LifLayer(const float* input, LifInput kind, int steps, int64_t positions, int channels,
              const float* scale, const float* shift, const LifParameters& parameters,
              uint8_t* spikes);

// Averages 2 x 2 positions of `spikes` [step][row][col][channel] (rows and cols even) into `pooled`
// [step][row / 2][col / 2][channel].
void AveragePool(const uint8_t* spikes, int steps, int rows, int cols, int channels, float* pooled);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_NETWORKS_LIF_H_
