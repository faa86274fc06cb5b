// Text on a picture that exists already.
#ifndef EVOKE_COMMON_FIGURE_LABEL_H_
#define EVOKE_COMMON_FIGURE_LABEL_H_

#include <string>

#include "absl/status/status.h"
#include "common/figure/color.h"
#include "common/image.h"

namespace evoke {

// Writes one line with the middle of its capitals' height at (x, y), centred there or beginning
// there; `size` is the pixels from line to line. What lies outside of the picture is cut off.
// Thread-safe. INVALID_ARGUMENT: the image is not valid().
absl::Status DrawLabel(const std::string& text, double x, double y, double size, Color color,
                       bool centered, Image* image);

}  // namespace evoke

#endif  // EVOKE_COMMON_FIGURE_LABEL_H_
