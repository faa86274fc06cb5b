#include "common/figure/label.h"

#include "absl/strings/str_cat.h"
#include "common/figure/opencv_guard.h"
#include "common/figure/text.h"
#include "opencv2/core.hpp"

namespace evoke {

absl::Status DrawLabel(const std::string& text, double x, double y, double size, Color color,
                       bool centered, Image* image) {
  if (!image->valid()) {
    return absl::InvalidArgumentError(
        absl::StrCat("label '", text, "': the picture has no pixels to write on"));
  }
  return GuardOpenCv(absl::StrCat("label '", text, "'"), [&] {
    cv::Mat pixels(image->height, image->width, CV_8UC3, image->rgb.data());
    TextStyle style;
    style.size = size;
    style.color = color;
    style.align = centered ? TextAlign::kCenter : TextAlign::kLeft;
    DrawText(x, y, ToDrawable(text), style, 1, &pixels);
    return absl::OkStatus();
  });
}

}  // namespace evoke
