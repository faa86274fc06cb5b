// A picture as a client committed it to the test monitor.
#ifndef EVOKE_TESTS_SUPPORT_TEST_MONITOR_PICTURE_H_
#define EVOKE_TESTS_SUPPORT_TEST_MONITOR_PICTURE_H_

#include <cstdint>
#include <cstring>

#include "common/image.h"

namespace evoke {

// A view of the client's own pixels, 0xXXRRGGBB each, rows from the top.
class Picture {
 public:
  Picture(const void* pixels, int width, int height, int stride)
      : pixels_(static_cast<const uint8_t*>(pixels)),
        width_(width),
        height_(height),
        stride_(stride) {}

  int width() const { return width_; }
  int height() const { return height_; }

  // 0xRRGGBB. The pixel is inside the picture.
  uint32_t Rgb(int x, int y) const {
    uint32_t pixel;
    std::memcpy(&pixel, pixels_ + static_cast<int64_t>(y) * stride_ + x * 4, sizeof pixel);
    return pixel & 0xffffff;
  }

  // A part of the picture, which lies inside.
  Image Crop(int left, int top, int width, int height) const {
    Image image = UniformImage(width, height, 0);
    uint8_t* out = image.rgb.data();
    for (int y = top; y < top + height; ++y) {
      for (int x = left; x < left + width; ++x) {
        const uint32_t rgb = Rgb(x, y);
        *out++ = static_cast<uint8_t>(rgb >> 16);
        *out++ = static_cast<uint8_t>(rgb >> 8);
        *out++ = static_cast<uint8_t>(rgb);
      }
    }
    return image;
  }
  Image ToImage() const { return Crop(0, 0, width_, height_); }

 private:
  const uint8_t* pixels_;
  int width_;
  int height_;
  int stride_;
};

}  // namespace evoke

#endif  // EVOKE_TESTS_SUPPORT_TEST_MONITOR_PICTURE_H_
