// Gabor patches: the classical stimuli of vision labs, with dimensions that have names.
#ifndef EVOKE_SERVER_GENERATOR_GABOR_H_
#define EVOKE_SERVER_GENERATOR_GABOR_H_

#include <string>
#include <vector>

#include "server/generator/generator.h"

namespace evoke {

// A sinusoidal grating under a round Gaussian window on a mean gray ground:
//   127.5 (1 + contrast * colour * exp(-r^2 / (2 size^2)) * cos(2 pi frequency u + phase)),
// in display values, r and u (across the stripes) from the patch's centre. Coordinates of a point,
// in order:
//   0 orientation  of the stripes, degrees counterclockwise from horizontal: [0, 180]
//   1 frequency    log2 of the cycles per image width: [0, log2(width / 4)]
//   2 phase        degrees: [0, 360]; 0 is brightest in the centre
//   3 size         log2 of the window's standard deviation in image widths: [-4, -1]
//   4 x            of the centre, in image widths right of the image's: [-0.5, 0.5]
//   5 y            likewise, upwards
//   6 contrast     [0, 1] (Michelson's, in the centre, for a gray grating of phase 0)
//   7 azimuth      of the colour, degrees: [0, 360]; 0 red-green, 90 blue-yellow
//   8 elevation    of the colour, degrees: [0, 90]; 0 colour alone, 90 gray
// All priors are uniform. The colour axes are those of display values: whether a direction is
// isoluminant or isolates a cone depends on the display and its calibration.
//
// Pixels are means over their area. Gradients are central differences. No encoder, no
// discriminator. See Generator for the contract.
class Gabor : public Generator {
 public:
  enum Coordinate {
    kOrientation,
    kFrequency,
    kPhase,
    kSize,
    kX,
    kY,
    kContrast,
    kAzimuth,
    kElevation,
    kCoordinates
  };

  // `image_size` is the side of the square image in pixels, at least 8. `sha256` is that of what
  // defines the generator.
  Gabor(int image_size, std::string sha256);

  const LatentSpace& latent_space() const override { return space_; }
  int image_width() const override { return image_size_; }
  int image_height() const override { return image_size_; }
  const std::string& weights_sha256() const override { return sha256_; }

  absl::StatusOr<std::vector<Image>> Decode(absl::Span<const LatentPoint> points) const override;
  absl::StatusOr<std::vector<LatentPoint>> PullBack(
      absl::Span<const LatentPoint> points, absl::Span<const PixelWeights> weights) const override;

 private:
  // The windowed grating of each pixel, in [-1, 1], and the colour that it is multiplied with.
  struct Patch {
    std::vector<double> grating;  // [row][col]
    double color[3];
  };
  Patch Draw(const LatentPoint& point) const;
  // The sum of weight * value.
  double Weighted(const LatentPoint& point, const PixelWeights& weights) const;

  const int image_size_;
  const std::string sha256_;
  LatentSpace space_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_GENERATOR_GABOR_H_
