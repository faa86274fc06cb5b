#include "sim_backend/analysis/labelled_images.h"

#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "common/figure/image_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class LabelledImagesTest : public testing::Test {
 protected:
  LabelledImagesTest()
      : folder_(absl::StrCat(testing::TempDir(), "/labelled_images_", getpid(), "_",
                             testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::create_directories(folder_);
  }
  ~LabelledImagesTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, int width, int height, uint8_t gray) {
    const std::string path = folder_ + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    EXPECT_TRUE(WritePng(path, UniformImage(width, height, gray)).ok());
    return path;
  }

  const std::string folder_;
};

TEST_F(LabelledImagesTest, AFileIsOneImageWithoutClass) {
  const auto images = LoadImages({.from = Write("a.png", 8, 6, 10)}, 8, 6);
  ASSERT_TRUE(images.ok()) << images.status();
  EXPECT_THAT(images->names, ElementsAre("a.png"));
  EXPECT_THAT(images->images, ElementsAre(UniformImage(8, 6, 10)));
  EXPECT_EQ(images->ClassOf(0), "");
}

TEST_F(LabelledImagesTest, AFolderOfFoldersHasClasses) {
  Write("frog/1.png", 8, 6, 1);
  Write("cat/1.png", 8, 6, 2);
  Write("cat/2.png", 8, 6, 3);
  const auto images = LoadImages({.from = folder_}, 8, 6);
  ASSERT_TRUE(images.ok()) << images.status();
  EXPECT_THAT(images->names, ElementsAre("cat/1.png", "cat/2.png", "frog/1.png"));
  EXPECT_THAT(images->labels, ElementsAre(0, 0, 1));
  EXPECT_EQ(images->ClassOf(2), "frog");
}

TEST_F(LabelledImagesTest, AFlatFolderHasNoClasses) {
  Write("b.png", 8, 6, 1);
  Write("a.png", 8, 6, 2);
  const auto images = LoadImages({.from = folder_, .limit = 1}, 8, 6);
  ASSERT_TRUE(images.ok()) << images.status();
  EXPECT_THAT(images->names, ElementsAre("a.png"));
  EXPECT_TRUE(images->labels.empty());
}

TEST_F(LabelledImagesTest, ReadsACifarFileWithItsLabels) {
  const auto images = LoadImages({.from = "tests/data/cifar10_test_20.bin", .limit = 7}, 32, 32);
  ASSERT_TRUE(images.ok()) << images.status();
  EXPECT_EQ(images->size(), 7);
  EXPECT_EQ(images->labels.size(), 7);
  EXPECT_EQ(images->names[6], "cifar10_test_20.bin/6");
  EXPECT_EQ(images->ClassOf(6), std::to_string(images->labels[6]));
}

TEST_F(LabelledImagesTest, AWrongSizeNamesImageAndBothSizes) {
  Write("a.png", 8, 6, 1);
  Write("b.png", 9, 6, 1);
  const auto wrong = LoadImages({.from = folder_}, 8, 6);
  EXPECT_TRUE(absl::IsInvalidArgument(wrong.status()));
  EXPECT_THAT(wrong.status().message(),
              AllOf(HasSubstr("b.png is 9 x 6"), HasSubstr("8 x 6"), HasSubstr("--resize")));
  const auto resized = LoadImages({.from = folder_, .resize = true}, 8, 6);
  ASSERT_TRUE(resized.ok()) << resized.status();
  EXPECT_EQ(resized->images[1], UniformImage(8, 6, 1));
}

TEST_F(LabelledImagesTest, WhatIsNotThereIsNamed) {
  EXPECT_THAT(LoadImages({.from = folder_ + "/none.png"}, 8, 6).status().message(),
              HasSubstr("none.png"));
  EXPECT_THAT(LoadImages({.from = folder_}, 8, 6).status().message(), HasSubstr("no image"));
  EXPECT_THAT(LoadImages({.from = folder_ + "/none.bin"}, 8, 6).status().message(),
              HasSubstr("none.bin"));
  EXPECT_THAT(LoadImages({.from = "cifar10:" + folder_}, 32, 32).status().message(),
              HasSubstr(folder_));
}

}  // namespace
}  // namespace evoke
