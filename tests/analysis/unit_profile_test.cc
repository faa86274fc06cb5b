#include "sim_backend/analysis/unit_profile.h"

#include <cmath>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using testing::HasSubstr;

class UnitProfileTest : public testing::Test {
 protected:
  UnitProfileTest() {
    images_.names = {"1", "2", "3", "4"};
    images_.images.resize(4);
    images_.labels = {0, 0, 1, 1};
    images_.class_names = {"cat", "dog"};
    options_.top = 2;
    options_.jpeg_bytes = [](size_t image) { return 100.0 + static_cast<double>(image); };
  }
  // Units: one that likes dogs, one that is silent.
  const Responses responses_ = {{"u/0", "u/1"}, {1, 0, 1, 0, 2, 0, 4, 0}};
  // Certain of image 3, undecided on the others.
  const Responses outputs_ = {{"class/0", "class/1"}, {1, 1, 1, 1, 1, 1, 0, 100}};
  LabelledImages images_;
  ProfileOptions options_;
};

TEST_F(UnitProfileTest, HoldsEveryMeasure) {
  const auto profiles = ProfileUnits(responses_, images_, outputs_, options_);
  ASSERT_TRUE(profiles.ok()) << profiles.status();
  const UnitProfile& p = (*profiles)[0];
  EXPECT_EQ(p.unit, "u/0");
  EXPECT_DOUBLE_EQ(p.mean, 2);
  EXPECT_DOUBLE_EQ(p.highest, 4);
  EXPECT_DOUBLE_EQ(p.active_share, 1);
  // a = 2^2 / (22 / 4) = 8/11, S = (3/11) / (3/4).
  EXPECT_NEAR(*p.activity_fraction, 8.0 / 11, 1e-12);
  EXPECT_NEAR(*p.sparseness, 4.0 / 11, 1e-12);
  // Means 1 and 3.
  EXPECT_EQ(p.preferred_class, "dog");
  EXPECT_NEAR(*p.tuning_entropy_bits, -0.25 * std::log2(0.25) - 0.75 * std::log2(0.75), 1e-12);
  // Its top images are 3 and 2: perplexity 1/2 and 1, 103 and 102 bytes.
  EXPECT_NEAR(*p.top_perplexity, 0.75, 1e-9);
  EXPECT_NEAR(*p.top_entropy_bits, 0.5, 1e-9);
  EXPECT_DOUBLE_EQ(*p.top_jpeg_bytes, 102.5);
}

TEST_F(UnitProfileTest, ASilentUnitPrefersNothing) {
  const auto profiles = ProfileUnits(responses_, images_, outputs_, options_);
  const UnitProfile& p = (*profiles)[1];
  EXPECT_EQ(p.highest, 0);
  EXPECT_FALSE(p.sparseness || p.tuning_perplexity || p.top_perplexity || p.top_jpeg_bytes);
  EXPECT_EQ(p.preferred_class, "");
  EXPECT_THAT(ProfileTable(*profiles), testing::ContainsRegex("u/1 +0\\.0 +0 +0 % +- +- +- +- +-"));
  EXPECT_THAT(ProfileCsv(*profiles), HasSubstr("\r\nu/1,0,0,0,,,,,,,,\r\n"));
}

TEST_F(UnitProfileTest, WithoutLabelsAndClassLayerTheRestIsThere) {
  images_.labels.clear();
  const auto profiles = ProfileUnits(responses_, images_, Responses(), options_);
  ASSERT_TRUE(profiles.ok());
  const UnitProfile& p = (*profiles)[0];
  EXPECT_TRUE(p.sparseness && p.top_jpeg_bytes);
  EXPECT_FALSE(p.tuning_perplexity || p.top_perplexity);
}

TEST_F(UnitProfileTest, AnErrorOfTheComplexityIsReturned) {
  options_.jpeg_bytes = [](size_t) { return absl::InternalError("no JPEG"); };
  EXPECT_THAT(ProfileUnits(responses_, images_, outputs_, options_).status().message(),
              HasSubstr("no JPEG"));
}

}  // namespace
}  // namespace evoke
