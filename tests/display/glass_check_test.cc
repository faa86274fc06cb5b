// The judge of the display's tests: what it lets pass and what it does not.
#include "tests/support/test_monitor/glass_check.h"

#include <cstdint>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stimulus_display/screen/frame_code.h"

namespace evoke {
namespace {

constexpr int64_t kPeriod = 10'000'000;
constexpr int kOn = 3, kOff = 2;

int64_t NanosOf(int64_t vblank) { return 5'000'000'000 + vblank * kPeriod; }

// A monitor and a display that agree; the tests make them disagree.
struct Scene {
  std::vector<MonitorFrame> glass;
  std::vector<PresentationResult> results;
  std::vector<RefreshRecord> refreshes;

  // One commit with this code. It is left waiting for `missed` vblanks first.
  void Flip(uint32_t code, int missed = 0, bool flagged = true) {
    for (int i = 0; i < missed; ++i) {
      MonitorFrame repeat = glass.back();
      repeat.missed_commit = repeat.commit + 1;
      Add(repeat);
    }
    MonitorFrame fresh;
    fresh.commit = glass.empty() ? 1 : glass.back().commit + 1;
    fresh.sight.code = code;
    fresh.sight.patch = code != 0 ? 0xffffff : 0;
    Add(fresh);
    RefreshRecord record;
    record.flip.sequence = static_cast<uint64_t>(glass.back().vblank);
    record.flip.monotonic_nanos = glass.back().nanos;
    record.flip.dropped = flagged ? missed : 0;
    refreshes.push_back(record);
  }
  void Add(MonitorFrame frame) {
    frame.vblank = static_cast<int64_t>(glass.size());
    frame.nanos = NanosOf(frame.vblank);
    glass.push_back(frame);
  }

  int64_t now() const { return glass.back().vblank; }

  // Background, stimulus, and the first background after it.
  void Present(uint32_t code) {
    for (int i = 1; i < kOff; ++i) Flip(0);
    Flip(code);
    Begin(code);
    for (int i = 1; i < kOn; ++i) Flip(code);
    Flip(0);
    End();
  }
  void Begin(uint32_t code) {
    PresentationResult result;
    result.id = result.sync_code = code;
    result.on_frames = kOn;
    result.off_frames = kOff;
    result.onset_nanos = result.predicted_onset_nanos = NanosOf(now());
    results.push_back(result);
  }
  void End() {
    results.back().offset_nanos = NanosOf(now());
    results.back().frames_shown =
        static_cast<int>((results.back().offset_nanos - results.back().onset_nanos) / kPeriod);
  }

  GlassReport Check() const { return CheckGlass(glass, results, refreshes); }
};

class GlassCheckTest : public ::testing::Test {
 protected:
  GlassCheckTest() {
    scene_.Flip(0);
    scene_.Flip(0);
    scene_.Present(1);
    scene_.Present(2);
  }
  Scene scene_;
};

void ExpectClean(const GlassReport& report) {
  EXPECT_EQ(report.missed_onsets, 0);
  EXPECT_EQ(report.wrong_durations, 0);
  EXPECT_EQ(report.wrong_codes, 0);
  EXPECT_EQ(report.wrong_patches, 0);
  EXPECT_EQ(report.undetected, 0);
  EXPECT_EQ(report.false_alarms, 0);
}

TEST_F(GlassCheckTest, AgreementIsClean) {
  scene_.Present(3);
  const GlassReport report = scene_.Check();
  ExpectClean(report);
  EXPECT_EQ(report.presentations, 3);
  EXPECT_EQ(report.misses, 0);
  EXPECT_THAT(report.onset_errors, ::testing::ElementsAre(0, 0, 0));
}

TEST_F(GlassCheckTest, ALateOnsetThatIsSaidIsMissedAndDetected) {
  scene_.Flip(0);
  scene_.Flip(3, 1);
  scene_.Begin(3);
  scene_.results.back().late_frames = 1;
  scene_.Flip(3);
  scene_.Flip(3);
  scene_.Flip(0);
  scene_.End();
  const GlassReport report = scene_.Check();
  EXPECT_EQ(report.missed_onsets, 1);
  EXPECT_EQ(report.starved_onsets, 0);
  EXPECT_EQ(report.misses, 1);
  EXPECT_EQ(report.injected, 1);
  EXPECT_EQ(report.wrong_durations, 0);
  EXPECT_EQ(report.undetected, 0);
  EXPECT_EQ(report.false_alarms, 0);
}

TEST_F(GlassCheckTest, AMissThatNoRecordNamesIsUndetected) {
  scene_.Flip(0);
  scene_.Flip(0, 1, /*flagged=*/false);
  EXPECT_EQ(scene_.Check().undetected, 1);
  EXPECT_EQ(scene_.Check().false_alarms, 0);
}

TEST_F(GlassCheckTest, AMissWhileTheMachineStoodStillIsTold) {
  scene_.Flip(0);
  scene_.Flip(0, 1);
  MonitorFrame& missed = scene_.glass[scene_.glass.size() - 2];
  missed.missed_commit = 0;
  EXPECT_EQ(scene_.Check().stalled, 0);
  missed.late_nanos = 2'000'000;
  EXPECT_EQ(scene_.Check().stalled, 1);
  EXPECT_EQ(scene_.Check().misses, 1);
}

TEST_F(GlassCheckTest, AMissWithinAStimulusMustBeInItsResult) {
  scene_.Flip(0);
  scene_.Flip(3);
  scene_.Begin(3);
  scene_.Flip(3, 1);
  scene_.Flip(0);
  scene_.End();
  EXPECT_EQ(scene_.Check().undetected, 1);
  EXPECT_EQ(scene_.Check().wrong_durations, 0);
  scene_.results.back().dropped_frames = 1;
  EXPECT_EQ(scene_.Check().undetected, 0);
}

TEST_F(GlassCheckTest, AMissThatDidNotHappenIsAFalseAlarm) {
  scene_.refreshes.back().flip.dropped = 1;
  EXPECT_EQ(scene_.Check().false_alarms, 1);
  scene_.refreshes.back().flip.dropped = 0;
  scene_.results.back().late_frames = 1;
  EXPECT_EQ(scene_.Check().false_alarms, 1);
}

TEST_F(GlassCheckTest, AWrongStampOrCountIsUndetected) {
  scene_.results[0].onset_nanos += kPeriod;
  scene_.results[1].frames_shown += 1;
  EXPECT_EQ(scene_.Check().undetected, 2);
}

TEST_F(GlassCheckTest, AWrongDurationCountsWhateverTheDisplaySays) {
  scene_.Flip(0);
  scene_.Flip(3);
  scene_.Begin(3);
  scene_.Flip(0);
  scene_.End();
  EXPECT_EQ(scene_.Check().wrong_durations, 1);
  EXPECT_EQ(scene_.Check().undetected, 0);
}

TEST_F(GlassCheckTest, APresentationThatNobodyReportsIsUndetected) {
  scene_.Present(3);
  scene_.results.pop_back();
  EXPECT_EQ(scene_.Check().undetected, 1);
  EXPECT_EQ(scene_.Check().wrong_codes, kOn);
}

TEST_F(GlassCheckTest, AReportOfWhatWasNotOnTheGlassIsUndetected) {
  scene_.results.push_back(scene_.results.back());
  scene_.results.back().sync_code = 3;
  EXPECT_EQ(scene_.Check().undetected, 1);
}

TEST_F(GlassCheckTest, ACodeThatCannotBeReadIsWrong) {
  MonitorFrame& frame = scene_.glass[static_cast<size_t>(scene_.now()) - 1];
  ASSERT_EQ(frame.sight.code, 2u);
  frame.sight.code = kNoCode;
  EXPECT_EQ(scene_.Check().wrong_codes, 1);
}

TEST_F(GlassCheckTest, APatchThatIsNotAsTheCodeSaysIsWrong) {
  scene_.glass.back().sight.patch = 0xffffff;
  EXPECT_EQ(scene_.Check().wrong_patches, 1);
}

TEST_F(GlassCheckTest, AnOnsetLaterThanTheGapIsMissed) {
  scene_.Flip(0);
  scene_.Present(3);
  EXPECT_EQ(scene_.Check().missed_onsets, 1);
  EXPECT_EQ(scene_.Check().starved_onsets, 1);
}

TEST(LookForTest, ReadsThePatchAndTheCode) {
  Look look;
  look.patch = {true, Corner::kTopRight, 8};
  look.frame_code = true;
  constexpr int kWidth = 160, kHeight = 40;
  std::vector<uint32_t> pixels(kWidth * kHeight, 0xff808080);
  const auto fill = [&](const PixelRect& rect, uint32_t rgb) {
    for (int y = rect.y; y < rect.y + rect.height; ++y) {
      for (int x = rect.x; x < rect.x + rect.width; ++x) {
        pixels[static_cast<size_t>(y * kWidth + x)] = rgb;
      }
    }
  };
  const PixelRect patch = PatchRect(look.patch, kWidth, kHeight);
  const PixelRect strip = FrameCodeRect(patch);
  fill(patch, 0xffffffff);
  constexpr uint16_t kCode = 0xa531;
  for (int bit = 0; bit < kFrameCodeBits; ++bit) {
    const bool set = (kCode >> bit & 1) != 0;
    fill(FrameCodeCell(strip, bit, false), set ? 0xffffffff : 0xff000000);
    fill(FrameCodeCell(strip, bit, true), set ? 0xff000000 : 0xffffffff);
  }
  const Picture picture(pixels.data(), kWidth, kHeight, kWidth * 4);
  const Sight sight = LookFor(look, true)(picture);
  EXPECT_EQ(sight.code, kCode);
  EXPECT_EQ(sight.patch, 0xffffffu);
  EXPECT_EQ(sight.crc, Crc32(picture.ToImage()));
  fill(strip, 0xff000000);
  EXPECT_EQ(LookFor(look, false)(picture).code, kNoCode);
}

}  // namespace
}  // namespace evoke
