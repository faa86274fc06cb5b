#include "server/generator/inversion.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "absl/strings/str_cat.h"
#include "common/random.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr double kFirstDecay = 0.9;
constexpr double kSecondDecay = 0.999;
constexpr double kTiny = 1e-8;

// Adam in coordinates in which every dimension's range is 1, so that one rate fits them all.
class Adam {
 public:
  Adam(const LatentSpace& space, LatentPoint start)
      : space_(space),
        point_(std::move(start)),
        first_(point_.size(), 0),
        second_(point_.size(), 0) {}

  void Step(const LatentPoint& gradient, double rate) {
    first_share_ *= kFirstDecay;
    second_share_ *= kSecondDecay;
    for (size_t i = 0; i < point_.size(); ++i) {
      const LatentDimension& d = space_.dimensions[i];
      const double range = d.upper - d.lower;
      const double g = gradient[i] * range;
      first_[i] += (1 - kFirstDecay) * (g - first_[i]);
      second_[i] += (1 - kSecondDecay) * (g * g - second_[i]);
      const double step =
          first_[i] / (1 - first_share_) / (std::sqrt(second_[i] / (1 - second_share_)) + kTiny);
      point_[i] = std::clamp(point_[i] - rate * range * step, d.lower, d.upper);
    }
  }

  const LatentPoint& point() const { return point_; }

 private:
  const LatentSpace& space_;
  LatentPoint point_;
  std::vector<double> first_;  // moving averages of the gradient and of its square
  std::vector<double> second_;
  double first_share_ = 1;  // of the zeros that the averages started from
  double second_share_ = 1;
};

struct Difference {
  double error = 0;
  PixelWeights gradient;  // of the error with respect to the image's values
};

Difference Compare(const Image& made, const Image& target) {
  const double count = static_cast<double>(target.rgb.size());
  Difference result;
  result.gradient.resize(target.rgb.size());
  for (size_t i = 0; i < target.rgb.size(); ++i) {
    const double difference = (made.rgb[i] - target.rgb[i]) / 255.0;
    result.error += difference * difference / count;
    result.gradient[i] = static_cast<float>(2 * difference / count);
  }
  return result;
}

LatentPoint Middle(const LatentSpace& space) {
  LatentPoint point;
  for (const LatentDimension& d : space.dimensions) {
    point.push_back(d.prior == LatentDimension::Prior::kStandardNormal
                        ? std::clamp(0.0, d.lower, d.upper)
                        : (d.lower + d.upper) / 2);
  }
  return point;
}

absl::StatusOr<Inversion> InvertOne(const Generator& generator, const Image& image,
                                    const InversionOptions& options) {
  const LatentSpace& space = generator.latent_space();
  Rng rng(options.seed);
  Inversion best;
  best.error = std::numeric_limits<double>::infinity();
  for (int start = 0; start < options.starts; ++start) {
    Adam adam(space, start == 0 ? Middle(space) : space.Sample(rng));
    for (int step = 0; step <= options.steps; ++step) {
      EVOKE_ASSIGN_OR_RETURN(const std::vector<Image> made, generator.Decode({adam.point()}));
      Difference difference = Compare(made[0], image);
      if (difference.error < best.error) best = {adam.point(), difference.error, start};
      if (step == options.steps) break;
      EVOKE_ASSIGN_OR_RETURN(const std::vector<LatentPoint> gradient,
                             generator.PullBack({adam.point()}, {std::move(difference.gradient)}));
      const double progress = static_cast<double>(step) / options.steps;
      adam.Step(gradient[0], options.rate * 0.5 * (1 + std::cos(std::numbers::pi * progress)));
    }
  }
  return best;
}

}  // namespace

absl::Status InversionOptions::Validate() const {
  const auto bad = [](absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat("inversion: ", what));
  };
  if (starts < 1) return bad(absl::StrCat("starts is ", starts, ", must be at least 1"));
  if (steps < 1) return bad(absl::StrCat("steps is ", steps, ", must be at least 1"));
  if (!(rate > 0 && rate <= 1)) return bad(absl::StrCat("rate is ", rate, ", must be in (0, 1]"));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Inversion>> InvertImages(const Generator& generator,
                                                    absl::Span<const Image> images,
                                                    const InversionOptions& options) {
  EVOKE_RETURN_IF_ERROR(options.Validate());
  for (const LatentDimension& d : generator.latent_space().dimensions) {
    if (d.kind == LatentDimension::Kind::kCategorical) {
      return absl::InvalidArgumentError(
          "inversion: the latent space has categorical dimensions, which have no gradients; use "
          "the generator's encoder");
    }
  }
  std::vector<Inversion> inversions;
  for (size_t i = 0; i < images.size(); ++i) {
    const Image& image = images[i];
    if (!image.valid() || image.width != generator.image_width() ||
        image.height != generator.image_height()) {
      return absl::InvalidArgumentError(absl::StrCat("inversion: image ", i, " is ", image.width,
                                                     " x ", image.height, "; the generator makes ",
                                                     generator.image_width(), " x ",
                                                     generator.image_height(), ". Resize it"));
    }
    EVOKE_ASSIGN_OR_RETURN(Inversion inversion, InvertOne(generator, image, options));
    inversions.push_back(std::move(inversion));
  }
  return inversions;
}

}  // namespace evoke
