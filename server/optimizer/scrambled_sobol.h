// Points that fill the unit cube more evenly than random ones, in any number of dimensions.
#ifndef EVOKE_SERVER_OPTIMIZER_SCRAMBLED_SOBOL_H_
#define EVOKE_SERVER_OPTIMIZER_SCRAMBLED_SOBOL_H_

#include <cstdint>
#include <vector>

namespace evoke {

// A Sobol sequence (direction numbers: Joe & Kuo 2008) under nested uniform scrambling (Owen 1995),
// done by a hash of the reversed bits (Burley 2020, "Practical hash-based Owen scrambling", JCGT).
//
// The direction numbers of kTabulated dimensions are here. Dimensions beyond come in further groups
// of as many; each group is the same sequence under a scramble of its own and in an order of its
// own, itself a nested scramble of the index (padding: Burley 2020). So every dimension alone, and
// every group as a whole, is as even as a Sobol sequence at any power of two of points; between
// groups the pairing is random, as in Latin hypercube sampling.
//
// Immutable; deterministic for its seed.
class ScrambledSobol {
 public:
  static constexpr int kTabulated = 21;

  ScrambledSobol(int dimensions, uint64_t seed);

  // Point number `index`: one value in (0, 1) per dimension, of 32 bits.
  std::vector<double> Point(uint32_t index) const;

 private:
  std::vector<uint32_t> order_seeds_;     // one per group
  std::vector<uint32_t> scramble_seeds_;  // one per dimension
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_SCRAMBLED_SOBOL_H_
