#include "clients/rig/rig_check.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr double kRate = 20000;

// Ten seconds in blocks of 20 ms, with 20 spikes/s on two channels and a pulse of 100 ms every half
// second.
RigCheck TenSeconds(double true_rate = kRate, bool pulses = true, bool spikes = true) {
  RigCheck check(kRate);
  for (int block = 0; block < 500; ++block) {
    RigData data;
    if (block == 0) data.new_channels = {"A-000", "A-001"};
    const int64_t first = block * 400;
    if (spikes) {
      data.spikes.push_back({first, 0, 0, false});
      if (block % 3 != 0) data.spikes.push_back({first, 1, 1, false});
    }
    if (pulses && block % 25 == 5) data.edges.push_back({first, true, 7});
    if (pulses && block % 25 == 10) data.edges.push_back({first, false, 0});
    data.newest_sample = data.complete_before = first + 400;
    data.newest_received_nanos =
        1'000'000'000 + static_cast<int64_t>(static_cast<double>(first + 400) / true_rate * 1e9);
    check.Take(data);
  }
  return check;
}

TEST(RigCheckTest, AGoodRigIsFitAndItsReportSaysWhatWasSeen) {
  RigCheck check = TenSeconds();
  check.SetThresholds({-70, -65});
  EXPECT_THAT(check.Problems(true), IsEmpty());
  const std::string report = check.Report();
  EXPECT_THAT(report, HasSubstr("2 channels"));
  EXPECT_THAT(report, HasSubstr("-70 uV"));
  EXPECT_THAT(report, HasSubstr("20 pulses, every 500 ms, 100 ms long"));
  EXPECT_THAT(report, HasSubstr("20 with a sync code"));
}

TEST(RigCheckTest, ALineWithoutPulsesIsAProblemOnlyWhereThereIsALine) {
  const RigCheck check = TenSeconds(kRate, false);
  EXPECT_THAT(check.Problems(true), Contains(HasSubstr("no pulse on the stimulus line")));
  EXPECT_THAT(check.Problems(false), IsEmpty());
}

TEST(RigCheckTest, AWrongSampleRateIsFound) {
  EXPECT_THAT(TenSeconds(30000).Problems(true), Contains(HasSubstr("sample rate")));
}

TEST(RigCheckTest, NoSpikesNoDataAndTroubleAreNamed) {
  EXPECT_THAT(TenSeconds(kRate, true, false).Problems(true), Contains(HasSubstr("no spikes")));
  RigCheck nothing(kRate);
  nothing.Take({});
  EXPECT_THAT(nothing.Problems(false), Contains(HasSubstr("no data")));
  RigData stopped;
  stopped.trouble = "RHX is stopped: press Run";
  nothing.Take(stopped);
  EXPECT_THAT(nothing.Problems(false), Contains("RHX is stopped: press Run"));
}

}  // namespace
}  // namespace evoke
