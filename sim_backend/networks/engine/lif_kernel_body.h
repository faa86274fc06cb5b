// Included by the lif_kernel_*.cc files only, each of which is compiled for another processor. All
// is in an unnamed namespace, and nothing of the standard library is used, lest the linker take one
// processor's copy of an inline function for another's.
#include <cstdint>
#include <cstring>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include "sim_backend/networks/engine/lif_kernel.h"

#define EVOKE_INLINE __attribute__((always_inline)) inline

namespace evoke {
namespace {

typedef int32_t Ints __attribute__((vector_size(64)));
typedef int32_t HalfInts __attribute__((vector_size(32)));
typedef double Doubles __attribute__((vector_size(64)));
typedef int64_t Longs __attribute__((vector_size(64)));
typedef uint16_t Rows __attribute__((vector_size(32)));

template <typename V>
EVOKE_INLINE V Load(const void* from) {
  V v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

EVOKE_INLINE Doubles Broadcast(double x) { return Doubles{} + x; }

// Lanes whose bit is set in `mask` get `value`, the others 0.
EVOKE_INLINE Doubles Where(uint8_t mask, double value) {
#if defined(__AVX512F__)
  return (Doubles)_mm512_maskz_mov_pd(mask, _mm512_set1_pd(value));
#else
  const Longs bit = {1, 2, 4, 8, 16, 32, 64, 128};
  return ((Longs{} + mask) & bit) != 0 ? Broadcast(value) : Doubles{};
#endif
}

EVOKE_INLINE uint8_t AtLeast(Doubles h, Doubles threshold) {
#if defined(__AVX512F__)
  return _mm512_cmp_pd_mask((__m512d)h, (__m512d)threshold, _CMP_GE_OQ);
#elif defined(__AVX2__)
  const Longs mask = h >= threshold;
  __m256d half[2];
  std::memcpy(half, &mask, sizeof half);
  return static_cast<uint8_t>(_mm256_movemask_pd(half[0]) | _mm256_movemask_pd(half[1]) << 4);
#else
  const Longs mask = h >= threshold;
  unsigned bits = 0;
  for (int i = 0; i < 8; ++i) bits |= static_cast<unsigned>(mask[i] & 1) << i;
  return static_cast<uint8_t>(bits);
#endif
}

EVOKE_INLINE bool Any(const Longs& mask) {
#if defined(__AVX512F__)
  return _mm512_test_epi64_mask((__m512i)mask, (__m512i)mask) != 0;
#else
  int64_t any = 0;
  for (int i = 0; i < 8; ++i) any |= mask[i];
  return any != 0;
#endif
}

// Half of a group of sums.
EVOKE_INLINE Doubles ToDoubles(const Ints& sum, int half) {
  HalfInts halves[2];
  std::memcpy(halves, &sum, sizeof halves);
  return __builtin_convertvector(halves[half], Doubles);
}

template <int kGroups, int kAtOnce>
EVOKE_INLINE void AddRows(const EventSums& input, const uint16_t* row, const uint16_t* end,
                          Ints* sum) {
  const int32_t* const weights = input.weights;
  const int64_t stride = input.stride;
  for (; row != end; row += kAtOnce) {
#pragma GCC unroll 8
    for (int i = 0; i < kAtOnce; ++i) {
      const int32_t* from = weights + row[i] * stride;
#pragma GCC unroll 8
      for (int g = 0; g < kGroups; ++g) sum[g] += Load<Ints>(from + g * kLanes);
    }
  }
}

template <int kGroups>
EVOKE_INLINE void RunGroups(const LifBlock& block) {
  const LifParameters& lif = block.lif;
  const double tau = lif.tau;
  const Doubles rate = Broadcast(1 / tau);
  const Doubles kept = Broadcast(1 - 1 / tau);
  const Doubles threshold = Broadcast(lif.threshold);
  Doubles v[2 * kGroups] = {};
  Doubles late[2 * kGroups] = {};
  const uint16_t* begin[2] = {block.branch[0].rows, block.branch[1].rows};
  for (int t = 0; t < block.steps; ++t) {
    Doubles x[2 * kGroups];
#pragma GCC unroll 16
    for (int i = 0; i < 2 * kGroups; ++i) {
      x[i] = block.constant != nullptr ? Load<Doubles>(block.constant + i * 8) : Doubles{};
    }
    for (int b = 0; b < block.branches; ++b) {
      const EventSums& input = block.branch[b];
      Ints sum[kGroups] = {};
      if (input.rows == nullptr) {
#pragma GCC unroll 8
        for (int g = 0; g < kGroups; ++g) {
          sum[g] = Load<Ints>(input.sums + (int64_t{t} * kGroups + g) * kLanes);
        }
      } else {
        const uint16_t* end = input.rows + input.ends[t];
        AddRows<kGroups, kRowsAtOnce>(input, begin[b], end, sum);
        begin[b] = end;
      }
      if (input.all != nullptr) {
#pragma GCC unroll 8
        for (int g = 0; g < kGroups; ++g) sum[g] = Load<Ints>(input.all + g * kLanes) - sum[g];
      }
#pragma GCC unroll 16
      for (int i = 0; i < 2 * kGroups; ++i) {
        x[i] += ToDoubles(sum[i / 2], i % 2) * Load<Doubles>(input.scale + i * 8) +
                Load<Doubles>(input.shift + i * 8);
      }
    }
    if (block.identity != nullptr) {
      for (int p = 0; p < block.identity_planes; ++p) {
        const uint16_t* bits =
            block.identity + (t * block.identity_planes + p) * block.identity_stride;
        const double worth = block.identity_unit * (1 << (block.identity_planes - 1 - p));
#pragma GCC unroll 16
        for (int i = 0; i < 2 * kGroups; ++i) {
          x[i] += Where(static_cast<uint8_t>(bits[i / 2] >> (8 * (i % 2))), worth);
        }
      }
    }
    uint8_t spikes[2 * kGroups];
#pragma GCC unroll 16
    for (int i = 0; i < 2 * kGroups; ++i) {
      Doubles h = lif.decay_input ? v[i] + (x[i] - v[i]) * rate : v[i] * kept + x[i];
      if (lif.reset == LifReset::kSubtractDelayed) h = h - late[i];
      spikes[i] = AtLeast(h, threshold);
      switch (lif.reset) {
        case LifReset::kZero:
          v[i] = h >= threshold ? Doubles{} : h;
          break;
        case LifReset::kSubtract:
          v[i] = h >= threshold ? h - threshold : h;
          break;
        case LifReset::kSubtractDelayed:
          v[i] = h;
          late[i] = h >= threshold ? threshold : Doubles{};
          break;
      }
    }
    std::memcpy(block.out + t * block.out_stride, spikes, sizeof spikes);
  }
}

void Run(const LifBlock& block) {
  switch (block.groups) {
    case 1:
      return RunGroups<1>(block);
    case 2:
      return RunGroups<2>(block);
    case 4:
      return RunGroups<4>(block);
    default:
      return RunGroups<8>(block);
  }
}

int List(const uint64_t* bits, int words, uint16_t* out) {
  int count = 0;
#if defined(__AVX512VBMI2__)
  const __m512i step = _mm512_set1_epi16(32);
  __m512i index = _mm512_set_epi16(31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16,
                                   15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  for (int w = 0; w < words; ++w) {
    for (int half = 0; half < 2; ++half) {
      const uint32_t mask = static_cast<uint32_t>(bits[w] >> (32 * half));
      _mm512_storeu_si512(out + count, _mm512_maskz_compress_epi16(mask, index));
      count += __builtin_popcount(mask);
      index = _mm512_add_epi16(index, step);
    }
  }
#else
  for (int w = 0; w < words; ++w) {
    for (uint64_t rest = bits[w]; rest != 0; rest &= rest - 1) {
      out[count++] = static_cast<uint16_t>(w * 64 + __builtin_ctzll(rest));
    }
  }
#endif
  return count;
}

void Gather(const EventSource* sources, int count, int steps, uint16_t empty, uint16_t* rows,
            uint32_t* ends) {
  uint16_t* out = rows;
  for (int t = 0; t < steps; ++t) {
    for (int s = 0; s < count; ++s) {
      const EventSource& source = sources[s];
      const uint32_t begin = t == 0 ? 0 : source.ends[t - 1];
      const int spikes = static_cast<int>(source.ends[t] - begin);
      const uint16_t* from = source.channels + begin;
      const Rows base = Rows{} + source.base;
      // Mostly one turn; a copy of a fixed length needs no branch for it.
      int i = 0;
      do {
        const Rows shifted = Load<Rows>(from + i) + base;
        std::memcpy(out + i, &shifted, sizeof shifted);
        i += 16;
      } while (__builtin_expect(i < spikes, 0));
      out += spikes;
    }
    const Rows nothing = Rows{} + empty;
    static_assert(kRowsAtOnce <= 16 && (kRowsAtOnce & (kRowsAtOnce - 1)) == 0);
    std::memcpy(out, &nothing, sizeof nothing);
    out += -(out - rows) & (kRowsAtOnce - 1);
    ends[t] = static_cast<uint32_t>(out - rows);
  }
}

template <int kGroups>
EVOKE_INLINE void AddPatternGroups(const EventSums& input, const PatternSteps* patterns, int count,
                                   int steps, int32_t* sums) {
  constexpr int64_t kWidth = int64_t{kGroups} * kLanes;
  std::memset(sums, 0, steps * kWidth * sizeof *sums);
  const uint16_t* row = input.rows;
  for (int p = 0; p < count; ++p) {
    const uint16_t* const end = input.rows + input.ends[p];
    Ints add[kGroups] = {};
    AddRows<kGroups, 1>(input, row, end, add);
    row = end;
    const uint16_t* step = patterns[p].steps;
    const uint16_t* const last = step + patterns[p].count;
    for (; step != last; ++step) {
      int32_t* to = sums + *step * kWidth;
#pragma GCC unroll 8
      for (int g = 0; g < kGroups; ++g) {
        const Ints sum = Load<Ints>(to + g * kLanes) + add[g];
        std::memcpy(to + g * kLanes, &sum, sizeof sum);
      }
    }
  }
}

void AddPatterns(const EventSums& input, const PatternSteps* patterns, int count, int groups,
                 int steps, int32_t* sums) {
  switch (groups) {
    case 1:
      return AddPatternGroups<1>(input, patterns, count, steps, sums);
    case 2:
      return AddPatternGroups<2>(input, patterns, count, steps, sums);
    case 4:
      return AddPatternGroups<4>(input, patterns, count, steps, sums);
    default:
      return AddPatternGroups<8>(input, patterns, count, steps, sums);
  }
}

// a * b + c of whole numbers below 2^53: the same with one rounding or two, for there is none.
EVOKE_INLINE Doubles MultiplyAdd(Doubles a, Doubles b, Doubles c) {
#if defined(__AVX512F__)
  return (Doubles)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
#else
  return a * b + c;
#endif
}

// Some vectors of channels, of all positions.
template <int kVectors>
EVOKE_INLINE void WeighVectors(const ImageSums& image, int64_t first) {
  Doubles sum[kImagePositions][kVectors] = {};
  for (const ImageTap* tap = image.taps; tap != image.taps + image.count; ++tap) {
    const double* row = image.weights + tap->row * image.stride + first;
#pragma GCC unroll 4
    for (int i = 0; i < kPixel; ++i, row += image.stride) {
      Doubles weights[kVectors];
#pragma GCC unroll 4
      for (int k = 0; k < kVectors; ++k) weights[k] = Load<Doubles>(row + k * 8);
#pragma GCC unroll 4
      for (int p = 0; p < kImagePositions; ++p) {
        const Doubles value = Broadcast(image.corners[p][tap->offset + i]);
#pragma GCC unroll 4
        for (int k = 0; k < kVectors; ++k) sum[p][k] = MultiplyAdd(weights[k], value, sum[p][k]);
      }
    }
  }
#pragma GCC unroll 4
  for (int p = 0; p < kImagePositions; ++p) {
#pragma GCC unroll 4
    for (int k = 0; k < kVectors; ++k) {
      const int64_t lane = first + k * 8;
      double* const to = image.currents + p * image.stride + lane;
      Doubles current =
          sum[p][k] * Load<Doubles>(image.scale + lane) + Load<Doubles>(image.shift + lane);
      if (image.add) current = Load<Doubles>(to) + current;
      std::memcpy(to, &current, sizeof current);
    }
  }
}

void Weigh(const ImageSums& image) {
  // As many as registers hold.
#if defined(__AVX512F__)
  if (image.groups > 1) {
    for (int g = 0; g < image.groups; g += 2) WeighVectors<4>(image, g * kLanes);
  } else {
    WeighVectors<2>(image, 0);
  }
#else
  for (int lane = 0; lane < image.groups * kLanes; lane += 8) WeighVectors<1>(image, lane);
#endif
}

void Below(const double* currents, int count, const double* limits, int limit_count,
           uint16_t* counts) {
  const Doubles lowest = Broadcast(limits[limit_count - 1]);
  for (int i = 0; i < count; i += 8) {
    const Doubles current = Load<Doubles>(currents + i);
    // A current below the last limit is below all: nothing to count.
    const Longs silent = current < lowest;
    Longs above = silent & limit_count;
    for (int k = 0; k + 1 < limit_count; ++k) {
      const Longs below = (current < limits[k]) & ~silent;
      if (!Any(below)) break;
      above -= below;
    }
    for (int lane = 0; lane < 8; ++lane) counts[i + lane] = static_cast<uint16_t>(above[lane]);
  }
}

}  // namespace
}  // namespace evoke
