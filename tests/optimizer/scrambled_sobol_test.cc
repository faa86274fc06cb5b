#include "server/optimizer/scrambled_sobol.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace evoke {
namespace {

// In how many of the boxes that `splits` cuts dimension `dims[i]` into 2^splits[i] parts each there
// is not exactly one of the first points.
int BoxesWithoutOnePoint(const ScrambledSobol& sequence, const std::vector<int>& dims,
                         const std::vector<int>& splits) {
  int bits = 0;
  for (int s : splits) bits += s;
  std::vector<int> count(1 << bits, 0);
  for (uint32_t n = 0; n < 1u << bits; ++n) {
    const std::vector<double> point = sequence.Point(n);
    int box = 0;
    for (size_t i = 0; i < dims.size(); ++i) {
      box = (box << splits[i]) + static_cast<int>(std::ldexp(point[dims[i]], splits[i]));
    }
    ++count[box];
  }
  int wrong = 0;
  for (int c : count) wrong += c != 1;
  return wrong;
}

TEST(ScrambledSobolTest, EveryDimensionAloneIsEvenAtEveryPowerOfTwo) {
  const ScrambledSobol sequence(100, 3);
  for (int d = 0; d < 100; ++d) {
    for (int bits : {1, 4, 8}) EXPECT_EQ(BoxesWithoutOnePoint(sequence, {d}, {bits}), 0) << d;
  }
}

TEST(ScrambledSobolTest, TheFirstTwoDimensionsOfEveryGroupAreANet) {
  const ScrambledSobol sequence(3 * ScrambledSobol::kTabulated, 5);
  for (int group = 0; group < 3; ++group) {
    const int first = group * ScrambledSobol::kTabulated;
    for (int split = 0; split <= 8; ++split) {
      EXPECT_EQ(BoxesWithoutOnePoint(sequence, {first, first + 1}, {split, 8 - split}), 0);
    }
  }
}

TEST(ScrambledSobolTest, NoTwoTabulatedDimensionsAreTheSame) {
  // Two dimensions with the same direction numbers would fill the diagonal of boxes only.
  const ScrambledSobol sequence(ScrambledSobol::kTabulated, 7);
  for (int a = 0; a < ScrambledSobol::kTabulated; ++a) {
    for (int b = 0; b < a; ++b) {
      std::set<int> boxes;
      for (uint32_t n = 0; n < 1024; ++n) {
        const auto p = sequence.Point(n);
        boxes.insert(static_cast<int>(p[a] * 4) * 4 + static_cast<int>(p[b] * 4));
      }
      EXPECT_EQ(boxes.size(), 16u) << a << " and " << b;
    }
  }
}

TEST(ScrambledSobolTest, IntegratesBetterThanRandomPoints) {
  // The mean of a product over 6 dimensions; the error of random points is 0.027 on average.
  double error = 0;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const ScrambledSobol sequence(6, seed);
    double sum = 0;
    for (uint32_t n = 0; n < 1024; ++n) {
      double product = 1;
      for (double u : sequence.Point(n)) product *= 0.5 + u;
      sum += product / 1024;
    }
    error += std::abs(sum - 1) / 10;
  }
  EXPECT_LT(error, 0.005);
}

TEST(ScrambledSobolTest, GroupsArePairedAtRandom) {
  // The same sequence underneath: without an order of its own, dimension 21 would repeat the first.
  const ScrambledSobol sequence(ScrambledSobol::kTabulated + 1, 1);
  double correlation = 0;
  for (uint32_t n = 0; n < 4096; ++n) {
    const auto p = sequence.Point(n);
    correlation += 12 * (p[0] - 0.5) * (p[ScrambledSobol::kTabulated] - 0.5) / 4096;
  }
  EXPECT_LT(std::abs(correlation), 0.1);
}

TEST(ScrambledSobolTest, ValuesLieInsideAndDependOnTheSeed) {
  const ScrambledSobol a(4096, 1), b(4096, 2);
  EXPECT_EQ(a.Point(77), ScrambledSobol(4096, 1).Point(77));
  EXPECT_NE(a.Point(77), b.Point(77));
  for (uint32_t n : {0u, 1u, 1u << 31, UINT32_MAX}) {
    for (double u : a.Point(n)) {
      EXPECT_GT(u, 0);
      EXPECT_LT(u, 1);
    }
  }
}

}  // namespace
}  // namespace evoke
