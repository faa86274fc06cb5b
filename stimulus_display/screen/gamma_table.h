// What to send to a monitor so that its light is proportional to the gray level asked for.
#ifndef EVOKE_STIMULUS_DISPLAY_SCREEN_GAMMA_TABLE_H_
#define EVOKE_STIMULUS_DISPLAY_SCREEN_GAMMA_TABLE_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace evoke {

// For each of red, green, blue: the value to send for each value wanted. As a file, CSV:
//
//     # comments: where the table is from
//     level,red,green,blue
//     0,0,0,0
//     ...
//     255,255,255,255
//
// with the levels 0 to 255 in order. Values may have fractions, which are rounded: the video signal
// taken here has 8 bits. So the table merges some levels and skips others: about 180 of 256 remain
// apart with a gamma of 2.2, and the dark ones are the coarsest.
struct GammaTable {
  static constexpr int kLevels = 256;
  using Channel = std::array<uint8_t, kLevels>;
  std::array<Channel, 3> rgb;

  friend bool operator==(const GammaTable&, const GammaTable&) = default;
};

// INVALID_ARGUMENT, naming the line: not such a file, or a channel that falls anywhere or is the
// same all along.
absl::StatusOr<GammaTable> ParseGammaTable(absl::string_view text);
// The file, with every line of `comment` after a '#'.
std::string FormatGammaTable(const GammaTable& table, absl::string_view comment);

// As ParseGammaTable; errors name the file. NOT_FOUND: there is none.
absl::StatusOr<GammaTable> ReadGammaTable(const std::string& path);

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_SCREEN_GAMMA_TABLE_H_
