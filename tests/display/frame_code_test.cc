#include "stimulus_display/screen/frame_code.h"

#include <algorithm>
#include <cstddef>

#include "common/figure/image_file.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

constexpr PixelRect kPatch = {0, 104, 16, 16};

void Paint(Image* image, const PixelRect& rect, uint8_t gray) {
  for (int y = rect.y; y < rect.y + rect.height; ++y) {
    for (int x = rect.x; x < rect.x + rect.width; ++x) {
      const auto at = static_cast<ptrdiff_t>(y * image->width + x) * 3;
      std::fill_n(image->rgb.begin() + at, 3, gray);
    }
  }
}

Image Encoded(uint16_t code, uint8_t black = 0, uint8_t white = 255) {
  Image image = UniformImage(160, 120, 128);
  const PixelRect strip = FrameCodeRect(kPatch);
  Paint(&image, strip, black);
  for (int bit = 0; bit < kFrameCodeBits; ++bit) {
    Paint(&image, FrameCodeCell(strip, bit, (code >> bit & 1) == 0), white);
  }
  return image;
}

TEST(FrameCodeTest, StripStandsOneCellFromThePatchTowardsTheMiddle) {
  EXPECT_EQ(FrameCodeRect({0, 104, 16, 16}), (PixelRect{24, 104, 128, 16}));
  EXPECT_EQ(FrameCodeRect({784, 0, 16, 16}), (PixelRect{648, 0, 128, 16}));
  // A patch of an odd size: the cells are smaller than half, and square.
  EXPECT_EQ(FrameCodeRect({0, 0, 17, 17}), (PixelRect{25, 0, 128, 16}));
}

TEST(FrameCodeTest, HighestBitIsAtTheLeftAndItsInverseBelow) {
  const PixelRect strip = {24, 104, 128, 16};
  EXPECT_EQ(FrameCodeCell(strip, 15, false), (PixelRect{24, 104, 8, 8}));
  EXPECT_EQ(FrameCodeCell(strip, 15, true), (PixelRect{24, 112, 8, 8}));
  EXPECT_EQ(FrameCodeCell(strip, 0, false), (PixelRect{144, 104, 8, 8}));
}

TEST(FrameCodeTest, EveryCodeIsReadBack) {
  for (int code = 0; code <= 0xffff; code += 23) {
    const auto read = DecodeFrameCode(Encoded(static_cast<uint16_t>(code)), FrameCodeRect(kPatch));
    ASSERT_TRUE(read.ok()) << code << " " << read.status();
    ASSERT_EQ(*read, code);
  }
  EXPECT_EQ(DecodeFrameCode(Encoded(0xffff), FrameCodeRect(kPatch)).value(), 0xffff);
}

TEST(FrameCodeTest, EveryCodeIsEquallyBright) {
  const auto light = [](uint16_t code) {
    int64_t sum = 0;
    for (const uint8_t value : Encoded(code).rgb) sum += value;
    return sum;
  };
  EXPECT_EQ(light(0), light(0xffff));
  EXPECT_EQ(light(0), light(0x1234));
}

TEST(FrameCodeTest, CameraSeesItSmallerDimmerAndUnevenlyLit) {
  Image image = Encoded(0xb7e1, 30, 120);
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      for (int c = 0; c < 3; ++c) {
        uint8_t& value = image.rgb[static_cast<size_t>((y * image.width + x) * 3 + c)];
        // Up to 60 brighter to the right: there black is as bright as white at the left.
        value = static_cast<uint8_t>(value + 60 * x / image.width);
      }
    }
  }
  const auto small = Resize(image, 80, 60);
  ASSERT_TRUE(small.ok()) << small.status();
  const auto read = DecodeFrameCode(*small, {12, 52, 64, 8});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, 0xb7e1);
}

TEST(FrameCodeTest, TwoFramesInOnePictureAreNoCode) {
  const Image first = Encoded(0x00f1);
  const Image second = Encoded(0x00f2);
  Image blend = first;
  for (size_t i = 0; i < blend.rgb.size(); ++i) {
    blend.rgb[i] = static_cast<uint8_t>((first.rgb[i] + second.rgb[i]) / 2);
  }
  EXPECT_EQ(DecodeFrameCode(blend, FrameCodeRect(kPatch)).status().code(),
            absl::StatusCode::kDataLoss);
  // Torn between the rows: the upper one of the first frame, the lower one of the second.
  Image torn = second;
  std::copy(first.rgb.begin(), first.rgb.begin() + 112 * 160 * 3, torn.rgb.begin());
  const auto read = DecodeFrameCode(torn, FrameCodeRect(kPatch));
  EXPECT_EQ(read.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_NE(read.status().message().find("column 14"), absl::string_view::npos) << read.status();
}

TEST(FrameCodeTest, AnyWrongCellIsSeen) {
  const PixelRect strip = FrameCodeRect(kPatch);
  for (int bit = 0; bit < kFrameCodeBits; ++bit) {
    for (const bool inverted : {false, true}) {
      for (const uint8_t gray : {0, 255}) {
        Image image = Encoded(0x5a3c);
        const bool white = ((0x5a3c >> bit & 1) == 1) != inverted;
        if (white == (gray == 255)) continue;
        Paint(&image, FrameCodeCell(strip, bit, inverted), gray);
        EXPECT_FALSE(DecodeFrameCode(image, strip).ok()) << bit << " " << inverted;
      }
    }
  }
}

TEST(FrameCodeTest, PictureWithoutACodeIsRefused) {
  EXPECT_EQ(DecodeFrameCode(UniformImage(160, 120, 128), FrameCodeRect(kPatch)).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(DecodeFrameCode(Encoded(1), {100, 104, 128, 16}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(DecodeFrameCode(Encoded(1), {24, 104, 31, 16}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace evoke
