#include "server/optimizer/observation_archive.h"

#include <gtest/gtest.h>

#include <cmath>

#include "common/random.h"

namespace evoke {
namespace {

Observation Seen(double score, double variance = 0, int trials = 1) {
  return {.score = score, .variance = variance, .trials = trials};
}

TEST(ObservationArchiveTest, PoolsRepeatedMeasurementsByTrials) {
  ObservationArchive archive;
  const int id = archive.Record({1, 2}, Seen(10, 4, 1));
  EXPECT_EQ(archive.Record({1, 2}, Seen(2, 1, 3)), id);
  EXPECT_EQ(archive.size(), 1);
  EXPECT_DOUBLE_EQ(archive.entry(id).mean, 4);                       // (10 + 3 * 2) / 4
  EXPECT_DOUBLE_EQ(archive.entry(id).variance, (4 + 9 * 1) / 16.0);  // weights 1/4 and 3/4
  EXPECT_EQ(archive.entry(id).trials, 4);
}

TEST(ObservationArchiveTest, LostPointsStayOpenUntilLostTooOften) {
  ObservationArchive archive;
  EXPECT_TRUE(archive.IsOpen({1}));
  for (int i = 0; i < ObservationArchive::kMaxLosses; ++i) {
    EXPECT_TRUE(archive.IsOpen({1}));
    archive.Record({1}, {});
  }
  EXPECT_FALSE(archive.IsOpen({1}));
  EXPECT_EQ(archive.Best(), -1);
  archive.Record({2}, Seen(0));
  EXPECT_FALSE(archive.IsOpen({2}));
}

TEST(ObservationArchiveTest, WithoutErrorTheEstimateIsTheMean) {
  ObservationArchive archive;
  archive.Record({1}, Seen(3));
  const int best = archive.Record({2}, Seen(8));
  archive.Record({3}, Seen(8));
  EXPECT_EQ(archive.EstimateOf(best).score, 8);
  EXPECT_EQ(archive.EstimateOf(best).standard_error, 0);
  EXPECT_EQ(archive.Best(), best) << "the earliest among equals";
}

TEST(ObservationArchiveTest, ShrinksByTheMomentsOfThePoints) {
  ObservationArchive archive;
  for (double mean : {0.0, 4.0, 8.0}) archive.Record({mean}, Seen(mean, 6));
  // Variance of the means 16, less the error 6: a prior of mean 4 and variance 10.
  const int id = archive.Find({8});
  EXPECT_DOUBLE_EQ(archive.EstimateOf(id).score, 4 + 10.0 / 16 * 4);
  EXPECT_DOUBLE_EQ(archive.EstimateOf(id).standard_error, std::sqrt(10.0 * 6 / 16));
}

TEST(ObservationArchiveTest, PrefersTheCertainPointToTheLuckyOne) {
  ObservationArchive archive;
  Rng rng(1);
  for (int i = 0; i < 50; ++i) archive.Record({i + 10.0}, Seen(5 + 2 * rng.Normal(), 2));
  const int steady = archive.Record({1}, Seen(12, 0.5, 20));
  const int lucky = archive.Record({2}, Seen(14, 14, 1));
  EXPECT_EQ(archive.Best(), steady);
  EXPECT_GT(archive.EstimateOf(lucky).standard_error, archive.EstimateOf(steady).standard_error);
}

TEST(ObservationArchiveTest, WhereNoiseHidesAllDifferencesTheMeanDecides) {
  ObservationArchive archive;
  archive.Record({1}, Seen(4, 100));
  const int higher = archive.Record({2}, Seen(6, 100));
  EXPECT_EQ(archive.EstimateOf(0).score, archive.EstimateOf(higher).score);
  EXPECT_EQ(archive.Best(), higher);
  EXPECT_GT(archive.EstimateOf(higher).standard_error, 0);
}

TEST(ObservationArchiveTest, TellsASilentNeuron) {
  ObservationArchive archive;
  archive.Record({1}, Seen(0));
  EXPECT_FALSE(archive.AllEqual()) << "one point has nothing to be compared with";
  archive.Record({2}, {});
  EXPECT_FALSE(archive.AllEqual());
  archive.Record({3}, Seen(0));
  EXPECT_TRUE(archive.AllEqual());
  archive.Record({4}, Seen(1));
  EXPECT_FALSE(archive.AllEqual());
}

TEST(ObservationArchiveTest, SpreadIsPositiveAlsoForASilentNeuron) {
  ObservationArchive archive;
  EXPECT_EQ(archive.Spread(), 1);
  for (int i = 0; i < 8; ++i) archive.Record({i + 0.0}, Seen(0));
  EXPECT_EQ(archive.Spread(), 1);
  archive.Record({8}, Seen(9));
  EXPECT_GT(archive.Spread(), 0);
  for (int i = 9; i < 41; ++i) archive.Record({i + 0.0}, Seen(i));
  EXPECT_DOUBLE_EQ(archive.Spread(), 20);
}

}  // namespace
}  // namespace evoke
