#include "stimulus_display/presenter/presenter.h"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "common/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/fake_screen.h"

namespace evoke {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr double kHz = 60;
constexpr int64_t kPeriod = 16'666'667;

absl::Duration Frames(int n) { return absl::Nanoseconds(kPeriod * n); }

// The image of trial `id`: no two are equal.
Image ImageOf(uint64_t id) { return UniformImage(2, 2, static_cast<uint8_t>(id)); }

PresentationRequest Request(uint64_t id, int on, int off, int min_gap = 0) {
  PresentationRequest request;
  request.id = id;
  request.sync_code = static_cast<uint32_t>(100 + id);
  request.image = ImageOf(id);
  request.on = Frames(on);
  request.off = Frames(off);
  request.min_inter_trial = Frames(min_gap);
  return request;
}

// A stretch of refreshes with the same thing on the glass.
struct Stretch {
  int id;  // -1: the background
  int frames;
  friend bool operator==(const Stretch&, const Stretch&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Stretch& stretch) {
    return out << "{" << stretch.id << " for " << stretch.frames << "}";
  }
};

class PresenterTest : public ::testing::Test {
 protected:
  void SetUp() override { Make(16); }

  void Make(int capacity) {
    PresenterOptions options;
    options.queue_capacity = capacity;
    Make(options);
  }

  void Make(PresenterOptions options) {
    options.timing = &timing_;
    auto presenter = Presenter::Create(&screen_, &clock_, options);
    ASSERT_TRUE(presenter.ok()) << presenter.status();
    presenter_ = *std::move(presenter);
  }

  void Submit(const PresentationRequest& request) {
    const absl::Status status = presenter_->Submit(request);
    ASSERT_TRUE(status.ok()) << status;
  }

  void Refresh(int times) {
    for (int i = 0; i < times; ++i) {
      const absl::Status status = presenter_->Refresh();
      ASSERT_TRUE(status.ok()) << status;
    }
  }

  std::vector<PresentationResult> TakeAll() {
    std::vector<PresentationResult> results;
    while (auto result = presenter_->TakeResult(absl::ZeroDuration())) {
      results.push_back(*std::move(result));
    }
    return results;
  }

  // What was on the glass, leaving out the background before the first stimulus.
  std::vector<Stretch> Stretches() const {
    std::vector<Stretch> stretches;
    for (const GlassFrame& frame : screen_.glass()) {
      const int id = frame.image.has_value() ? frame.image->rgb[0] : -1;
      if (stretches.empty() && id < 0) continue;
      if (stretches.empty() || stretches.back().id != id) stretches.push_back({id, 0});
      ++stretches.back().frames;
    }
    if (!stretches.empty() && stretches.back().id < 0) stretches.pop_back();
    return stretches;
  }

  // Which call of Show() puts the first stimulus on, when it was submitted before the first flip:
  // one flip before the upload, one after it.
  static constexpr int kFirstOnset = 2;

  ManualClock clock_;
  FakeScreen screen_{&clock_, kHz};
  TimingQueues timing_;
  std::unique_ptr<Presenter> presenter_;
};

TEST_F(PresenterTest, StimuliAreOnAndOffForExactlyTheirFramesAndInOrder) {
  Submit(Request(1, 6, 3));
  Submit(Request(2, 1, 1));
  Submit(Request(3, 12, 30));
  Submit(Request(4, 2, 1));
  Refresh(80);
  EXPECT_THAT(Stretches(), ElementsAre(Stretch{1, 6}, Stretch{-1, 3}, Stretch{2, 1}, Stretch{-1, 1},
                                       Stretch{3, 12}, Stretch{-1, 30}, Stretch{4, 2}));
  const auto results = TakeAll();
  ASSERT_EQ(results.size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(results[i].id, i + 1);
    EXPECT_EQ(results[i].sync_code, 101 + i);
    EXPECT_EQ(results[i].frames_shown, results[i].on_frames);
    EXPECT_EQ(results[i].dropped_frames, 0);
    EXPECT_FALSE(results[i].aborted);
    EXPECT_EQ(results[i].reason, "");
  }
  EXPECT_EQ(results[2].on_frames, 12);
  EXPECT_EQ(results[2].off_frames, 30);
}

TEST_F(PresenterTest, MoreTrialsThanSlotsAllAppear) {
  std::vector<Stretch> expected;
  for (int id = 1; id <= 15; ++id) {
    Submit(Request(static_cast<uint64_t>(id), 2, 1));
    if (id > 1) expected.push_back({-1, 1});
    expected.push_back({id, 2});
  }
  Refresh(60);
  // The first gap has time for one upload, and so has each that follows: none is stretched.
  EXPECT_EQ(Stretches(), expected);
}

TEST_F(PresenterTest, WaitingImagesAreNotOverwrittenByThoseAfterThem) {
  presenter_->SetPaused(true);
  std::vector<Stretch> expected;
  for (int id = 1; id <= 10; ++id) {
    Submit(Request(static_cast<uint64_t>(id), 2, 1));
    if (id > 1) expected.push_back({-1, 1});
    expected.push_back({id, 2});
  }
  Refresh(20);
  EXPECT_EQ(presenter_->stats().ready, screen_.slots());
  presenter_->SetPaused(false);
  Refresh(40);
  EXPECT_EQ(Stretches(), expected);
}

TEST_F(PresenterTest, StampsAreThoseOfTheGlass) {
  Submit(Request(1, 5, 2));
  Refresh(20);
  const auto results = TakeAll();
  ASSERT_EQ(results.size(), 1u);
  int64_t onset = 0;
  int64_t offset = 0;
  for (const GlassFrame& frame : screen_.glass()) {
    if (frame.image.has_value() && onset == 0) onset = frame.monotonic_nanos;
    if (!frame.image.has_value() && onset != 0 && offset == 0) offset = frame.monotonic_nanos;
  }
  EXPECT_EQ(results[0].onset_nanos, onset);
  EXPECT_EQ(results[0].offset_nanos, offset);
  EXPECT_EQ(results[0].source, StampSource::kSwapEstimate);
  EXPECT_EQ(results[0].uncertainty_nanos, kPeriod);
  EXPECT_GT(results[0].ready_nanos, 0);
  EXPECT_LT(results[0].ready_nanos, onset);
}

TEST_F(PresenterTest, EveryIdleRefreshIsAFlipOfTheBackground) {
  Refresh(10);
  ASSERT_EQ(screen_.glass().size(), 10u);
  for (const GlassFrame& frame : screen_.glass()) {
    EXPECT_FALSE(frame.image.has_value());
    EXPECT_FALSE(frame.sync_patch);
  }
  EXPECT_EQ(presenter_->stats().flips, 10);
}

TEST_F(PresenterTest, SlowUploadDelaysTheOnsetButNeverLengthensAStimulus) {
  screen_.SetUploadTime(absl::Milliseconds(40));
  Submit(Request(1, 3, 1));
  Submit(Request(2, 3, 1));
  Submit(Request(3, 3, 1));
  Refresh(40);
  std::vector<Stretch> stimuli;
  for (const Stretch& stretch : Stretches()) {
    if (stretch.id >= 0) stimuli.push_back(stretch);
  }
  EXPECT_THAT(stimuli, ElementsAre(Stretch{1, 3}, Stretch{2, 3}, Stretch{3, 3}));
  for (const PresentationResult& result : TakeAll()) {
    EXPECT_EQ(result.dropped_frames, 0);
    EXPECT_EQ(result.frames_shown, 3);
  }
  EXPECT_EQ(presenter_->stats().dropped_frames, 6);  // two for each upload, all of background
}

TEST_F(PresenterTest, NothingIsUploadedWhileAStimulusIsOn) {
  Submit(Request(1, 10, 1));
  Refresh(kFirstOnset + 1);  // on
  Submit(Request(2, 1, 1));
  Refresh(9);
  EXPECT_EQ(screen_.uploads(), 1);
  EXPECT_EQ(presenter_->stats().ready, 1);
  Refresh(1);  // off
  EXPECT_EQ(screen_.uploads(), 2);
  EXPECT_EQ(presenter_->stats().ready, 2);
  EXPECT_EQ(presenter_->stats().shown, 1);
}

TEST_F(PresenterTest, FrameDroppedWithinAStimulusIsReportedAndTheStimulusEndsOnTime) {
  screen_.StallBeforeFlip(kFirstOnset + 2, Frames(1) + absl::Milliseconds(2));
  Submit(Request(1, 6, 2));
  Submit(Request(2, 6, 2));
  Refresh(30);
  EXPECT_THAT(Stretches(), ElementsAre(Stretch{1, 6}, Stretch{-1, 2}, Stretch{2, 6}));
  const auto results = TakeAll();
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].dropped_frames, 1);
  EXPECT_EQ(results[0].frames_shown, 6);
  EXPECT_EQ(results[1].dropped_frames, 0);
}

TEST_F(PresenterTest, FramesDroppedAtTheOffsetLengthenTheStimulusAndAreReported) {
  screen_.StallBeforeFlip(kFirstOnset + 6, Frames(2) + absl::Milliseconds(2));
  Submit(Request(1, 6, 2));
  Refresh(30);
  EXPECT_THAT(Stretches(), ElementsAre(Stretch{1, 8}));
  const auto results = TakeAll();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].dropped_frames, 2);
  EXPECT_EQ(results[0].frames_shown, 8);
  EXPECT_EQ(results[0].on_frames, 6);
  EXPECT_FALSE(results[0].aborted);
}

TEST_F(PresenterTest, FramesDroppedBeforeTheOnsetAreNotTheStimulus) {
  screen_.StallBeforeFlip(kFirstOnset, Frames(3) + absl::Milliseconds(2));
  Submit(Request(1, 6, 2));
  Refresh(30);
  EXPECT_THAT(Stretches(), ElementsAre(Stretch{1, 6}));
  const auto results = TakeAll();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].dropped_frames, 0);
  EXPECT_EQ(presenter_->stats().dropped_frames, 3);
}

TEST_F(PresenterTest, SyncPatchIsWhiteExactlyWithTheStimulus) {
  screen_.StallBeforeFlip(7, Frames(2));
  for (uint64_t id = 1; id <= 5; ++id) Submit(Request(id, 4, 1));
  Refresh(13);
  presenter_->Abort("operator");
  Refresh(40);
  int white = 0;
  for (const GlassFrame& frame : screen_.glass()) {
    EXPECT_EQ(frame.sync_patch, frame.image.has_value()) << "refresh " << frame.index;
    white += frame.sync_patch ? 1 : 0;
  }
  int shown = 0;
  for (const PresentationResult& result : TakeAll()) shown += result.frames_shown;
  EXPECT_EQ(white, shown);
}

TEST_F(PresenterTest, MinInterTrialStretchesTheGapOnlyIfItIsLonger) {
  Submit(Request(1, 2, 3));
  Submit(Request(2, 2, 3, 8));
  Submit(Request(3, 2, 3, 1));
  Refresh(40);
  EXPECT_THAT(Stretches(), ElementsAre(Stretch{1, 2}, Stretch{-1, 8}, Stretch{2, 2}, Stretch{-1, 3},
                                       Stretch{3, 2}));
}

TEST_F(PresenterTest, MissedRefreshesCountIntoTheGap) {
  Submit(Request(1, 2, 10));
  Submit(Request(2, 2, 1));
  screen_.StallBeforeFlip(kFirstOnset + 5, Frames(4));
  Refresh(40);
  EXPECT_THAT(Stretches(), ElementsAre(Stretch{1, 2}, Stretch{-1, 10}, Stretch{2, 2}));
}

TEST_F(PresenterTest, DurationsAreTheNearestWholeFramesAndAtLeastOne) {
  PresentationRequest request = Request(1, 1, 1);
  request.on = absl::Milliseconds(109);
  request.off = absl::Milliseconds(108);
  Submit(request);
  request.on = absl::Milliseconds(1);
  request.off = absl::ZeroDuration();
  Submit(request);
  Refresh(40);
  const auto results = TakeAll();
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].on_frames, 7);
  EXPECT_EQ(results[0].off_frames, 6);
  EXPECT_EQ(results[0].frames_shown, 7);
  EXPECT_EQ(results[1].on_frames, 1);
  EXPECT_EQ(results[1].off_frames, 1);
  EXPECT_EQ(results[1].frames_shown, 1);
}

TEST_F(PresenterTest, AbortTakesTheStimulusOffAtTheNextFlip) {
  Submit(Request(1, 20, 2));
  Submit(Request(2, 3, 2));
  Refresh(kFirstOnset + 5);  // on for five frames
  presenter_->Abort("operator");
  Refresh(20);
  EXPECT_THAT(Stretches(), ElementsAre(Stretch{1, 5}, Stretch{-1, 2}, Stretch{2, 3}));
  const auto results = TakeAll();
  ASSERT_EQ(results.size(), 2u);
  EXPECT_TRUE(results[0].aborted);
  EXPECT_EQ(results[0].reason, "operator");
  EXPECT_EQ(results[0].frames_shown, 5);
  EXPECT_EQ(results[0].offset_nanos - results[0].onset_nanos, 83'333'333);
  EXPECT_FALSE(results[1].aborted);
  EXPECT_EQ(presenter_->stats().aborted, 1);
}

TEST_F(PresenterTest, EscapeAborts) {
  Submit(Request(1, 20, 2));
  Refresh(kFirstOnset + 5);
  presenter_->Handle({.abort = true});
  Refresh(1);
  const auto results = TakeAll();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].reason, "operator");
  EXPECT_EQ(results[0].frames_shown, 5);
}

TEST_F(PresenterTest, AbortWithNothingOnDoesNotHitTheNextTrial) {
  presenter_->Abort("operator");
  Refresh(1);
  Submit(Request(1, 4, 2));
  Refresh(20);
  EXPECT_THAT(Stretches(), ElementsAre(Stretch{1, 4}));
  EXPECT_FALSE(TakeAll().at(0).aborted);
}

TEST_F(PresenterTest, AbortAtTheLastFrameIsACompleteTrial) {
  Submit(Request(1, 4, 2));
  Refresh(kFirstOnset + 4);
  presenter_->Abort("operator");
  Refresh(1);
  const auto results = TakeAll();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_FALSE(results[0].aborted);
  EXPECT_EQ(results[0].frames_shown, 4);
}

TEST_F(PresenterTest, PauseLetsTheTrialFinishAndStartsNoOther) {
  Submit(Request(1, 6, 2));
  Submit(Request(2, 6, 2));
  Refresh(kFirstOnset + 2);
  presenter_->Handle({.toggle_pause = true});
  Refresh(30);
  EXPECT_TRUE(presenter_->paused());
  EXPECT_THAT(Stretches(), ElementsAre(Stretch{1, 6}));
  EXPECT_EQ(presenter_->stats().ready, 2);  // images are still made ready
  presenter_->SetPaused(false);
  Refresh(10);
  EXPECT_EQ(Stretches().back(), (Stretch{2, 6}));
  EXPECT_EQ(TakeAll().size(), 2u);
}

TEST_F(PresenterTest, FullQueueRefusesUntilAResultIsTaken) {
  Make(2);
  Submit(Request(1, 2, 1));
  Submit(Request(2, 2, 1));
  EXPECT_EQ(presenter_->stats().free_places, 0);
  EXPECT_EQ(presenter_->Submit(Request(3, 2, 1)).code(), absl::StatusCode::kResourceExhausted);
  Refresh(20);
  // Shown is not taken: a caller that reports nothing gets no more work in.
  EXPECT_EQ(presenter_->Submit(Request(3, 2, 1)).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(presenter_->TakeResult(absl::ZeroDuration())->id, 1u);
  Submit(Request(3, 2, 1));
  EXPECT_EQ(presenter_->Submit(Request(4, 2, 1)).code(), absl::StatusCode::kResourceExhausted);
  Refresh(20);
  EXPECT_EQ(TakeAll().size(), 2u);
}

TEST_F(PresenterTest, RefusedImageIsReportedAndTheOthersAreShown) {
  screen_.FailNextUpload(absl::InvalidArgumentError("too large for the card"));
  Submit(Request(1, 3, 1));
  Submit(Request(2, 3, 1));
  Refresh(20);
  EXPECT_THAT(Stretches(), ElementsAre(Stretch{2, 3}));
  const auto results = TakeAll();
  ASSERT_EQ(results.size(), 2u);
  EXPECT_TRUE(results[0].aborted);
  EXPECT_EQ(results[0].reason, "too large for the card");
  EXPECT_EQ(results[0].onset_nanos, 0);
  EXPECT_EQ(results[0].ready_nanos, 0);
  EXPECT_FALSE(results[1].aborted);
}

TEST_F(PresenterTest, StopTakesTheStimulusOffAndAnswersEveryRequest) {
  for (uint64_t id = 1; id <= 8; ++id) Submit(Request(id, 20, 1));
  Refresh(kFirstOnset + 5);
  const std::atomic<bool> stop = true;
  EXPECT_TRUE(presenter_->RunUntil(stop).ok());
  EXPECT_TRUE(presenter_->stopped());
  EXPECT_THAT(Stretches(), ElementsAre(Stretch{1, 5}));
  EXPECT_FALSE(screen_.glass().back().image.has_value());
  const auto results = TakeAll();
  ASSERT_EQ(results.size(), 8u);
  EXPECT_EQ(results[0].frames_shown, 5);
  EXPECT_GT(results[0].offset_nanos, results[0].onset_nanos);
  for (size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(results[i].id, i + 1);
    EXPECT_TRUE(results[i].aborted);
    EXPECT_EQ(results[i].reason, "stopped");
  }
  EXPECT_EQ(results[1].onset_nanos, 0);
  EXPECT_EQ(presenter_->Submit(Request(9, 1, 1)).code(), absl::StatusCode::kUnavailable);
}

TEST_F(PresenterTest, ClosedWindowEndsTheRunAsCancelled) {
  Submit(Request(1, 20, 1));
  Refresh(kFirstOnset + 3);
  presenter_->Handle({.close = true});
  const std::atomic<bool> stop = false;
  EXPECT_TRUE(absl::IsCancelled(presenter_->RunUntil(stop)));
  const auto results = TakeAll();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].reason, "window closed");
  EXPECT_EQ(results[0].frames_shown, 3);
}

TEST_F(PresenterTest, LostScreenEndsTheRunAndAbortsWithItsReason) {
  Submit(Request(1, 20, 1));
  Submit(Request(2, 20, 1));
  Refresh(kFirstOnset + 3);
  screen_.FailNextShow(absl::InternalError("monitor lost"));
  const std::atomic<bool> stop = false;
  EXPECT_EQ(presenter_->RunUntil(stop).message(), "monitor lost");
  const auto results = TakeAll();
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].reason, "monitor lost");
  EXPECT_GT(results[0].onset_nanos, 0);
  EXPECT_EQ(results[0].offset_nanos, 0);  // nobody saw it leave
  EXPECT_TRUE(results[1].aborted);
}

TEST_F(PresenterTest, RequestsThatCannotBeShownAreRefused) {
  PresentationRequest request = Request(1, 1, 1);
  request.image.rgb.pop_back();
  EXPECT_EQ(presenter_->Submit(request).code(), absl::StatusCode::kInvalidArgument);
  request = Request(1, 1, 1);
  request.on = absl::ZeroDuration();
  EXPECT_EQ(presenter_->Submit(request).code(), absl::StatusCode::kInvalidArgument);
  request = Request(1, 1, 1);
  request.off = absl::InfiniteDuration();
  EXPECT_EQ(presenter_->Submit(request).code(), absl::StatusCode::kInvalidArgument);
  request = Request(1, 1, 1);
  request.placement = Placement{SizeUnit::kDegrees, 5};
  EXPECT_THAT(std::string(presenter_->Submit(request).message()), HasSubstr("viewing distance"));
  EXPECT_EQ(presenter_->stats().free_places, 16);  // a refused request takes no place
  Refresh(20);
  EXPECT_THAT(Stretches(), IsEmpty());
}

TEST_F(PresenterTest, PlacementOfTheRequestGoesBeforeTheDefault) {
  PresenterOptions options;
  options.viewing = {40, 57};
  options.placement = {SizeUnit::kDegrees, 4};
  auto presenter = Presenter::Create(&screen_, &clock_, options);
  ASSERT_TRUE(presenter.ok()) << presenter.status();
  presenter_ = *std::move(presenter);
  Submit(Request(1, 1, 1));
  PresentationRequest request = Request(2, 1, 1);
  request.placement = Placement{SizeUnit::kPixels, 10, 100, 0};
  Submit(request);
  Refresh(20);
  std::vector<PixelRect> places;
  for (const GlassFrame& frame : screen_.glass()) {
    if (frame.image.has_value()) places.push_back(frame.where);
  }
  ASSERT_EQ(places.size(), 2u);
  EXPECT_EQ(places[0].width, 64);  // 2 * 57 cm * tan(2 deg) * 16 pixels per cm = 63.7
  EXPECT_EQ(places[1], (PixelRect{415, 235, 10, 10}));
}

TEST(PresenterCreateTest, ScreenWithOneSlotIsRefused) {
  ManualClock clock;
  FakeScreen screen(&clock, kHz, /*slots=*/1);
  EXPECT_EQ(Presenter::Create(&screen, &clock, {}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace evoke
