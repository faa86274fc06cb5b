// The benchmark measures what it says, on a load of a moment.
#include "tests/bench/server/load.h"

#include <unistd.h>

#include "gtest/gtest.h"
#include "tests/bench/server/load_clients.h"

namespace evoke {
namespace {

v1::Trial TrialOf(int generation) {
  v1::Trial trial;
  trial.set_generation(generation);
  return trial;
}

TEST(SamplesTest, PercentilesAreNearestRanks) {
  Samples samples;
  EXPECT_EQ(samples.Summarize().count, 0);
  for (int i = 100; i >= 1; --i) samples.Add(i);
  const Spread spread = samples.Summarize();
  EXPECT_EQ(spread.count, 100);
  EXPECT_EQ(spread.p50_ms, 51);
  EXPECT_EQ(spread.p99_ms, 99);
  EXPECT_EQ(spread.max_ms, 100);
}

TEST(BlockTimerTest, TurnaroundIsFromTheLastResponseAndLeavesOutTheGenerator) {
  BlockTimer timer;
  Samples turnaround;
  timer.OnLease(TrialOf(1), 0, 0, &turnaround);
  timer.OnResponse(TrialOf(1), 1'000'000, 500);
  timer.OnResponse(TrialOf(1), 2'000'000, 500);
  EXPECT_EQ(turnaround.Summarize().count, 0);
  timer.OnLease(TrialOf(2), 9'000'000, 3'000'500, &turnaround);
  timer.OnLease(TrialOf(2), 20'000'000, 3'000'500, &turnaround);
  const Spread spread = turnaround.Summarize();
  EXPECT_EQ(spread.count, 1);
  EXPECT_DOUBLE_EQ(spread.max_ms, 4);
}

TEST(LoadTest, TwoExperimentsRunAndNothingFails) {
  LoadOptions options;
  options.experiments = 2;
  options.watchers = 3;
  options.warm_up = absl::Milliseconds(100);
  options.time = absl::Milliseconds(500);
  options.folder = testing::TempDir() + "/load_test_" + std::to_string(getpid());
  const absl::StatusOr<LoadResult> result = MeasureLoad(options);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_GT(result->trials_per_s, 0);
  EXPECT_GT(result->acknowledged.count, 0);
  EXPECT_GT(result->turnaround.count, 0);
  EXPECT_GT(result->sync.count, 0);
  EXPECT_EQ(result->failed, 0);
}

}  // namespace
}  // namespace evoke
