// Random numbers that are the same on every machine: the standard library's distributions are not.
#ifndef EVOKE_COMMON_RANDOM_H_
#define EVOKE_COMMON_RANDOM_H_

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace evoke {

// Mixes numbers into one seed (SplitMix64 finaliser, Steele et al. 2014). Order matters.
uint64_t MixSeed(std::initializer_list<uint64_t> parts);
// 64-bit FNV-1a of a text, to mix a name into a seed.
uint64_t HashText(std::string_view text);

// xoshiro256++ (Blackman & Vigna 2019), seeded by SplitMix64. Not thread-safe; cheap to copy.
class Rng {
 public:
  explicit Rng(uint64_t seed);

  uint64_t Next();
  double Uniform();                         // [0, 1), 53 bits
  double Uniform(double low, double high);  // [low, high)
  int Index(int n);                         // 0 .. n-1, n >= 1, unbiased
  double Normal();                          // mean 0, sd 1
  int64_t Poisson(double mean);             // mean >= 0

  template <typename T>
  void Shuffle(std::span<T> items) {
    for (size_t i = items.size(); i > 1; --i) {
      std::swap(items[i - 1], items[static_cast<size_t>(Index(static_cast<int>(i)))]);
    }
  }

 private:
  uint64_t state_[4];
};

}  // namespace evoke

#endif  // EVOKE_COMMON_RANDOM_H_
