// Text in pictures. Internal to this folder.
//
// OpenCV's only font is the Hershey strokes (Hershey 1967): thin and rough at reading size. So text
// is drawn three times as large with strokes of the right weight, and then scaled down.
#ifndef EVOKE_COMMON_FIGURE_TEXT_H_
#define EVOKE_COMMON_FIGURE_TEXT_H_

#include <string>
#include <vector>

#include "common/figure/color.h"
#include "opencv2/core.hpp"

namespace evoke {

enum class TextAlign { kLeft, kCenter, kRight };

struct TextStyle {
  double size = 20;  // pixels from line to line; capitals are about half of it
  bool bold = false;
  Color color = kInk;
  TextAlign align = TextAlign::kCenter;
  bool upward = false;  // turned to read from bottom to top; then always centred
};

// DrawText draws this byte as the plus-minus sign, which the font lacks.
inline constexpr char kPlusMinus = '\x01';

// The text (UTF-8) in what can be drawn: the plus-minus sign as kPlusMinus, the micro sign as "u",
// dashes as "-"; other letters beyond ASCII as "?".
std::string ToDrawable(const std::string& text);

double TextWidth(const std::string& text, const TextStyle& style);

// Lines of at most max_width pixels, broken at spaces and at '\n'; a longer word stays whole.
std::vector<std::string> WrapText(const std::string& text, const TextStyle& style,
                                  double max_width);

// The text, or its beginning and "..." if it is wider than max_width.
std::string ElideText(const std::string& text, const TextStyle& style, double max_width);

// Draws one line; (x, y) is the middle of its capitals' height, and the left end, middle or right
// end by style.align. `scale` is how many pixels of `rgb` (8-bit, 3 channels) one pixel of x, y and
// size is. What lies outside of the picture is cut off.
void DrawText(double x, double y, const std::string& text, const TextStyle& style, int scale,
              cv::Mat* rgb);

}  // namespace evoke

#endif  // EVOKE_COMMON_FIGURE_TEXT_H_
