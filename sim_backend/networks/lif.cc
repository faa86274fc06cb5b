#include "sim_backend/networks/lif.h"

#include <algorithm>

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

// The kind of neuron is known when a loop is compiled, so that it holds no branches.
template <bool kDecayInput, LifReset kReset>
struct Kind {
  // The membrane before the reset; `fired` is whether the step before had a spike.
  template <typename Real>
  EVOKE_BODY static Real Charge(Real v, Real x, Real rate, Real threshold, bool fired) {
    const Real h = kDecayInput ? v + (x - v) * rate : v * (1 - rate) + x;
    if constexpr (kReset == LifReset::kSubtractDelayed) return fired ? h - threshold : h;
    return h;
  }
  template <typename Real>
  EVOKE_BODY static Real Reset(Real h, Real threshold) {
    if constexpr (kReset == LifReset::kSubtractDelayed) return h;
    const Real after = kReset == LifReset::kZero ? Real{0} : h - threshold;
    return h >= threshold ? after : h;
  }
};

// Calls `Loop<Kind>::Run(arguments...)` with the kind that the parameters state.
template <template <typename> class Loop, typename... Arguments>
EVOKE_BODY void Dispatch(const LifParameters& p, Arguments... arguments) {
  constexpr LifReset kZero = LifReset::kZero;
  constexpr LifReset kSubtract = LifReset::kSubtract;
  constexpr LifReset kDelayed = LifReset::kSubtractDelayed;
  if (p.decay_input) {
    if (p.reset == kZero) Loop<Kind<true, kZero>>::Run(p, arguments...);
    if (p.reset == kSubtract) Loop<Kind<true, kSubtract>>::Run(p, arguments...);
    if (p.reset == kDelayed) Loop<Kind<true, kDelayed>>::Run(p, arguments...);
  } else {
    if (p.reset == kZero) Loop<Kind<false, kZero>>::Run(p, arguments...);
    if (p.reset == kSubtract) Loop<Kind<false, kSubtract>>::Run(p, arguments...);
    if (p.reset == kDelayed) Loop<Kind<false, kDelayed>>::Run(p, arguments...);
  }
}

template <typename K>
struct Forward {
  EVOKE_BODY static void Run(const LifParameters& p, const float* input, LifInput kind, int steps,
                             int64_t neurons, float* membrane, float* spikes) {
    const float rate = 1 / p.tau;
    const float threshold = p.threshold;
    float v[kBlock];
    float fired[kBlock];
    for (int64_t begin = 0; begin < neurons; begin += kBlock) {
      const int64_t count = std::min(kBlock, neurons - begin);
      std::fill_n(v, count, 0.0f);
      std::fill_n(fired, count, 0.0f);
      for (int t = 0; t < steps; ++t) {
        const float* __restrict x = input + (kind == LifInput::kPerStep ? t * neurons : 0) + begin;
        float* __restrict h = membrane + t * neurons + begin;
        float* __restrict s = spikes + t * neurons + begin;
        for (int64_t i = 0; i < count; ++i) {
          const float potential = K::Charge(v[i], x[i], rate, threshold, fired[i] != 0);
          h[i] = potential;
          s[i] = potential >= threshold ? 1.0f : 0.0f;
          fired[i] = potential >= threshold ? 1.0f : 0.0f;
          v[i] = K::Reset(potential, threshold);
        }
      }
    }
  }
};

template <LifReset kReset>
EVOKE_BODY float KeptGradient(float h, float threshold, float grad_v) {
  return kReset == LifReset::kZero && h >= threshold ? 0.0f : grad_v;
}

template <typename K>
struct Backward;
template <bool kDecayInput, LifReset kReset>
struct Backward<Kind<kDecayInput, kReset>> {
  EVOKE_BODY static void Run(const LifParameters& p, const float* membrane,
                             const float* grad_spikes, LifInput kind, int steps, int64_t neurons,
                             float* grad_input) {
    const float rate = 1 / p.tau;
    const float gain = kDecayInput ? rate : 1;
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
        float* __restrict out =
            kind == LifInput::kPerStep ? grad_input + t * neurons + begin : total;
        const bool constant = kind == LifInput::kConstant;
        for (int64_t i = 0; i < count; ++i) {
          const float distance = kPi * (h[i] - threshold);
          const float surrogate = 1 / (1 + distance * distance);
          const float kept = KeptGradient<kReset>(h[i], threshold, grad_v[i]);
          const float grad_h = g[i] * surrogate + kept;
          out[i] = (constant ? out[i] : 0.0f) + grad_h * gain;
          grad_v[i] = grad_h * (1 - rate);
        }
      }
      if (kind == LifInput::kConstant) std::copy_n(total, count, grad_input + begin);
    }
  }
};

template <typename K>
struct Spikes {
  template <typename Real>
  EVOKE_BODY static void Run(const LifParameters& p, const Real* input, LifInput kind, int steps,
                             int64_t neurons, Real* spikes) {
    const Real rate = 1 / Real{p.tau};
    const Real threshold = p.threshold;
    Real v[kBlock];
    Real fired[kBlock];
    for (int64_t begin = 0; begin < neurons; begin += kBlock) {
      const int64_t count = std::min(kBlock, neurons - begin);
      std::fill_n(v, count, Real{0});
      std::fill_n(fired, count, Real{0});
      for (int t = 0; t < steps; ++t) {
        const Real* __restrict x = input + (kind == LifInput::kPerStep ? t * neurons : 0) + begin;
        Real* __restrict s = spikes + t * neurons + begin;
        for (int64_t i = 0; i < count; ++i) {
          const Real potential = K::Charge(v[i], x[i], rate, threshold, fired[i] != 0);
          s[i] = potential >= threshold ? Real{1} : Real{0};
          fired[i] = potential >= threshold ? Real{1} : Real{0};
          v[i] = K::Reset(potential, threshold);
        }
      }
    }
  }
};

EVOKE_AVX2 void ForwardAvx2(const float* input, LifInput kind, int steps, int64_t neurons,
                            const LifParameters& p, float* membrane, float* spikes) {
  Dispatch<Forward>(p, input, kind, steps, neurons, membrane, spikes);
}

EVOKE_AVX2 void BackwardAvx2(const float* membrane, const float* grad_spikes, LifInput kind,
                             int steps, int64_t neurons, const LifParameters& p,
                             float* grad_input) {
  Dispatch<Backward>(p, membrane, grad_spikes, kind, steps, neurons, grad_input);
}

template <typename Real>
EVOKE_AVX2 void SpikesAvx2(const Real* input, LifInput kind, int steps, int64_t neurons,
                           const LifParameters& p, Real* spikes) {
  Dispatch<Spikes>(p, input, kind, steps, neurons, spikes);
}

}  // namespace

void LifForward(const float* input, LifInput kind, int steps, int64_t neurons,
                const LifParameters& parameters, float* membrane, float* spikes) {
  if (EVOKE_HAS_AVX2) {
    ForwardAvx2(input, kind, steps, neurons, parameters, membrane, spikes);
  } else {
    Dispatch<Forward>(parameters, input, kind, steps, neurons, membrane, spikes);
  }
}

void LifBackward(const float* membrane, const float* grad_spikes, LifInput kind, int steps,
                 int64_t neurons, const LifParameters& parameters, float* grad_input) {
  if (EVOKE_HAS_AVX2) {
    BackwardAvx2(membrane, grad_spikes, kind, steps, neurons, parameters, grad_input);
  } else {
    Dispatch<Backward>(parameters, membrane, grad_spikes, kind, steps, neurons, grad_input);
  }
}

template <typename Real>
void LifSpikes(const Real* input, LifInput kind, int steps, int64_t neurons,
               const LifParameters& parameters, Real* spikes) {
  if (EVOKE_HAS_AVX2) {
    SpikesAvx2(input, kind, steps, neurons, parameters, spikes);
  } else {
    Dispatch<Spikes>(parameters, input, kind, steps, neurons, spikes);
  }
}
template void LifSpikes(const float*, LifInput, int, int64_t, const LifParameters&, float*);
template void LifSpikes(const double*, LifInput, int, int64_t, const LifParameters&, double*);

}  // namespace evoke
