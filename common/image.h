// An 8-bit colour image in memory: what generators make, displays show and networks see.
#ifndef EVOKE_COMMON_IMAGE_H_
#define EVOKE_COMMON_IMAGE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace evoke {

// Rows from the top, pixels from the left, interleaved red, green, blue. `rgb` holds
// height * width * 3 bytes. Values are display values (sRGB), 0 to 255.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb;

  bool valid() const {
    return width > 0 && height > 0 && rgb.size() == static_cast<size_t>(width) * height * 3;
  }
  friend bool operator==(const Image&, const Image&) = default;
};

// An image of one gray value.
inline Image UniformImage(int width, int height, uint8_t value) {
  return {width, height, std::vector<uint8_t>(static_cast<size_t>(width) * height * 3, value)};
}

// CRC-32 (as in zlib and PNG) of the pixel bytes: tells whether two processes saw the same image.
uint32_t Crc32(const Image& image);

}  // namespace evoke

#endif  // EVOKE_COMMON_IMAGE_H_
