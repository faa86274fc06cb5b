#include "common/figure/raster.h"

#include <limits>

#include "common/figure/color.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using ::testing::HasSubstr;

// Pixels of the PSTH's colour in the left or the right half.
int Bars(const Image& image, bool right) {
  int count = 0;
  for (int y = 0; y < image.height; ++y) {
    for (int x = right ? image.width / 2 : 0; x < (right ? image.width : image.width / 2); ++x) {
      const uint8_t* p = &image.rgb[3 * (static_cast<size_t>(y) * static_cast<size_t>(image.width) +
                                         static_cast<size_t>(x))];
      count += Color{p[0], p[1], p[2]} == kPalette[0];
    }
  }
  return count;
}

TEST(RasterTest, SpikesAfterTheOnsetAreDrawnToItsRight) {
  RasterOptions options;
  options.from_ms = -200;
  const std::vector<RasterPanel> late = {{"A-003/1", {{50, 60}, {55}, {52, 53}}}};
  const auto picture = DrawRasters(late, options);
  ASSERT_TRUE(picture.ok()) << picture.status();
  EXPECT_EQ(picture->width, 1600);
  EXPECT_GT(Bars(*picture, true), 1000);
  EXPECT_EQ(Bars(*picture, false), 0);
}

TEST(RasterTest, UnitsWithoutSpikesOrPresentationsAreDrawnEmpty) {
  const std::vector<RasterPanel> panels = {{"silent", {{}, {}}}, {"new", {}}};
  const auto picture = DrawRasters(panels, {});
  ASSERT_TRUE(picture.ok()) << picture.status();
  EXPECT_EQ(Bars(*picture, true) + Bars(*picture, false), 0);
}

TEST(RasterTest, SixteenPanelsHaveRoom) {
  EXPECT_TRUE(DrawRasters(std::vector<RasterPanel>(16, {"u", {{10}}}), {}).ok());
}

TEST(RasterTest, ErrorsNameWhatIsWrong) {
  EXPECT_THAT(DrawRasters({}, {}).status().message(), HasSubstr("0 panels"));
  const std::vector<RasterPanel> nan = {{"bad", {{std::numeric_limits<double>::quiet_NaN()}}}};
  EXPECT_THAT(DrawRasters(nan, {}).status().message(), HasSubstr("'bad'"));
  RasterOptions backwards;
  backwards.to_ms = -500;
  const std::vector<RasterPanel> good = {{"u", {{10}}}};
  EXPECT_THAT(DrawRasters(good, backwards).status().message(), HasSubstr("time axis"));
}

}  // namespace
}  // namespace evoke
