#include "stimulus_display/screen/look.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using ::testing::HasSubstr;

constexpr ScreenSize kScreen = {800, 600, 1920};

std::string Message(const Look& look) {
  const absl::Status status = CheckLook(look, kScreen);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return std::string(status.message());
}

TEST(LookTest, PatchIsInItsCorner) {
  const auto rect = [](Corner corner) { return PatchRect({true, corner, 20}, 800, 600); };
  EXPECT_EQ(rect(Corner::kTopLeft), (PixelRect{0, 0, 20, 20}));
  EXPECT_EQ(rect(Corner::kTopRight), (PixelRect{780, 0, 20, 20}));
  EXPECT_EQ(rect(Corner::kBottomLeft), (PixelRect{0, 580, 20, 20}));
  EXPECT_EQ(rect(Corner::kBottomRight), (PixelRect{780, 580, 20, 20}));
}

TEST(LookTest, DefaultFitsOnASmallWindow) {
  EXPECT_TRUE(CheckLook(Look(), kScreen).ok());
  EXPECT_TRUE(CheckLook(Look(), {64, 48, 64}).ok());
}

TEST(LookTest, PatchNeedsASize) {
  Look look;
  look.patch.size_pixels = 0;
  EXPECT_THAT(Message(look), HasSubstr("sync patch of 0 pixels"));
  look.patch.enabled = false;
  EXPECT_TRUE(CheckLook(look, kScreen).ok());
}

TEST(LookTest, FrameCodeNeedsAPatchAndRoom) {
  Look look;
  look.frame_code = true;
  EXPECT_TRUE(CheckLook(look, kScreen).ok());
  look.patch.size_pixels = 100;  // 100 + 50 + 16 * 50 pixels
  EXPECT_THAT(Message(look), HasSubstr("make the patch smaller"));
  look.patch.corner = Corner::kTopRight;
  EXPECT_THAT(Message(look), HasSubstr("make the patch smaller"));
  look.patch.enabled = false;
  EXPECT_THAT(Message(look), HasSubstr("turn the patch on"));
}

TEST(LookTest, FixationInDegreesNeedsTheDistance) {
  Look look;
  look.fixation.placement = {SizeUnit::kDegrees, 0.5};
  EXPECT_THAT(Message(look), HasSubstr("fixation point: "));
  look.viewing = {52, 57.3};
  EXPECT_TRUE(CheckLook(look, kScreen).ok());
  look.fixation.placement.offset_up = 20;  // 770 pixels on a screen that has 300
  EXPECT_THAT(Message(look), HasSubstr("does not fit"));
}

}  // namespace
}  // namespace evoke
