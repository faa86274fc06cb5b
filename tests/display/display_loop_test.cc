#include "stimulus_display/client/display_loop.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/specs.h"

namespace evoke {
namespace {

ScreenInfo SmallScreen() {
  ScreenInfo screen;
  screen.width = 320;
  screen.height = 240;
  screen.refresh_hz = 60;
  return screen;
}

v1::TrialLease Lease() {
  v1::TrialLease lease = ParseText<v1::TrialLease>(R"pb(
    trial { name: "experiments/e/trials/1" attempt: 1 sync_code: 77 }
    presentation {
      on_duration { nanos: 100000000 }
      off_duration { nanos: 50000000 }
      min_inter_trial { nanos: 70000000 }
      background: 128
    }
    stimulus { image { width: 2 height: 1 } }
  )pb");
  lease.mutable_stimulus()->mutable_image()->set_rgb("abcdef");
  return lease;
}

TEST(ToRequestTest, TakesDurationsImageAndSyncCodeFromTheLease) {
  const auto request = ToRequest(Lease(), 5, SmallScreen(), 128);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->id, 5);
  EXPECT_EQ(request->sync_code, 77);
  EXPECT_EQ(request->on, absl::Milliseconds(100));
  EXPECT_EQ(request->off, absl::Milliseconds(50));
  EXPECT_EQ(request->min_inter_trial, absl::Milliseconds(70));
  EXPECT_EQ(request->image.rgb.size(), 6);
}

TEST(ToRequestTest, WithoutASizeTheImageTakesTwoThirdsOfTheHeight) {
  const auto request = ToRequest(Lease(), 1, SmallScreen(), 128);
  EXPECT_EQ(request->placement->unit, SizeUnit::kPixels);
  EXPECT_DOUBLE_EQ(request->placement->width, 160);
}

TEST(ToRequestTest, SizeAndPositionMayBeInDegrees) {
  v1::TrialLease lease = Lease();
  lease.mutable_presentation()->set_size_deg(6);
  lease.mutable_presentation()->set_center_x(-2);
  const auto request = ToRequest(lease, 1, SmallScreen(), 128);
  EXPECT_EQ(request->placement->unit, SizeUnit::kDegrees);
  EXPECT_DOUBLE_EQ(request->placement->width, 6);
  EXPECT_DOUBLE_EQ(request->placement->offset_right, -2);
}

TEST(ToRequestTest, AnotherBackgroundIsRefusedWithWhatToDo) {
  const auto request = ToRequest(Lease(), 1, SmallScreen(), 90);
  EXPECT_TRUE(absl::IsInvalidArgument(request.status()));
  EXPECT_THAT(std::string(request.status().message()), testing::HasSubstr("--background 128"));
}

TEST(ToRequestTest, AnImageThatIsNotWholeIsRefused) {
  v1::TrialLease lease = Lease();
  lease.mutable_stimulus()->mutable_image()->set_rgb("abc");
  EXPECT_FALSE(ToRequest(lease, 1, SmallScreen(), 128).ok());
}

TEST(ReportedOnsetTest, IsMissingWhereTheScreenDidNotConfirmWhatItShowed) {
  PresentationResult result;
  result.onset_nanos = 5;
  result.aborted = true;
  result.reason = kUnconfirmed;
  EXPECT_EQ(ReportedOnset(result), 0);
  result.reason = "fixation broken";
  EXPECT_EQ(ReportedOnset(result), 5);
}

TEST(ToPresentationTest, TellsWhatWasOnTheScreen) {
  PresentationResult result;
  result.frames_shown = 6;
  result.dropped_frames = 1;
  result.late_frames = 2;
  result.source = StampSource::kSwapEstimate;
  v1::Presentation p = ToPresentation(result, SmallScreen(), absl::Milliseconds(4));
  EXPECT_EQ(p.outcome(), v1::Presentation::OUTCOME_COMPLETED);
  EXPECT_EQ(p.frames(), 6);
  EXPECT_EQ(p.dropped_frames(), 1);
  EXPECT_EQ(p.onset_source(), v1::Presentation::ONSET_SOURCE_SWAP_ESTIMATE);
  EXPECT_DOUBLE_EQ(p.refresh_hz(), 60);
  EXPECT_EQ(p.late_frames(), 2);
  EXPECT_EQ(p.light_delay_nanos(), 4'000'000);
  result.aborted = true;
  result.reason = "operator";
  p = ToPresentation(result, SmallScreen(), absl::ZeroDuration());
  EXPECT_EQ(p.outcome(), v1::Presentation::OUTCOME_ABORTED);
  EXPECT_EQ(p.outcome_reason(), "operator");
}

}  // namespace
}  // namespace evoke
