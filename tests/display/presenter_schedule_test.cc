// Onsets at stated times, late ones, refreshes that nobody confirms, and what the presenter
// records.
#include <memory>
#include <string>
#include <vector>

#include "common/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stimulus_display/presenter/presenter.h"
#include "stimulus_display/screen/refresh.h"
#include "tests/support/fake_screen.h"

namespace evoke {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kPeriod = 16'666'667;
// Uploaded after the first flip, on at the third.
constexpr int kFirstOnset = 2;

absl::Duration Frames(int n) { return absl::Nanoseconds(kPeriod * n); }

class PresenterScheduleTest : public ::testing::Test {
 protected:
  void SetUp() override { Make({}); }

  void Make(PresenterOptions options) {
    options.timing = timing_.get();
    auto presenter = Presenter::Create(&screen_, &clock_, options);
    ASSERT_TRUE(presenter.ok()) << presenter.status();
    presenter_ = *std::move(presenter);
  }

  // Refresh n of the monitor; the fake's clock starts at refresh 0.
  int64_t TimeOf(int n) const { return grid_.TimeOf(n); }

  void Submit(uint64_t id, int on, int64_t onset, OnsetRule rule = OnsetRule::kFirstAfter,
              int min_gap = 0) {
    PresentationRequest request;
    request.id = id;
    request.sync_code = static_cast<uint32_t>(0x10000 + id);
    request.image = UniformImage(2, 2, static_cast<uint8_t>(id));
    request.on = Frames(on);
    request.off = Frames(1);
    request.min_inter_trial = Frames(min_gap);
    request.onset_nanos = onset;
    request.onset_rule = rule;
    const absl::Status status = presenter_->Submit(std::move(request));
    ASSERT_TRUE(status.ok()) << status;
  }

  void Refresh(int times) {
    for (int i = 0; i < times; ++i) ASSERT_TRUE(presenter_->Refresh().ok());
  }

  PresentationResult Take() {
    const auto result = presenter_->TakeResult(absl::ZeroDuration());
    EXPECT_TRUE(result.has_value());
    return result.value_or(PresentationResult());
  }

  // The refreshes at which the stimulus was on the glass.
  std::vector<int64_t> RefreshesWith(uint64_t id) const {
    std::vector<int64_t> refreshes;
    for (const GlassFrame& frame : screen_.glass()) {
      if (frame.image.has_value() && frame.image->rgb[0] == id) refreshes.push_back(frame.index);
    }
    return refreshes;
  }

  ManualClock clock_;
  const RefreshGrid grid_{clock_.MonotonicNanos(), 60};
  FakeScreen screen_{&clock_, 60};
  std::unique_ptr<TimingQueues> timing_ = std::make_unique<TimingQueues>();
  std::unique_ptr<Presenter> presenter_;
};

TEST_F(PresenterScheduleTest, OnsetIsAtTheFirstRefreshAtTheTimeOrAfterIt) {
  Submit(1, 2, TimeOf(10));
  Submit(2, 2, TimeOf(20) + 1);
  Submit(3, 2, TimeOf(30) - 1);
  Refresh(50);
  EXPECT_THAT(RefreshesWith(1), ElementsAre(10, 11));
  EXPECT_THAT(RefreshesWith(2), ElementsAre(21, 22));
  EXPECT_THAT(RefreshesWith(3), ElementsAre(30, 31));
  for (const int refresh : {10, 21, 30}) {
    const PresentationResult result = Take();
    EXPECT_EQ(result.late_frames, 0);
    EXPECT_EQ(result.onset_nanos, TimeOf(refresh));
    EXPECT_EQ(result.predicted_onset_nanos, TimeOf(refresh));
    EXPECT_EQ(result.predicted_offset_nanos, TimeOf(refresh + 2));
    EXPECT_EQ(result.offset_nanos, TimeOf(refresh + 2));
    EXPECT_FALSE(result.aborted);
  }
}

TEST_F(PresenterScheduleTest, NearestRefreshIsChosenIfThatIsTheRule) {
  Submit(1, 2, TimeOf(10) + kPeriod * 4 / 10, OnsetRule::kNearest);
  Submit(2, 2, TimeOf(20) + kPeriod * 6 / 10, OnsetRule::kNearest);
  Refresh(40);
  EXPECT_THAT(RefreshesWith(1), ElementsAre(10, 11));
  EXPECT_THAT(RefreshesWith(2), ElementsAre(21, 22));
  EXPECT_EQ(Take().late_frames, 0);
  EXPECT_EQ(Take().late_frames, 0);
}

TEST_F(PresenterScheduleTest, MissAtTheOnsetShiftsTheStimulusByDefault) {
  screen_.StallBeforeFlip(9, Frames(3) + absl::Milliseconds(1));
  Submit(1, 5, TimeOf(10));
  Refresh(40);
  EXPECT_THAT(RefreshesWith(1), ElementsAre(13, 14, 15, 16, 17));
  const PresentationResult result = Take();
  EXPECT_EQ(result.late_frames, 3);
  EXPECT_EQ(result.requested_nanos, TimeOf(10));
  EXPECT_EQ(result.predicted_onset_nanos, TimeOf(10));
  EXPECT_EQ(result.onset_nanos, TimeOf(13));
  EXPECT_FALSE(result.aborted);
}

TEST_F(PresenterScheduleTest, TruncatedStimulusLeavesWhenItShouldHave) {
  Make({.miss_policy = MissPolicy::kTruncate});
  screen_.StallBeforeFlip(9, Frames(3) + absl::Milliseconds(1));
  Submit(1, 5, TimeOf(10));
  Refresh(40);
  EXPECT_THAT(RefreshesWith(1), ElementsAre(13, 14));
  const PresentationResult result = Take();
  EXPECT_EQ(result.late_frames, 3);
  EXPECT_EQ(result.frames_shown, 2);
  EXPECT_FALSE(result.aborted);
}

TEST_F(PresenterScheduleTest, TruncatedStimulusOfWhichNothingRemainsIsAborted) {
  Make({.miss_policy = MissPolicy::kTruncate});
  Refresh(20);
  Submit(1, 5, TimeOf(10));  // long past
  Submit(2, 3, 0);
  Refresh(20);
  EXPECT_THAT(RefreshesWith(1), IsEmpty());
  const PresentationResult result = Take();
  EXPECT_TRUE(result.aborted);
  EXPECT_EQ(result.reason, kLateOnset);
  EXPECT_EQ(result.onset_nanos, 0);
  EXPECT_GE(result.late_frames, 10);
  EXPECT_EQ(RefreshesWith(2).size(), 3u);
}

TEST_F(PresenterScheduleTest, LateOnsetIsTakenOffAtOnceIfThatIsThePolicy) {
  Make({.miss_policy = MissPolicy::kAbort});
  screen_.StallBeforeFlip(kFirstOnset, Frames(1) + absl::Milliseconds(1));
  Submit(1, 5, 0);
  Submit(2, 5, TimeOf(12));
  Refresh(40);
  EXPECT_EQ(RefreshesWith(1).size(), 1u);
  EXPECT_EQ(RefreshesWith(2).size(), 5u);
  const PresentationResult late = Take();
  EXPECT_TRUE(late.aborted);
  EXPECT_EQ(late.reason, kLateOnset);
  EXPECT_EQ(late.late_frames, 1);
  EXPECT_EQ(late.frames_shown, 1);
  EXPECT_FALSE(Take().aborted);
}

TEST_F(PresenterScheduleTest, KnownToBeLateIsNeverShownIfThatIsThePolicy) {
  Make({.miss_policy = MissPolicy::kAbort});
  Submit(1, 5, TimeOf(10));
  Submit(2, 5, TimeOf(12));  // while the one before is on
  Refresh(40);
  EXPECT_THAT(RefreshesWith(2), IsEmpty());
  EXPECT_FALSE(Take().aborted);
  EXPECT_EQ(Take().reason, kLateOnset);
}

TEST_F(PresenterScheduleTest, MinInterTrialIsKeptAfterAnAbortedStimulusToo) {
  Submit(1, 20, 0);
  Submit(2, 2, 0, OnsetRule::kFirstAfter, /*min_gap=*/12);
  Refresh(kFirstOnset + 4);
  presenter_->Abort("fixation broken");
  Refresh(30);
  const PresentationResult first = Take();
  EXPECT_EQ(first.reason, "fixation broken");
  EXPECT_EQ(first.frames_shown, 4);
  EXPECT_EQ(Take().onset_index - first.offset_index, 12);
}

TEST_F(PresenterScheduleTest, FirstOfSeveralReasonsToAbortCounts) {
  Submit(1, 20, 0);
  Refresh(kFirstOnset + 4);
  presenter_->Abort("fixation broken");
  presenter_->Abort("operator");
  Refresh(5);
  EXPECT_EQ(Take().reason, "fixation broken");
}

TEST_F(PresenterScheduleTest, OnsetThatNobodyConfirmsIsAbortedWithoutAStamp) {
  screen_.LoseConfirmation(kFirstOnset);
  Submit(1, 6, 0);
  Submit(2, 6, 0);
  Refresh(30);
  const PresentationResult result = Take();
  EXPECT_TRUE(result.aborted);
  EXPECT_EQ(result.reason, "the onset was not confirmed");
  EXPECT_EQ(result.onset_nanos, 0);
  EXPECT_EQ(RefreshesWith(1).size(), 1u);  // taken off at the next flip
  EXPECT_FALSE(Take().aborted);
}

TEST_F(PresenterScheduleTest, StimulusWithAnUnconfirmedRefreshIsAborted) {
  screen_.LoseConfirmation(kFirstOnset + 3);
  screen_.LoseConfirmation(kFirstOnset + 20 + 2);  // the second one's offset
  Submit(1, 6, 0);
  Submit(2, 2, TimeOf(kFirstOnset + 1 + 20));
  Refresh(40);
  PresentationResult result = Take();
  EXPECT_EQ(result.reason, "a refresh was not confirmed");
  EXPECT_GT(result.onset_nanos, 0);
  EXPECT_EQ(result.frames_shown, 4);
  result = Take();
  EXPECT_TRUE(result.aborted);
  EXPECT_EQ(result.offset_nanos, 0);
}

TEST_F(PresenterScheduleTest, UploadDoesNotDelayAStimulusThatIsReady) {
  screen_.SetUploadTime(absl::Milliseconds(12));  // most of a refresh
  Submit(1, 2, TimeOf(10));
  Submit(2, 2, TimeOf(20));
  Refresh(9);
  Submit(3, 2, TimeOf(30));
  screen_.SetUploadTime(absl::Milliseconds(40));
  Refresh(40);
  EXPECT_THAT(RefreshesWith(1), ElementsAre(10, 11));
  EXPECT_THAT(RefreshesWith(2), ElementsAre(20, 21));
  EXPECT_THAT(RefreshesWith(3), ElementsAre(30, 31));
}

TEST_F(PresenterScheduleTest, FrameCodeAndPatchAreTheStimulusOwn) {
  Submit(7, 3, 0);
  Refresh(10);
  for (const GlassFrame& frame : screen_.glass()) {
    EXPECT_EQ(frame.code, frame.image.has_value() ? 7 : 0);
    EXPECT_EQ(frame.sync_patch, frame.image.has_value());
  }
}

TEST_F(PresenterScheduleTest, TogglingPatchChangesAtEachOnsetAndStays) {
  Make({.patch_mode = PatchMode::kToggle});
  for (uint64_t id = 1; id <= 4; ++id) Submit(id, 2, 0);
  Refresh(30);
  bool white = false;
  uint64_t on = 0;
  for (const GlassFrame& frame : screen_.glass()) {
    if (frame.image.has_value() && frame.image->rgb[0] != on) {
      on = frame.image->rgb[0];
      white = !white;
    }
    EXPECT_EQ(frame.sync_patch, white) << "refresh " << frame.index;
  }
  EXPECT_EQ(on, 4u);
  EXPECT_EQ(Take().patch_value, 255);
  EXPECT_EQ(Take().patch_value, 0);
}

TEST_F(PresenterScheduleTest, EveryRefreshStimulusAndEdgeIsRecorded) {
  screen_.StallBeforeFlip(kFirstOnset + 2, Frames(1) + absl::Milliseconds(2));
  Submit(1, 5, 0);
  Refresh(20);
  std::vector<RefreshRecord> refreshes;
  while (const auto record = timing_->refreshes.Take(absl::ZeroDuration())) {
    refreshes.push_back(*record);
  }
  ASSERT_EQ(refreshes.size(), 20u);
  int64_t index = refreshes[0].flip.frame_index;
  for (const RefreshRecord& record : refreshes) {
    index += record.flip.dropped;
    EXPECT_EQ(record.flip.frame_index, index++);
    const auto at = static_cast<size_t>(record.flip.frame_index - 1);
    const bool on = screen_.glass()[at].image.has_value();
    EXPECT_EQ(record.request_id, on ? 1u : 0u);
    EXPECT_EQ(record.patch_value, on ? 255 : 0);
  }
  const auto stimulus = timing_->stimuli.Take(absl::ZeroDuration());
  ASSERT_TRUE(stimulus.has_value());
  const PresentationResult result = Take();
  EXPECT_EQ(stimulus->onset_nanos, result.onset_nanos);
  EXPECT_EQ(stimulus->dropped_frames, 1);
  const auto onset = timing_->markers.Take(absl::ZeroDuration());
  const auto offset = timing_->markers.Take(absl::ZeroDuration());
  ASSERT_TRUE(onset.has_value() && offset.has_value());
  EXPECT_EQ(onset->kind, MarkerEvent::Kind::kOnset);
  EXPECT_EQ(onset->stamp_nanos, result.onset_nanos);
  EXPECT_GE(onset->posted_nanos, onset->stamp_nanos);
  EXPECT_EQ(offset->kind, MarkerEvent::Kind::kOffset);
  EXPECT_EQ(offset->sync_code, 0x10001u);
}

TEST_F(PresenterScheduleTest, RecordsThatNobodyTakesAreCountedAndDelayNothing) {
  Submit(1, 5, 0);
  Refresh((1 << 14) + 100);
  EXPECT_EQ(timing_->refreshes.lost(), 100);
  EXPECT_EQ(RefreshesWith(1).size(), 5u);
  EXPECT_EQ(presenter_->stats().dropped_frames, 0);
}

}  // namespace
}  // namespace evoke
