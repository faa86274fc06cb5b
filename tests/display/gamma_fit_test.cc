#include "stimulus_display/calibration/gamma_fit.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "common/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using ::testing::HasSubstr;

// A monitor by the model itself.
double Light(int level, double gamma, double gain, double offset) {
  return offset + gain * std::pow(level / 255.0, gamma);
}

std::vector<GammaReading> Readings(GammaChannel channel, int steps, double gamma, double gain,
                                   double offset, double noise = 0) {
  Rng rng(5);
  std::vector<GammaReading> readings;
  for (int i = 0; i < steps; ++i) {
    const int level = static_cast<int>(std::lround(i * 255.0 / (steps - 1)));
    const double light = Light(level, gamma, gain, offset);
    readings.push_back({channel, level, light * (1 + noise * rng.Normal())});
  }
  return readings;
}

std::string Message(const std::vector<GammaReading>& readings) {
  const auto calibration = CalibrateGamma(readings);
  EXPECT_EQ(calibration.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(calibration.status().message());
}

TEST(GammaFitTest, FindsTheMonitorsNumbers) {
  for (const double gamma : {0.9, 1.8, 2.2, 2.84}) {
    const auto fit = FitGamma(Readings(GammaChannel::kGray, 17, gamma, 118.3, 0.31));
    ASSERT_TRUE(fit.ok()) << fit.status();
    EXPECT_NEAR(fit->gamma, gamma, 1e-6);
    EXPECT_NEAR(fit->gain, 118.3, 1e-4);
    EXPECT_NEAR(fit->offset, 0.31, 1e-4);
    EXPECT_LT(fit->worst, 1e-6);
  }
}

TEST(GammaFitTest, PhotometersNoiseIsAveragedOutAndReported) {
  const auto fit = FitGamma(Readings(GammaChannel::kGray, 17, 2.2, 118.3, 0.31, 0.005));
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_NEAR(fit->gamma, 2.2, 0.03);
  EXPECT_NEAR(fit->gain, 118.3, 1.5);
  EXPECT_GT(fit->rms, 0.0005);
  EXPECT_LT(fit->rms, 0.005);
  EXPECT_GE(fit->worst, fit->rms);
}

TEST(GammaFitTest, ScreenWithoutStrayLightHasNoNegativeOffset) {
  std::vector<GammaReading> readings = Readings(GammaChannel::kGray, 9, 2.2, 100, 0);
  readings[1].luminance = 0;  // under the photometer's limit
  const auto fit = FitGamma(readings);
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_GE(fit->offset, 0);
  EXPECT_NEAR(fit->gamma, 2.2, 0.05);
}

// What the table is for.
TEST(GammaFitTest, ThroughTheTableLightIsALineWithinHalfAStepOfTheSignal) {
  const auto calibration = CalibrateGamma(Readings(GammaChannel::kGray, 17, 2.2, 100, 0.5));
  ASSERT_TRUE(calibration.ok()) << calibration.status();
  EXPECT_EQ(calibration->table.rgb[0], calibration->table.rgb[2]);
  EXPECT_EQ(calibration->table.rgb[0].front(), 0);
  EXPECT_EQ(calibration->table.rgb[0].back(), 255);
  for (int i = 0; i < 256; ++i) {
    const int sent = calibration->table.rgb[0][static_cast<size_t>(i)];
    const double light = Light(sent, 2.2, 100, 0.5);
    // The steepest step of this monitor is 2.2 / 255 of the gain.
    EXPECT_NEAR(light, 0.5 + 100 * i / 255.0, 100 * 2.2 / 255 / 2 + 0.01) << i;
  }
  EXPECT_TRUE(std::is_sorted(calibration->table.rgb[0].begin(), calibration->table.rgb[0].end()));
  // What is written is a table that can be read.
  EXPECT_TRUE(ParseGammaTable(FormatGammaTable(calibration->table, "x")).ok());
}

TEST(GammaFitTest, ColoursAreFittedEachForItself) {
  std::vector<GammaReading> readings = Readings(GammaChannel::kBlue, 9, 2.6, 8, 0.1);
  for (const GammaReading& r : Readings(GammaChannel::kRed, 9, 2.0, 25, 0.1)) readings.push_back(r);
  for (const GammaReading& r : Readings(GammaChannel::kGreen, 9, 2.2, 70, 0.1)) {
    readings.push_back(r);
  }
  const auto calibration = CalibrateGamma(readings);
  ASSERT_TRUE(calibration.ok()) << calibration.status();
  ASSERT_EQ(calibration->fits.size(), 3u);
  EXPECT_NEAR(calibration->fits[0].gamma, 2.0, 1e-6);
  EXPECT_NEAR(calibration->fits[1].gamma, 2.2, 1e-6);
  EXPECT_NEAR(calibration->fits[2].gamma, 2.6, 1e-6);
  EXPECT_LT(calibration->table.rgb[0][50], calibration->table.rgb[2][50]);
}

TEST(GammaFitTest, MonitorThatIsNoPowerLawIsWarnedOf) {
  std::vector<GammaReading> readings;
  for (int level = 0; level <= 255; level += 15) {
    // An S: what "dynamic contrast" does.
    readings.push_back({GammaChannel::kGray, level, 50 - 50 * std::cos(M_PI * level / 255.0)});
  }
  const auto calibration = CalibrateGamma(readings);
  ASSERT_TRUE(calibration.ok()) << calibration.status();
  EXPECT_THAT(DescribeCalibration(*calibration), HasSubstr("WARNING: gray does not follow"));
  const auto good = CalibrateGamma(Readings(GammaChannel::kGray, 17, 2.2, 100, 0.5));
  EXPECT_THAT(DescribeCalibration(*good), HasSubstr("gamma 2.200"));
  EXPECT_THAT(DescribeCalibration(*good), testing::Not(HasSubstr("WARNING")));
}

TEST(GammaFitTest, ReadingsThatCannotBeAreNamed) {
  std::vector<GammaReading> readings = Readings(GammaChannel::kGray, 17, 2.2, 100, 0.5);
  std::swap(readings[8].luminance, readings[12].luminance);
  EXPECT_THAT(Message(readings), HasSubstr("at level 128 to"));
  EXPECT_THAT(Message(Readings(GammaChannel::kGray, 3, 2.2, 100, 0)), HasSubstr("at least 4"));
  readings = Readings(GammaChannel::kGray, 17, 2.2, 100, 0.5);
  readings[3].luminance = -1;
  EXPECT_THAT(Message(readings), HasSubstr("gray at level 48 gave -1"));
  for (GammaReading& reading : readings) reading.luminance = 7;
  EXPECT_THAT(Message(readings), HasSubstr("same light at all levels"));
}

TEST(GammaFitTest, SomeColoursOnlyAreRefused) {
  EXPECT_THAT(Message(Readings(GammaChannel::kRed, 9, 2.2, 100, 0)),
              HasSubstr("red, green and blue"));
  EXPECT_THAT(Message({}), HasSubstr("gray alone"));
}

TEST(GammaFitTest, ReadingsAreReadAsTheyWereWritten) {
  const std::vector<GammaReading> readings = Readings(GammaChannel::kGreen, 5, 2.2, 99.25, 0.125);
  const auto read = ParseReadings("# of a photometer\n" + FormatReadings(readings));
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->size(), readings.size());
  for (size_t i = 0; i < readings.size(); ++i) {
    EXPECT_EQ((*read)[i].channel, readings[i].channel);
    EXPECT_EQ((*read)[i].level, readings[i].level);
    EXPECT_NEAR((*read)[i].luminance, readings[i].luminance, 1e-7);
  }
  for (const char* bad : {"gray,1", "grey,1,2", "gray,x,2", "gray,1,y", "gray,1,2,3"}) {
    const auto refused = ParseReadings(std::string("gray,0,1\n") + bad);
    EXPECT_THAT(std::string(refused.status().message()), HasSubstr("line 2")) << bad;
  }
}

TEST(GammaFitTest, ChannelsAreColoursOnTheScreen) {
  EXPECT_EQ(GammaChannelColor(GammaChannel::kGray, 9), (std::array<uint8_t, 3>{9, 9, 9}));
  EXPECT_EQ(GammaChannelColor(GammaChannel::kRed, 9), (std::array<uint8_t, 3>{9, 0, 0}));
  EXPECT_EQ(GammaChannelColor(GammaChannel::kGreen, 9), (std::array<uint8_t, 3>{0, 9, 0}));
  EXPECT_EQ(GammaChannelColor(GammaChannel::kBlue, 9), (std::array<uint8_t, 3>{0, 0, 9}));
}

}  // namespace
}  // namespace evoke
