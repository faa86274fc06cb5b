#include "stimulus_display/screen/frame_code.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"

namespace evoke {
namespace {

// Of 255; a picture without light and dark holds no code.
constexpr double kLeastContrast = 16;

// Mean over the middle half of a cell, in each direction.
double CellMean(const Image& picture, const PixelRect& strip, int column, int row) {
  const double width = strip.width / static_cast<double>(kFrameCodeBits);
  const double height = strip.height / 2.0;
  const int left = strip.x + static_cast<int>(std::lround((column + 0.25) * width));
  const int top = strip.y + static_cast<int>(std::lround((row + 0.25) * height));
  const int right =
      std::max(left + 1, strip.x + static_cast<int>(std::lround((column + 0.75) * width)));
  const int bottom =
      std::max(top + 1, strip.y + static_cast<int>(std::lround((row + 0.75) * height)));
  double sum = 0;
  for (int y = top; y < bottom; ++y) {
    for (int x = left; x < right; ++x) {
      const size_t at =
          (static_cast<size_t>(y) * static_cast<size_t>(picture.width) + static_cast<size_t>(x)) *
          3;
      sum += picture.rgb[at] + picture.rgb[at + 1] + picture.rgb[at + 2];
    }
  }
  return sum / (3.0 * (right - left) * (bottom - top));
}

}  // namespace

PixelRect FrameCodeRect(const PixelRect& patch) {
  const int cell = std::max(1, patch.height / 2);
  const int width = kFrameCodeBits * cell;
  const int x = patch.x == 0 ? patch.width + cell : patch.x - cell - width;
  return {x, patch.y, width, 2 * cell};
}

PixelRect FrameCodeCell(const PixelRect& strip, int bit, bool inverted) {
  const int cell = strip.height / 2;
  return {strip.x + (kFrameCodeBits - 1 - bit) * cell, strip.y + (inverted ? cell : 0), cell, cell};
}

absl::StatusOr<uint16_t> DecodeFrameCode(const Image& picture, const PixelRect& strip) {
  if (!picture.valid() || strip.x < 0 || strip.y < 0 || strip.width > picture.width - strip.x ||
      strip.height > picture.height - strip.y) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "frame code at %d, %d of %dx%d pixels: not within a picture of %dx%d", strip.x, strip.y,
        strip.width, strip.height, picture.width, picture.height));
  }
  if (strip.width < 2 * kFrameCodeBits || strip.height < 4) {
    return absl::InvalidArgumentError(
        absl::StrFormat("frame code of %dx%d pixels: needs 2 for each cell, %dx4", strip.width,
                        strip.height, 2 * kFrameCodeBits));
  }
  std::array<double, kFrameCodeBits> contrast;
  double highest = kLeastContrast;
  for (int column = 0; column < kFrameCodeBits; ++column) {
    contrast[static_cast<size_t>(column)] =
        CellMean(picture, strip, column, 0) - CellMean(picture, strip, column, 1);
    highest = std::max(highest, std::abs(contrast[static_cast<size_t>(column)]));
  }
  uint16_t code = 0;
  for (int column = 0; column < kFrameCodeBits; ++column) {
    const double difference = contrast[static_cast<size_t>(column)];
    if (std::abs(difference) < highest / 2) {
      return absl::DataLossError(absl::StrFormat(
          "no frame code: the two cells of column %d differ by %.0f only, where %.0f is needed: "
          "two frames in one picture, or something else than the code",
          column, std::abs(difference), highest / 2));
    }
    code = static_cast<uint16_t>(code << 1 | (difference > 0 ? 1 : 0));
  }
  return code;
}

}  // namespace evoke
