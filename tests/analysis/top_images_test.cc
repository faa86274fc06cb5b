#include "sim_backend/analysis/top_images.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

class TopSheetTest : public testing::Test {
 protected:
  TopSheetTest() {
    for (int i = 0; i < 5; ++i) {
      images_.names.push_back(absl::StrCat("i", i));
      images_.images.push_back(UniformImage(8, 8, static_cast<uint8_t>(10 * i)));
      images_.labels.push_back(i % 2);
    }
    images_.class_names = {"cat", "dog"};
  }
  LabelledImages images_;
  const Responses responses_ = {{"a/0", "a/1"}, {5, 0, 9, 1, 2, 2, 7, 3, 1, 4}};
};

TEST_F(TopSheetTest, TheTableHasTheBestOfEachUnitInOrder) {
  EXPECT_EQ(TopImagesTable(responses_, images_, 2),
            "unit,rank,image,class,spikes\r\n"
            "a/0,1,i1,dog,9\r\na/0,2,i3,dog,7\r\n"
            "a/1,1,i4,cat,4\r\na/1,2,i3,dog,3\r\n");
}

TEST_F(TopSheetTest, TheSheetHoldsTheBestImagesPixels) {
  const auto sheet = DrawTopImages(responses_, 0, images_, 3);
  ASSERT_TRUE(sheet.ok()) << sheet.status();
  // Each best image covers a square of its own gray; the worst two are not there.
  const auto pixels_of = [&](uint8_t gray) {
    size_t count = 0;
    for (size_t i = 0; i + 2 < sheet->rgb.size(); i += 3) {
      count += sheet->rgb[i] == gray && sheet->rgb[i + 1] == gray && sheet->rgb[i + 2] == gray;
    }
    return count;
  };
  for (const uint8_t gray : {10, 30, 0}) EXPECT_GE(pixels_of(gray), 128 * 128) << int{gray};
  for (const uint8_t gray : {20, 40}) EXPECT_LT(pixels_of(gray), 128 * 128) << int{gray};
}

TEST_F(TopSheetTest, AUnitsNameBecomesAFileName) {
  EXPECT_EQ(FileNameOfUnit("layer1.0/37@4,12"), "layer1.0-37-4-12");
}

}  // namespace
}  // namespace evoke
