#include "common/figure/montage.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/figure/pixels.h"

namespace evoke {
namespace {

using ::testing::HasSubstr;

std::vector<MontageCell> Cells(int count, int side = 32) {
  std::vector<MontageCell> cells;
  for (int i = 0; i < count; ++i) {
    cells.push_back({NoiseImage(side, side, static_cast<uint64_t>(i)),
                     "gen " + std::to_string(i) + "  41.2",
                     {}});
  }
  return cells;
}

// Every pixel of the image is a square at its place.
void ExpectImageAt(const Image& sheet, const Image& image, const MontageLayout::Place& place) {
  for (int y = 0; y < image.height * place.scale; ++y) {
    for (int x = 0; x < image.width * place.scale; ++x) {
      ASSERT_EQ(PixelAt(sheet, place.x + x, place.y + y),
                PixelAt(image, x / place.scale, y / place.scale))
          << x << "," << y;
    }
  }
}

TEST(MontageTest, EveryImageIsEnlargedAtItsPlace) {
  const std::vector<MontageCell> cells = Cells(7);
  const MontageOptions options{.title = "Best of each generation", .columns = 3, .scale = 2};
  const auto sheet = DrawMontage(cells, options);
  const auto layout = LayOutMontage(cells, options);
  ASSERT_TRUE(sheet.ok()) << sheet.status();
  ASSERT_TRUE(layout.ok()) << layout.status();
  EXPECT_EQ(sheet->width, layout->width);
  EXPECT_EQ(sheet->height, layout->height);
  EXPECT_EQ(layout->columns, 3);
  EXPECT_EQ(layout->rows, 3);
  ASSERT_EQ(layout->images.size(), 7u);
  for (size_t i = 0; i < cells.size(); ++i) {
    EXPECT_EQ(layout->images[i].scale, 2);
    ExpectImageAt(*sheet, cells[i].image, layout->images[i]);
  }
}

TEST(MontageTest, CellsRunRowByRowWithoutOverlap) {
  const auto layout = LayOutMontage(Cells(5), {.columns = 2, .scale = 1});
  ASSERT_TRUE(layout.ok()) << layout.status();
  const auto& at = layout->images;
  EXPECT_EQ(at[0].y, at[1].y);
  EXPECT_EQ(at[0].x, at[2].x);
  EXPECT_EQ(at[1].x, at[3].x);
  EXPECT_GE(at[1].x, at[0].x + 32);
  EXPECT_GE(at[2].y, at[0].y + 32 + 20) << "no room for the caption";
  EXPECT_GE(layout->width, at[1].x + 32);
  EXPECT_GE(layout->height, at[4].y + 32 + 20);
}

TEST(MontageTest, SmallImagesBecomeReadableAndLargeOnesStay) {
  EXPECT_EQ(LayOutMontage(Cells(1, 32), {})->images[0].scale, 4);
  EXPECT_EQ(LayOutMontage(Cells(1, 28), {})->images[0].scale, 5);
  EXPECT_EQ(LayOutMontage(Cells(1, 200), {})->images[0].scale, 1);
}

TEST(MontageTest, SmallerImagesGrowTowardsTheLargest) {
  std::vector<MontageCell> cells = Cells(1, 64);
  cells.push_back({NoiseImage(20, 10, 9), "", {}});
  const auto layout = LayOutMontage(cells, {.scale = 2});
  ASSERT_TRUE(layout.ok()) << layout.status();
  EXPECT_EQ(layout->images[0].scale, 2);
  EXPECT_EQ(layout->images[1].scale, 6);
  const auto sheet = DrawMontage(cells, {.scale = 2});
  ExpectImageAt(*sheet, cells[1].image, layout->images[1]);
}

TEST(MontageTest, FewerImagesThanColumnsMakeANarrowSheet) {
  EXPECT_EQ(LayOutMontage(Cells(2), {.columns = 8})->columns, 2);
  EXPECT_LT(LayOutMontage(Cells(2), {.columns = 8})->width,
            LayOutMontage(Cells(8), {.columns = 8})->width);
}

TEST(MontageTest, FrameSurroundsItsImageOnly) {
  std::vector<MontageCell> cells = Cells(3);
  cells[1].frame = kPalette[1];
  const auto sheet = DrawMontage(cells, {.scale = 2});
  const auto layout = LayOutMontage(cells, {.scale = 2});
  ASSERT_TRUE(sheet.ok()) << sheet.status();
  for (size_t i = 0; i < 3; ++i) {
    const auto& at = layout->images[i];
    const Color expected = i == 1 ? kPalette[1] : kWhite;
    for (const int along : {0, 30, 63}) {
      EXPECT_EQ(PixelAt(*sheet, at.x - 4, at.y + along), expected) << i;
      EXPECT_EQ(PixelAt(*sheet, at.x + 64 + 3, at.y + along), expected) << i;
      EXPECT_EQ(PixelAt(*sheet, at.x + along, at.y - 4), expected) << i;
      EXPECT_EQ(PixelAt(*sheet, at.x + along, at.y + 64 + 3), expected) << i;
    }
    ExpectImageAt(*sheet, cells[i].image, at);
  }
}

TEST(MontageTest, CaptionStandsUnderItsImage) {
  std::vector<MontageCell> cells = Cells(2);
  cells[1].caption.clear();
  const auto sheet = DrawMontage(cells, {});
  const auto layout = LayOutMontage(cells, {});
  ASSERT_TRUE(sheet.ok()) << sheet.status();
  for (size_t i = 0; i < 2; ++i) {
    int ink = 0;
    const auto& at = layout->images[i];
    for (int y = at.y + 128; y < at.y + 128 + 30; ++y) {
      for (int x = at.x; x < at.x + 128; ++x) ink += PixelAt(*sheet, x, y).red < 128;
    }
    EXPECT_EQ(ink > 50, i == 0) << ink;
    EXPECT_EQ(ink == 0, i == 1) << ink;
  }
}

TEST(MontageTest, LongWordsCoverNoImageAndStayOnTheSheet) {
  std::vector<MontageCell> cells = Cells(6);
  cells[1].caption = "a_file_name_that_has_no_spaces_and_is_wider_than_the_image.png 12.4 spikes";
  cells[4].caption = "many words that need several lines under an image of this size\nand one more";
  const MontageOptions options{
      .title = "A title that is far wider than two columns of images would ever be, at any rate",
      .columns = 2};
  const auto sheet = DrawMontage(cells, options);
  const auto layout = LayOutMontage(cells, options);
  ASSERT_TRUE(sheet.ok()) << sheet.status();
  EXPECT_TRUE(EdgeIsWhite(*sheet, 8));
  // Captions are drawn cell by cell: one that reached into the image before would show.
  for (size_t i = 0; i < 6; ++i) ExpectImageAt(*sheet, cells[i].image, layout->images[i]);
}

TEST(MontageTest, WhatCanNotBeLaidOutIsRefusedAndNamed) {
  const auto expect = [](const std::vector<MontageCell>& cells, MontageOptions options,
                         const std::string& words) {
    options.title = "Best";
    const auto sheet = DrawMontage(cells, options);
    ASSERT_EQ(sheet.status().code(), absl::StatusCode::kInvalidArgument) << words;
    EXPECT_THAT(std::string(sheet.status().message()), HasSubstr("'Best'"));
    EXPECT_THAT(std::string(sheet.status().message()), HasSubstr(words));
    EXPECT_EQ(LayOutMontage(cells, options).status(), sheet.status());
  };
  expect({}, {}, "no images");
  expect(Cells(1), {.columns = 0}, "0 columns");
  expect(Cells(1), {.scale = -1}, "scale -1");
  expect(Cells(4), {.scale = 1000}, "smaller scale");
  expect(Cells(4), {.scale = 2'000'000'000}, "smaller scale");
  std::vector<MontageCell> broken = Cells(3);
  broken[2].image.rgb.pop_back();
  expect(broken, {}, "cell 2 ('gen 2  41.2')");
}

}  // namespace
}  // namespace evoke
