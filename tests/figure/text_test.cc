#include "common/figure/text.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using ::testing::ElementsAre;

int InkedPixels(const cv::Mat& picture, cv::Rect where) {
  int count = 0;
  for (int y = where.y; y < where.y + where.height; ++y) {
    for (int x = where.x; x < where.x + where.width; ++x) {
      count += picture.at<cv::Vec3b>(y, x) != cv::Vec3b(255, 255, 255);
    }
  }
  return count;
}

cv::Mat WhitePicture() { return {100, 300, CV_8UC3, cv::Scalar(255, 255, 255)}; }

TEST(TextTest, WritesWhatTheFontLacksOtherwise) {
  EXPECT_EQ(ToDrawable("5 \u00b5V \u2013 x\n"), "5 uV - x ");
  EXPECT_EQ(ToDrawable("\u00b1"), std::string(1, kPlusMinus));
  EXPECT_EQ(ToDrawable("\u4e2d!"), "?!");
  EXPECT_EQ(ToDrawable("\xff"), "?");
}

TEST(TextTest, WrapsAtSpacesWithinTheWidth) {
  const TextStyle style{.size = 20};
  const double width = TextWidth("best of first", style) + 1;
  EXPECT_THAT(WrapText("best of first generation", style, width),
              ElementsAre("best of first", "generation"));
  EXPECT_THAT(WrapText("gen 3  41.2\nbest", style, 1000), ElementsAre("gen 3  41.2", "best"));
  EXPECT_THAT(WrapText("unbreakable", style, 1), ElementsAre("unbreakable"));
}

TEST(TextTest, ElidesOnlyWhatIsTooWide) {
  const TextStyle style{.size = 20};
  const std::string text = "a rather long label";
  EXPECT_EQ(ElideText(text, style, TextWidth(text, style)), text);
  const std::string cut = ElideText(text, style, TextWidth(text, style) * 0.6);
  EXPECT_LE(TextWidth(cut, style), TextWidth(text, style) * 0.6);
  EXPECT_EQ(cut.substr(cut.size() - 3), "...");
  EXPECT_EQ(text.find(cut.substr(0, cut.size() - 3)), 0u);
}

TEST(TextTest, InkLiesWhereTheAlignmentSays) {
  for (const int scale : {1, 2}) {
    cv::Mat left(100 * scale, 300 * scale, CV_8UC3, cv::Scalar(255, 255, 255));
    cv::Mat right = left.clone();
    const TextStyle style{.size = 20, .align = TextAlign::kLeft};
    DrawText(150, 50, "spikes", style, scale, &left);
    DrawText(150, 50, "spikes", {.size = 20, .align = TextAlign::kRight}, scale, &right);
    const cv::Rect before(0, 0, 148 * scale, 100 * scale);
    const cv::Rect after(152 * scale, 0, 148 * scale, 100 * scale);
    EXPECT_EQ(InkedPixels(left, before), 0);
    EXPECT_GT(InkedPixels(left, after), 100);
    EXPECT_EQ(InkedPixels(right, after), 0);
    EXPECT_GT(InkedPixels(right, before), 100);
    const int end = static_cast<int>((150 + TextWidth("spikes", style) + 2) * scale);
    EXPECT_EQ(InkedPixels(left, {end, 0, 300 * scale - end, 100 * scale}), 0);
  }
}

TEST(TextTest, UpwardTextIsHigherThanWide) {
  cv::Mat picture = WhitePicture();
  DrawText(150, 50, "spikes", {.size = 20, .upward = true}, 1, &picture);
  EXPECT_EQ(InkedPixels(picture, {0, 0, 138, 100}), 0);
  EXPECT_EQ(InkedPixels(picture, {162, 0, 138, 100}), 0);
  EXPECT_GT(InkedPixels(picture, {138, 20, 24, 15}), 10);
  EXPECT_GT(InkedPixels(picture, {138, 65, 24, 15}), 10);
}

TEST(TextTest, TextBeyondTheEdgeIsCut) {
  cv::Mat picture = WhitePicture();
  DrawText(299, 2, "spikes", {.size = 20}, 1, &picture);
  DrawText(-500, -500, "spikes", {.size = 20}, 1, &picture);
  EXPECT_GT(InkedPixels(picture, {200, 0, 100, 30}), 20);
  EXPECT_EQ(InkedPixels(picture, {0, 0, 100, 100}), 0);
}

}  // namespace
}  // namespace evoke
