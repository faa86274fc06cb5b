#include "common/figure/image_file.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "opencv2/core.hpp"
#include "opencv2/imgcodecs.hpp"
#include "tests/figure/pixels.h"

namespace evoke {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ImageFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(::testing::TempDir()) /
              (std::string("image_file_") + info->name() + "_" + std::to_string(getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string Path(const std::string& name) const { return (folder_ / name).string(); }
  void Write(const std::string& name, const std::string& bytes) const {
    std::ofstream(Path(name), std::ios::binary) << bytes;
  }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  fs::path folder_;
};

TEST_F(ImageFileTest, PngReadsBackBitExact) {
  const Image image = NoiseImage(37, 23, 1);
  ASSERT_TRUE(WritePng(Path("a.png"), image).ok());
  const auto read = ReadImage(Path("a.png"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, image);
}

TEST_F(ImageFileTest, EncodedPngIsWhatIsWritten) {
  const Image image = NoiseImage(5, 4, 2);
  ASSERT_TRUE(WritePng(Path("a.png"), image).ok());
  std::ifstream file(Path("a.png"), std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto encoded = EncodePng(image);
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  EXPECT_EQ(*encoded, bytes);
  EXPECT_EQ(encoded->substr(0, 4), "\x89PNG");
}

TEST_F(ImageFileTest, GrayBecomesRgb) {
  Write("gray.pgm", std::string("P5\n2 1\n255\n\x10\xf0"));
  const auto read = ReadImage(Path("gray.pgm"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, (Image{2, 1, {0x10, 0x10, 0x10, 0xf0, 0xf0, 0xf0}}));
}

TEST_F(ImageFileTest, SixteenBitsBecomeEight) {
  cv::Mat gray(1, 2, CV_16UC1);
  gray.at<uint16_t>(0, 0) = 0x8000;
  gray.at<uint16_t>(0, 1) = 0xffff;
  ASSERT_TRUE(cv::imwrite(Path("deep.png"), gray));
  const auto read = ReadImage(Path("deep.png"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, (Image{2, 1, {128, 128, 128, 255, 255, 255}}));
}

TEST_F(ImageFileTest, TransparentPixelsLieOverWhite) {
  const cv::Mat bgra = (cv::Mat_<cv::Vec4b>(1, 3) << cv::Vec4b(10, 20, 30, 255),
                        cv::Vec4b(10, 20, 30, 0), cv::Vec4b(0, 0, 0, 51));
  ASSERT_TRUE(cv::imwrite(Path("alpha.png"), bgra));
  const auto read = ReadImage(Path("alpha.png"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, (Image{3, 1, {30, 20, 10, 255, 255, 255, 204, 204, 204}}));
}

TEST_F(ImageFileTest, JpegAndBmpKeepTheOrderOfColors) {
  const cv::Mat red(16, 16, CV_8UC3, cv::Scalar(0, 0, 255));
  for (const std::string name : {"a.jpg", "a.bmp"}) {
    ASSERT_TRUE(cv::imwrite(Path(name), red));
    const auto read = ReadImage(Path(name));
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_TRUE(Similar(PixelAt(*read, 8, 8), {255, 0, 0})) << name;
  }
}

TEST_F(ImageFileTest, MissingFileIsNotFoundAndNamed) {
  const auto read = ReadImage(Path("none.png"));
  EXPECT_EQ(read.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(read.status().message()), HasSubstr(Path("none.png")));
}

TEST_F(ImageFileTest, WhatIsNotAnImageIsRefusedAndNamed) {
  Write("text.png", "these are words");
  Write("empty.png", "");
  const std::string whole = *EncodePng(NoiseImage(64, 64, 3));
  Write("cut.png", whole.substr(0, 20));
  for (const std::string name : {"text.png", "empty.png", "cut.png"}) {
    const auto read = ReadImage(Path(name));
    EXPECT_EQ(read.status().code(), absl::StatusCode::kInvalidArgument) << name;
    EXPECT_THAT(std::string(read.status().message()), HasSubstr(Path(name)));
  }
  EXPECT_EQ(ReadImage(folder_.string()).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ImageFileTest, PngWithoutItsEndIsRefused) {
  const std::string whole = *EncodePng(NoiseImage(64, 64, 3));
  Write("half.png", whole.substr(0, whole.size() / 2));
  EXPECT_EQ(ReadImage(Path("half.png")).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ImageFileTest, InvalidImageIsNotWritten) {
  const Image broken{4, 4, std::vector<uint8_t>(47)};
  EXPECT_EQ(WritePng(Path("a.png"), broken).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Names(), ElementsAre());
}

TEST_F(ImageFileTest, FailedWriteNamesTheFileAndLeavesNothing) {
  const absl::Status missing = WritePng(Path("none/a.png"), UniformImage(2, 2, 0));
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(missing.message()), HasSubstr(Path("none/a.png")));
  fs::create_directories(folder_ / "taken.png" / "inside");
  const absl::Status taken = WritePng(Path("taken.png"), UniformImage(2, 2, 0));
  EXPECT_FALSE(taken.ok());
  EXPECT_THAT(std::string(taken.message()), HasSubstr(Path("taken.png")));
  EXPECT_THAT(Names(), ElementsAre("taken.png"));
}

TEST_F(ImageFileTest, WritingAgainReplacesTheFile) {
  ASSERT_TRUE(WritePng(Path("a.png"), UniformImage(8, 8, 1)).ok());
  ASSERT_TRUE(WritePng(Path("a.png"), UniformImage(3, 2, 200)).ok());
  EXPECT_EQ(*ReadImage(Path("a.png")), UniformImage(3, 2, 200));
  EXPECT_THAT(Names(), ElementsAre("a.png"));
}

TEST_F(ImageFileTest, FolderIsReadInOrderOfNames) {
  for (const std::string name : {"c.png", "a.png", "B.PNG"}) {
    ASSERT_TRUE(WritePng(Path(name), UniformImage(2, 2, static_cast<uint8_t>(name[0]))).ok());
  }
  Write("README.md", "words");
  Write(".hidden.png", "words");
  fs::create_directories(folder_ / "folder.png");
  const auto images = ReadImageFolder(folder_.string());
  ASSERT_TRUE(images.ok()) << images.status();
  std::vector<std::string> names;
  for (const NamedImage& entry : *images) {
    names.push_back(entry.name);
    EXPECT_EQ(entry.image, UniformImage(2, 2, static_cast<uint8_t>(entry.name[0])));
  }
  EXPECT_THAT(names, ElementsAre("B.PNG", "a.png", "c.png"));
}

TEST_F(ImageFileTest, FolderWithoutImagesOrMissingIsNotFound) {
  Write("README.md", "words");
  for (const std::string& folder : {folder_.string(), Path("none")}) {
    const auto images = ReadImageFolder(folder);
    EXPECT_EQ(images.status().code(), absl::StatusCode::kNotFound);
    EXPECT_THAT(std::string(images.status().message()), HasSubstr(folder));
  }
}

TEST_F(ImageFileTest, DamagedImageInFolderIsNamed) {
  ASSERT_TRUE(WritePng(Path("a.png"), UniformImage(2, 2, 0)).ok());
  Write("b.png", "words");
  const auto images = ReadImageFolder(folder_.string());
  EXPECT_EQ(images.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(images.status().message()), HasSubstr("b.png"));
}

TEST(ResizeTest, ShrinkingTakesTheMeanOfTheArea) {
  const Image image{4, 2, {0,  0, 0, 100, 0, 0, 8, 8, 8, 8, 8, 8,  //
                           40, 0, 0, 60,  0, 0, 8, 8, 8, 8, 8, 8}};
  const auto small = Resize(image, 2, 1);
  ASSERT_TRUE(small.ok()) << small.status();
  EXPECT_EQ(*small, (Image{2, 1, {50, 0, 0, 8, 8, 8}}));
}

TEST(ResizeTest, OneSideMayShrinkWhileTheOtherGrows) {
  Image image = UniformImage(2, 4, 0);
  for (size_t i = 0; i < image.rgb.size(); i += 6) image.rgb[i] = 200;  // left column red
  const auto out = Resize(image, 12, 2);
  ASSERT_TRUE(out.ok()) << out.status();
  ASSERT_EQ(out->width, 12);
  ASSERT_EQ(out->height, 2);
  EXPECT_GE(PixelAt(*out, 0, 1).red, 195);
  EXPECT_LE(PixelAt(*out, 11, 0).red, 5);
  // Cubic interpolation is smooth where nearest neighbour would jump.
  EXPECT_NEAR(PixelAt(*out, 5, 0).red + PixelAt(*out, 6, 0).red, 200, 3);
  EXPECT_GT(PixelAt(*out, 6, 0).red, 40);
}

TEST(ResizeTest, SameSizeChangesNothing) {
  const Image image = NoiseImage(9, 7, 4);
  EXPECT_EQ(*Resize(image, 9, 7), image);
}

TEST(ResizeTest, ImpossibleSizesAreRefused) {
  const Image image = UniformImage(4, 4, 0);
  EXPECT_EQ(Resize(image, 0, 4).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Resize(image, 4, 1 << 20).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Resize(Image{}, 4, 4).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(EnlargeTest, EveryPixelBecomesASquare) {
  const Image image = NoiseImage(5, 3, 5);
  const auto large = Enlarge(image, 4);
  ASSERT_TRUE(large.ok()) << large.status();
  ASSERT_EQ(large->width, 20);
  ASSERT_EQ(large->height, 12);
  for (int y = 0; y < 12; ++y) {
    for (int x = 0; x < 20; ++x) {
      ASSERT_EQ(PixelAt(*large, x, y), PixelAt(image, x / 4, y / 4)) << x << "," << y;
    }
  }
  EXPECT_EQ(*Enlarge(image, 1), image);
  EXPECT_EQ(Enlarge(image, 0).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Enlarge(image, 1 << 20).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(JpegTest, AnImageWithMoreInItTakesMoreBytes) {
  // Large enough that the header, half a kilobyte of every file, does not decide.
  const size_t flat = EncodeJpeg(UniformImage(64, 64, 90))->size();
  const size_t noise = EncodeJpeg(NoiseImage(64, 64, 1))->size();
  EXPECT_GT(noise, 2 * flat);
  EXPECT_LT(EncodeJpeg(NoiseImage(64, 64, 1), 10)->size(), noise);
  EXPECT_EQ(*EncodeJpeg(NoiseImage(32, 32, 1)), *EncodeJpeg(NoiseImage(32, 32, 1)));
}

TEST(JpegTest, RefusesWhatIsNoImageAndNoQuality) {
  EXPECT_TRUE(absl::IsInvalidArgument(EncodeJpeg(Image{3, 3, {}}).status()));
  EXPECT_THAT(EncodeJpeg(UniformImage(2, 2, 0), 101).status().message(), HasSubstr("1 to 100"));
}

}  // namespace
}  // namespace evoke
