#include "clients/rig/sample_clock.h"

#include <cmath>
#include <cstdlib>

#include "clients/rig/arrival_clock.h"
#include "common/random.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

TEST(SampleClockTest, OnePairSetsTheOffsetAtTheNominalRate) {
  SampleClock clock(20000);
  EXPECT_FALSE(clock.known());
  clock.Add(5 * kSecond, 1000);
  EXPECT_EQ(clock.ToSample(6 * kSecond), 21000);
  EXPECT_EQ(clock.ToSession(21000), 6 * kSecond);
}

TEST(SampleClockTest, FindsOffsetAndDriftThroughJitterAndOutliers) {
  SampleClock clock(30000);
  Rng rng(1);
  const double ppm = 40;
  const auto true_sample = [&](int64_t nanos) {
    return 123456 + static_cast<double>(nanos) * 1e-9 * 30000 * (1 + ppm * 1e-6);
  };
  int64_t t = 0;
  for (int i = 0; i < 250; ++i) {
    t += kSecond / 2;
    double sample = true_sample(t) + rng.Normal() * 0.0005 * 30000;
    if (i % 40 == 7) sample += 0.4 * 30000;
    clock.Add(t, std::llround(sample));
  }
  EXPECT_NEAR(clock.ToProto().drift_ppm(), ppm, 4);
  // A tenth of what single stamps scatter.
  EXPECT_NEAR(static_cast<double>(clock.ToSample(t)), true_sample(t), 0.00015 * 30000);
  EXPECT_NEAR(static_cast<double>(clock.ToProto().residual_nanos()), 500e3, 100e3);
  EXPECT_EQ(clock.ToProto().onsets(), 250);
}

TEST(SampleClockTest, AFewJitteryPairsDoNotInventADrift) {
  SampleClock clock(30000);
  clock.Add(0, 0);
  clock.Add(kSecond / 10, 3030);  // 1 ms late: 10,000 ppm if it were drift
  clock.Add(2 * kSecond / 10, 6000);
  EXPECT_LT(std::abs(clock.ToProto().drift_ppm()), 50);
}

TEST(ArrivalClockTest, TheLeastDelayedArrivalsTellTheOffset) {
  ArrivalClock clock(30000);
  Rng rng(2);
  EXPECT_FALSE(clock.known());
  // Blocks of 690 samples that are sent 1 to 20 ms after their end; sample 0 is at local time 7 s.
  for (int block = 1; block < 400; ++block) {
    const double end = block * 690 / 30000.0;
    const double late = 0.001 + 0.019 * rng.Uniform();
    clock.Add(block * 690, static_cast<int64_t>((7 + end + late) * 1e9));
  }
  ASSERT_TRUE(clock.known());
  EXPECT_NEAR(static_cast<double>(clock.ToSample(9 * kSecond, 0)), 2 * 30000 - 30, 30);
  // With the delay that is known, exact to the jitter's floor.
  EXPECT_NEAR(static_cast<double>(clock.ToSample(9 * kSecond, 1'000'000)), 2 * 30000, 30);
  EXPECT_GE(clock.uncertainty_nanos(), 23'000'000);
  EXPECT_LT(clock.uncertainty_nanos(), 30'000'000);
}

}  // namespace
}  // namespace evoke
