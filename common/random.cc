#include "common/random.h"

#include <bit>
#include <cmath>
#include <numbers>
#include <utility>

namespace evoke {
namespace {

uint64_t Mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

constexpr uint64_t kGolden = 0x9e3779b97f4a7c15ULL;

}  // namespace

uint64_t MixSeed(std::initializer_list<uint64_t> parts) {
  uint64_t seed = kGolden;
  for (uint64_t part : parts) seed = Mix(seed + kGolden + Mix(part + kGolden));
  return seed;
}

uint64_t HashText(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (unsigned char c : text) hash = (hash ^ c) * 0x100000001b3ULL;
  return hash;
}

Rng::Rng(uint64_t seed) {
  for (uint64_t& word : state_) word = Mix(seed += kGolden);
}

uint64_t Rng::Next() {
  const uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
  const uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double Rng::Uniform() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

double Rng::Uniform(double low, double high) { return low + (high - low) * Uniform(); }

int Rng::Index(int n) {
  const uint64_t bound = static_cast<uint64_t>(n);
  const uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  uint64_t value;
  do {
    value = Next();
  } while (value >= limit);
  return static_cast<int>(value % bound);
}

double Rng::Normal() {
  // Box-Muller; the second value is dropped so that a copy of the state is the whole state.
  const double radius = std::sqrt(-2.0 * std::log(1.0 - Uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * Uniform());
}

int64_t Rng::Poisson(double mean) {
  // Sums of Poisson variables are Poisson: large means are cut into pieces that exp() can hold.
  int64_t total = 0;
  while (mean > 0) {
    const double piece = std::min(mean, 30.0);
    mean -= piece;
    const double limit = std::exp(-piece);
    double product = Uniform();
    while (product > limit) {
      ++total;
      product *= Uniform();
    }
  }
  return total;
}

}  // namespace evoke
