// What the tests of figures ask of a picture.
#ifndef EVOKE_TESTS_FIGURE_PIXELS_H_
#define EVOKE_TESTS_FIGURE_PIXELS_H_

#include <cmath>
#include <cstdlib>

#include "common/figure/color.h"
#include "common/image.h"
#include "common/random.h"

namespace evoke {

inline Color PixelAt(const Image& image, double x, double y) {
  const size_t column = static_cast<size_t>(std::floor(x));
  const size_t row = static_cast<size_t>(std::floor(y));
  const uint8_t* pixel = &image.rgb.at((row * static_cast<size_t>(image.width) + column) * 3);
  return {pixel[0], pixel[1], pixel[2]};
}

// Scaling and anti-aliasing move a value by a step or two.
inline bool Similar(Color a, Color b) {
  return std::abs(a.red - b.red) <= 3 && std::abs(a.green - b.green) <= 3 &&
         std::abs(a.blue - b.blue) <= 3;
}

// Every pixel within `margin` of the picture's edge is white: nothing is cut off.
inline bool EdgeIsWhite(const Image& image, int margin) {
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const bool inside =
          x >= margin && y >= margin && x < image.width - margin && y < image.height - margin;
      if (!inside && PixelAt(image, x, y) != kWhite) return false;
    }
  }
  return true;
}

inline Image NoiseImage(int width, int height, uint64_t seed) {
  Image image = UniformImage(width, height, 0);
  Rng rng(seed);
  for (uint8_t& value : image.rgb) value = static_cast<uint8_t>(rng.Index(256));
  return image;
}

}  // namespace evoke

#endif  // EVOKE_TESTS_FIGURE_PIXELS_H_
