#include "common/image.h"

#include <zlib.h>

namespace evoke {

uint32_t Crc32(const Image& image) {
  return static_cast<uint32_t>(crc32(0, image.rgb.data(), static_cast<uInt>(image.rgb.size())));
}

}  // namespace evoke
