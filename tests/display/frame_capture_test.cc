#include "stimulus_display/screen/frame_capture.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "absl/strings/str_format.h"
#include "common/figure/image_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using ::testing::HasSubstr;

std::string NewFolder(const std::string& name) {
  const std::string folder = testing::TempDir() + "/" + name;
  std::filesystem::remove_all(folder);
  return folder;
}

std::string ReadText(const std::string& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(FrameCaptureTest, WritesPicturesTheRightWayUpAndAnIndex) {
  const std::string folder = NewFolder("frame_capture/rows");
  auto capture = FrameCapture::Create(folder);
  ASSERT_TRUE(capture.ok()) << capture.status();
  (*capture)->Reserve(2, 2);
  CapturedFrame* frame = (*capture)->Take();
  ASSERT_NE(frame, nullptr);
  frame->code = 513;
  frame->drawn_nanos = 12345;
  // The bottom row first; blue, green, red.
  frame->bgrx = {1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 10, 11, 12, 0};
  (*capture)->Give();
  capture->reset();  // the rest is written

  const auto image = ReadImage(folder + "/000001-00513.png");
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(*image, (Image{2, 2, {9, 8, 7, 12, 11, 10, 3, 2, 1, 6, 5, 4}}));
  EXPECT_THAT(ReadText(folder + "/captures.csv"),
              HasSubstr(absl::StrFormat("\n1,513,12345,%08x,000001-00513.png\n", Crc32(*image))));
}

TEST(FrameCaptureTest, WhatIsGivenIsWrittenOrCountedAsLost) {
  const std::string folder = NewFolder("frame_capture/many");
  auto capture = FrameCapture::Create(folder);
  ASSERT_TRUE(capture.ok()) << capture.status();
  (*capture)->Reserve(64, 64);
  int given = 0;
  for (int i = 0; i < 200; ++i) {
    if ((*capture)->Take() == nullptr) continue;
    ++given;
    (*capture)->Give();
  }
  EXPECT_EQ((*capture)->lost(), 200 - given);
  capture->reset();
  int pictures = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    pictures += entry.path().extension() == ".png";
  }
  EXPECT_EQ(pictures, given);
}

TEST(FrameCaptureTest, PictureThatCannotBeWrittenIsLost) {
  const std::string folder = NewFolder("frame_capture/gone");
  auto capture = FrameCapture::Create(folder);
  ASSERT_TRUE(capture.ok()) << capture.status();
  (*capture)->Reserve(2, 2);
  std::filesystem::remove_all(folder);
  ASSERT_NE((*capture)->Take(), nullptr);
  (*capture)->Give();
  while ((*capture)->lost() == 0) std::this_thread::yield();
  EXPECT_EQ((*capture)->written(), 0);
}

TEST(FrameCaptureTest, FolderWithCapturesIsRefused) {
  const std::string folder = NewFolder("frame_capture/used");
  ASSERT_TRUE(FrameCapture::Create(folder).ok());
  EXPECT_EQ(FrameCapture::Create(folder).status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(FrameCapture::Create("/proc/no").status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace evoke
