#include "server/generator/generator.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"

namespace evoke {

absl::StatusOr<std::vector<LatentPoint>> Generator::Encode(absl::Span<const Image>) const {
  return absl::UnimplementedError(
      "this generator has no encoder; find the points of images by optimisation (InvertImages)");
}

absl::StatusOr<std::vector<double>> Generator::Score(absl::Span<const Image>) const {
  return absl::UnimplementedError("this generator has no discriminator to score images");
}

absl::StatusOr<std::vector<LatentPoint>> Generator::PullBack(absl::Span<const LatentPoint>,
                                                             absl::Span<const PixelWeights>) const {
  return absl::UnimplementedError("this generator has no gradients");
}

absl::StatusOr<std::vector<Image>> Generator::Sketch(absl::Span<const LatentPoint> points) const {
  return Decode(points);
}

absl::StatusOr<std::vector<LatentPoint>> Generator::PullBackOf(absl::Span<const LatentPoint> points,
                                                               Weigh weigh) const {
  EVOKE_ASSIGN_OR_RETURN(const std::vector<Image> images, Decode(points));
  return PullBack(points, weigh(0, images));
}

absl::Status Generator::CheckImages(absl::Span<const Image> images) const {
  for (size_t i = 0; i < images.size(); ++i) {
    const Image& image = images[i];
    if (image.valid() && image.width == image_width() && image.height == image_height()) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "image ", i, " is ", image.width, " x ", image.height, image.valid() ? "" : " (not valid)",
        "; this generator takes ", image_width(), " x ", image_height()));
  }
  return absl::OkStatus();
}

absl::Status Generator::CheckPullBack(absl::Span<const LatentPoint> points,
                                      absl::Span<const PixelWeights> weights) const {
  if (points.size() != weights.size()) {
    return absl::InvalidArgumentError(absl::StrCat("gradients: ", points.size(),
                                                   " points have weights for ", weights.size(),
                                                   " images; give one for each"));
  }
  const size_t values = size_t{3} * image_width() * image_height();
  for (size_t i = 0; i < points.size(); ++i) {
    EVOKE_RETURN_IF_ERROR(latent_space().Contains(points[i]));
    if (weights[i].size() != values) {
      return absl::InvalidArgumentError(absl::StrCat("gradients: point ", i, " has ",
                                                     weights[i].size(), " weights; its image has ",
                                                     values, " values"));
    }
  }
  return absl::OkStatus();
}

}  // namespace evoke
