#include "sim_backend/networks/lif.h"

#include <algorithm>
#include <vector>

// The loops below are written so that the compiler vectorises them. The same body is compiled for
// AVX2 and for the baseline, and chosen at run time.
#if defined(__x86_64__) && defined(__GNUC__)
#define EVOKE_AVX2 __attribute__((target("avx2")))
#define EVOKE_HAS_AVX2 __builtin_cpu_supports("avx2")
#else
#define EVOKE_AVX2
#define EVOKE_HAS_AVX2 false
#endif
#define EVOKE_BODY __attribute__((always_inline)) inline

namespace evoke {
namespace {

// Neurons at a time: their state stays in the first-level cache over all steps.
constexpr int64_t kBlock = 512;
constexpr float kPi = 3.14159265358979f;

EVOKE_BODY void ForwardBody(const float* input, LifInput kind, int steps, int64_t neurons,
                            const LifParameters& p, float* membrane, float* spikes) {
  const float rate = 1 / p.tau;
  const float threshold = p.threshold;
  float v[kBlock];
  for (int64_t begin = 0; begin < neurons; begin += kBlock) {
    const int64_t count = std::min(kBlock, neurons - begin);
    std::fill_n(v, count, 0.0f);
    for (int t = 0; t < steps; ++t) {
      const float* __restrict x = input + (kind == LifInput::kPerStep ? t * neurons : 0) + begin;
      float* __restrict h = membrane + t * neurons + begin;
      float* __restrict s = spikes + t * neurons + begin;
      for (int64_t i = 0; i < count; ++i) {
        const float potential = v[i] + (x[i] - v[i]) * rate;
        h[i] = potential;
        s[i] = potential >= threshold ? 1.0f : 0.0f;
        v[i] = potential >= threshold ? 0.0f : potential;
      }
    }
  }
}

EVOKE_BODY void BackwardBody(const float* membrane, const float* grad_spikes, LifInput kind,
                             int steps, int64_t neurons, const LifParameters& p,
                             float* grad_input) {
  const float rate = 1 / p.tau;
  const float threshold = p.threshold;
  float grad_v[kBlock];
  float total[kBlock];
  for (int64_t begin = 0; begin < neurons; begin += kBlock) {
    const int64_t count = std::min(kBlock, neurons - begin);
    std::fill_n(grad_v, count, 0.0f);
    std::fill_n(total, count, 0.0f);
    for (int t = steps - 1; t >= 0; --t) {
      const float* __restrict h = membrane + t * neurons + begin;
      const float* __restrict g = grad_spikes + t * neurons + begin;
      float* __restrict out = kind == LifInput::kPerStep ? grad_input + t * neurons + begin : total;
      const bool constant = kind == LifInput::kConstant;
      for (int64_t i = 0; i < count; ++i) {
        const float distance = kPi * (h[i] - threshold);
        const float surrogate = 1 / (1 + distance * distance);
        const float kept = h[i] >= threshold ? 0.0f : grad_v[i];
        const float grad_h = g[i] * surrogate + kept;
        out[i] = (constant ? out[i] : 0.0f) + grad_h * rate;
        grad_v[i] = grad_h * (1 - rate);
      }
    }
    if (kind == LifInput::kConstant) std::copy_n(total, count, grad_input + begin);
  }
}

EVOKE_BODY void LayerBody(const float* input, LifInput kind, int steps, int64_t positions,
                          int channels, const float* scale, const float* shift,
                          const LifParameters& p, uint8_t* spikes) {
  const float rate = 1 / p.tau;
  const float threshold = p.threshold;
  const int64_t neurons = positions * channels;
  std::vector<float> state(channels);
  float* __restrict v = state.data();
  for (int64_t position = 0; position < positions; ++position) {
    std::fill_n(v, channels, 0.0f);
    for (int t = 0; t < steps; ++t) {
      const float* __restrict x =
          input + (kind == LifInput::kPerStep ? t * neurons : 0) + position * channels;
      uint8_t* __restrict s = spikes + t * neurons + position * channels;
      for (int i = 0; i < channels; ++i) {
        const float current = x[i] * scale[i] + shift[i];
        const float potential = v[i] + (current - v[i]) * rate;
        s[i] = potential >= threshold ? 1 : 0;
        v[i] = potential >= threshold ? 0.0f : potential;
      }
    }
  }
}

EVOKE_BODY void PoolBody(const uint8_t* spikes, int steps, int rows, int cols, int channels,
                         float* pooled) {
  const int64_t row_size = static_cast<int64_t>(cols) * channels;
  for (int64_t row = 0; row < static_cast<int64_t>(steps) * rows; row += 2) {
    for (int col = 0; col < cols; col += 2) {
      const uint8_t* __restrict upper =
          spikes + row * row_size + static_cast<int64_t>(col) * channels;
      const uint8_t* __restrict lower = upper + row_size;
      float* __restrict out = pooled + (row / 2 * (cols / 2) + col / 2) * channels;
      for (int i = 0; i < channels; ++i) {
        const int sum = upper[i] + upper[i + channels] + lower[i] + lower[i + channels];
        out[i] = 0.25f * static_cast<float>(sum);
      }
    }
  }
}

EVOKE_AVX2 void ForwardAvx2(const float* input, LifInput kind, int steps, int64_t neurons,
                            const LifParameters& p, float* membrane, float* spikes) {
  ForwardBody(input, kind, steps, neurons, p, membrane, spikes);
}

EVOKE_AVX2 void BackwardAvx2(const float* membrane, const float* grad_spikes, LifInput kind,
                             int steps, int64_t neurons, const LifParameters& p,
                             float* grad_input) {
  BackwardBody(membrane, grad_spikes, kind, steps, neurons, p, grad_input);
}

EVOKE_AVX2 void LayerAvx2(const float* input, LifInput kind, int steps, int64_t positions,
                          int channels, const float* scale, const float* shift,
                          const LifParameters& p, uint8_t* spikes) {
  LayerBody(input, kind, steps, positions, channels, scale, shift, p, spikes);
}

EVOKE_AVX2 void PoolAvx2(const uint8_t* spikes, int steps, int rows, int cols, int channels,
                         float* pooled) {
  PoolBody(spikes, steps, rows, cols, channels, pooled);
}

}  // namespace

void LifForward(const float* input, LifInput kind, int steps, int64_t neurons,
                const LifParameters& parameters, float* membrane, float* spikes) {
  if (EVOKE_HAS_AVX2) {
    ForwardAvx2(input, kind, steps, neurons, parameters, membrane, spikes);
  } else {
    ForwardBody(input, kind, steps, neurons, parameters, membrane, spikes);
  }
}

void LifBackward(const float* membrane, const float* grad_spikes, LifInput kind, int steps,
                 int64_t neurons, const LifParameters& parameters, float* grad_input) {
  if (EVOKE_HAS_AVX2) {
    BackwardAvx2(membrane, grad_spikes, kind, steps, neurons, parameters, grad_input);
  } else {
    BackwardBody(membrane, grad_spikes, kind, steps, neurons, parameters, grad_input);
  }
}

void LifLayer(const float* input, LifInput kind, int steps, int64_t positions, int channels,
              const float* scale, const float* shift, const LifParameters& parameters,
              uint8_t* spikes) {
  if (EVOKE_HAS_AVX2) {
    LayerAvx2(input, kind, steps, positions, channels, scale, shift, parameters, spikes);
  } else {
    LayerBody(input, kind, steps, positions, channels, scale, shift, parameters, spikes);
  }
}

void AveragePool(const uint8_t* spikes, int steps, int rows, int cols, int channels,
                 float* pooled) {
  if (EVOKE_HAS_AVX2) {
    PoolAvx2(spikes, steps, rows, cols, channels, pooled);
  } else {
    PoolBody(spikes, steps, rows, cols, channels, pooled);
  }
}

}  // namespace evoke
