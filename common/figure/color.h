// Colours of figures.
#ifndef EVOKE_COMMON_FIGURE_COLOR_H_
#define EVOKE_COMMON_FIGURE_COLOR_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace evoke {

struct Color {
  uint8_t red = 0;
  uint8_t green = 0;
  uint8_t blue = 0;
  friend bool operator==(const Color&, const Color&) = default;
};

// The eight colours that people with any kind of colour vision tell apart (Okabe & Ito 2008, "Color
// Universal Design"), ordered so that the first ones have the most contrast on white.
inline constexpr std::array<Color, 8> kPalette = {{
    {0, 114, 178},    // blue
    {213, 94, 0},     // vermilion
    {0, 158, 115},    // bluish green
    {204, 121, 167},  // reddish purple
    {230, 159, 0},    // orange
    {86, 180, 233},   // sky blue
    {0, 0, 0},        // black
    {240, 228, 66},   // yellow
}};

// The colour of the index-th thing of a figure; starts again after eight.
inline Color PaletteColor(size_t index) { return kPalette[index % kPalette.size()]; }

inline constexpr Color kWhite = {255, 255, 255};
inline constexpr Color kInk = {38, 38, 38};          // text and axes
inline constexpr Color kGridGray = {228, 228, 228};  // behind the data

}  // namespace evoke

#endif  // EVOKE_COMMON_FIGURE_COLOR_H_
