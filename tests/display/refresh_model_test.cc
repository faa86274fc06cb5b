#include "stimulus_display/screen/refresh_model.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "common/random.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

constexpr int64_t kOrigin = 1'000'000'000'000;

// A monitor, and stamps of its refreshes that are not exact.
class Stamps {
 public:
  explicit Stamps(double hz) : period_(1e9 / hz) {}
  int64_t True(int64_t index) const {
    return kOrigin + std::llround(period_ * static_cast<double>(index));
  }
  int64_t Stamped(int64_t index) {
    double error = 100e3 * rng_.Normal();
    if (rng_.Uniform() < 0.02) error += 2e6 + 6e6 * rng_.Uniform();
    return True(index) + std::llround(error);
  }

 private:
  const double period_;
  Rng rng_{11};
};

TEST(RefreshModelTest, JitterAndOutliersLeavePredictionsWithinTwentyMicroseconds) {
  for (const double hz : {60.0, 59.94, 120.0, 144.0}) {
    Stamps stamps(hz);
    RefreshModel model(1e9 / 60);
    double sum = 0;
    double squares = 0;
    double worst = 0;
    double raw_squares = 0;
    int predictions = 0;
    for (int64_t index = 0; index < 3000; ++index) {
      const int64_t stamp = stamps.Stamped(index);
      if (index >= RefreshModel::kWindow) {
        const auto error = static_cast<double>(model.TimeOf(index) - stamps.True(index));
        const auto raw = static_cast<double>(stamp - stamps.True(index));
        sum += error;
        squares += error * error;
        raw_squares += raw * raw;
        worst = std::max(worst, std::abs(error));
        ++predictions;
      }
      model.Add(index, stamp);
    }
    const double mean = sum / predictions;
    const double sd = std::sqrt(squares / predictions - mean * mean);
    EXPECT_LT(sd, 20e3) << hz << " Hz";
    EXPECT_LT(std::abs(mean), 10e3) << hz << " Hz";
    EXPECT_LT(worst, 100e3) << hz << " Hz";
    EXPECT_GT(std::sqrt(raw_squares / predictions), 300e3);  // what the model had to work with
    // The normal noise's own tail counts a little.
    EXPECT_NEAR(static_cast<double>(model.outliers()) / 3000, 0.02, 0.01);
  }
}

TEST(RefreshModelTest, ExactStampsAreReproducedExactlyForAHundredThousandFrames) {
  const Stamps stamps(59.94);
  RefreshModel model(1e9 / 60);
  for (int64_t index = 0; index < 100'000; ++index) {
    if (index >= 20) {
      ASSERT_NEAR(static_cast<double>(model.TimeOf(index)), static_cast<double>(stamps.True(index)),
                  3)
          << "refresh " << index;
    }
    model.Add(index, stamps.True(index));
  }
  EXPECT_NEAR(model.period_nanos(), 1e9 / 59.94, 0.01);
  EXPECT_EQ(model.outliers(), 0);
}

TEST(RefreshModelTest, WrongNominalPeriodIsFound) {
  Stamps stamps(59.94);
  RefreshModel model(1e9 / 60);
  for (int64_t index = 0; index < 120; ++index) model.Add(index, stamps.Stamped(index));
  EXPECT_NEAR(model.period_nanos() * 1e-6, 16.683, 0.001);
}

// The return of swaps, on a machine that is busy: the model itself must say which refresh each
// stamp belongs to.
TEST(RefreshModelTest, LateStampsAtTheStartDoNotLeadItAstray) {
  Rng rng(3);
  const Stamps stamps(60);
  RefreshModel model(1e9 / 60);
  model.Add(0, stamps.True(0));
  for (int64_t index = 1; index < 150; ++index) {
    const int64_t stamp = stamps.True(index) + std::llround(7e6 * rng.Uniform());
    ASSERT_EQ(std::max(model.NearestIndex(stamp), index), index) << "refresh " << index;
    model.Add(index, stamp);
  }
  EXPECT_NEAR(model.period_nanos(), 1e9 / 60, 0.002 * 1e9 / 60);
}

TEST(RefreshModelTest, MissedIndicesAreNoOutliers) {
  const Stamps stamps(60);
  RefreshModel model(1e9 / 60);
  for (int64_t index = 0; index < 500; index += 1 + index % 3) {
    model.Add(index, stamps.True(index));
  }
  EXPECT_NEAR(model.period_nanos(), 1e9 / 60, 0.01);
  EXPECT_EQ(model.outliers(), 0);
}

TEST(RefreshModelTest, FollowsAMonitorThatChangesItsCourse) {
  RefreshModel model(1e9 / 60);
  int64_t now = kOrigin;
  int64_t index = 0;
  for (; index < 400; ++index) model.Add(index, now += 16'666'667);
  now += 5'000'000;
  for (; index < 440; ++index) model.Add(index, now += 8'333'333);
  EXPECT_NEAR(static_cast<double>(model.TimeOf(index) - now), 8'333'333, 1'000);
}

TEST(RefreshModelTest, InstantsAndIndicesAreEachOthersInverse) {
  const Stamps stamps(144);
  RefreshModel model(1e9 / 144);
  for (int64_t index = 0; index < 300; ++index) model.Add(index, stamps.True(index));
  for (const int64_t index : {0, 150, 299, 300, 10'000}) {
    const int64_t time = model.TimeOf(index);
    EXPECT_EQ(model.NearestIndex(time), index);
    EXPECT_EQ(model.NearestIndex(time + 3'400'000), index);
    EXPECT_EQ(model.NearestIndex(time - 3'400'000), index);
    EXPECT_EQ(model.FirstIndexAt(time), index);
    EXPECT_EQ(model.FirstIndexAt(time + 1), index + 1);
    EXPECT_EQ(model.FirstIndexAt(time - 6'000'000), index);
  }
}

}  // namespace
}  // namespace evoke
