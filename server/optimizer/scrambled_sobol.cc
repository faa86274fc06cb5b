#include "server/optimizer/scrambled_sobol.h"

#include <array>

#include "common/random.h"

namespace evoke {
namespace {

constexpr int kBits = 32;

// A primitive polynomial over GF(2): its degree, its inner coefficients as bits, and the first
// direction numbers (Joe & Kuo 2008, table new-joe-kuo-6). The first dimension has none: it is the
// van der Corput sequence.
struct Polynomial {
  int degree;
  uint32_t coefficients;
  std::array<uint32_t, 7> first;
};

constexpr Polynomial kPolynomials[ScrambledSobol::kTabulated - 1] = {
    {1, 0, {1}},
    {2, 1, {1, 3}},
    {3, 1, {1, 3, 1}},
    {3, 2, {1, 1, 1}},
    {4, 1, {1, 1, 3, 3}},
    {4, 4, {1, 3, 5, 13}},
    {5, 2, {1, 1, 5, 5, 17}},
    {5, 4, {1, 1, 5, 5, 5}},
    {5, 7, {1, 1, 7, 11, 19}},
    {5, 11, {1, 1, 5, 1, 1}},
    {5, 13, {1, 1, 1, 3, 11}},
    {5, 14, {1, 3, 5, 5, 31}},
    {6, 1, {1, 3, 3, 9, 7, 49}},
    {6, 13, {1, 1, 1, 15, 21, 21}},
    {6, 16, {1, 3, 1, 13, 27, 49}},
    {6, 19, {1, 1, 1, 15, 7, 5}},
    {6, 22, {1, 3, 1, 15, 13, 25}},
    {6, 25, {1, 1, 5, 5, 19, 61}},
    {7, 1, {1, 3, 7, 11, 23, 15, 103}},
    {7, 4, {1, 3, 7, 13, 13, 15, 69}},
};

using Directions = std::array<std::array<uint32_t, kBits>, ScrambledSobol::kTabulated>;

constexpr Directions MakeDirections() {
  Directions directions{};
  for (int bit = 0; bit < kBits; ++bit) directions[0][bit] = 1u << (kBits - 1 - bit);
  for (int d = 1; d < ScrambledSobol::kTabulated; ++d) {
    const Polynomial& p = kPolynomials[d - 1];
    std::array<uint32_t, kBits>& v = directions[d];
    for (int bit = 0; bit < kBits; ++bit) {
      if (bit < p.degree) {
        v[bit] = p.first[bit] << (kBits - 1 - bit);
        continue;
      }
      v[bit] = v[bit - p.degree] ^ (v[bit - p.degree] >> p.degree);
      for (int k = 1; k < p.degree; ++k) {
        if (p.coefficients >> (p.degree - 1 - k) & 1) v[bit] ^= v[bit - k];
      }
    }
  }
  return directions;
}

constexpr Directions kDirections = MakeDirections();

uint32_t ReverseBits(uint32_t x) {
  x = (x >> 1 & 0x55555555u) | (x & 0x55555555u) << 1;
  x = (x >> 2 & 0x33333333u) | (x & 0x33333333u) << 2;
  x = (x >> 4 & 0x0f0f0f0fu) | (x & 0x0f0f0f0fu) << 4;
  x = (x >> 8 & 0x00ff00ffu) | (x & 0x00ff00ffu) << 8;
  return x >> 16 | x << 16;
}

// Every operation lets a bit act on higher ones only: on the reversed bits that is a nested
// scramble from the leading bit down. The constants are Burley's.
uint32_t NestedScramble(uint32_t x, uint32_t seed) {
  x = ReverseBits(x);
  x ^= x * 0x3d20adeau;
  x += seed;
  x *= seed >> 16 | 1;
  x ^= x * 0x05526c56u;
  x ^= x * 0x53a22864u;
  return ReverseBits(x);
}

}  // namespace

ScrambledSobol::ScrambledSobol(int dimensions, uint64_t seed) {
  Rng rng(MixSeed({seed, HashText("scrambled_sobol")}));
  for (int d = 0; d < dimensions; ++d) {
    if (d % kTabulated == 0) order_seeds_.push_back(static_cast<uint32_t>(rng.Next() >> 32));
    scramble_seeds_.push_back(static_cast<uint32_t>(rng.Next() >> 32));
  }
}

std::vector<double> ScrambledSobol::Point(uint32_t index) const {
  std::vector<double> point;
  point.reserve(scramble_seeds_.size());
  uint32_t shuffled = 0;
  for (size_t d = 0; d < scramble_seeds_.size(); ++d) {
    const size_t column = d % kTabulated;
    if (column == 0) {
      // An aligned block of 2^k indices becomes another such block, which is as even.
      shuffled = NestedScramble(index, order_seeds_[d / kTabulated]);
    }
    uint32_t value = 0;
    for (int bit = 0; bit < kBits; ++bit) {
      value ^= kDirections[column][bit] & (0u - (shuffled >> bit & 1));
    }
    value = NestedScramble(value, scramble_seeds_[d]);
    point.push_back((value + 0.5) * 0x1.0p-32);
  }
  return point;
}

}  // namespace evoke
